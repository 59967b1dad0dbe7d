//! The values of waiting pushes: each is in the queue, or given back, or dropped with its future: once. And whatever
//! is polled, dropped or kept in whatever order: where something is to be had, so many of those who wait for it have
//! been woken.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "waiting/tasks.rs"]
mod tasks;

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use latchless::error::{PopError, PushError, PushTimeoutError};
use latchless::queue::Bounded;
use proptest::prelude::*;

use tasks::{Bell, poll_for, poll_once};

/// Counts itself among the living.
#[derive(Debug)]
struct Counted(Rc<Cell<usize>>);

impl Counted {
    fn new(alive: &Rc<Cell<usize>>) -> Self {
        alive.set(alive.get() + 1);
        Counted(Rc::clone(alive))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // One that is dropped twice, or was never made, shows here.
        self.0.set(
            self.0
                .get()
                .checked_sub(1)
                .expect("more are dropped than were made"),
        );
    }
}

/// A full queue of one.
fn full(alive: &Rc<Cell<usize>>) -> Bounded<Counted> {
    let queue = Bounded::new(1);
    queue.try_push(Counted::new(alive)).expect("there is room");
    queue
}

#[test]
fn a_push_that_is_dropped_drops_its_value_with_it() {
    let alive = Rc::default();
    let queue = full(&alive);
    drop(queue.push_async(Counted::new(&alive)));
    assert_eq!(alive.get(), 1, "never polled");
    let mut push = queue.push_async(Counted::new(&alive));
    assert!(poll_once(&mut push).is_pending());
    assert_eq!(alive.get(), 2);
    drop(push);
    assert_eq!(alive.get(), 1, "pending");
    let mut push = queue.push_async(Counted::new(&alive));
    assert!(poll_once(&mut push).is_pending());
    drop(queue.try_pop());
    assert_eq!(alive.get(), 1);
    drop(push);
    assert_eq!(alive.get(), 0, "notified");
    assert!(queue.is_empty());
}

#[test]
fn a_push_that_has_completed_leaves_its_value_to_the_queue() {
    let alive = Rc::default();
    let queue = full(&alive);
    let mut push = queue.push_async(Counted::new(&alive));
    assert!(poll_once(&mut push).is_pending());
    drop(queue.try_pop());
    assert!(poll_once(&mut push).is_ready());
    drop(push);
    assert_eq!((alive.get(), queue.len()), (1, 1));
    drop(queue);
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_close_gives_the_values_of_waiting_pushes_back() {
    let alive = Rc::default();
    let queue = full(&alive);
    let mut pushes: Vec<_> = (0..5)
        .map(|_| queue.push_async(Counted::new(&alive)))
        .collect();
    for push in &mut pushes {
        assert!(poll_once(push).is_pending());
    }
    queue.close();
    // Those that are polled get theirs back; the others drop it.
    for push in &mut pushes[..3] {
        let Poll::Ready(Err(PushError(back))) = poll_once(push) else {
            panic!("a push into a closed queue");
        };
        let before = alive.get();
        drop(back);
        assert_eq!(alive.get(), before - 1);
    }
    assert_eq!(alive.get(), 3);
    drop(pushes);
    assert_eq!(alive.get(), 1);
    assert_eq!(queue.close_now().len(), 1);
    assert_eq!(alive.get(), 0);
}

#[test]
fn a_timed_push_gives_its_value_back() {
    let alive = Rc::default();
    let queue = full(&alive);
    for time in [Duration::ZERO, Duration::from_micros(1)] {
        let Err(PushTimeoutError::Timeout(back)) = queue.push_timeout(Counted::new(&alive), time)
        else {
            panic!("a push into a full queue");
        };
        assert_eq!(alive.get(), 2);
        drop(back);
    }
    queue.close();
    let closed = queue.push_timeout(Counted::new(&alive), Duration::MAX);
    assert_eq!(alive.get(), 2);
    assert!(closed.is_err_and(|error| error.is_closed()));
    assert_eq!(alive.get(), 1);
}

#[test]
fn a_batch_that_waits_keeps_what_a_close_refuses() {
    let alive = Rc::default();
    let queue = full(&alive);
    queue.close();
    let mut items: VecDeque<_> = (0..3).map(|_| Counted::new(&alive)).collect();
    assert_eq!(queue.push_many(&mut items), 0);
    assert_eq!((items.len(), alive.get()), (3, 4));
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new("bomb"));
    }
}

#[test]
fn a_value_that_panics_when_its_future_is_dropped_keeps_no_notification() {
    let queue = Bounded::new(1);
    queue.try_push(None).map_err(drop).expect("there is room");
    let bell = Bell::new();
    let mut first = queue.push_async(Some(Bomb));
    assert!(poll_once(&mut first).is_pending());
    let mut second = queue.push_async(None);
    assert!(poll_for(&mut second, &bell).is_pending());
    assert!(queue.try_pop().is_ok());
    assert_eq!(bell.rings(), 0);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(first))).is_err());
    assert_eq!(bell.rings(), 1);
    assert!(poll_for(&mut second, &bell).is_ready());
}

/// What one may do with a queue and the futures that wait on it.
#[derive(Clone, Copy, Debug)]
enum Step {
    StartPush,
    StartPop,
    Poll(usize),
    Drop(usize),
    TryPush,
    TryPop,
    TryPushMany(usize),
    TryPopMany(usize),
    ForcePush,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::StartPush),
        4 => Just(Step::StartPop),
        6 => (0..20_usize).prop_map(Step::Poll),
        3 => (0..20_usize).prop_map(Step::Drop),
        3 => Just(Step::TryPush),
        3 => Just(Step::TryPop),
        1 => (0..5_usize).prop_map(Step::TryPushMany),
        1 => (0..5_usize).prop_map(Step::TryPopMany),
        1 => Just(Step::ForcePush),
    ];
    let close = prop_oneof![2 => Just(vec![]), 1 => Just(vec![Step::Close])];
    let before = prop::collection::vec(step.clone(), 0..150);
    (before, close, prop::collection::vec(step, 0..20))
        .prop_map(|(before, close, after)| [before, close, after].concat())
}

enum Waits<'q> {
    Push(Pin<Box<dyn Future<Output = Result<(), PushError<Counted>>> + 'q>>),
    Pop(Pin<Box<dyn Future<Output = Result<Counted, PopError>> + 'q>>),
}

struct Waiter<'q> {
    waits: Waits<'q>,
    bell: Arc<Bell>,
    /// How often it had been woken when it was last told to wait.
    heard: usize,
}

impl Waiter<'_> {
    fn is_woken(&self) -> bool {
        self.bell.rings() > self.heard
    }
    /// Says whether it goes on waiting.
    fn poll(&mut self) -> bool {
        self.heard = self.bell.rings();
        match &mut self.waits {
            Waits::Push(push) => poll_for(push, &self.bell).is_pending(),
            Waits::Pop(pop) => poll_for(pop, &self.bell).is_pending(),
        }
    }
}

/// A queue, and those that wait on it.
struct Machine<'q> {
    queue: &'q Bounded<Counted>,
    alive: Rc<Cell<usize>>,
    waiters: Vec<Waiter<'q>>,
}

impl<'q> Machine<'q> {
    fn item(&self) -> Counted {
        Counted::new(&self.alive)
    }

    fn start(&mut self, waits: Waits<'q>) {
        let mut waiter = Waiter {
            waits,
            bell: Bell::new(),
            heard: 0,
        };
        if waiter.poll() {
            self.waiters.push(waiter);
        }
    }

    fn run(&mut self, step: Step) {
        let queue = self.queue;
        match step {
            Step::StartPush => self.start(Waits::Push(Box::pin(queue.push_async(self.item())))),
            Step::StartPop => self.start(Waits::Pop(Box::pin(queue.pop_async()))),
            Step::Poll(which) => {
                let Some(waiter) = self.waiters.get_mut(which) else {
                    return;
                };
                if !waiter.poll() {
                    self.waiters.remove(which);
                }
            }
            Step::Drop(which) if which < self.waiters.len() => drop(self.waiters.remove(which)),
            Step::Drop(_) => {}
            Step::TryPush => drop(queue.try_push(self.item())),
            Step::TryPop => drop(queue.try_pop()),
            Step::TryPushMany(count) => {
                let mut items = (0..count).map(|_| self.item()).collect();
                queue.try_push_many(&mut items);
            }
            Step::TryPopMany(count) => {
                queue.try_pop_many(&mut Vec::new(), count);
            }
            Step::ForcePush => drop(queue.force_push(self.item())),
            Step::Close => assert!(queue.close()),
        }
    }

    /// Every item is somewhere, and whom something waits for has been woken.
    fn check(&self) {
        let (mut pushes, mut pops) = ((0, 0), (0, 0));
        for waiter in &self.waiters {
            let (all, woken) = match waiter.waits {
                Waits::Push(_) => &mut pushes,
                Waits::Pop(_) => &mut pops,
            };
            *all += 1;
            *woken += usize::from(waiter.is_woken());
        }
        let len = self.queue.len();
        assert_eq!(
            self.alive.get(),
            len + pushes.0,
            "in the queue, or in a future"
        );
        let closed = self.queue.is_closed();
        let room = self.queue.capacity() - len;
        let (may_push, may_pop) = if closed {
            (pushes.0, pops.0)
        } else {
            (room, len)
        };
        assert!(
            pushes.1 >= may_push.min(pushes.0),
            "{pushes:?} wait to push, room for {room}"
        );
        assert!(
            pops.1 >= may_pop.min(pops.0),
            "{pops:?} wait to pop, there are {len}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn as_many_are_woken_as_can_go_on_and_each_item_is_dropped_once(
        capacity in prop::sample::select(vec![1_usize, 2, 5]),
        steps in steps(),
    ) {
        let alive: Rc<Cell<usize>> = Rc::default();
        let queue = Bounded::new(capacity);
        let mut machine = Machine { queue: &queue, alive: Rc::clone(&alive), waiters: Vec::new() };
        for step in steps {
            machine.run(step);
            machine.check();
        }
        drop(machine);
        prop_assert_eq!(alive.get(), queue.len());
        drop(queue);
        prop_assert_eq!(alive.get(), 0);
    }
}
