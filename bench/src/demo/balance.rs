//! Two tellers pay into one account; one of the deposits is lost.

use std::hint;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model_tests::explore::Program;

use super::chase::{Chase, Wrong, chase};
use super::cost::time_together;
use super::owner;
use super::race::{Race, Version, expect};

const START: i64 = 100;
const TELLERS: [(&str, i64); 2] = [("teller A", 5), ("teller B", 8)];
const SUM: i64 = 113;

/// The demo.
pub const RACE: Race = Race {
    name: "balance",
    about: "two tellers pay 5 and 8 into an account of 100",
    lines: [
        "let seen = balance.load();",
        "balance.store(seen + deposit);",
    ],
    result: "balance",
    operation: "deposit",
    threads: 2,
    broken: Version {
        name: "as above",
        program: load_then_store,
        cost: |operations| {
            let balance = AtomicI64::new(START);
            time_together(2, operations, |_, share| {
                for _ in 0..share {
                    deposit_in_two_steps(&balance, 1);
                }
            })
        },
    },
    mended: [
        Version {
            name: "mutex",
            program: with_a_mutex,
            cost: cost_of_a_mutex,
        },
        Version {
            name: "fetch_add",
            program: with_fetch_add,
            cost: cost_of_fetch_add,
        },
        Version {
            name: owner::NAME,
            program: |program| owner::program(program, "balance", START, TELLERS),
            cost: |operations| owner::cost(2, operations),
        },
    ],
    chase: run_until_wrong,
    why: [
        "The store writes what was true at the load. A cure makes the two one step:",
        "under a lock, in one instruction, or by leaving the account to one owner.",
    ],
};

fn deposit_in_two_steps(balance: &AtomicI64, deposit: i64) {
    // ORDERING: SeqCst, the strongest there is: the fault is in the two steps.
    let seen = balance.load(Ordering::SeqCst);
    balance.store(seen + deposit, Ordering::SeqCst);
}

fn run_until_wrong() -> Chase {
    let balance = AtomicI64::new(START);
    chase(
        2,
        1_000_000,
        || balance.store(START, Ordering::SeqCst),
        |number| deposit_in_two_steps(&balance, TELLERS[number].1),
        || Wrong {
            expected: SUM,
            got: balance.load(Ordering::SeqCst),
        },
    )
}

fn load_then_store(program: &mut Program) {
    let balance = program.shared("balance", START);
    for (teller, deposit) in TELLERS {
        let balance = balance.clone();
        program.thread(teller, move |_| async move {
            let seen = balance.load().await;
            balance.store(seen + deposit).await;
        });
    }
    program.claim(move || expect(SUM, balance.peek()));
}

fn with_a_mutex(program: &mut Program) {
    let balance = program.shared("balance", START);
    let till = program.mutex("till");
    for (teller, deposit) in TELLERS {
        let (balance, till) = (balance.clone(), till.clone());
        program.thread(teller, move |_| async move {
            till.lock().await;
            let seen = balance.load().await;
            balance.store(seen + deposit).await;
            till.unlock().await;
        });
    }
    program.claim(move || expect(SUM, balance.peek()));
}

fn with_fetch_add(program: &mut Program) {
    let balance = program.shared("balance", START);
    for (teller, deposit) in TELLERS {
        let balance = balance.clone();
        program.thread(teller, move |_| async move {
            balance.fetch_add(deposit).await;
        });
    }
    program.claim(move || expect(SUM, balance.peek()));
}

fn cost_of_a_mutex(operations: u64) -> Duration {
    let balance = Mutex::new(START);
    let time = time_together(2, operations, |_, share| {
        for _ in 0..share {
            let mut balance = balance.lock().expect("nobody panics with the lock");
            *balance += hint::black_box(1);
        }
    });
    let balance = balance.into_inner().expect("nobody panics with the lock");
    assert_eq!(balance, START + operations as i64);
    time
}

fn cost_of_fetch_add(operations: u64) -> Duration {
    let balance = AtomicI64::new(START);
    let time = time_together(2, operations, |_, share| {
        for _ in 0..share {
            // ORDERING: Relaxed; only the sum matters, and it is read after the threads ended.
            balance.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(balance.into_inner(), START + operations as i64);
    time
}
