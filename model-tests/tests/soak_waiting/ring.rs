//! A few tokens that go to and fro between two queues.
//!
//! Among many that come and go, a lost wake is made good by the next call. Here nobody comes: those who wait do
//! so without an end, and those who do not, the fickle, act once for each step of a token and touch nothing in
//! between. So where a wake is lost, all stand still.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::thread;

use latchless::queue::Bounded;

use super::caller::Dice;
use super::tasks::{Bell, block_on, poll_for};
use super::watchdog::Watchdog;

/// The queues, and how often a token has moved.
#[derive(Debug)]
struct Ring {
    queues: [Bounded<u64>; 2],
    steps: Arc<AtomicU64>,
    /// Futures that were dropped while they waited.
    dropped: AtomicU64,
    over: AtomicBool,
}

/// Lets `tokens` go to and fro until they have moved `steps` times, and `drops` futures were dropped while they waited;
/// says how many were.
pub fn run(capacity: usize, tokens: u64, steps: u64, drops: u64) -> u64 {
    let ring = Arc::new(Ring {
        queues: [capacity, capacity].map(Bounded::new),
        steps: Arc::default(),
        dropped: AtomicU64::new(0),
        over: AtomicBool::new(false),
    });
    let _watchdog = Watchdog::watch("the ring of tokens", Arc::clone(&ring.steps), {
        let ring = Arc::clone(&ring);
        move || format!("{tokens} tokens in {ring:?}")
    });
    for token in 0..tokens {
        ring.queues[token as usize % 2]
            .try_push(token)
            .expect("there is room for all");
    }
    thread::scope(|scope| {
        let ring = &*ring;
        for seed in 0..6 {
            scope.spawn(move || ring.carry(seed as usize % 2, &mut Dice::new(seed)));
        }
        for seed in 10..13 {
            scope.spawn(move || ring.dither(&mut Dice::new(seed)));
        }
        while ring.steps.load(Ordering::Relaxed) < steps
            || ring.dropped.load(Ordering::Relaxed) < drops
        {
            thread::yield_now();
        }
        ring.over.store(true, Ordering::Relaxed);
        ring.queues.iter().for_each(|queue| assert!(queue.close()));
    });
    ring.dropped.load(Ordering::Relaxed)
}

impl Ring {
    fn moved(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits without an end; false when all is over.
    fn push(&self, to: usize, token: u64, dice: &mut Dice) -> bool {
        let queue = &self.queues[to];
        match dice.below(2) {
            0 => queue.push(token).is_ok(),
            _ => block_on(queue.push_async(token)).is_ok(),
        }
    }

    /// Carries tokens from one queue to the other.
    fn carry(&self, from: usize, dice: &mut Dice) {
        let queue = &self.queues[from];
        let mut handle = queue.handle().expect("few handles exist");
        loop {
            let popped = match dice.below(3) {
                0 => queue.pop(),
                1 => handle.pop(),
                _ => block_on(queue.pop_async()),
            };
            let Ok(token) = popped else { return };
            self.moved();
            if !self.push(1 - from, token, dice) {
                return;
            }
        }
    }

    /// Waits a little for a token, once a step, and then perhaps does not want it; what it has, it tries to push, and
    /// puts it back if that takes long.
    fn dither(&self, dice: &mut Dice) {
        let mut seen = 0;
        loop {
            while self.steps.load(Ordering::Relaxed) == seen {
                if self.over.load(Ordering::Relaxed) {
                    return;
                }
                thread::yield_now();
            }
            seen = self.steps.load(Ordering::Relaxed);
            let from = dice.below(2) as usize;
            let Some(Ok(token)) = self.fickle(self.queues[from].pop_async(), dice) else {
                continue;
            };
            let pushed = self.fickle(self.queues[1 - from].push_async(token), dice);
            if pushed.is_none() && !self.push(from, token, dice) {
                return;
            }
            self.moved();
        }
    }

    /// Polls, waits a little to be woken, and then polls again or drops the future: just when it has been woken, often.
    fn fickle<F: Future + Unpin>(&self, mut future: F, dice: &mut Dice) -> Option<F::Output> {
        let bell = Bell::new();
        for _ in 0..=dice.below(2) {
            let rings = bell.rings();
            if let Poll::Ready(output) = poll_for(&mut future, &bell) {
                return Some(output);
            }
            let mut patience = dice.below(200);
            while bell.rings() == rings && patience > 0 {
                thread::yield_now();
                patience -= 1;
            }
        }
        self.dropped.fetch_add(1, Ordering::Relaxed);
        None
    }
}
