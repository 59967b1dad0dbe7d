//! One family of workloads: a small panel a peer, threads against throughput, ours beside it.

use super::{class, tick_label};
use crate::{
    analysis::View,
    document::Side,
    statistics::Spread,
    svg::{Anchor, Scale, Svg},
};

const WIDTH: f64 = 206.0;
const HEIGHT: f64 = 120.0;
const LEFT: f64 = 32.0;
const BOTTOM: f64 = HEIGHT - 18.0;
const TOP: f64 = 8.0;

/// The same work on several numbers of threads.
#[derive(Debug)]
pub struct Family<'a> {
    /// `MPMC`, `Pairs`.
    pub title: String,
    /// Thread counts in order, each with its cell.
    pub steps: Vec<(usize, &'a View<'a>)>,
}

/// The line of one contender: threads and spread.
pub type Curve = Vec<(usize, Spread)>;

impl<'a> Family<'a> {
    /// The curve of a contender, or nothing when it took part in fewer than two steps.
    pub fn curve(&self, name: &str) -> Option<Curve> {
        let step = |(threads, view): &(usize, &View<'_>)| Some((*threads, view.find(name)?.spread));
        let curve: Curve = self.steps.iter().filter_map(step).collect();
        (curve.len() > 1).then_some(curve)
    }

    /// Peers with a curve, in the order of the last step, fastest first.
    pub fn peers(&self) -> Vec<(&'a str, Curve)> {
        let last = self
            .steps
            .last()
            .into_iter()
            .flat_map(|(_, view)| view.peers());
        last.filter_map(|peer| Some((peer.name(), self.curve(peer.name())?)))
            .collect()
    }

    /// Ours.
    pub fn ours(&self) -> Option<(&'a str, Curve)> {
        let name = self
            .steps
            .iter()
            .find_map(|(_, view)| Some(view.ours()?.name()))?;
        Some((name, self.curve(name)?))
    }
}

/// Draws the panel of `peer`: its line dark, ours in the accent colour, all others faint.
/// More threads than `cores` are on a shaded band.
pub fn scaling(family: &Family<'_>, peer: &str, cores: usize, label: &str) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT, label);
    let threads: Vec<usize> = family.steps.iter().map(|step| step.0).collect();
    let x = |of: usize| {
        let at = threads
            .iter()
            .position(|&threads| threads == of)
            .unwrap_or(0) as f64;
        LEFT + 14.0 + at * (WIDTH - LEFT - 28.0) / (threads.len() - 1).max(1) as f64
    };
    let peers = family.peers();
    let ours = family.ours();
    let curves = peers.iter().chain(&ours).flat_map(|(_, curve)| curve);
    let scale = Scale::linear(
        curves.map(|step| step.1.upper).fold(0.0, f64::max),
        (BOTTOM, TOP),
    );
    band(&mut svg, &threads, cores, x);
    for tick in scale.ticks() {
        let y = scale.place(tick);
        svg.line(&[(LEFT, y), (WIDTH, y)], "g");
        svg.text((LEFT - 4.0, y + 3.5), Anchor::End, "t", &tick_label(tick));
    }
    for &threads in &threads {
        svg.text(
            (x(threads), HEIGHT - 4.0),
            Anchor::Middle,
            "t",
            &threads.to_string(),
        );
    }
    let points = |curve: &Curve| -> Vec<(f64, f64)> {
        curve
            .iter()
            .map(|(threads, spread)| (x(*threads), scale.place(spread.median)))
            .collect()
    };
    for (name, curve) in &peers {
        if *name != peer {
            svg.line(&points(curve), "l");
        }
    }
    let shown = peers
        .iter()
        .filter(|(name, _)| *name == peer)
        .map(|(_, curve)| (Side::Peer, curve));
    for (side, curve) in shown.chain(ours.iter().map(|(_, curve)| (Side::Ours, curve))) {
        let class = class(side);
        for (threads, spread) in curve {
            let x = x(*threads);
            let ends = [
                (x, scale.place(spread.lower)),
                (x, scale.place(spread.upper)),
            ];
            svg.line(&ends, &format!("e {class}"));
        }
        svg.line(&points(curve), &format!("c {class}"));
        svg.dots(points(curve), &format!("d5 {class}"));
    }
    svg.finish()
}

/// Shades where threads outnumber cores: from half-way between the last number that fits and the
/// first that does not.
fn band(svg: &mut Svg, threads: &[usize], cores: usize, x: impl Fn(usize) -> f64) {
    let Some(&first) = threads.iter().find(|&&threads| threads > cores) else {
        return;
    };
    let last = threads.iter().rev().find(|&&threads| threads <= cores);
    let from = last.map_or(LEFT, |&last| (x(last) + x(first)) / 2.0);
    svg.rect((from, TOP), (WIDTH - from, BOTTOM - TOP), "band");
}
