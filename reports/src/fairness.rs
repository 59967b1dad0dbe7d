//! How alike threads of one kind fared: the slowest one's operations over the fastest's,
//! producers and consumers apart, and the smaller of the two.

use latchless_bench::record::{FairRound, Round};

use crate::statistics::Spread;

/// Below this share somebody is being starved.
pub const STARVED: f64 = 0.5;

/// The shares in the rounds for fairness.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// Over the rounds.
    pub rounds: Spread,
    /// Of each thread's operations in all rounds together: what no round shows by itself, such
    /// as a thread that is always the slowest.
    pub summed: f64,
    /// The median round's p99 of one operation, in nanoseconds, where it was sampled.
    pub p99: Option<f64>,
}

impl Shares {
    /// Those of `rounds`; none where there are no rounds, or where nobody had a peer of its kind.
    pub fn of(rounds: &[FairRound]) -> Option<Self> {
        let shares = rounds
            .iter()
            .filter_map(|round| share(round.producers, &round.per_thread));
        let shares = Spread::of(shares)?;
        let mut totals: Vec<u64> = Vec::new();
        for round in rounds {
            totals.resize(totals.len().max(round.per_thread.len()), 0);
            for (total, count) in totals.iter_mut().zip(&round.per_thread) {
                *total += count;
            }
        }
        let latencies = rounds.iter().filter_map(|round| round.latency_nanos);
        Some(Self {
            rounds: shares,
            summed: share(rounds.first()?.producers, &totals)?,
            p99: Spread::of(latencies.map(|[_, p99, _]| p99 as f64)).map(|all| all.median),
        })
    }

    /// The median round's share: in half of the rounds, everybody did at least this much.
    pub fn median(&self) -> f64 {
        self.rounds.median
    }
}

/// The median share of rounds for throughput, in which threads stay where the system puts them.
pub fn unmoved(rounds: &[Round]) -> Option<f64> {
    let shares = rounds
        .iter()
        .filter_map(|round| share(round.producers, &round.per_thread));
    Some(Spread::of(shares)?.median)
}

/// The share in one round; none where nobody had a peer of its kind, or nobody did anything.
fn share(producers: usize, per_thread: &[u64]) -> Option<f64> {
    let (producers, others) = per_thread.split_at_checked(producers)?;
    let kinds = [producers, others].into_iter();
    kinds.filter_map(least_over_most).reduce(f64::min)
}

/// The least over the most; one thread has nobody to share with.
fn least_over_most(counts: &[u64]) -> Option<f64> {
    let (least, most) = (counts.iter().min()?, counts.iter().max()?);
    (counts.len() > 1 && *most > 0).then(|| *least as f64 / *most as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{fair, round};
    use latchless_bench::record::Distance;

    #[test]
    fn a_starved_consumer_shows_although_producers_are_equal() {
        assert_eq!(share(2, &[100, 100, 150, 50]), Some(50.0 / 150.0));
        assert_eq!(share(2, &[0, 100, 150, 150]), Some(0.0));
        assert_eq!(share(0, &[80, 100, 90]), Some(0.8));
    }

    #[test]
    fn one_of_each_kind_has_nobody_to_share_with() {
        assert_eq!(share(1, &[5, 1]), None);
        assert_eq!(share(0, &[5]), None);
        assert_eq!(share(1, &[7, 4, 8]), Some(0.5));
    }

    #[test]
    fn rounds_in_which_nobody_did_anything_or_nobody_is_known_say_nothing() {
        assert_eq!(share(2, &[0, 0, 0, 0]), None);
        assert_eq!(share(3, &[1, 1]), None);
        assert_eq!(Shares::of(&[]), None);
    }

    #[test]
    fn turns_at_being_slowest_even_out_in_the_sum_and_not_in_the_median() {
        let mut rounds = fair(&[0.5, 0.5]);
        rounds[1].per_thread.swap(2, 3);
        let shares = Shares::of(&rounds).expect("two of each kind");
        assert_eq!((shares.median(), shares.summed), (0.5, 0.99));
        assert_eq!(shares.p99, Some(400.0));
    }

    #[test]
    fn the_median_is_of_the_rounds_and_the_sum_of_their_counts() {
        let shares = Shares::of(&fair(&[0.2, 0.8, 1.0])).expect("two of each kind");
        assert_eq!(shares.median(), 0.8);
        assert_eq!(shares.summed, 2_000.0 / 3_000.0);
        assert_eq!((shares.rounds.least, shares.rounds.most), (0.2, 0.99));
    }

    #[test]
    fn rounds_for_throughput_have_a_share_too() {
        let mut rounds = vec![round(10.0, Distance::Near); 3];
        rounds[0].per_thread[0] = 0;
        rounds[2].per_thread[3] = 0;
        assert_eq!(unmoved(&rounds), Some(0.0));
    }
}
