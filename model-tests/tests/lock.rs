//! Locks: what they let in, in every form, also where the input is bad or the critical section panics; and what waiting
//! costs.
#![cfg(not(any(latchless_loom, latchless_steps)))]

#[path = "memory_bounded/counting.rs"]
#[allow(dead_code, reason = "only this thread's requests are of interest here")]
mod counting;
#[path = "waiting/rogue.rs"]
mod rogue;
#[path = "waiting/tasks.rs"]
mod tasks;
#[path = "waiting/watchdog.rs"]
mod watchdog;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use latchless::error::{LockTimeoutError, TryLockError};
use latchless::lock::{Mutex, MutexGuard, OwnedMutexGuard, ReentrantMutex};

use counting::asked;
use rogue::{Deed, Rogue};
use tasks::{Bell, block_on, poll, poll_for, poll_once};
use watchdog::Watchdog;

fn past() -> Instant {
    let now = Instant::now();
    now.checked_sub(Duration::from_secs(1)).unwrap_or(now)
}

#[test]
fn a_mutex_is_what_it_holds() {
    let mut mutex = Mutex::from(vec![1]);
    mutex.lock().push(2);
    mutex.get_mut().push(3);
    assert_eq!(*mutex.lock(), [1, 2, 3]);
    assert_eq!(format!("{mutex:?}"), "Mutex { value: [1, 2, 3] }");
    let guard = mutex.lock();
    assert_eq!(
        format!("{mutex:?}, {guard:?}"),
        "Mutex { value: <locked> }, [1, 2, 3]"
    );
    drop(guard);
    assert_eq!(mutex.into_inner(), [1, 2, 3]);
    assert_eq!(
        format!(
            "{} {}",
            Mutex::<u8>::default().lock(),
            ReentrantMutex::new(1).lock()
        ),
        "0 1"
    );
}

#[test]
fn all_forms_take_a_free_mutex_and_none_a_locked_one() {
    let mutex = Arc::new(Mutex::new(0));
    type Form = fn(&Arc<Mutex<i32>>) -> Option<()>;
    let forms: [Form; 8] = [
        |mutex| mutex.try_lock().map(|mut it| *it += 1).ok(),
        |mutex| {
            mutex
                .lock_timeout(Duration::ZERO)
                .map(|mut it| *it += 1)
                .ok()
        },
        |mutex| {
            mutex
                .lock_timeout(Duration::from_nanos(1))
                .map(|mut it| *it += 1)
                .ok()
        },
        |mutex| mutex.lock_deadline(past()).map(|mut it| *it += 1).ok(),
        |mutex| Mutex::try_lock_owned(mutex).map(|mut it| *it += 1).ok(),
        |mutex| {
            Mutex::lock_owned_timeout(mutex, Duration::ZERO)
                .map(|mut it| *it += 1)
                .ok()
        },
        |mutex| {
            Mutex::lock_owned_deadline(mutex, past())
                .map(|mut it| *it += 1)
                .ok()
        },
        |mutex| match poll_once(&mut mutex.lock_async()) {
            Poll::Ready(mut it) => {
                *it += 1;
                Some(())
            }
            Poll::Pending => None,
        },
    ];
    for form in forms {
        let guard = mutex.lock();
        assert!(mutex.is_locked() && form(&mutex).is_none());
        drop(guard);
        assert!(!mutex.is_locked() && form(&mutex).is_some());
    }
    *mutex.lock() += 1;
    *Mutex::lock_owned(&mutex) += 1;
    *mutex.lock_timeout(Duration::MAX).expect("it is free") += 1;
    *block_on(Mutex::lock_owned_async(&mutex)) += 1;
    assert_eq!(*mutex.lock(), 12);
    assert_eq!(Arc::strong_count(&mutex), 1);
}

#[test]
fn errors_of_locks_say_what_happened() {
    let mutex = Mutex::new(());
    let _guard = mutex.lock();
    assert_eq!(mutex.try_lock().err(), Some(TryLockError));
    assert_eq!(
        mutex.lock_timeout(Duration::ZERO).err(),
        Some(LockTimeoutError)
    );
    let texts = [TryLockError.to_string(), LockTimeoutError.to_string()];
    assert!(texts.iter().all(|text| text.contains("locked")) && texts[0] != texts[1]);
}

#[test]
fn waits_without_an_end_end_at_a_release() {
    let mutex = Arc::new(Mutex::new(0));
    let waits: [fn(Arc<Mutex<i32>>); 5] = [
        |mutex| *mutex.lock() += 1,
        |mutex| *mutex.lock_timeout(Duration::MAX).expect("it has no end") += 1,
        |mutex| *block_on(mutex.lock_async()) += 1,
        |mutex| *Mutex::lock_owned(&mutex) += 1,
        |mutex| *block_on(Mutex::lock_owned_async(&mutex)) += 1,
    ];
    let guard = mutex.lock();
    let threads = waits.map(|wait| {
        let mutex = mutex.clone();
        thread::spawn(move || wait(mutex))
    });
    drop(guard);
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    assert_eq!(*mutex.lock(), 5);
}

#[test]
fn guards_and_futures_may_go_to_another_thread() {
    fn sent<F: Send + Sync>(value: F) -> F {
        value
    }
    let mutex = sent(Arc::new(Mutex::new(0)));
    let mut borrowed: MutexGuard<'_, i32> = sent(mutex.lock());
    let mut waits = Box::pin(mutex.lock_async());
    assert!(poll_once(&mut waits).is_pending());
    thread::scope(|scope| {
        scope.spawn(move || *borrowed += 1);
        scope.spawn(move || *block_on(waits) += 1);
    });
    let mut owned: OwnedMutexGuard<i32> = sent(Mutex::lock_owned(&mutex));
    let thread = thread::spawn(move || *owned += 1);
    thread.join().expect("no thread panics");
    assert_eq!(*mutex.lock(), 3);
    // What may not be shared may be sent.
    sent(Mutex::new(Cell::new(0)));
}

#[test]
fn a_panic_in_the_critical_section_releases_the_lock_and_leaves_the_value() {
    let mutex = Mutex::new(0);
    let panics = catch_unwind(AssertUnwindSafe(|| {
        let mut guard = mutex.lock();
        *guard = 1;
        std::panic::resume_unwind(Box::new("half done"));
    }));
    assert!(panics.is_err());
    assert_eq!(mutex.try_lock().map(|guard| *guard), Ok(1));
    let cell = ReentrantMutex::new(Cell::new(0));
    let panics = catch_unwind(AssertUnwindSafe(|| {
        let (outer, _inner) = (cell.lock(), cell.lock());
        outer.set(1);
        std::panic::resume_unwind(Box::new("half done"));
    }));
    assert!(panics.is_err() && !cell.is_mine());
    assert_eq!(cell.lock().get(), 1);
}

#[test]
fn a_release_wakes_those_who_wait_in_their_order() {
    let mutex = Mutex::new(());
    let bells = [(); 4].map(|()| Bell::new());
    let guard = mutex.lock();
    let mut waits = bells.each_ref().map(|bell| {
        let mut wait = Box::pin(mutex.lock_async());
        assert!(poll_for(&mut wait, bell).is_pending());
        wait
    });
    drop(guard);
    for (at, wait) in waits.iter_mut().enumerate() {
        let rung = bells.each_ref().map(|bell| bell.rings());
        assert_eq!(rung, std::array::from_fn(|i| usize::from(i <= at)));
        assert!(poll_once(wait).is_ready());
    }
}

#[test]
fn a_future_that_is_dropped_passes_its_wake_on_and_one_that_has_the_lock_releases_it() {
    let mutex = Mutex::new(());
    let (one, other) = (Bell::new(), Bell::new());
    let guard = mutex.lock();
    let mut first = Box::pin(mutex.lock_async());
    let mut second = Box::pin(mutex.lock_async());
    assert!(poll_for(&mut first, &one).is_pending());
    assert!(poll_for(&mut second, &other).is_pending());
    drop(guard);
    assert_eq!((one.rings(), other.rings()), (1, 0));
    drop(first);
    assert_eq!(other.rings(), 1);
    let guard = poll_once(&mut second);
    assert!(guard.is_ready() && mutex.is_locked());
    drop(guard);
    assert!(!mutex.is_locked());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(&mut second))).is_err());
    assert!(!mutex.is_locked());
}

#[test]
fn a_wake_that_panics_or_locks_harms_nobody() {
    let mutex: &'static Mutex<u32> = Box::leak(Box::new(Mutex::new(0)));
    let wakes = [
        Rogue::that_panics(Deed::Wake),
        Rogue::new(Deed::Wake, || {
            *mutex.lock() += 1;
            assert!(poll_once(&mut mutex.lock_async()).is_ready());
        }),
    ];
    for rogue in wakes {
        rogue.arm(true);
        let bell = Bell::new();
        let guard = mutex.lock();
        let mut first = Box::pin(mutex.lock_async());
        let mut second = Box::pin(mutex.lock_async());
        assert!(poll(&mut first, &rogue.waker()).is_pending());
        assert!(poll_for(&mut second, &bell).is_pending());
        drop(guard);
        rogue.arm(false);
        assert_eq!((rogue.times(), bell.rings()), (1, 1));
        drop(poll_once(&mut first));
        assert!(poll_once(&mut second).is_ready());
    }
    assert_eq!(*mutex.lock(), 1);
}

#[test]
fn a_million_locks_that_are_given_up_leave_memory_flat() {
    let mutex = Mutex::new(());
    let _guard = mutex.lock();
    // (`memory_timeouts` has those that run out of time.)
    let give_up = |rounds: u32| {
        for _ in 0..rounds {
            assert!(poll_once(&mut mutex.lock_async()).is_pending());
        }
    };
    give_up(1_000);
    let ((), times, _) = asked(|| give_up(1_000_000));
    assert_eq!(times, 0, "requests for memory");
}

/// Counts in two steps, which nobody may come between.
fn count(count: &mut (u64, u64)) {
    count.0 += 1;
    std::hint::black_box(&mut *count);
    count.1 += 1;
    assert_eq!(count.0, count.1);
}

/// Threads and tasks, patient or not, on one core too.
#[test]
fn threads_and_tasks_that_count_lose_no_count_and_all_come_through() {
    const EACH: u64 = 3_000;
    let mutex = Mutex::new((0, 0));
    let progress = Arc::new(AtomicU64::new(0));
    let _watchdog = Watchdog::watch("locks", Arc::clone(&progress), String::new);
    let given_up: u64 = thread::scope(|scope| {
        let workers = [0, 1, 2, 3].map(|thread| {
            let (mutex, progress) = (&mutex, &progress);
            scope.spawn(move || {
                let mut given_up = 0;
                for round in 0..EACH {
                    progress.fetch_add(1, Ordering::Relaxed);
                    match (round + thread) % 4 {
                        0 => count(&mut mutex.lock()),
                        1 => count(&mut block_on(mutex.lock_async())),
                        2 => match mutex.lock_timeout(Duration::from_nanos(100 * thread)) {
                            Ok(mut guard) => count(&mut guard),
                            Err(LockTimeoutError) => given_up += 1,
                        },
                        _ => match poll_once(&mut mutex.lock_async()) {
                            Poll::Ready(mut guard) => count(&mut guard),
                            Poll::Pending => given_up += 1,
                        },
                    }
                }
                given_up
            })
        });
        let workers = workers.map(|worker| worker.join().expect("no worker panics"));
        workers.iter().sum()
    });
    assert_eq!(mutex.into_inner().0, 4 * EACH - given_up);
}

#[test]
fn a_reentrant_mutex_lets_its_own_thread_in_again_and_no_other() {
    let mutex = ReentrantMutex::new(Cell::new(0));
    assert!(!mutex.is_mine());
    let outer = mutex.lock();
    let inner = mutex.try_lock().expect("its own thread has it");
    let timed = mutex
        .lock_timeout(Duration::ZERO)
        .expect("its own thread has it");
    let late = mutex.lock_deadline(past()).expect("its own thread has it");
    for guard in [&outer, &inner, &timed, &late] {
        guard.set(guard.get() + 1);
    }
    let others = || {
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                let answers = [
                    mutex.try_lock().is_err(),
                    mutex.lock_timeout(Duration::from_nanos(1)).is_err(),
                    mutex.lock_deadline(past()).is_err(),
                ];
                assert!(!mutex.is_mine());
                assert!(answers.iter().all(|&refused| refused == answers[0]));
                !answers[0]
            });
            other.join().expect("no thread panics")
        })
    };
    // In any order.
    drop(outer);
    assert!(mutex.is_mine() && !others());
    assert_eq!(
        format!("{mutex:?} {inner:?}"),
        "ReentrantMutex { value: Cell { value: 4 } } Cell { value: 4 }"
    );
    drop((late, timed));
    assert!(mutex.is_mine() && !others());
    drop(inner);
    assert!(!mutex.is_mine() && others());
    assert_eq!(mutex.into_inner().get(), 4);
}

#[test]
fn a_guard_that_was_forgotten_keeps_others_out_even_when_its_thread_has_ended() {
    let mutex = Arc::new(ReentrantMutex::new(()));
    let forgets = Arc::clone(&mutex);
    let thread = thread::spawn(move || std::mem::forget(forgets.lock()));
    thread.join().expect("no thread panics");
    for _ in 0..100 {
        let tries = Arc::clone(&mutex);
        let entered = thread::spawn(move || tries.try_lock().is_ok()).join();
        assert!(
            !entered.expect("no thread panics"),
            "a later thread was taken for it"
        );
    }
}

#[test]
fn threads_that_lock_again_and_again_each_count_alone() {
    const EACH: u64 = 2_000;
    let mutex = ReentrantMutex::new(Cell::new(0_u64));
    fn deeper(mutex: &ReentrantMutex<Cell<u64>>, depth: u64) {
        let guard = mutex.lock();
        let before = guard.get();
        if depth > 0 {
            deeper(mutex, depth - 1);
        }
        assert_eq!(guard.get(), before + depth);
        guard.set(guard.get() + 1);
    }
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..EACH).for_each(|round| deeper(&mutex, round % 5)));
        }
    });
    assert_eq!(mutex.into_inner().get(), 3 * EACH * 3);
}

#[test]
fn a_lock_is_as_safe_where_something_panics_as_what_is_inside() {
    fn moved<T: UnwindSafe>(_: T) {}
    fn lent<T: UnwindSafe + RefUnwindSafe>(_: T) {}
    moved(Mutex::new(Cell::new(1)));
    moved(ReentrantMutex::new(Cell::new(1)));
    lent(ReentrantMutex::new(1));
}

#[test]
fn events_and_locks_are_no_larger_than_their_docs_say() {
    assert!(size_of::<latchless::Event>() <= 1024);
    assert!(size_of::<Mutex<()>>() <= 2048 && size_of::<ReentrantMutex<()>>() <= 2048);
}

#[test]
fn a_lock_dropped_with_those_who_wait_for_it_drops_its_value_once() {
    let value = Arc::new(());
    let mutex = Arc::new(Mutex::new(Arc::clone(&value)));
    let guard = Mutex::lock_owned(&mutex);
    let mut waits: Vec<Pin<Box<_>>> = (0..3)
        .map(|_| Box::pin(Mutex::lock_owned_async(&mutex)))
        .collect();
    assert!(waits.iter_mut().all(|wait| poll_once(wait).is_pending()));
    drop(mutex);
    drop(guard);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(waits);
    assert_eq!(Arc::strong_count(&value), 1);
}
