//! Ten buyers, one ticket: each of them sees that it is there.

use std::cell::Cell;
use std::hint;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use latchless::queue::Bounded;
use model_tests::explore::{Program, Shared};

use super::chase::{Chase, Wrong, chase};
use super::cost::time_together;
use super::race::{Race, Version, expect};

const BUYERS: usize = 10;
/// Two of the ten are enough to go wrong, and to be explored.
const TWO: [&str; 2] = ["buyer 1", "buyer 2"];

/// The demo.
pub const RACE: Race = Race {
    name: "tickets",
    about: "ten buyers, one ticket: check, pay, then take it",
    lines: [
        "let left = tickets.load();",
        "if left > 0 { pay(); tickets.store(left - 1); sold += 1; }",
    ],
    result: "tickets sold",
    operation: "sale",
    threads: BUYERS,
    broken: Version {
        name: "as above",
        program: check_then_sell,
        cost: |operations| {
            let tickets = AtomicI64::new(operations as i64);
            time_together(BUYERS, operations, |_, share| {
                for _ in 0..share {
                    hint::black_box(buy_in_two_steps(&tickets, || {}));
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
            name: "compare_exchange",
            program: with_compare_exchange,
            cost: cost_of_compare_exchange,
        },
        Version {
            name: "queue::Bounded",
            program: with_a_queue,
            cost: cost_of_a_queue,
        },
    ],
    chase: run_until_wrong,
    why: [
        "What was checked need not hold any more when it is acted upon. With the tickets",
        "in a queue, check and sale are one step: who pops a ticket has it, nobody else.",
    ],
};

fn buy_in_two_steps(tickets: &AtomicI64, pay: impl Fn()) -> bool {
    // ORDERING: SeqCst, the strongest there is: the fault is in the two steps.
    let left = tickets.load(Ordering::SeqCst);
    let there_is_one = left > 0;
    if there_is_one {
        pay();
        tickets.store(left - 1, Ordering::SeqCst);
    }
    there_is_one
}

fn run_until_wrong() -> Chase {
    let tickets = AtomicI64::new(1);
    let sold = AtomicI64::new(0);
    chase(
        BUYERS,
        100_000,
        || {
            tickets.store(1, Ordering::SeqCst);
            sold.store(0, Ordering::SeqCst);
        },
        |_| {
            // Paying takes its time, and others run meanwhile.
            if buy_in_two_steps(&tickets, thread::yield_now) {
                sold.fetch_add(1, Ordering::SeqCst);
            }
        },
        || Wrong {
            expected: 1,
            got: sold.load(Ordering::SeqCst),
        },
    )
}

/// Sets the scene: one ticket, and a count of sales that no buyer looks at.
fn box_office(program: &mut Program) -> (Shared<i64>, Rc<Cell<i64>>) {
    let tickets = program.shared("tickets", 1);
    let sold = Rc::new(Cell::new(0));
    let gauge = Rc::clone(&sold);
    program.watch("sold", move || gauge.get().to_string());
    let claim = Rc::clone(&sold);
    program.claim(move || expect(1, claim.get()));
    (tickets, sold)
}

fn check_then_sell(program: &mut Program) {
    let (tickets, sold) = box_office(program);
    for buyer in TWO {
        let (tickets, sold) = (tickets.clone(), Rc::clone(&sold));
        program.thread(buyer, |me| async move {
            let left = tickets.load().await;
            if left > 0 {
                tickets.store(left - 1).await;
                sold.set(sold.get() + 1);
                if sold.get() > 1 {
                    me.note("sold again");
                }
            }
        });
    }
}

fn with_a_mutex(program: &mut Program) {
    let (tickets, sold) = box_office(program);
    let counter = program.mutex("counter");
    for buyer in TWO {
        let (tickets, sold, counter) = (tickets.clone(), Rc::clone(&sold), counter.clone());
        program.thread(buyer, |_| async move {
            counter.lock().await;
            let left = tickets.load().await;
            if left > 0 {
                tickets.store(left - 1).await;
                sold.set(sold.get() + 1);
            }
            counter.unlock().await;
        });
    }
}

fn with_compare_exchange(program: &mut Program) {
    let (tickets, sold) = box_office(program);
    for buyer in TWO {
        let (tickets, sold) = (tickets.clone(), Rc::clone(&sold));
        program.thread(buyer, |_| async move {
            let mut left = tickets.load().await;
            while left > 0 {
                match tickets.compare_exchange(left, left - 1).await {
                    Ok(_) => return sold.set(sold.get() + 1),
                    Err(fewer) => left = fewer,
                }
            }
        });
    }
}

fn with_a_queue(program: &mut Program) {
    let queue = Rc::new(Bounded::new(1));
    queue.try_push("ticket 1").expect("an empty queue has room");
    let sold = Rc::new(Cell::new(0));
    for buyer in TWO {
        let (queue, sold) = (Rc::clone(&queue), Rc::clone(&sold));
        program.thread(buyer, |me| async move {
            if me.call("try_pop", || queue.try_pop()).await.is_ok() {
                sold.set(sold.get() + 1);
            }
        });
    }
    program.claim(move || expect(1, sold.get()));
}

fn cost_of_a_mutex(operations: u64) -> Duration {
    let tickets = Mutex::new(operations);
    let time = time_together(BUYERS, operations, |_, share| {
        for _ in 0..share {
            let mut tickets = tickets.lock().expect("nobody panics with the lock");
            if *tickets > 0 {
                *tickets -= hint::black_box(1);
            }
        }
    });
    let left = tickets.into_inner().expect("nobody panics with the lock");
    assert_eq!(left, 0);
    time
}

fn cost_of_compare_exchange(operations: u64) -> Duration {
    let tickets = AtomicI64::new(operations as i64);
    let time = time_together(BUYERS, operations, |_, share| {
        for _ in 0..share {
            // ORDERING: Relaxed; the number itself decides who has a ticket.
            let sale = tickets.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                (left > 0).then(|| left - 1)
            });
            assert!(sale.is_ok(), "there is one for everybody");
        }
    });
    assert_eq!(tickets.into_inner(), 0);
    time
}

fn cost_of_a_queue(operations: u64) -> Duration {
    let tickets = Bounded::new(operations.max(1) as usize);
    for ticket in 0..operations {
        tickets.try_push(ticket).expect("it has room for all");
    }
    let time = time_together(BUYERS, operations, |_, share| {
        for _ in 0..share {
            let ticket = tickets.try_pop();
            assert!(ticket.is_ok(), "there is one for everybody");
        }
    });
    assert!(tickets.is_empty());
    time
}
