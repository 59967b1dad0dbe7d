//! One cell: a row a contender, p50, p99 and the worst operation on a logarithmic axis.

use super::{ROW, WIDTH, axis_below, class, fitting, names_width};
use crate::{
    analysis::Standing,
    number::duration,
    svg::{Anchor, Scale, Svg},
};

/// Contenders with what their operations took, lowest p99 first.
pub fn latency(rows: &[(&Standing<'_>, [f64; 3])], label: &str) -> String {
    let bottom = 4.0 + ROW * rows.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 18.0, label);
    let left = names_width(rows.iter().map(|row| row.0.name()));
    let least = rows
        .iter()
        .map(|row| row.1[0])
        .fold(f64::INFINITY, f64::min);
    let most = rows.iter().map(|row| row.1[2]).fold(1.0, f64::max);
    let scale = Scale::logarithmic(least.clamp(1.0, most), most, (left, WIDTH - 56.0));
    axis_below(&mut svg, &scale, 4.0, bottom, tick);
    for (at, (standing, [p50, p99, worst])) in rows.iter().enumerate() {
        let y = 4.0 + ROW * (at as f64 + 0.5);
        let class = class(standing.side);
        svg.text(
            (left - 8.0, y + 4.0),
            Anchor::End,
            class,
            &fitting(standing.name()),
        );
        let [from, middle, to] = [*p50, *p99, *worst].map(|nanos| scale.place(nanos));
        svg.line(&[(middle, y), (to, y)], &format!("w {class}"));
        svg.line(&[(from, y), (middle, y)], &format!("b {class}"));
        svg.dots([(from, y)], &format!("d5 {class}"));
        svg.line(
            &[(middle, y - 6.0), (middle, y + 6.0)],
            &format!("m {class}"),
        );
        svg.dots([(to, y)], &format!("d {class}"));
        svg.text(
            (WIDTH, y + 4.0),
            Anchor::End,
            &format!("v {class}"),
            &duration(*p99),
        );
    }
    svg.finish()
}

/// Powers of ten in their unit: `100 ns`, `1 µs`.
fn tick(nanos: f64) -> String {
    let (value, unit) = match nanos {
        nanos if nanos < 1e3 => (nanos, "ns"),
        nanos if nanos < 1e6 => (nanos / 1e3, "µs"),
        nanos => (nanos / 1e6, "ms"),
    };
    format!("{} {unit}", super::tick_label(value))
}
