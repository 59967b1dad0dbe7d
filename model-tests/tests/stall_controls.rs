//! The sweeps can fail: a semaphore, an event and a pipe behind a spin-lock are held up by a stopped thread, where those
//! of the library, in the same sweep, never are.
//!
//! Needs `--cfg latchless_steps`; without it, this file is empty.
#![cfg(latchless_steps)]
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::thread;

use latchless::pipe::{Receiver, Sender, oneway};
use latchless::sync::AtomicU64;
use latchless::{Event, Semaphore};
use model_tests::single_step::Reached;
use model_tests::stall::{Stop, checked};

/// The most steps of a call.
const BOUND: u64 = 60;

/// What the thread that is stopped does, and the other.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Gives, sets, or sends.
    Give,
    /// Tries to acquire, looks, resets, or tries to receive.
    Take,
}
use Act::{Give, Take};

trait Subject: Sync {
    fn fresh() -> Self;
    fn act(&self, act: Act);
}

/// One at a time, by turns of a word. (What it guards needs no lock: whoever has the word is alone.)
#[derive(Default)]
struct Spinning<T> {
    word: AtomicU64,
    value: Mutex<T>,
}

impl<T> Spinning<T> {
    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        let (free, held) = (0, 1);
        while (self.word)
            .compare_exchange(free, held, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            thread::yield_now();
        }
        let done = act(&mut self.value.lock().unwrap_or_else(PoisonError::into_inner));
        self.word.store(free, Ordering::Release);
        done
    }
}

impl Subject for Spinning<u64> {
    fn fresh() -> Self {
        Self::default()
    }
    fn act(&self, act: Act) {
        self.with(|permits| match act {
            Give => *permits += 1,
            Take => *permits = permits.saturating_sub(1),
        });
    }
}

impl Subject for Semaphore {
    fn fresh() -> Self {
        Semaphore::new(0)
    }
    fn act(&self, act: Act) {
        match act {
            Give => self.add_permits(1).expect("there is no maximum"),
            Take => _ = self.try_acquire().map(|permit| permit.forget()),
        }
    }
}

impl Subject for Spinning<bool> {
    fn fresh() -> Self {
        Self::default()
    }
    fn act(&self, act: Act) {
        self.with(|is_set| *is_set = matches!(act, Give));
    }
}

impl Subject for Event {
    fn fresh() -> Self {
        Event::new()
    }
    fn act(&self, act: Act) {
        match act {
            Give => self.set(),
            Take if self.is_set() => self.reset(),
            Take => {}
        }
    }
}

impl Subject for Spinning<VecDeque<u64>> {
    fn fresh() -> Self {
        Self::default()
    }
    fn act(&self, act: Act) {
        self.with(|values| match act {
            Give => values.push_back(1),
            Take => _ = values.pop_front(),
        });
    }
}

/// Each end is used by one thread at a time; these locks are held by nobody else then.
struct Pipe(Mutex<Sender<u64>>, Mutex<Receiver<u64>>);

impl Subject for Pipe {
    fn fresh() -> Self {
        let (sender, receiver) = oneway(9);
        Pipe(sender.into(), receiver.into())
    }
    fn act(&self, act: Act) {
        match act {
            Give => _ = self.0.lock().map(|mut end| end.try_send(1).is_ok()),
            Take => _ = self.1.lock().map(|mut end| end.try_recv().is_ok()),
        }
    }
}

/// One that spins gets out of it when the one that is stopped is released.
struct Released<'s>(&'s Stop);

impl Drop for Released<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// A thread is stopped in one of the two before each of its steps, and the other is done three times: how often that was
/// tried, and how often it was held up.
fn sweep<S: Subject>() -> (usize, usize) {
    let (mut stops, mut held_up) = (0, 0);
    for (victim, other) in [(Give, Take), (Take, Give)] {
        for at in 1.. {
            let (subject, stop) = (&S::fresh(), &Stop::before(at));
            subject.act(Give);
            let stalled = thread::scope(|scope| {
                let _released = Released(stop);
                scope.spawn(move || stop.run(|| subject.act(victim)));
                if stop.wait() == Reached::End {
                    return None;
                }
                let other = || (0..3).for_each(|_| subject.act(other));
                Some(checked(BOUND, &[stop], other).stalled)
            });
            let Some(stalled) = stalled else { break };
            stops += 1;
            held_up += usize::from(stalled);
        }
    }
    (stops, held_up)
}

fn is_told_apart<Spins: Subject, Ours: Subject>(what: &str) {
    let ((stops, held_up), (spun, control)) = (sweep::<Ours>(), sweep::<Spins>());
    println!(
        "control, {what}: swept {stops} stops, {control} of {spun} hold up the one that spins"
    );
    assert_eq!(held_up, 0, "{what}: held up");
    assert!(stops >= 4, "{what}: the sweep was cut short");
    assert!(control > 0, "{what}: the sweep notices nothing");
}

#[test]
fn a_semaphore_behind_a_spin_lock_fails_the_sweep() {
    is_told_apart::<Spinning<u64>, Semaphore>("semaphore");
}

#[test]
fn an_event_behind_a_spin_lock_fails_the_sweep() {
    is_told_apart::<Spinning<bool>, Event>("event");
}

#[test]
fn a_pipe_behind_a_spin_lock_fails_the_sweep() {
    is_told_apart::<Spinning<VecDeque<u64>>, Pipe>("pipe");
}
