//! What holds among threads that push, deal with tasks, join and close.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use latchless::queue::{Joinable, Task};

/// Deals with one task: by the number it holds, it is put back so often before.
fn deal_with(mut task: Task<'_, usize>, dealt_with: &AtomicUsize) {
    while *task > 0 {
        *task -= 1;
        match task.try_retry() {
            Ok(()) => return,
            // No room: the next try is made here and now.
            Err(error) => task = error.into_inner(),
        }
    }
    dealt_with.fetch_add(1, Ordering::Relaxed);
    task.done();
}

const WORKERS: usize = 4;
const ROUNDS: usize = 50;
const TASKS: usize = 40;

#[test]
fn who_joins_finds_all_that_was_pushed_before_dealt_with_however_often_it_was_retried() {
    let queue = Joinable::new(3);
    let dealt_with = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Ok(task) = queue.pop() {
                    deal_with(task, &dealt_with);
                }
            });
        }
        for round in 1..=ROUNDS {
            for task in 0..TASKS {
                queue.push(task % 4).expect("not closed");
            }
            queue.join();
            assert_eq!(dealt_with.load(Ordering::Relaxed), round * TASKS);
            assert_eq!(queue.unfinished(), 0);
        }
        queue.close();
    });
}

#[test]
fn producers_that_join_each_find_their_own_dealt_with() {
    let queue = Joinable::<usize>::new(2);
    let dealt_with: [AtomicUsize; 3] = Default::default();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Ok(task) = queue.pop() {
                    dealt_with[*task].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let producers = [0, 1, 2].map(|own| {
            let (queue, dealt_with) = (&queue, &dealt_with);
            scope.spawn(move || {
                for round in 1..=ROUNDS {
                    queue.push(own).expect("not closed");
                    queue.join();
                    assert_eq!(dealt_with[own].load(Ordering::Relaxed), round);
                }
            })
        });
        for producer in producers {
            producer.join().expect("its assertions hold");
        }
        queue.close();
    });
}

#[test]
fn joins_end_while_others_keep_pushing() {
    let queue = Joinable::new(1);
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        // The count is at zero again and again, and never for long.
        scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                queue.push(()).expect("not closed");
                queue.pop().expect("not closed").done();
            }
        });
        let joiners = [(); 3].map(|()| scope.spawn(|| (0..ROUNDS).for_each(|_| queue.join())));
        for joiner in joiners {
            joiner.join().expect("it does nothing else");
        }
        enough.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_batch_that_waits_is_pushed_whole_and_popped_in_order() {
    let queue = Joinable::new(2);
    thread::scope(|scope| {
        let pusher = scope.spawn(|| queue.push_many(&mut (0..TASKS).collect()));
        let mut tasks = Vec::new();
        while tasks.len() < TASKS {
            let room = TASKS - tasks.len();
            assert!(queue.pop_many(&mut tasks, room) > 0);
        }
        assert_eq!(pusher.join().expect("it does nothing else"), TASKS);
        assert!(tasks.iter().map(|task| **task).eq(0..TASKS));
        assert_eq!(queue.unfinished(), TASKS);
    });
    queue.join();
}

#[test]
fn a_close_ends_everybody_and_what_is_handed_back_is_done() {
    for _ in 0..ROUNDS {
        let queue = Joinable::<()>::new(2);
        let (dealt_with, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let handed_back = thread::scope(|scope| {
            scope.spawn(|| {
                while let Ok(task) = queue.pop() {
                    dealt_with.fetch_add(1, Ordering::Relaxed);
                    task.done();
                }
            });
            scope.spawn(|| {
                let refusals = (0..TASKS).filter(|_| queue.push(()).is_err());
                refused.store(refusals.count(), Ordering::Relaxed);
            });
            scope.spawn(|| queue.join());
            let handed_back = queue.close_now().len();
            queue.join();
            handed_back
        });
        let [dealt_with, refused] = [dealt_with, refused].map(AtomicUsize::into_inner);
        assert_eq!(handed_back + dealt_with + refused, TASKS);
        assert!(queue.try_join());
    }
}
