//! The single-stepper itself: it counts, stops, releases, and notices who is stuck.

use model_tests::single_step::{Reached, Stalled, Stop, checked, count, supported};
use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;

type Outcome = Result<(), Box<dyn Error>>;

/// `n` additions, each of which reaches memory.
fn add(cell: &AtomicU64, n: u64) {
    for _ in 0..black_box(n) {
        cell.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn longer_work_counts_more_and_the_same_work_counts_the_same() -> Outcome {
    if !supported() {
        return Ok(());
    }
    let cell = AtomicU64::new(0);
    let ((), empty) = count(|| ())?;
    let ((), ten) = count(|| add(&cell, 10))?;
    let ((), again) = count(|| add(&cell, 10))?;
    let ((), thousand) = count(|| add(&cell, 1_000))?;
    println!("empty {empty}, ten additions {ten}, a thousand {thousand}");
    assert!(empty < 100, "the stepper's own share is small: {empty}");
    assert_eq!(ten, again);
    assert!(ten >= empty + 10);
    assert!(thousand >= ten + 990);
    Ok(())
}

#[test]
fn every_instruction_is_a_stop_until_the_closure_ends() -> Outcome {
    if !supported() {
        return Ok(());
    }
    let ((), all) = count(|| add(&AtomicU64::new(0), 3))?;
    let mut seen = Vec::new();
    for m in 1..=all + 1 {
        let cell = AtomicU64::new(0);
        let stop = Stop::after(m)?;
        thread::scope(|scope| {
            let _released = stop.release_on_drop();
            scope.spawn(|| stop.run(|| add(&cell, 3)));
            match stop.wait() {
                Reached::Stop => seen.push(cell.load(Ordering::Relaxed)),
                Reached::End => assert!(m > all / 2, "stopped at {m} of about {all}"),
            }
        });
        assert_eq!(cell.into_inner(), 3, "released, it finished");
    }
    assert!(seen.is_sorted(), "a later stop sees no less done: {seen:?}");
    assert_eq!((seen.first(), seen.last()), (Some(&0), Some(&3)));
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3], "each addition is seen half-way");
    Ok(())
}

#[test]
fn a_spinning_thread_exceeds_its_budget_and_the_victim_is_released() -> Outcome {
    if !supported() {
        return Ok(());
    }
    let ready = AtomicBool::new(false);
    let stop = Stop::after(1)?;
    let other = thread::scope(|scope| {
        let _released = stop.release_on_drop();
        scope.spawn(|| stop.run(|| ready.store(true, Ordering::Release)));
        assert_eq!(stop.wait(), Reached::Stop);
        checked(1_000, &[&stop], || {
            while !ready.load(Ordering::Acquire) {
                thread::yield_now();
            }
        })
    })?;
    assert_eq!(other.stalled, Some(Stalled::OverBudget));
    assert_eq!(other.instructions, 1_001);
    Ok(())
}

#[test]
fn a_thread_about_to_sleep_is_noticed_before_it_sleeps() -> Outcome {
    if !supported() {
        return Ok(());
    }
    let ready = Mutex::new(false);
    let turned = Condvar::new();
    let stop = Stop::after(1)?;
    let other = thread::scope(|scope| {
        let _released = stop.release_on_drop();
        scope.spawn(|| {
            stop.run(|| ());
            *ready.lock().expect("nobody panics") = true;
            turned.notify_all();
        });
        assert_eq!(stop.wait(), Reached::Stop);
        checked(1_000_000, &[&stop], || {
            let guard = ready.lock().expect("nobody panics");
            drop(turned.wait_while(guard, |ready| !*ready));
        })
    })?;
    assert_eq!(other.stalled, Some(Stalled::AboutToSleep));
    Ok(())
}

#[test]
fn a_release_before_the_stop_cancels_it_and_a_panic_ends_the_run() -> Outcome {
    if !supported() {
        return Ok(());
    }
    let early = Stop::after(1)?;
    early.release();
    assert_eq!(early.run(|| 7), 7);
    assert_eq!(early.wait(), Reached::End);

    let failing = Stop::after(u64::MAX)?;
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        failing.run(|| std::panic::resume_unwind(Box::new("expected")));
    }));
    assert!(caught.is_err());
    assert_eq!(failing.wait(), Reached::End);
    assert!(count(|| ()).is_ok(), "the thread can step again");
    Ok(())
}
