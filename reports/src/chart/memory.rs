//! What one contender takes of memory as its backlog goes up and down again; the others faint behind it.

use super::{class, tick_label};
use crate::{
    analysis::unbounded::Taken,
    svg::{Anchor, Scale, Svg},
};

const WIDTH: f64 = 206.0;
const HEIGHT: f64 = 120.0;
const LEFT: f64 = 32.0;
const RIGHT: f64 = WIDTH - 10.0;
const BOTTOM: f64 = HEIGHT - 18.0;
const TOP: f64 = 8.0;

const MIB: f64 = 1024.0 * 1024.0;

/// Draws `shown`, one of `all`, over what all of them have in common.
pub fn memory(all: &[Taken<'_>], shown: &Taken<'_>, label: &str) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT, label);
    let frame = Frame::of(all);
    let first = all.first().map(|one| &one.memory.contender);
    if first == Some(&shown.memory.contender) {
        svg.shared("memory-behind", |svg| {
            frame.axes(svg);
            for one in all {
                svg.line(&frame.points(&one.memory.up), "l");
                svg.line(&frame.points(&one.memory.down), "l");
            }
        });
    } else {
        svg.reuse("memory-behind");
    }
    let class = class(shown.side);
    svg.line(&frame.points(&shown.memory.up), &format!("c {class}"));
    svg.line(&frame.points(&shown.memory.down), &format!("c dn {class}"));
    svg.finish()
}

/// Millions of items across, MiB up.
struct Frame {
    x: Scale,
    y: Scale,
}

impl Frame {
    fn of(all: &[Taken<'_>]) -> Self {
        let looks = || {
            let both = |one: &Taken<'_>| [one.memory.up.clone(), one.memory.down.clone()];
            all.iter().flat_map(both).flatten()
        };
        let most = |at: usize| looks().map(|look| look[at]).max().unwrap_or(0) as f64;
        Self {
            x: Scale::linear(most(0) / 1e6, (LEFT, RIGHT)),
            y: Scale::linear(most(1) / MIB, (BOTTOM, TOP)),
        }
    }

    fn axes(&self, svg: &mut Svg) {
        for tick in self.y.ticks() {
            let y = self.y.place(tick);
            svg.line(&[(LEFT, y), (WIDTH, y)], "g");
            svg.text((LEFT - 4.0, y + 3.5), Anchor::End, "t", &tick_label(tick));
        }
        for tick in self.x.ticks() {
            let at = (self.x.place(tick), HEIGHT - 4.0);
            svg.text(at, Anchor::Middle, "t", &tick_label(tick));
        }
    }

    fn points(&self, looks: &[[u64; 2]]) -> Vec<(f64, f64)> {
        let place = |look: &[u64; 2]| {
            let (items, bytes) = (look[0] as f64 / 1e6, look[1] as f64 / MIB);
            (self.x.place(items), self.y.place(bytes))
        };
        looks.iter().map(place).collect()
    }
}
