//! Order statistics of a handful of rounds. Nothing here averages: a mean of rounds from a
//! machine with two speeds is the speed of no machine.

/// Median, quartiles and ends of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Size of the sample; at least 1.
    pub count: usize,
    pub least: f64,
    pub lower: f64,
    pub median: f64,
    pub upper: f64,
    pub most: f64,
}

impl Spread {
    /// The spread of `sample`, or nothing when it is empty. Values that are not finite are left
    /// out: they come from rounds of no length.
    pub fn of(sample: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = sample.into_iter().filter(|x| x.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            count: sorted.len(),
            least: *sorted.first()?,
            lower: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            upper: quantile(&sorted, 0.75),
            most: *sorted.last()?,
        })
    }
}

/// The `q`-quantile of a sorted sample, interpolated linearly between neighbours (type 7 of
/// Hyndman and Fan, the default of R and NumPy).
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let position = q * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = position.ceil() as usize;
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// How many times as fast one sample is as another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Median over median.
    pub value: f64,
    /// Lower quartile over upper quartile: the least that the middle halves allow.
    pub low: f64,
    /// Upper quartile over lower quartile: the most that they allow.
    pub high: f64,
}

impl Ratio {
    /// The ratio of `ours` to `theirs`, or nothing when theirs did nothing at all.
    pub fn of(ours: &Spread, theirs: &Spread) -> Option<Self> {
        let ratio = Self {
            value: ours.median / theirs.median,
            low: ours.lower / theirs.upper,
            high: ours.upper / theirs.lower,
        };
        ratio.value.is_finite().then_some(ratio)
    }

    /// The same distance from 1 read as "one is that many times the other", never below 1.
    pub fn factor(&self) -> f64 {
        self.value.max(1.0 / self.value)
    }

    /// What the ratio says when factors below `threshold` say nothing, and neither does a ratio
    /// whose quartiles allow both sides of 1.
    pub fn outcome(&self, threshold: f64) -> Outcome {
        if self.value >= threshold && self.low > 1.0 {
            Outcome::Ahead
        } else if self.value * threshold <= 1.0 && self.high < 1.0 {
            Outcome::Behind
        } else {
            Outcome::Unresolved
        }
    }
}

/// Who is faster, where that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ahead,
    Behind,
    Unresolved,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_interpolate_between_neighbours() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((spread.least, spread.most, spread.count), (1.0, 4.0, 4));
        assert_eq!(
            (spread.lower, spread.median, spread.upper),
            (1.75, 2.5, 3.25)
        );
    }

    #[test]
    fn one_value_is_its_own_spread() {
        let spread = Spread::of([7.0]).unwrap();
        assert_eq!((spread.lower, spread.median, spread.upper), (7.0, 7.0, 7.0));
    }

    #[test]
    fn an_empty_sample_has_no_spread() {
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([f64::INFINITY, f64::NAN]), None);
    }

    #[test]
    fn a_slow_outlier_moves_no_median() {
        let spread = Spread::of([10.0, 10.0, 10.0, 10.0, 0.001]).unwrap();
        assert_eq!(spread.median, 10.0);
    }

    #[test]
    fn a_ratio_is_of_medians_and_its_range_of_opposite_quartiles() {
        let ours = Spread::of([20.0, 30.0, 40.0]).unwrap();
        let theirs = Spread::of([8.0, 10.0, 12.0]).unwrap();
        let ratio = Ratio::of(&ours, &theirs).unwrap();
        assert_eq!(ratio.value, 3.0);
        assert_eq!(ratio.low, 25.0 / 11.0);
        assert_eq!(ratio.high, 35.0 / 9.0);
    }

    #[test]
    fn nothing_is_a_multiple_of_zero() {
        let some = Spread::of([1.0]).unwrap();
        let none = Spread::of([0.0]).unwrap();
        assert_eq!(Ratio::of(&some, &none), None);
        assert_eq!(
            Ratio::of(&none, &some).unwrap().outcome(1.25),
            Outcome::Behind
        );
    }

    #[test]
    fn differences_below_the_threshold_are_not_resolved_in_either_direction() {
        let ratio = |value| Ratio {
            value,
            low: value,
            high: value,
        };
        assert_eq!(ratio(1.24).outcome(1.25), Outcome::Unresolved);
        assert_eq!(ratio(1.25).outcome(1.25), Outcome::Ahead);
        assert_eq!(ratio(0.81).outcome(1.25), Outcome::Unresolved);
        assert_eq!(ratio(0.80).outcome(1.25), Outcome::Behind);
        assert_eq!(ratio(0.5).factor(), 2.0);
    }

    #[test]
    fn overlapping_quartiles_resolve_nothing_however_far_the_medians_are_apart() {
        let ratio = |value, low, high| Ratio { value, low, high };
        assert_eq!(ratio(2.0, 0.9, 3.0).outcome(1.25), Outcome::Unresolved);
        assert_eq!(ratio(0.5, 0.3, 1.1).outcome(1.25), Outcome::Unresolved);
        assert_eq!(ratio(2.0, 1.1, 3.0).outcome(1.25), Outcome::Ahead);
    }
}
