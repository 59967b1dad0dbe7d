//! Rounds in which the threads are dealt to other cores over and over.
//!
//! With more threads than cores, who does how much is decided by where the system put them: a
//! producer on its consumer's core runs only while the consumer does not, finds the queue full,
//! and may be left there for seconds. That says nothing about the queue. So here every thread is
//! moved to a random core every few milliseconds, as many threads to each core as to every other
//! (or one more), and each is in each place for about as long as its peers are. What is left of
//! the differences is the queue's doing, and chance: [`control`] shows how much chance does.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::Duration;

use super::catalogue::Shape;
use super::check::{Wrong, same};
use super::drive::{Outcome, leftovers, outcome, pushes, sum_of, use_every_slot, work};
use super::run::{Run, Tally, first_value};
use crate::contender::{Contender, End, Payload};
use crate::cores::{self, Tid};

/// How long threads work, and how often they are dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The whole round.
    pub whole: Duration,
    /// Between two deals.
    pub between: Duration,
    /// What the deals follow from: of one seed, all contenders get the same ones.
    pub seed: u64,
}

/// One such round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Who does what.
    pub shape: Shape,
    /// Capacity in items.
    pub capacity: usize,
    /// For how long.
    pub times: Times,
}

/// What a round has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dealt {
    /// As of any other run.
    pub outcome: Outcome,
    /// How often the threads were dealt; 0 where the system does not let them be moved.
    pub deals: u64,
}

/// Runs `C` once. `Ok(None)` when it cannot serve these roles or this capacity; refused when what
/// came out is not what went in.
pub fn run<C: Contender<P>, P: Payload>(job: &Job) -> Result<Option<Dealt>, Wrong> {
    let roles = job.shape.roles();
    let Some(mut ends) = C::ends(job.capacity, &roles) else {
        return Ok(None);
    };
    use_every_slot::<P, C::End>(&mut ends, job.capacity)?;
    let (dealt, mut ends, tallies) = perform::<P, C::End>(job, ends)?;
    let pushed = sum_of(tallies.iter().map(Tally::pushed_totals));
    let popped = sum_of(tallies.iter().map(|tally| tally.popped));
    let left = leftovers::<P, C::End>(&mut ends, &roles);
    same(pushed, popped.join(left))?;
    Ok(Some(dealt))
}

/// The same threads in the same loops with no queue between them: whatever they push is gone,
/// whatever they pop is there, and nobody waits for anybody.
pub fn control(job: &Job) -> Result<Dealt, Wrong> {
    let ends = job.shape.roles().iter().map(|_| Alone(0)).collect();
    Ok(perform::<u64, Alone>(job, ends)?.0)
}

fn perform<P: Payload, E: End<P>>(
    job: &Job,
    ends: Vec<E>,
) -> Result<(Dealt, Vec<E>, Vec<Tally>), Wrong> {
    let roles = job.shape.roles();
    let pushing = roles.iter().filter(|role| pushes(**role)).count();
    let cores = cores::available();
    let run = Run::new(roles.len(), pushing, &cores, first_value(1), false).dealt();
    let end = || run.end_after_deals(job.times, &cores);
    let (deals, ends, tallies) = work::<P, E, _>(ends, job.shape, &run, end)?;
    let items = sum_of(tallies.iter().map(|tally| tally.popped)).count;
    let outcome = outcome(&roles, &tallies, items);
    Ok((Dealt { outcome, deals }, ends, tallies))
}

/// An end of no queue at all.
#[derive(Debug)]
struct Alone(u64);

impl End<u64> for Alone {
    #[inline]
    fn try_push(&mut self, payload: u64) -> Result<(), u64> {
        self.0 = black_box(self.0.wrapping_add(payload));
        Ok(())
    }

    #[inline]
    fn try_pop(&mut self) -> Option<u64> {
        self.0 = black_box(self.0.wrapping_add(1));
        Some(self.0)
    }
}

/// Moves threads between cores; dropping it lets all of them run on all of these cores again.
///
/// The threads must not end before it is gone.
#[derive(Debug)]
pub(super) struct Dealer {
    threads: Vec<Tid>,
    cores: Vec<usize>,
    random: u64,
}

impl Dealer {
    /// Deals `threads` to `cores`.
    pub(super) fn new(threads: Vec<Tid>, cores: &[usize], seed: u64) -> Dealer {
        Dealer {
            threads,
            cores: cores.to_vec(),
            random: seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        }
    }

    /// Puts each thread on a random core; says whether the system agreed.
    pub(super) fn deal(&mut self) -> bool {
        shuffle(&mut self.threads, &mut self.random);
        // Where the threads do not come out even, the cores with one more change too.
        shuffle(&mut self.cores, &mut self.random);
        let places = self.cores.chunks(1).cycle();
        !self.threads.is_empty()
            && (self.threads.iter().zip(places)).all(|(thread, core)| cores::confine(*thread, core))
    }
}

impl Drop for Dealer {
    fn drop(&mut self) {
        for &thread in &self.threads {
            // Who cannot be freed keeps to its core for what is left of its life: a moment.
            let _ = cores::confine(thread, &self.cores);
        }
    }
}

/// Fisher and Yates' shuffle, from Marsaglia's xorshift.
fn shuffle<T>(all: &mut [T], random: &mut u64) {
    for last in (1..all.len()).rev() {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        all.swap(last, (*random % (last as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_brings_everything_everywhere() {
        let mut random = 1;
        let mut seen = [[0_u32; 5]; 5];
        for _ in 0..1_000 {
            let mut all = [0, 1, 2, 3, 4];
            shuffle(&mut all, &mut random);
            for (place, one) in all.into_iter().enumerate() {
                seen[place][one] += 1;
            }
        }
        let usual = |times: &u32| (100..300).contains(times);
        assert!(seen.iter().flatten().all(usual), "{seen:?}");
    }

    /// Five threads that live until the end of `act`, which gets their names.
    #[cfg(target_os = "linux")]
    fn with_five(act: impl FnOnce(Vec<Tid>)) {
        use std::sync::mpsc;

        std::thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            let ends = (0..5).map(|_| {
                let tell = tell.clone();
                let (end, ended) = mpsc::channel::<()>();
                scope.spawn(move || {
                    let name = cores::this_thread().expect("threads have names here");
                    tell.send(name).expect("somebody asks");
                    let _ = ended.recv();
                });
                end
            });
            let ends: Vec<_> = ends.collect();
            act(told.iter().take(5).collect());
            drop(ends);
        });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn every_thread_is_on_one_core_and_cores_have_equally_many() {
        let cores = cores::available();
        with_five(|threads| {
            let mut dealer = Dealer::new(threads.clone(), &cores, 0);
            for _ in 0..20 {
                assert!(dealer.deal());
                let places = threads.iter().map(|thread| cores::affinity_of(*thread));
                let places: Vec<Vec<usize>> = places.collect();
                assert!(places.iter().all(|place| place.len() == 1), "{places:?}");
                let load = |core| places.iter().filter(|place| place[0] == core).count();
                let loads: Vec<usize> = cores.iter().map(|core| load(*core)).collect();
                let (least, most) = (loads.iter().min(), loads.iter().max());
                assert_eq!(loads.iter().sum::<usize>(), 5, "outside the given cores");
                assert!(
                    most.zip(least)
                        .is_some_and(|(most, least)| most - least < 2)
                );
            }
        });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn after_the_deals_everybody_may_go_everywhere_again_and_nowhere_else() {
        let before = cores::available();
        with_five(|threads| {
            let mut dealer = Dealer::new(threads.clone(), &before, 7);
            assert!(dealer.deal());
            drop(dealer);
            for thread in threads {
                assert_eq!(cores::affinity_of(thread), before);
            }
        });
        assert_eq!(cores::available(), before);
    }

    #[test]
    fn nobody_to_move_is_no_deal() {
        assert!(!Dealer::new(Vec::new(), &cores::available(), 0).deal());
    }
}
