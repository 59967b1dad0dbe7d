//! Runs a script on the real queue, in one execution of loom.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use latchless::queue::{Bounded, Unbounded};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::script::{Do, Outcome, Script, Told, is_retried, told};
use super::seat::{OnRing, Peer, Seat, ring};
use crate::spec::fifo::{Answer, Call};

impl Script {
    /// One execution.
    pub fn run(&self, seat: Seat) -> Outcome {
        let callers = self.threads.len();
        match seat {
            Seat::Handles => {
                let queue = Bounded::<u64>::builder(self.capacity)
                    .threads(0)
                    .handles(callers + 1)
                    .build()
                    .expect("a small queue");
                let queue = ManuallyDrop::new(latchless::sync::Arc::new(queue));
                let handle = || Bounded::owned_handle(&queue).expect("planned for all threads");
                let outcome = self.execute(handle(), handle);
                drop(ManuallyDrop::into_inner(queue));
                outcome
            }
            Seat::Shared { threads } => {
                let queue = Bounded::<u64>::builder(self.capacity)
                    .threads(threads)
                    .handles(0)
                    .build()
                    .expect("a small queue");
                let queue = Arc::new(queue);
                self.execute(queue.clone(), || queue.clone())
            }
            Seat::List { first, most, idle } => {
                let queue = latchless::sync::Arc::new(Unbounded::<u64>::with_slots(first, most));
                let queue = ManuallyDrop::new(queue);
                let handle = || Unbounded::owned_handle(&queue);
                let outcome = if idle {
                    let mut idle: Vec<_> = (0..callers).map(|_| handle()).collect();
                    self.execute(handle(), || idle.pop().expect("one each"))
                } else {
                    self.execute(handle(), handle)
                };
                drop(ManuallyDrop::into_inner(queue));
                outcome
            }
            Seat::SharedList { slots } => {
                let queue = Arc::new(Unbounded::<u64>::with_slots(slots, slots));
                self.execute(queue.clone(), || queue.clone())
            }
            Seat::Ring { idle, lap } => {
                let ring = ring(self.capacity, callers + 1, lap);
                let main = OnRing::new(&ring);
                if idle {
                    let mut idle: Vec<_> = (0..callers).map(|_| OnRing::new(&ring)).collect();
                    self.execute(main, || idle.pop().expect("one each"))
                } else {
                    self.execute(main, || OnRing::new(&ring))
                }
            }
        }
    }

    /// The main thread's part, the threads, the drain. Everybody's seat is dropped here, after all have ended; none is
    /// dropped where the execution panics, for it could no more reach loom and would panic again.
    fn execute<P: Peer>(&self, main: P, mut seat: impl FnMut() -> P) -> Outcome {
        let mut main = ManuallyDrop::new(main);
        for call in self.before {
            main.call(*call);
        }
        let flag = Arc::new(AtomicBool::new(false));
        let running: Vec<_> = self
            .threads
            .iter()
            .map(|&script| {
                let mut peer = ManuallyDrop::new(seat());
                let flag = flag.clone();
                thread::spawn(move || {
                    let answers = follow(script, &mut *peer, &flag);
                    (answers, peer, flag)
                })
            })
            .collect();
        let ended: Vec<_> = running
            .into_iter()
            .map(|thread| thread.join().expect("loom stops at a panic"))
            .collect();
        let mut outcome: Outcome = ended.iter().map(|(answers, ..)| answers.clone()).collect();
        outcome.push(drain(&mut *main));
        for (_, peer, _) in ended {
            drop(ManuallyDrop::into_inner(peer));
        }
        drop(ManuallyDrop::into_inner(main));
        outcome
    }
}

fn drain(peer: &mut impl Peer) -> Vec<Told> {
    let mut drained = Vec::new();
    loop {
        let answer = peer.call(Call::TryPop);
        drained.push(told(&answer));
        if !matches!(answer, Answer::Popped(_)) {
            return drained;
        }
    }
}

/// Does what a thread's script says.
fn follow(script: &[Do], peer: &mut impl Peer, flag: &AtomicBool) -> Vec<Told> {
    let mut answers = Vec::new();
    for doing in script {
        match *doing {
            Do::Once(call) => answers.push(told(&peer.call(call))),
            Do::Retry(call) => loop {
                let answer = peer.call(call);
                if !is_retried(&answer) {
                    answers.push(told(&answer));
                    break;
                }
                thread::yield_now();
            },
            Do::PushMany(values) => {
                let mut values: VecDeque<_> = values.iter().copied().collect();
                let pushed = peer.push_many(&mut values);
                answers.extend((0..pushed).map(|_| told(&Answer::Pushed)));
                answers.extend((!values.is_empty()).then(|| told(&Answer::Refused)));
            }
            Do::PopMany(max) => {
                let mut values = Vec::new();
                let popped = peer.pop_many(&mut values, max);
                assert_eq!(popped, values.len());
                answers.extend(values.into_iter().map(|v| told(&Answer::Popped(v))));
                answers.extend((popped < max).then(|| told(&Answer::Nothing)));
            }
            Do::CloseNow => {
                let values = peer.close_now();
                answers.extend(values.into_iter().map(|v| told(&Answer::Popped(v))));
                answers.push(told(&Answer::Nothing));
            }
            Do::Tell => flag.store(true, Ordering::Release),
            Do::IfTold if flag.load(Ordering::Acquire) => {}
            Do::IfTold => break,
        }
    }
    answers
}
