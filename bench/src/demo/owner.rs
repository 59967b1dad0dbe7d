//! The cure by message: nobody shares the number, one thread owns it and the others send to it.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use latchless::queue::Bounded;
use model_tests::explore::Program;

use super::cost::time_with_owner;

/// The name of this cure in the tables.
pub(super) const NAME: &str = "queue::Bounded(1024)";

/// The program in steps: each sender pushes its number, the owner adds up what it pops.
pub(super) fn program(
    program: &mut Program,
    total: &'static str,
    start: i64,
    senders: [(&'static str, i64); 2],
) {
    let queue = Rc::new(Bounded::new(1024));
    let owned = Rc::new(Cell::new(start));
    let gauge = Rc::clone(&owned);
    program.watch(total, move || gauge.get().to_string());
    for (sender, number) in senders {
        let queue = Rc::clone(&queue);
        program.thread(sender, move |me| async move {
            me.call("try_push", || queue.try_push(number))
                .await
                .expect("the queue has room for both");
        });
    }
    let sum = Rc::clone(&owned);
    program.thread("owner", |me| async move {
        for _ in senders {
            let filled = Rc::clone(&queue);
            let pop = || queue.try_pop();
            let popped = me.call_when("try_pop", move || !filled.is_empty(), pop);
            let number = popped.await.expect("the owner alone pops, and it waited");
            sum.set(sum.get() + number);
        }
    });
    let expected = start + senders.iter().map(|(_, number)| number).sum::<i64>();
    program.claim(move || super::race::expect(expected, owned.get()));
}

/// The same on real threads: `senders` of them, and the owner.
pub(super) fn cost(senders: usize, operations: u64) -> Duration {
    let queue = Bounded::new(1024);
    time_with_owner(senders, operations, |number, share| {
        if number < senders {
            for _ in 0..share {
                while queue.try_push(1_i64).is_err() {
                    thread::yield_now();
                }
            }
            return;
        }
        let mut total = 0;
        let mut popped = 0;
        while popped < share {
            match queue.try_pop() {
                Ok(number) => {
                    total += number;
                    popped += 1;
                }
                Err(_) => thread::yield_now(),
            }
        }
        assert_eq!(total as u64, share, "each message is worth one");
    })
}
