//! Every call in every order, against a line of numbers.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::task::Poll;

use latchless::Semaphore;
use latchless::semaphore::Permit;
use proptest::prelude::*;

use super::Acquiring;
use super::tasks::{Bell, poll_for};

/// A call of the property below.
#[derive(Clone, Debug)]
enum Call {
    Enlist(usize),
    Drop(usize),
    Poll(usize),
    Add(usize),
    Try(usize),
    Release(usize),
    Forget(usize),
}

fn call() -> impl Strategy<Value = Call> {
    let small = 1..4_usize;
    let any = 0..8_usize;
    prop_oneof![
        3 => small.clone().prop_map(Call::Enlist),
        2 => any.clone().prop_map(Call::Drop),
        2 => any.clone().prop_map(Call::Poll),
        3 => small.clone().prop_map(Call::Add),
        2 => small.clone().prop_map(Call::Try),
        2 => any.prop_map(Call::Release),
        1 => small.prop_map(Call::Forget),
    ]
}

/// One who waits, and whether it was served, by the model.
struct Waiting<'s> {
    wait: Acquiring<'s>,
    bell: Arc<Bell>,
    need: usize,
    left: usize,
}

/// The model of the line: gives what is free to the first that needs something.
fn serve(free: &mut usize, waiting: &mut [Waiting<'_>]) {
    for one in waiting {
        let part = one.left.min(*free);
        one.left -= part;
        *free -= part;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Who was woken, what is free, and that nothing is lost.
    #[test]
    fn whoever_comes_and_goes_the_line_is_served_in_order(calls in prop::collection::vec(call(), 1..40)) {
        let semaphore = &Semaphore::new(2);
        let (mut free, mut total) = (2, 2);
        let mut waiting: Vec<Waiting<'_>> = Vec::new();
        let mut held: Vec<Permit<'_>> = Vec::new();
        for call in calls {
            match call {
                Call::Enlist(need) => {
                    let bell = Bell::new();
                    let mut wait: Acquiring<'_> = Box::pin(semaphore.acquire_many_async(need));
                    let told = poll_for(&mut wait, &bell);
                    let at_once = need <= free && waiting.iter().all(|one| one.left == 0);
                    prop_assert_eq!(told.is_ready(), at_once);
                    match told {
                        Poll::Ready(permit) => {
                            held.push(permit.expect("open"));
                            free -= need;
                        }
                        Poll::Pending => waiting.push(Waiting { wait, bell, need, left: need }),
                    }
                }
                Call::Drop(nth) if nth < waiting.len() => {
                    let gone = waiting.remove(nth);
                    free += gone.need - gone.left;
                }
                Call::Poll(nth) if nth < waiting.len() => {
                    let one = &mut waiting[nth];
                    let told = poll_for(&mut one.wait, &one.bell);
                    prop_assert_eq!(told.is_ready(), one.left == 0);
                    if let Poll::Ready(permit) = told {
                        held.push(permit.expect("open"));
                        waiting.remove(nth);
                    }
                }
                Call::Add(permits) => {
                    semaphore.add_permits(permits).expect("no maximum");
                    free += permits;
                    total += permits;
                }
                Call::Try(permits) => {
                    let told = semaphore.try_acquire_many(permits);
                    prop_assert_eq!(told.is_ok(), permits <= free);
                    if let Ok(permit) = told {
                        held.push(permit);
                        free -= permits;
                    }
                }
                Call::Release(nth) if nth < held.len() => {
                    free += held[nth].num_permits();
                    drop(held.remove(nth));
                }
                Call::Forget(permits) => {
                    let forgotten = semaphore.forget_permits(permits);
                    prop_assert_eq!(forgotten, permits.min(free));
                    free -= forgotten;
                    total -= forgotten;
                }
                _ => {}
            }
            serve(&mut free, &mut waiting);
            prop_assert_eq!(semaphore.available_permits(), free);
            for one in &waiting {
                prop_assert_eq!(one.bell.rings() > 0, one.left == 0);
            }
        }
        drop((waiting, held));
        prop_assert_eq!(semaphore.available_permits(), total);
    }
}
