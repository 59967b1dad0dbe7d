//! Four ways in which others lost wakes, each done wrong as they did it, and right.
//!
//! The scenario is the same for both: what is done wrong must make it fail. The right ones are in the
//! catalogue, the wrong ones in [`BROKEN`].
#![forbid(unsafe_code)]

use super::gate::{Gate, List, Take};
use super::task::Task;
use crate::models::Model;
use latchless::sync::{AtomicU64, Ordering};
use latchless::wait::forms::{Attempt, Waiting};
use latchless::wait::list::Listed;
use latchless::wait::node::{SHUT, Sleeper};
use loom::thread;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

const READY_OR_WOKEN: &[&str] = &["ready", "woken"];
const WOKEN: &[&str] = &["woken"];

pub(super) const MODELS: &[Model] = &[
    Model::own(
        "a_waiter_that_comes_after_a_notified_one_is_woken_too",
        1,
        50,
        READY_OR_WOKEN,
        || next_comes(false),
    ),
    Model::own(
        "a_change_is_published_before_the_look_for_waiters",
        1,
        20,
        READY_OR_WOKEN,
        || published(Gate::give),
    ),
    Model::own("a_head_that_leaves_wakes_the_next", 1, 20, WOKEN, || {
        head_leaves(Gate::taking, Gate::give)
    }),
];

/// A wake lost as it was elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Broken {
    /// Where it happened.
    pub issue: &'static str,
    /// What was wrong.
    pub claim: &'static str,
    /// The model of it, which must fail.
    pub model: Model,
    /// What it says then.
    pub said: &'static str,
    /// The same done right, in the catalogue.
    pub ours: &'static str,
}

/// All of them.
pub const BROKEN: &[Broken] = &[
    Broken {
        issue: "smol-rs/event-listener#139",
        claim: "a giver that sees somebody notified already does not notify",
        model: Model::own("broken_skips_when_notified", 1, 1, READY_OR_WOKEN, || {
            next_comes(true)
        }),
        said: "a token is there and nobody was woken",
        ours: "a_waiter_that_comes_after_a_notified_one_is_woken_too",
    },
    Broken {
        issue: "llvm/llvm-project#77659",
        claim: "a giver publishes by a store and looks for waiters without a fence",
        model: Model::own("broken_stores_and_loads", 1, 1, READY_OR_WOKEN, || {
            published(give_by_store)
        }),
        said: "a token is there and nobody was woken",
        ours: "a_change_is_published_before_the_look_for_waiters",
    },
    Broken {
        issue: "embassy-rs/embassy#6964",
        claim: "a head that is cancelled does not wake the next",
        model: Model::own("broken_does_not_settle", 1, 1, WOKEN, || {
            head_leaves(|gate| Waiting::new(Unsettled(gate.take_of(0))), Gate::give)
        }),
        said: "a token is there and nobody was woken",
        ours: "a_head_that_leaves_wakes_the_next",
    },
    Broken {
        issue: "tokio-rs/tokio#2325",
        claim: "a permit that was handed to a waiter is dropped with it",
        model: Model::own("broken_hands_over", 1, 1, WOKEN, || {
            head_leaves(Handed::new, hand_over)
        }),
        said: "the token is lost",
        ours: "a_head_that_leaves_wakes_the_next",
    },
];

/// One was notified before. It takes its token, and another one comes to wait while the next token is given.
fn next_comes(skips: bool) -> &'static str {
    let gate = Gate::new(0);
    let mut first = Task::asleep(gate.taking());
    let notified = Arc::new(AtomicU64::new(0));
    let give = move |gate: &Gate, notified: &AtomicU64| {
        gate.put();
        if !skips || notified.load(Ordering::Acquire) == 0 {
            notified.store(1, Ordering::Release);
            gate.list().notify_after_change();
        }
    };
    give(&gate, &notified);
    assert!(first.was_woken(), "a token is there and nobody was woken");
    let (gives, seen) = (gate.clone(), notified.clone());
    let gift = thread::spawn(move || give(&gives, &seen));
    assert!(first.poll().is_ready());
    notified.store(0, Ordering::Release);
    let mut next = Task::new(gate.taking());
    let ready = next.poll().is_ready();
    gift.join().expect("loom stops at a panic");
    judge(&gate, ready, &mut next)
}

fn published(give: fn(&Gate)) -> &'static str {
    let gate = Gate::new(0);
    let gives = gate.clone();
    let gift = thread::spawn(move || give(&gives));
    let mut task = Task::new(gate.taking());
    let ready = task.poll().is_ready();
    gift.join().expect("loom stops at a panic");
    judge(&gate, ready, &mut task)
}

fn head_leaves<F: Future<Output = ()> + 'static>(
    taking: fn(&Gate) -> F,
    give: fn(&Gate),
) -> &'static str {
    let gate = Gate::new(0);
    let [first, mut second] = [(); 2].map(|()| Task::asleep(taking(&gate)));
    let gives = gate.clone();
    let gift = thread::spawn(move || give(&gives));
    drop(first);
    gift.join().expect("loom stops at a panic");
    judge(&gate, false, &mut second)
}

/// The last token was taken, or it is there and `task`, which waits for it, was woken.
fn judge<F: Future<Output = ()>>(gate: &Gate, ready: bool, task: &mut Task<F>) -> &'static str {
    if ready {
        assert_eq!(gate.tokens(), 0);
        return "ready";
    }
    assert!(gate.tokens() > 0 || task.was_woken(), "the token is lost");
    assert!(task.was_woken(), "a token is there and nobody was woken");
    assert!(task.poll().is_ready(), "the token is lost");
    "woken"
}

fn give_by_store(gate: &Gate) {
    gate.set_by_store(1);
    gate.list().notify_one();
}

/// Does not settle: what it was notified of is forgotten with it.
struct Unsettled(Take);

impl Attempt for Unsettled {
    type Done = ();
    type List = List;
    fn attempt(&mut self) -> Option<()> {
        self.0.attempt()
    }
    fn list(&self) -> List {
        self.0.list()
    }
    fn would_end(&mut self) -> bool {
        false
    }
}

/// Gives a token to a waiter by notifying it, or else puts it where all can take it.
fn hand_over(gate: &Gate) {
    if !gate.list().notify_one() {
        gate.put();
    }
}

/// A waiter whose token comes with its notification.
struct Handed {
    gate: Gate,
    listed: Option<Listed<List>>,
}

impl Handed {
    fn new(gate: &Gate) -> Self {
        Self {
            gate: gate.clone(),
            listed: None,
        }
    }
}

impl Future for Handed {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.listed.take() {
            Some(listed) if listed.is_notified() => {
                listed.leave();
                Poll::Ready(())
            }
            Some(listed) => {
                self.listed = Some(listed);
                Poll::Pending
            }
            None => {
                let sleeper = Sleeper::Task(cx.waker().clone());
                self.listed = Some(Listed::new(self.gate.list(), sleeper, SHUT));
                Poll::Pending
            }
        }
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some(listed) = self.listed.take() {
            // Here the token is lost, if there was one.
            listed.leave();
        }
    }
}
