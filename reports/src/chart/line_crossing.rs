//! The machine through the run: how long a cache line took from core to core at every round.

use latchless_bench::record::{Distance, Round};

use super::tick_label;
use crate::svg::{Anchor, Scale, Svg};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 44.0;
const BOTTOM: f64 = HEIGHT - 20.0;
const TOP: f64 = 6.0;

/// Draws all rounds in which a distance was measured; nothing when there is none.
pub fn line_crossing<'a>(rounds: impl Iterator<Item = &'a Round>, label: &str) -> Option<String> {
    let measured = |round: &&Round| round.distance != Distance::None && round.line_nanos[0] > 0.0;
    let rounds: Vec<&Round> = rounds.filter(measured).collect();
    let nanos = || rounds.iter().map(|round| round.line_nanos[0]);
    let last = rounds.iter().map(|round| round.sequence).max()?.max(1);
    let least = nanos().fold(f64::INFINITY, f64::min);
    let y = Scale::logarithmic(least, nanos().fold(least, f64::max), (BOTTOM, TOP));
    let x = Scale::exact((0.0, last as f64), (LEFT + 4.0, WIDTH - 4.0));
    let mut svg = Svg::new(WIDTH, HEIGHT, label);
    for tick in y.ticks() {
        svg.line(&[(LEFT, y.place(tick)), (WIDTH, y.place(tick))], "g");
        let text = format!("{} ns", tick_label(tick));
        svg.text((LEFT - 4.0, y.place(tick) + 3.5), Anchor::End, "t", &text);
    }
    for tick in x.ticks() {
        svg.text(
            (x.place(tick), HEIGHT - 4.0),
            Anchor::Middle,
            "t",
            &tick_label(tick),
        );
    }
    for (class, wanted) in [("d p", false), ("d o", true)] {
        let chosen = rounds
            .iter()
            .filter(|round| (round.distance == Distance::Near) == wanted);
        // Rounds on the same pixel are one dot: thousands of them would only weigh.
        let pixel = |round: &&Round| {
            let at = (x.place(round.sequence as f64), y.place(round.line_nanos[0]));
            (at.0.round() as i64, at.1.round() as i64)
        };
        let mut pixels: Vec<(i64, i64)> = chosen.map(pixel).collect();
        pixels.sort_unstable();
        pixels.dedup();
        svg.dots(pixels.into_iter().map(|(x, y)| (x as f64, y as f64)), class);
    }
    Some(svg.finish())
}
