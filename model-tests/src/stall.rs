//! Stop a thread for ever at its m-th access to shared memory; only in the steps build
//! (`--cfg latchless_steps`).
//!
//! There each atomic access, fence and pause of `latchless` is a *step* and calls a hook of its
//! thread first. The hooks made here count steps; the victim's puts its thread to sleep *before* the
//! m-th one, the checked thread's notices when an operation takes more than it may.
//!
//! A thread is stopped between two steps or not at all, so steps miss nothing that other threads
//! could see: what happens in between touches the thread's own memory, or memory that nobody else
//! reads before a later step. Unlike instructions, they are cheap, the same in every build and on
//! every platform, and few enough that *pairs* of stopped threads can be swept.
//!
//! `stall_steps` sweeps the calls that never wait, `stall_waiting` those that do, and asks there too whether
//! the next success of anybody wakes whom a stopped thread left asleep.
#![forbid(unsafe_code)]

use crate::single_step::Reached;
use crate::sweep::Grain;
use latchless::sync::{Kind, Step, set_hook};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Accesses to shared memory, as [`Grain`] of a sweep.
#[derive(Clone, Copy, Debug)]
pub struct Steps;

/// One appointment: a thread will stop before its m-th step.
#[derive(Clone, Debug)]
pub struct Stop {
    before: u64,
    may_sleep: bool,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Stopped,
    Released,
    Ended,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, from: &[State], to: State) {
        let mut state = self.state();
        if from.contains(&state) {
            *state = to;
            self.turned.notify_all();
        }
    }

    fn sleep_while(&self, states: &[State]) -> State {
        *self
            .turned
            .wait_while(self.state(), |state| states.contains(state))
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stop {
    /// An appointment before the `step`-th step, counted from 1.
    pub fn before(step: u64) -> Self {
        Stop {
            before: step,
            may_sleep: false,
            shared: Arc::new(Shared {
                state: Mutex::new(State::Running),
                turned: Condvar::new(),
            }),
        }
    }

    /// As [`before`](Self::before), of a thread that may have to wait before it comes there: once it is about to
    /// sleep, it has ended as far as the sweep goes, and is to be woken.
    pub fn before_or_asleep(step: u64) -> Self {
        Stop {
            may_sleep: true,
            ..Stop::before(step)
        }
    }

    /// Runs `operation` on this thread, which stops on the way.
    pub fn run<R>(&self, operation: impl FnOnce() -> R) -> R {
        let _ended = Ended(&self.shared);
        let (shared, before) = (Arc::clone(&self.shared), self.before);
        let may_sleep = self.may_sleep;
        let mut steps = 0;
        let _unhooked = Hooked::new(move |step| {
            steps += 1;
            if steps == before {
                shared.turn(&[State::Running], State::Stopped);
                shared.sleep_while(&[State::Stopped]);
            } else if may_sleep && step.kind == Kind::Park {
                shared.turn(&[State::Running], State::Ended);
            }
        });
        operation()
    }

    /// Waits until the victim stands before its step, or has ended without reaching it.
    pub fn wait(&self) -> Reached {
        match self.shared.sleep_while(&[State::Running, State::Released]) {
            State::Stopped => Reached::Stop,
            _ => Reached::End,
        }
    }

    /// Lets the victim go on; before the stop, cancels it.
    pub fn release(&self) {
        let standing = [State::Running, State::Stopped];
        self.shared.turn(&standing, State::Released);
    }
}

/// Marks the end of a run, also when the operation panics.
struct Ended<'a>(&'a Shared);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        *self.0.state() = State::Ended;
        self.0.turned.notify_all();
    }
}

/// What became of a checked operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked<R> {
    /// What it returned; when it stalled, thanks to the victims having been released.
    pub value: R,
    /// The steps it took, all of them.
    pub steps: u64,
    /// Whether they were more than it may take.
    pub stalled: bool,
}

/// Runs `operation` on this thread, which may take `budget` steps; with the first one beyond them the
/// victims are released, so that the call returns in either case.
pub fn checked<R>(budget: u64, victims: &[&Stop], operation: impl FnOnce() -> R) -> Checked<R> {
    let victims: Vec<Stop> = victims.iter().map(|&stop| stop.clone()).collect();
    let counted = Arc::new(Mutex::new(0_u64));
    let value = {
        let counted = Arc::clone(&counted);
        let _unhooked = Hooked::new(move |_| {
            let mut steps = counted.lock().unwrap_or_else(PoisonError::into_inner);
            *steps += 1;
            if steps.checked_sub(budget) == Some(1) {
                victims.iter().for_each(Stop::release);
            }
        });
        operation()
    };
    let steps = *counted.lock().unwrap_or_else(PoisonError::into_inner);
    Checked {
        value,
        steps,
        stalled: steps > budget,
    }
}

/// While it lives, its thread calls a hook before each step.
struct Hooked;

impl Hooked {
    fn new(each_step: impl FnMut(Step) + 'static) -> Self {
        let before = set_hook(Some(Box::new(each_step)));
        assert!(before.is_none(), "one hook at a time");
        Hooked
    }
}

impl Drop for Hooked {
    fn drop(&mut self) {
        drop(set_hook(None));
    }
}

impl Grain for Steps {
    const UNIT: &'static str = "steps";
    type Stop = Stop;

    fn stop_at(place: u64) -> Stop {
        Stop::before(place)
    }

    fn run(stop: &Stop, operation: impl FnOnce()) {
        stop.run(operation);
    }

    fn wait(stop: &Stop) -> Reached {
        stop.wait()
    }

    fn release(stop: &Stop) {
        stop.release();
    }

    fn checked(budget: u64, victims: &[&Stop], operation: impl FnOnce()) -> (u64, bool) {
        let checked = checked(budget, victims, operation);
        (checked.steps, checked.stalled)
    }
}
