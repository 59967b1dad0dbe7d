//! All workloads at a glance: ours over the best peer, on a logarithmic axis around 1.

use super::{ROW, fitting, tick_label};
use crate::{
    analysis::{Duel, RESOLVED},
    number::times,
    statistics::Outcome,
    svg::{Anchor, Scale, Svg},
};

const WIDTH: f64 = 640.0;
const LEFT: f64 = 110.0;
const RIGHT: f64 = WIDTH - 190.0;

/// One row a duel: a dot at the ratio, a line over its quartile range.
pub fn ratio(duels: &[Duel<'_, '_>], label: &str) -> String {
    let bottom = 4.0 + ROW * duels.len() as f64;
    let mut svg = Svg::new(WIDTH, bottom + 18.0, label);
    let finite = |value: &f64| value.is_finite() && *value > 0.0;
    let ends = || {
        duels
            .iter()
            .flat_map(|duel| [duel.ratio.low, duel.ratio.high])
            .filter(finite)
    };
    let most = ends()
        .fold(2.0, f64::max)
        .max(1.0 / ends().fold(0.5, f64::min));
    // The same room on both sides of 1: a loss by half is as long as a win by twice.
    let scale = Scale::logarithmic(1.0 / most, most, (LEFT, RIGHT));
    let (from, to) = (scale.place(1.0 / RESOLVED), scale.place(RESOLVED));
    svg.rect((from, 4.0), (to - from, bottom - 4.0), "band");
    for tick in scale.ticks() {
        let x = scale.place(tick);
        svg.line(
            &[(x, 4.0), (x, bottom)],
            if tick == 1.0 { "g one" } else { "g" },
        );
        svg.text((x, bottom + 13.0), Anchor::Middle, "t", &tick_label(tick));
    }
    for (at, duel) in duels.iter().enumerate() {
        let y = 4.0 + ROW * (at as f64 + 0.5);
        let class = if duel.outcome() == Outcome::Unresolved {
            "p"
        } else {
            "o"
        };
        svg.text(
            (LEFT - 10.0, y + 4.0),
            Anchor::End,
            "p",
            &fitting(&duel.view.title()),
        );
        svg.line(
            &[
                (scale.place(duel.ratio.low), y),
                (scale.place(duel.ratio.high), y),
            ],
            &format!("b {class}"),
        );
        svg.dots([(scale.place(duel.ratio.value), y)], &format!("d5 {class}"));
        svg.text(
            (RIGHT + 46.0, y + 4.0),
            Anchor::End,
            "v",
            &times(duel.ratio.value),
        );
        svg.text(
            (RIGHT + 54.0, y + 4.0),
            Anchor::Start,
            "",
            &fitting(duel.peer.name()),
        );
    }
    svg.finish()
}
