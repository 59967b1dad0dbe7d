//! One sweep: the instruction at which the victim is stopped, and what the others still do.

use super::{class, tick_label};
use crate::{
    number::percent,
    stall::{HALTED, Sweep},
    svg::{Anchor, Scale, Svg},
};

const WIDTH: f64 = 274.0;
const HEIGHT: f64 = 112.0;
const LEFT: f64 = 38.0;
const BOTTOM: f64 = HEIGHT - 18.0;
const TOP: f64 = 8.0;
/// Shares above this are drawn on the upper edge.
const MOST: f64 = 1.25;

/// Draws `sweep` with the vertical axis that all sweeps have.
pub fn stall(sweep: &Sweep<'_>, label: &str) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT, label);
    let y = Scale::exact((0.0, MOST), (BOTTOM, TOP));
    for share in [0.0, 0.5, 1.0] {
        let class = if share == 1.0 { "g one" } else { "g" };
        svg.line(&[(LEFT, y.place(share)), (WIDTH, y.place(share))], class);
        svg.text(
            (LEFT - 4.0, y.place(share) + 3.5),
            Anchor::End,
            "t",
            &percent(share),
        );
    }
    if let Some((least, most)) = sweep.before_range() {
        let [low, high] = [least, most].map(|share| y.place(share.min(MOST)));
        svg.rect((LEFT, high), (WIDTH - LEFT, low - high), "q p");
    }
    let instructions = || sweep.stops.iter().map(|stop| stop.0);
    let last = instructions().max().unwrap_or(0).max(1) as f64;
    let x = Scale::exact((0.0, last), (LEFT + 6.0, WIDTH - 6.0));
    for tick in x.ticks() {
        svg.text(
            (x.place(tick), HEIGHT - 4.0),
            Anchor::Middle,
            "t",
            &tick_label(tick),
        );
    }
    for (halted, class) in [(false, class(sweep.side)), (true, "x")] {
        let watches = sweep
            .watches
            .iter()
            .filter(|watch| (watch.1 < HALTED) == halted);
        let places = watches.map(|&(at, share)| (x.place(at as f64), y.place(share)));
        svg.dots(places, &format!("d4 {class}"));
    }
    svg.finish()
}
