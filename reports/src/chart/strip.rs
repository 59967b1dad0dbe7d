//! One cell: a row a contender, every round a dot, median and quartiles over them.

use latchless_bench::record::Distance;

use super::{ROW, WIDTH, axis_below, class, fitting, names_width, tick_label};
use crate::{
    analysis::{Standing, View},
    number::figure,
    svg::{Anchor, Scale, Svg},
};

/// Vertical places of successive dots within a row, so that equal rounds do not hide each other.
const JITTER: [f64; 5] = [0.0, 3.0, -3.0, 2.0, -2.0];

/// Medians further apart than this get a logarithmic axis.
const WIDE: f64 = 20.0;

/// Draws `view`; the flag says whether its axis is logarithmic.
pub fn strip(view: &View<'_>, label: &str) -> (String, bool) {
    let bottom = 4.0 + ROW * view.standings.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 18.0, label);
    let left = names_width(view.standings.iter().map(Standing::name));
    let rates = || {
        view.standings
            .iter()
            .flat_map(unchanged)
            .map(|(_, rate)| rate)
    };
    let least = rates().fold(f64::INFINITY, f64::min);
    let most = rates().fold(0.0, f64::max);
    let medians = || view.standings.iter().map(|standing| standing.spread.median);
    let slowest = medians().fold(f64::INFINITY, f64::min);
    let range = (left, WIDTH - 44.0);
    // Linear from zero, so that lengths can be compared, unless that would press medians together
    // at the axis.
    let scale = if slowest > 0.0 && medians().fold(0.0, f64::max) / slowest > WIDE {
        Scale::logarithmic(least.max(slowest / WIDE), most, range)
    } else {
        Scale::linear(most, range)
    };
    axis_below(&mut svg, &scale, 4.0, bottom, tick_label);
    for (at, standing) in view.standings.iter().enumerate() {
        row(
            &mut svg,
            standing,
            4.0 + ROW * (at as f64 + 0.5),
            left,
            &scale,
        );
    }
    (svg.finish(), scale.is_logarithmic())
}

/// Distance and rate of every round in which the distance stayed what it was.
fn unchanged<'a>(standing: &'a Standing<'_>) -> impl Iterator<Item = (Distance, f64)> + 'a {
    let rounds = standing.series.rounds.iter();
    rounds
        .filter(|round| round.distance != Distance::Changed)
        .map(|round| (round.distance, standing.figure(round)))
}

fn row(svg: &mut Svg, standing: &Standing<'_>, y: f64, left: f64, scale: &Scale) {
    let class = class(standing.side);
    let spread = &standing.spread;
    svg.text(
        (left - 8.0, y + 4.0),
        Anchor::End,
        class,
        &fitting(standing.name()),
    );
    let dots = |far: bool| {
        let chosen =
            unchanged(standing).filter(move |(distance, _)| (*distance == Distance::Far) == far);
        let jittered = chosen.zip(JITTER.iter().cycle());
        jittered.map(move |((_, rate), jitter)| (scale.place(rate), y + jitter))
    };
    svg.dots(dots(true), &format!("d f {class}"));
    svg.dots(dots(false), &format!("d {class}"));
    let (from, to) = (scale.place(spread.lower), scale.place(spread.upper));
    svg.rect((from, y - 6.5), (to - from, 13.0), &format!("q {class}"));
    let median = scale.place(spread.median);
    svg.line(
        &[(median, y - 7.0), (median, y + 7.0)],
        &format!("m {class}"),
    );
    svg.text(
        (WIDTH, y + 4.0),
        Anchor::End,
        &format!("v {class}"),
        &figure(spread.median),
    );
}
