//! All workloads at a glance: ours over the best peer, on a logarithmic axis around 1.

use super::{ROW, fitting, tick_label};
use crate::{
    analysis::{Duel, RESOLVED},
    number::times,
    statistics::Outcome,
    svg::{Anchor, Scale, Svg},
};

const WIDTH: f64 = 500.0;
const LEFT: f64 = 110.0;
const RIGHT: f64 = WIDTH - 184.0;

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
        row(&mut svg, duel, 4.0 + ROW * (at as f64 + 0.5), &scale);
    }
    svg.finish()
}

fn row(svg: &mut Svg, duel: &Duel<'_, '_>, y: f64, scale: &Scale) {
    let resolved = duel.outcome() != Outcome::Unresolved;
    let class = if resolved { "o" } else { "p" };
    let baseline = y + 4.0;
    let title = fitting(&duel.view.title());
    svg.text((LEFT - 10.0, baseline), Anchor::End, "p", &title);
    let [low, value, high] =
        [duel.ratio.low, duel.ratio.value, duel.ratio.high].map(|r| scale.place(r));
    svg.line(&[(low, y), (high, y)], &format!("b {class}"));
    svg.dots([(value, y)], &format!("d5 {class}"));
    svg.text(
        (RIGHT + 46.0, baseline),
        Anchor::End,
        "v",
        &times(duel.ratio.value),
    );
    svg.text(
        (RIGHT + 54.0, baseline),
        Anchor::Start,
        "",
        &fitting(duel.peer.name()),
    );
}
