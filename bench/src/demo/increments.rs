//! A hundred threads count together; most of the counting is lost.

use std::hint;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model_tests::explore::Program;

use super::chase::{Chase, Wrong};
use super::cost::time_together;
use super::owner;
use super::race::{Race, Version, expect};

const THREADS: usize = 100;
/// In one run on real threads; enough for the threads to live at the same time.
const INCREMENTS_EACH: u64 = 10_000;
/// Two of the hundred are enough to go wrong, and to be explored.
const TWO: [&str; 2] = ["thread 1", "thread 2"];

/// The demo.
pub const RACE: Race = Race {
    name: "increments",
    about: "a hundred threads add one to the same number, 10,000 times each",
    lines: ["let seen = a.load();", "a.store(seen + 1);"],
    result: "a",
    operation: "increment",
    threads: THREADS,
    broken: Version {
        name: "as above",
        program: load_then_store,
        cost: |operations| {
            let a = AtomicI64::new(0);
            time_together(THREADS, operations, |_, share| add_in_two_steps(&a, share))
        },
    },
    mended: [
        Version {
            name: "mutex",
            program: with_a_mutex,
            cost: cost_of_a_mutex,
        },
        Version {
            name: "compare_exchange",
            program: with_compare_exchange,
            cost: cost_of_compare_exchange,
        },
        Version {
            name: owner::NAME,
            program: |program| owner::program(program, "a", 0, TWO.map(|name| (name, 1))),
            cost: |operations| owner::cost(THREADS, operations),
        },
    ],
    chase: run_until_wrong,
    why: [
        "`a += 1` on shared memory is a load and a store; whoever stores last undoes the",
        "others. compare_exchange stores only if nobody else has; else it tries again.",
    ],
};

fn add_in_two_steps(a: &AtomicI64, times: u64) {
    for _ in 0..times {
        // ORDERING: SeqCst, the strongest there is: the fault is in the two steps.
        let seen = a.load(Ordering::SeqCst);
        a.store(seen + 1, Ordering::SeqCst);
    }
}

fn run_until_wrong() -> Chase {
    const MOST_RUNS: u64 = 50;
    let operations = THREADS as u64 * INCREMENTS_EACH;
    let expected = operations as i64;
    for runs in 1..=MOST_RUNS {
        let a = AtomicI64::new(0);
        time_together(THREADS, operations, |_, share| add_in_two_steps(&a, share));
        let got = a.into_inner();
        if got != expected {
            let wrong = Some(Wrong { expected, got });
            return Chase { runs, wrong };
        }
    }
    Chase {
        runs: MOST_RUNS,
        wrong: None,
    }
}

fn load_then_store(program: &mut Program) {
    let a = program.shared("a", 0);
    for name in TWO {
        let a = a.clone();
        program.thread(name, |_| async move {
            let seen = a.load().await;
            a.store(seen + 1).await;
        });
    }
    program.claim(move || expect(2, a.peek()));
}

fn with_a_mutex(program: &mut Program) {
    let a = program.shared("a", 0);
    let mutex = program.mutex("a");
    for name in TWO {
        let (a, mutex) = (a.clone(), mutex.clone());
        program.thread(name, |_| async move {
            mutex.lock().await;
            let seen = a.load().await;
            a.store(seen + 1).await;
            mutex.unlock().await;
        });
    }
    program.claim(move || expect(2, a.peek()));
}

fn with_compare_exchange(program: &mut Program) {
    let a = program.shared("a", 0);
    for name in TWO {
        let a = a.clone();
        program.thread(name, |_| async move {
            let mut seen = a.load().await;
            while let Err(newer) = a.compare_exchange(seen, seen + 1).await {
                seen = newer;
            }
        });
    }
    program.claim(move || expect(2, a.peek()));
}

fn cost_of_a_mutex(operations: u64) -> Duration {
    let a = Mutex::new(0_i64);
    let time = time_together(THREADS, operations, |_, share| {
        for _ in 0..share {
            let mut a = a.lock().expect("nobody panics with the lock");
            *a += hint::black_box(1);
        }
    });
    let a = a.into_inner().expect("nobody panics with the lock");
    assert_eq!(a, operations as i64);
    time
}

fn cost_of_compare_exchange(operations: u64) -> Duration {
    let a = AtomicI64::new(0);
    let time = time_together(THREADS, operations, |_, share| {
        for _ in 0..share {
            // ORDERING: Relaxed; only the sum matters, and it is read after the threads ended.
            let mut seen = a.load(Ordering::Relaxed);
            while let Err(newer) =
                a.compare_exchange_weak(seen, seen + 1, Ordering::Relaxed, Ordering::Relaxed)
            {
                seen = newer;
            }
        }
    });
    assert_eq!(a.into_inner(), operations as i64);
    time
}
