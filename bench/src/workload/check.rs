//! What went in must have come out.
#![forbid(unsafe_code)]

use std::fmt;

/// Why a run of a contender counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrong {
    /// The number of items that came out is not the number that went in.
    Count {
        /// Items that went in.
        pushed: u64,
        /// Items that came out, those left over at the end included.
        popped: u64,
    },
    /// As many came out as went in, but not the same ones.
    Sum {
        /// Wrapping sum of the values that went in.
        pushed: u64,
        /// Wrapping sum of those that came out.
        popped: u64,
    },
    /// More threads or tasks were inside than there are permits.
    TooMany {
        /// How many at most.
        inside: usize,
        /// How many permits there are.
        permits: usize,
    },
    /// Permits were lost or made up.
    Permits {
        /// How many could be acquired in the end (one more than there are, if not fewer).
        back: usize,
        /// How many there are.
        of: usize,
    },
    /// Tasks went on although the event had not been set.
    Early {
        /// How many.
        woken: u64,
    },
    /// A thread panicked, in the contender or because half a payload arrived.
    Panicked(String),
    /// A thread still waits although everything has been closed.
    Hung,
    /// A run of a fixed number of items did not end.
    Unfinished {
        /// Items that had come out.
        popped: u64,
        /// Items that were to come out.
        of: u64,
    },
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Count { pushed, popped } => {
                write!(f, "{pushed} items went in and {popped} came out")
            }
            Wrong::Sum { pushed, popped } => write!(
                f,
                "the items that came out are not those that went in (sums {popped} and {pushed})"
            ),
            Wrong::TooMany { inside, permits } => {
                write!(f, "{inside} were inside at once with {permits} permits")
            }
            Wrong::Permits { back, of } => {
                write!(f, "{back} permits could be acquired in the end, of {of}")
            }
            Wrong::Early { woken } => {
                write!(f, "{woken} were woken before the event was set")
            }
            Wrong::Hung => write!(f, "a thread waited for ever: a wake was lost"),
            Wrong::Panicked(message) => write!(f, "a thread panicked: {message}"),
            Wrong::Unfinished { popped, of } => {
                write!(
                    f,
                    "only {popped} of {of} items came out before patience ended"
                )
            }
        }
    }
}

impl std::error::Error for Wrong {}

/// Count and wrapping sum of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) count: u64,
    pub(super) sum: u64,
}

impl Totals {
    /// Those of the `count` consecutive values from `first` on.
    pub(super) fn consecutive(first: u64, count: u64) -> Totals {
        let triangle = u128::from(count) * u128::from(count.saturating_sub(1)) / 2;
        let sum = first.wrapping_mul(count).wrapping_add(triangle as u64);
        Totals { count, sum }
    }

    /// Those of one value.
    #[inline]
    pub(super) fn one(value: u64) -> Totals {
        Totals {
            count: 1,
            sum: value,
        }
    }

    /// Those of `values`.
    #[inline]
    pub(super) fn of(values: &[u64]) -> Totals {
        let sum = values
            .iter()
            .fold(0, |sum: u64, value| sum.wrapping_add(*value));
        Totals {
            count: values.len() as u64,
            sum,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, value: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(value);
    }

    pub(super) fn join(self, other: Totals) -> Totals {
        Totals {
            count: self.count + other.count,
            sum: self.sum.wrapping_add(other.sum),
        }
    }
}

/// Refuses totals that differ.
pub(super) fn same(pushed: Totals, popped: Totals) -> Result<(), Wrong> {
    if pushed.count != popped.count {
        return Err(Wrong::Count {
            pushed: pushed.count,
            popped: popped.count,
        });
    }
    if pushed.sum != popped.sum {
        return Err(Wrong::Sum {
            pushed: pushed.sum,
            popped: popped.sum,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_and_the_loop_agree_also_where_the_sum_wraps() {
        for (first, count) in [(0, 0), (0, 1), (5, 7), (u64::MAX - 3, 9), (3 << 48, 1000)] {
            let mut totals = Totals::default();
            (0..count).for_each(|i| totals.add(first.wrapping_add(i)));
            assert_eq!(Totals::consecutive(first, count), totals);
        }
    }

    #[test]
    fn a_lost_item_and_a_swapped_one_are_refused() {
        let pushed = Totals::consecutive(0, 10);
        assert_eq!(same(pushed, pushed), Ok(()));
        let lost = Totals::consecutive(0, 9);
        assert_eq!(
            same(pushed, lost),
            Err(Wrong::Count {
                pushed: 10,
                popped: 9
            })
        );
        let mut swapped = lost;
        swapped.add(8);
        assert_eq!(
            same(pushed, swapped),
            Err(Wrong::Sum {
                pushed: 45,
                popped: 44
            })
        );
    }
}
