//! From raw rounds to standings: which rounds may be compared, and who came out where.
//! Verdict, charts, tables and summary all read these, so that they cannot disagree.

use latchless_bench::{
    measure::AGAIN,
    record::{Cell, Distance, Round, Series},
    workload::{
        pipe::{self, PIPE_ROUND_TRIP},
        primitive::{self, EVENT_WAKE},
        unbounded as unbounded_work,
        waiting::{ASYNC, BLOCKING, IDLE, ROUND_TRIP},
    },
};

use crate::{
    document::{Document, Side},
    fairness::Shares,
    statistics::{Outcome, Ratio, Spread},
};

/// A factor below this is not resolved on a shared machine.
pub const RESOLVED: f64 = 1.25;
/// With fewer near rounds than this in any series, near rounds are not judged alone.
pub const FEWEST_NEAR: usize = 5;
/// Goals are judged with at least this many rounds.
pub const GOAL_ROUNDS: usize = 15;

/// Which rounds of a cell its figures are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// One thread or one core: the distance between cores plays no part.
    Alone,
    /// Near rounds only.
    Near,
    /// Too few near rounds: all rounds in which the distance stayed what it was.
    Unchanged,
}

impl Basis {
    /// Whether `round` counts.
    pub fn includes(self, round: &Round) -> bool {
        match self {
            Self::Near => round.distance == Distance::Near,
            Self::Alone | Self::Unchanged => round.distance != Distance::Changed,
        }
    }

    /// One phrase for a caption.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Alone => "all rounds; the distance between cores plays no part",
            Self::Near => "near rounds",
            Self::Unchanged => "too few near rounds, so near and far are mixed",
        }
    }

    fn of(cell: &Cell) -> Self {
        let near = |series: &Series| count(series, |distance| distance == Distance::Near);
        let spaced = |series: &Series| count(series, |distance| distance != Distance::None);
        let mut present = cell
            .series
            .iter()
            .filter(|series| !series.rounds.is_empty());
        if present.clone().all(|series| spaced(series) == 0) {
            Self::Alone
        } else if present.all(|series| near(series) >= FEWEST_NEAR) {
            Self::Near
        } else {
            Self::Unchanged
        }
    }
}

/// How many rounds of `series` have a distance that `wanted` accepts.
pub fn count(series: &Series, wanted: impl Fn(Distance) -> bool) -> usize {
    series
        .rounds
        .iter()
        .filter(|round| wanted(round.distance))
        .count()
}

/// Million items a second.
pub fn rate(round: &Round) -> f64 {
    round.items as f64 * 1e3 / round.nanos as f64
}

/// Million items a second of CPU time.
fn rate_of_cpu(round: &Round) -> f64 {
    round.items as f64 * 1e3 / round.cpu_nanos as f64
}

/// Million round trips a second, if each took as long as the median one.
fn rate_of_trips(round: &Round) -> f64 {
    let times = round.waited.and_then(|waited| waited.round_trip_nanos);
    times.map_or(f64::NAN, |times| 1e3 / times[0] as f64)
}

/// What a round of `cell` is judged by: how much it moved in its time; where items come slowly and
/// what counts is the cost of waiting for them, in its CPU time; or how fast an answer comes.
fn figure_of(cell: &Cell) -> fn(&Round) -> f64 {
    match cell.workload.as_str() {
        name if name.starts_with(IDLE) => rate_of_cpu,
        name if name.starts_with(ROUND_TRIP) => rate_of_trips,
        EVENT_WAKE | PIPE_ROUND_TRIP => rate_of_trips,
        _ => rate,
    }
}

/// One contender's place in a cell.
#[derive(Debug)]
pub struct Standing<'a> {
    pub series: &'a Series,
    pub side: Side,
    /// Of the figures of the rounds that count.
    pub spread: Spread,
    basis: Basis,
    figure: fn(&Round) -> f64,
}

impl<'a> Standing<'a> {
    pub fn name(&self) -> &'a str {
        &self.series.contender
    }

    /// Whether this is the second series of an A/A pair, which shows noise and competes with
    /// nobody.
    pub fn is_again(&self) -> bool {
        self.name().ends_with(AGAIN)
    }

    /// What `round` is judged by.
    pub fn figure(&self, round: &Round) -> f64 {
        (self.figure)(round)
    }

    /// The rounds that count.
    pub fn rounds(&self) -> impl Iterator<Item = &'a Round> {
        let basis = self.basis;
        self.series
            .rounds
            .iter()
            .filter(move |round| basis.includes(round))
    }

    /// The spread of rates over the rounds at one distance only.
    pub fn at(&self, distance: Distance) -> Option<Spread> {
        let rounds = self
            .series
            .rounds
            .iter()
            .filter(|round| round.distance == distance);
        Spread::of(rounds.map(self.figure))
    }

    /// Median p50, median p99 and the worst of all, in nanoseconds, where latency was sampled.
    pub fn latency(&self) -> Option<[f64; 3]> {
        let sampled: Vec<[u64; 3]> = self
            .rounds()
            .filter_map(|round| round.latency_nanos)
            .collect();
        let column = |at: usize| Spread::of(sampled.iter().map(|sample| sample[at] as f64));
        Some([column(0)?.median, column(1)?.median, column(2)?.most])
    }

    /// Median p50, p99 and p99.9 of round trips and the worst of all, in nanoseconds.
    pub fn round_trip(&self) -> Option<[f64; 4]> {
        let trips = |round: &Round| round.waited?.round_trip_nanos;
        let timed: Vec<[u64; 4]> = self.rounds().filter_map(trips).collect();
        let column = |at: usize| Spread::of(timed.iter().map(|times| times[at] as f64));
        Some([
            column(0)?.median,
            column(1)?.median,
            column(2)?.median,
            column(3)?.most,
        ])
    }

    /// CPU time of one item in microseconds, which is seconds of a million, and how often threads
    /// slept and lost their cores for one.
    pub fn cost(&self) -> Option<[Spread; 3]> {
        let each = |of: fn(&Round) -> Option<f64>| {
            let counted = self.rounds().filter(|round| round.items > 0);
            Spread::of(counted.filter_map(|round| Some(of(round)? / round.items as f64)))
        };
        Some([
            each(|round| Some(round.cpu_nanos as f64 / 1e3))?,
            each(|round| Some(round.waited?.switches[0] as f64))?,
            each(|round| Some(round.waited?.switches[1] as f64))?,
        ])
    }

    /// How alike its threads fared in the rounds for fairness, where there were any and nobody
    /// was alone of its kind.
    pub fn shares(&self) -> Option<Shares> {
        Shares::of(&self.series.fair)
    }
}

/// All cells of a run, by what they are about.
#[derive(Debug)]
pub struct Views<'a> {
    /// Queues with a bound.
    pub queues: Vec<View<'a>>,
    /// Those in which threads or tasks wait inside the calls.
    pub waiting: Vec<View<'a>>,
    /// Queues and channels without a bound.
    pub unbounded: Vec<View<'a>>,
    pub pipes: Vec<View<'a>>,
    /// Semaphores, events and locks.
    pub primitives: Vec<View<'a>>,
}

impl<'a> Views<'a> {
    pub fn of(document: &'a Document) -> Self {
        Self {
            queues: View::all(document),
            waiting: View::all_waiting(document),
            unbounded: View::all_unbounded(document),
            pipes: View::all_pipes(document),
            primitives: View::all_primitives(document),
        }
    }

    /// Every one of them.
    pub fn everything(&self) -> impl Iterator<Item = &View<'a>> {
        let queues = self.queues.iter().chain(&self.waiting);
        let queues = queues.chain(&self.unbounded);
        queues.chain(&self.pipes).chain(&self.primitives)
    }
}

/// A cell with its contenders in order, fastest first.
#[derive(Debug)]
pub struct View<'a> {
    pub cell: &'a Cell,
    pub basis: Basis,
    pub standings: Vec<Standing<'a>>,
}

impl<'a> View<'a> {
    pub fn of(document: &Document, cell: &'a Cell) -> Self {
        Self::with_sides(cell, |name| document.side(name.trim_end_matches(AGAIN)))
    }

    fn with_sides(cell: &'a Cell, side: impl Fn(&str) -> Side) -> Self {
        let basis = Basis::of(cell);
        let standing = |series: &'a Series| {
            let counted = series.rounds.iter().filter(|round| basis.includes(round));
            let figure = figure_of(cell);
            let spread = Spread::of(counted.map(figure))?;
            let side = side(&series.contender);
            Some(Standing {
                series,
                side,
                spread,
                basis,
                figure,
            })
        };
        let mut standings: Vec<_> = cell.series.iter().filter_map(standing).collect();
        standings.sort_by(|a, b| b.spread.median.total_cmp(&a.spread.median));
        Self {
            cell,
            basis,
            standings,
        }
    }

    /// All cells of a run in which nobody waits inside a call.
    pub fn all(document: &'a Document) -> Vec<Self> {
        let cells = document.run.cells.iter();
        cells.map(|cell| Self::of(document, cell)).collect()
    }

    /// All cells of a run in which threads or tasks do.
    pub fn all_waiting(document: &'a Document) -> Vec<Self> {
        let cells = document.run.waiting.iter();
        cells.map(|cell| Self::of(document, cell)).collect()
    }

    pub fn find(&self, name: &str) -> Option<&Standing<'a>> {
        self.standings
            .iter()
            .find(|standing| standing.name() == name)
    }

    /// Our handle form.
    pub fn ours(&self) -> Option<&Standing<'a>> {
        self.standings
            .iter()
            .find(|standing| standing.side == Side::Ours && !standing.is_again())
    }

    /// Our calls that never wait, where they run beside those that may.
    pub fn own_try(&self) -> Option<&Standing<'a>> {
        let other =
            |one: &&Standing<'_>| one.side == Side::OurOther && one.name().ends_with("(try)");
        self.standings.iter().find(other)
    }

    /// What nobody can be below.
    pub fn floor(&self) -> Option<&Standing<'a>> {
        self.standings.iter().find(|one| one.side == Side::Floor)
    }

    /// Everybody else's, fastest first.
    pub fn peers(&self) -> impl Iterator<Item = &Standing<'a>> {
        self.standings
            .iter()
            .filter(|standing| standing.side == Side::Peer && !standing.is_again())
    }

    /// Ours and the best peer, where both are there, and their ratio.
    pub fn duel(&self) -> Option<Duel<'_, 'a>> {
        self.duel_with(self.peers().next()?)
    }

    /// Ours against `peer`.
    pub fn duel_with<'v>(&'v self, peer: &'v Standing<'a>) -> Option<Duel<'v, 'a>> {
        self.duel_of(self.ours()?, peer)
    }

    /// The factor between the two medians of this cell's A/A pair: what chance alone does.
    pub fn noise(&self) -> Option<f64> {
        let again = self.standings.iter().find(|standing| standing.is_again())?;
        let first = self.find(again.name().strip_suffix(AGAIN)?)?;
        Some(Ratio::of(&again.spread, &first.spread)?.factor())
    }

    /// The factor from which on a difference in this cell is resolved.
    pub fn threshold(&self) -> f64 {
        self.noise().unwrap_or(1.0).max(RESOLVED)
    }

    /// How alike threads fared in the rounds for fairness with no queue between them.
    pub fn control(&self) -> Option<Shares> {
        Shares::of(&self.cell.fair_control)
    }

    /// Whether more than one thread worked.
    pub fn is_contended(&self) -> bool {
        self.cell.threads > 1
    }

    /// Contenders without a figure, and why.
    pub fn absent(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let cell = self.cell;
        cell.series
            .iter()
            .filter(|series| self.find(&series.contender).is_none())
            .map(|series| {
                let reason = series.absent.as_deref();
                (
                    series.contender.as_str(),
                    reason.unwrap_or("no round of it can be used"),
                )
            })
    }

    /// The capacity and payload, which cells are grouped by.
    pub fn group(&self) -> (usize, &'a str) {
        (self.cell.capacity, &self.cell.payload)
    }

    /// The workload's name for people: `mpmc-4+4` becomes `MPMC 4+4`.
    pub fn title(&self) -> String {
        workload_title(&self.cell.workload)
    }
}

/// `mpmc-4+4` becomes `MPMC 4+4`, `pairs-16` becomes `Pairs 16`, `async-spsc` becomes `SPSC, async`.
pub fn workload_title(name: &str) -> String {
    if let Some(primitive) = primitive::Workload::named(name) {
        return primitive.title.to_owned();
    }
    if let Some(pipe) = pipe::Workload::named(name) {
        return pipe.title.to_owned();
    }
    if let Some(unbounded) = unbounded_work::Workload::named(name) {
        return unbounded.title.to_owned();
    }
    for (prefix, kind) in [(BLOCKING, "blocking"), (ASYNC, "async")] {
        if let Some(flow) = name.strip_prefix(prefix) {
            return format!("{}, {kind}", workload_title(flow));
        }
    }
    if let Some(threads) = name.strip_prefix(IDLE) {
        return format!("Idle {threads}, per CPU second");
    }
    let (first, rest) = name.split_once('-').unwrap_or((name, ""));
    let first = match first {
        "spsc" | "mpsc" | "spmc" | "mpmc" => first.to_uppercase(),
        _ => {
            let mut letters = first.chars();
            let initial = letters.next().into_iter().flat_map(char::to_uppercase);
            initial.chain(letters).collect()
        }
    };
    format!("{first} {}", rest.replace('-', " "))
        .trim_end()
        .to_owned()
}

/// Ours against one peer in one cell.
#[derive(Clone, Copy, Debug)]
pub struct Duel<'v, 'a> {
    pub view: &'v View<'a>,
    pub ours: &'v Standing<'a>,
    pub peer: &'v Standing<'a>,
    pub ratio: Ratio,
}

impl Duel<'_, '_> {
    pub fn outcome(&self) -> Outcome {
        self.ratio.outcome(self.view.threshold())
    }

    /// The workload's name, and which of ours it is about where that is not plain.
    pub fn title(&self) -> String {
        match self.ours.side {
            Side::OurOther => format!("{}, {}", self.view.title(), self.ours.name()),
            _ => self.view.title(),
        }
    }
}

/// Every workload, capacity, payload and peer where the peer's median is above ours, worst first.
pub fn losses<'v, 'a: 'v>(views: impl IntoIterator<Item = &'v View<'a>>) -> Vec<Duel<'v, 'a>> {
    let mut losses: Vec<_> = views
        .into_iter()
        .flat_map(|view| view.own().map(move |own| (view, own)))
        .flat_map(|(view, own)| view.peers().filter_map(move |peer| view.duel_of(own, peer)))
        .filter(|duel| duel.ratio.value < 1.0)
        .collect();
    losses.sort_by(|a, b| a.ratio.value.total_cmp(&b.ratio.value));
    losses
}

/// The capacity and payload that most of the page is about: 1024 and `u64` where they were
/// measured, or else what most cells have.
pub fn main_group<'a>(views: &[View<'a>]) -> Option<(usize, &'a str)> {
    let size = |wanted: (usize, &str)| views.iter().filter(|view| view.group() == wanted).count();
    if size((1024, "u64")) > 0 {
        return Some((1024, "u64"));
    }
    views
        .iter()
        .map(View::group)
        .max_by_key(|&wanted| size(wanted))
}

mod pipes;
pub mod primitives;
#[cfg(test)]
mod tests;
pub mod unbounded;
