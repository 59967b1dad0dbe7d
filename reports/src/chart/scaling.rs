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
    /// The anchor that its panels share their background by.
    pub id: String,
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
    let peers = family.peers();
    let ours = family.ours();
    let curves = peers.iter().chain(&ours).flat_map(|(_, curve)| curve);
    let most = curves.map(|step| step.1.upper).fold(0.0, f64::max);
    let frame = Frame {
        family,
        y: Scale::linear(most, (BOTTOM, TOP)),
    };
    // All panels of a family share what is behind: the first one draws it for the others too.
    if peers.first().is_some_and(|(name, _)| *name == peer) {
        svg.shared(&family.id, |svg| {
            frame.axes(svg, cores);
            for (_, curve) in &peers {
                svg.line(&frame.points(curve), "l");
            }
        });
    } else {
        svg.reuse(&family.id);
    }
    let shown = peers.iter().filter(|(name, _)| *name == peer);
    for (_, curve) in shown {
        frame.curve(&mut svg, Side::Peer, curve);
    }
    if let Some((_, curve)) = &ours {
        frame.curve(&mut svg, Side::Ours, curve);
    }
    svg.finish()
}

/// Where the threads and the rates of a family are.
struct Frame<'f, 'a> {
    family: &'f Family<'a>,
    y: Scale,
}

impl Frame<'_, '_> {
    /// The numbers of threads are evenly spaced.
    fn x(&self, threads: usize) -> f64 {
        let steps = &self.family.steps;
        let at = steps.iter().position(|step| step.0 == threads).unwrap_or(0) as f64;
        LEFT + 14.0 + at * (WIDTH - LEFT - 28.0) / (steps.len() - 1).max(1) as f64
    }

    fn points(&self, curve: &Curve) -> Vec<(f64, f64)> {
        let point =
            |(threads, spread): &(usize, Spread)| (self.x(*threads), self.y.place(spread.median));
        curve.iter().map(point).collect()
    }

    fn axes(&self, svg: &mut Svg, cores: usize) {
        let threads: Vec<usize> = self.family.steps.iter().map(|step| step.0).collect();
        band(svg, &threads, cores, |threads| self.x(threads));
        for tick in self.y.ticks() {
            let y = self.y.place(tick);
            svg.line(&[(LEFT, y), (WIDTH, y)], "g");
            svg.text((LEFT - 4.0, y + 3.5), Anchor::End, "t", &tick_label(tick));
        }
        for threads in threads {
            let at = (self.x(threads), HEIGHT - 4.0);
            svg.text(at, Anchor::Middle, "t", &threads.to_string());
        }
    }

    fn curve(&self, svg: &mut Svg, side: Side, curve: &Curve) {
        let class = class(side);
        for (threads, spread) in curve {
            let x = self.x(*threads);
            let ends = [
                (x, self.y.place(spread.lower)),
                (x, self.y.place(spread.upper)),
            ];
            svg.line(&ends, &format!("e {class}"));
        }
        svg.line(&self.points(curve), &format!("c {class}"));
        svg.dots(self.points(curve), &format!("d5 {class}"));
    }
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
