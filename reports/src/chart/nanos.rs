//! One cell: a row a contender, what one operation takes, least first; every round a dot.

use super::{ROW, WIDTH, axis_below, class, fitting, names_width};
use crate::{
    analysis::{Standing, primitives::nanos},
    number::{duration, figure},
    svg::{Anchor, Scale, Svg},
};

/// Vertical places of successive dots within a row.
const JITTER: [f64; 3] = [0.0, 3.0, -3.0];

/// Draws `rows`, on a logarithmic axis: what is ten times as dear is as far away everywhere.
pub fn per_operation(rows: &[&Standing<'_>], label: &str) -> String {
    let bottom = 4.0 + ROW * rows.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 18.0, label);
    let left = names_width(rows.iter().map(|row| row.name()));
    let all = || {
        let rounds = rows
            .iter()
            .flat_map(|row| row.rounds().map(|one| row.figure(one)));
        rounds.map(nanos).filter(|nanos| nanos.is_finite())
    };
    let least = all().fold(f64::INFINITY, f64::min);
    let most = all().fold(0.0, f64::max);
    // An axis with at least two powers of ten on it can be read.
    let least = least.min(most / 10.0).max(most / 1e6);
    let scale = Scale::logarithmic(least, most, (left, WIDTH - 56.0));
    axis_below(&mut svg, &scale, 4.0, bottom, tick);
    for (at, standing) in rows.iter().enumerate() {
        row(
            &mut svg,
            standing,
            4.0 + ROW * (at as f64 + 0.5),
            left,
            &scale,
        );
    }
    svg.finish()
}

fn row(svg: &mut Svg, standing: &Standing<'_>, y: f64, left: f64, scale: &Scale) {
    let class = class(standing.side);
    let name = fitting(standing.name());
    svg.text((left - 8.0, y + 4.0), Anchor::End, class, &name);
    let times = standing.rounds().map(|round| nanos(standing.figure(round)));
    let times = times.filter(|nanos| nanos.is_finite());
    let dots = times.zip(JITTER.iter().cycle());
    svg.dots(
        dots.map(|(nanos, jitter)| (scale.place(nanos), y + jitter)),
        &format!("d {class}"),
    );
    let spread = &standing.spread;
    let at = |rate| scale.place(nanos(rate));
    let (from, to) = (at(spread.upper), at(spread.lower));
    svg.rect((from, y - 6.5), (to - from, 13.0), &format!("q {class}"));
    let median = at(spread.median);
    svg.line(
        &[(median, y - 7.0), (median, y + 7.0)],
        &format!("m {class}"),
    );
    let said = duration(nanos(spread.median));
    svg.text((WIDTH, y + 4.0), Anchor::End, &format!("v {class}"), &said);
}

/// `10 ns`, `1 µs`.
fn tick(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 1e3 => format!("{} ns", figure_of(nanos)),
        nanos if nanos < 1e6 => format!("{} µs", figure_of(nanos / 1e3)),
        nanos => format!("{} ms", figure_of(nanos / 1e6)),
    }
}

fn figure_of(value: f64) -> String {
    match value {
        value if value < 1.0 => figure(value),
        value => super::tick_label(value),
    }
}
