//! The seam to crossbeam-epoch in that crate's own loom mode: what was replaced is dropped once, and never while it is read.
//!
//! The values have a place that loom watches: it is written when a value is made and when it is dropped, and read by those
//! who read the value. Whoever reads it beside one of these writes, loom finds.
#![cfg(crossbeam_loom)]

#[path = "../../structures/src/raw/reclaim/epochs.rs"]
#[allow(dead_code, reason = "the owner's look is not explored")]
mod epochs;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use crossbeam_epoch::{Atomic, Owned, pin, unprotected};
use loom::cell::UnsafeCell;
use loom::model::Builder;
use loom::thread;

use epochs::Replaced;

/// Threads are switched against their will so often at most.
const BOUND: usize = 2;

/// The numbers of the values that were dropped, in that order.
type Dropped = Arc<Mutex<Vec<u64>>>;

struct Value {
    number: u64,
    place: UnsafeCell<u64>,
    dropped: Dropped,
}

// SAFETY: the place is written by who makes the value and by who drops it alone, which is what is explored.
unsafe impl Sync for Value {}

impl Value {
    fn new(number: u64, dropped: &Dropped) -> Self {
        let place = UnsafeCell::new(0);
        // SAFETY: nobody else has it.
        place.with_mut(|place| unsafe { *place = number });
        Value {
            number,
            place,
            dropped: Arc::clone(dropped),
        }
    }

    fn read(&self) -> u64 {
        // SAFETY: as at `Sync`.
        self.place.with(|place| unsafe { *place })
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: as at `Sync`.
            self.place.with_mut(|place| unsafe { *place = 0 });
            self.dropped.lock().expect("not poisoned").push(self.number);
        }
    }
}

/// Lets time pass, so that what nobody reads is dropped.
fn collect() {
    for _ in 0..3 {
        pin().flush();
    }
}

/// Explores all executions, which must be as many at least and have just these outcomes.
fn explore(name: &str, least: u64, outcomes: &[&str], model: fn() -> String) {
    let seen: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
    let told = Arc::clone(&seen);
    let mut builder = Builder::new();
    builder.preemption_bound = Some(BOUND);
    builder.max_branches = 100_000;
    builder.check(move || {
        let outcome = model();
        *told
            .lock()
            .expect("not poisoned")
            .entry(outcome)
            .or_default() += 1;
    });
    let seen = seen.lock().expect("not poisoned");
    println!("epochs {name}: {seen:?}");
    let found: Vec<&str> = seen.keys().map(String::as_str).collect();
    assert_eq!(found, outcomes);
    assert!(seen.values().sum::<u64>() >= least, "too few executions");
}

fn dropped_so_far(dropped: &Dropped) -> Vec<u64> {
    dropped.lock().expect("not poisoned").clone()
}

#[test]
fn who_reads_is_not_overtaken_by_the_drop() {
    let outcomes = [
        "read 1, dropped before that is known: [1]",
        "read 1, dropped before that is known: []",
        "read 2, dropped before that is known: [1]",
        "read 2, dropped before that is known: []",
    ];
    explore("read and replace", 30_000, &outcomes, || {
        let dropped = Dropped::default();
        let replaced = loom::sync::Arc::new(Replaced::new(Value::new(1, &dropped)));
        let read = {
            let replaced = loom::sync::Arc::clone(&replaced);
            thread::spawn(move || replaced.read(Value::read))
        };
        replaced.replace((), |old| Value::new(old.read() + 1, &dropped));
        collect();
        let before = dropped_so_far(&dropped);
        let read = read.join().expect("the reader does not panic");
        format!("read {read}, dropped before that is known: {before:?}")
    });
}

/// Each makes its value of what is there, and what goes along is dropped too.
#[test]
fn two_who_replace_are_both_in_the_last_value() {
    explore("replace and replace", 4_000, &["111"], || {
        let dropped = Dropped::default();
        let replaced = loom::sync::Arc::new(Replaced::new(Value::new(1, &dropped)));
        let other = {
            let (replaced, dropped) = (loom::sync::Arc::clone(&replaced), Arc::clone(&dropped));
            thread::spawn(move || replaced.replace((), |old| Value::new(old.read() + 10, &dropped)))
        };
        replaced.replace((), |old| Value::new(old.read() + 100, &dropped));
        other.join().expect("the other does not panic");
        replaced.read(Value::read).to_string()
    });
}

/// In a process of its own, which the failure ends: crossbeam-epoch does not survive it.
#[test]
fn who_reads_without_a_pin_is_found_out() {
    let output = Command::new(std::env::current_exe().expect("this test has a file"))
        .args([
            "--ignored",
            "--exact",
            "a_reader_without_a_pin",
            "--nocapture",
        ])
        .output()
        .expect("it can be run again");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("Causality violation"), "{said}");
    println!("epochs control: a reader without a pin is found out");
}

#[test]
#[ignore = "fails, as it should: `who_reads_without_a_pin_is_found_out` runs it"]
fn a_reader_without_a_pin() {
    explore("without a pin", 1, &[], || {
        let dropped = Dropped::default();
        let value = loom::sync::Arc::new(Atomic::new(Value::new(1, &dropped)));
        let reader = {
            let value = loom::sync::Arc::clone(&value);
            thread::spawn(move || {
                // SAFETY: it is not, which is the point; loom stops before anything is touched.
                unsafe { value.load(Ordering::Acquire, unprotected()).deref() }.read()
            })
        };
        let guard = pin();
        let old = value.swap(
            Owned::new(Value::new(2, &dropped)),
            Ordering::AcqRel,
            &guard,
        );
        // SAFETY: nobody comes to it any more.
        unsafe { guard.defer_destroy(old) };
        drop(guard);
        collect();
        reader
            .join()
            .expect("the reader does not panic")
            .to_string()
    });
}
