//! What one operation costs when several threads do it at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::chase::wait_until;

/// Shares `operations` out among `threads` threads, which start together, and says how long it
/// took from the first start to the last end. `work` gets a thread's number and its share.
pub(super) fn time_together(
    threads: usize,
    operations: u64,
    work: impl Fn(usize, u64) + Sync,
) -> Duration {
    time_shares(&shares(threads, operations), work)
}

/// The same with one more thread, which is numbered last and gets the sum of all shares.
pub(super) fn time_with_owner(
    threads: usize,
    operations: u64,
    work: impl Fn(usize, u64) + Sync,
) -> Duration {
    let mut shares = shares(threads, operations);
    shares.push(operations);
    time_shares(&shares, work)
}

fn shares(threads: usize, operations: u64) -> Vec<u64> {
    let count = threads as u64;
    let extra = |thread| u64::from(thread < operations % count);
    (0..count)
        .map(|thread| operations / count + extra(thread))
        .collect()
}

fn time_shares(shares: &[u64], work: impl Fn(usize, u64) + Sync) -> Duration {
    let arrived = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (arrived, work) = (&arrived, &work);
        let threads: Vec<_> = shares
            .iter()
            .enumerate()
            .map(|(number, &share)| {
                scope.spawn(move || {
                    arrived.fetch_add(1, Ordering::Relaxed);
                    wait_until(|| arrived.load(Ordering::Relaxed) == shares.len());
                    let began = Instant::now();
                    work(number, share);
                    (began, Instant::now())
                })
            })
            .collect();
        let times: Vec<(Instant, Instant)> = threads
            .into_iter()
            .map(|thread| thread.join().expect("a timed thread does not panic"))
            .collect();
        let first = times.iter().map(|&(began, _)| began).min();
        let last = times.iter().map(|&(_, ended)| ended).max();
        first
            .zip(last)
            .map_or(Duration::ZERO, |(first, last)| last - first)
    })
}

/// Nanoseconds per operation: the median of up to five rounds, each long enough for its threads to
/// meet; fewer and shorter ones where a busy machine makes them long.
pub(super) fn per_operation(cost: fn(u64) -> Duration) -> f64 {
    const LONG_ENOUGH: Duration = Duration::from_millis(10);
    const TOO_LONG: Duration = Duration::from_millis(100);
    const ENOUGH: u64 = 1 << 14;
    const PATIENCE: Duration = Duration::from_millis(200);
    const MOST: u64 = 1 << 20;
    let began = Instant::now();
    let mut operations = 1 << 6;
    let mut rounds = vec![cost(operations)];
    let longer = |round: Duration, operations: u64| {
        let wanted = round < LONG_ENOUGH || operations < ENOUGH;
        wanted && round < TOO_LONG && operations < MOST
    };
    while longer(rounds[0], operations) {
        operations *= 4;
        rounds = vec![cost(operations)];
    }
    while rounds.len() < 5 && began.elapsed() < PATIENCE {
        rounds.push(cost(operations));
    }
    rounds.sort();
    rounds[rounds.len() / 2].as_nanos() as f64 / operations as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn the_shares_add_up_to_the_operations() {
        for (threads, operations) in [(1, 7), (3, 7), (100, 3), (2, 0)] {
            let done = AtomicU64::new(0);
            time_together(threads, operations, |_, share| {
                done.fetch_add(share, Ordering::Relaxed);
            });
            assert_eq!(done.into_inner(), operations);
        }
    }

    #[test]
    fn the_owner_is_the_last_and_gets_the_sum() {
        let owners = AtomicU64::new(0);
        time_with_owner(3, 10, |number, share| {
            if number == 3 {
                owners.fetch_add(share, Ordering::Relaxed);
            }
        });
        assert_eq!(owners.into_inner(), 10);
    }

    #[test]
    fn what_takes_time_is_timed() {
        let pause = Duration::from_millis(5);
        assert!(time_together(2, 2, |_, _| thread::sleep(pause)) >= pause);
    }
}
