//! The drawings, one file a kind. Ours is drawn in the accent colour, peers in grey.

mod latency;
mod line_crossing;
mod memory;
mod nanos;
mod ratio;
mod scaling;
mod stall;
mod strip;

pub use latency::latency;
pub use line_crossing::line_crossing;
pub use memory::memory;
pub use nanos::per_operation;
pub use ratio::ratio;
pub use scaling::{Family, scaling};
pub use stall::stall;
pub use strip::strip;

use crate::{
    document::Side,
    svg::{Anchor, Scale, Svg},
};

/// Width of a chart that has its names beside its rows.
const WIDTH: f64 = 420.0;
/// Height of one row.
const ROW: f64 = 19.0;
/// What a letter of a name takes, on average.
const LETTER: f64 = 6.9;
/// The longest name that is written in full.
const NAME_LETTERS: usize = 22;

/// The class that colours a mark.
fn class(side: Side) -> &'static str {
    match side {
        Side::Ours => "o",
        Side::OurOther => "o2",
        Side::Peer | Side::Floor => "p",
    }
}

/// A name that fits; the table under the chart has the whole of it.
fn fitting(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS {
        return name.to_owned();
    }
    name.chars().take(NAME_LETTERS - 1).chain(['…']).collect()
}

/// Where the plot begins when these names stand to its left.
fn names_width<'a>(names: impl Iterator<Item = &'a str>) -> f64 {
    let longest = names
        .map(|name| fitting(name).chars().count())
        .max()
        .unwrap_or(0);
    longest as f64 * LETTER + 10.0
}

/// Vertical grid lines with their figures below `bottom`.
fn axis_below(svg: &mut Svg, scale: &Scale, top: f64, bottom: f64, label: impl Fn(f64) -> String) {
    for tick in scale.ticks() {
        let x = scale.place(tick);
        svg.line(&[(x, top), (x, bottom)], "g");
        svg.text((x, bottom + 13.0), Anchor::Middle, "t", &label(tick));
    }
}

/// A tick's figure: no decimals that are zero.
fn tick_label(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    format!("{rounded}")
}
