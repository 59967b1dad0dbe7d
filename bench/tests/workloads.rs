//! Every workload moves every item exactly once, and a queue that does not is refused.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use latchless_bench::contender::{Card, Contender, End, Payload, Role};
use latchless_bench::measure::{self, Error};
use latchless_bench::plan::{CellPlan, Plan, Selection, StalledPlan};
use latchless_bench::record::{Cell, Distance};
use latchless_bench::selection::{Entry, entries};
use latchless_bench::workload::stalled::Operation;
use latchless_bench::workload::{ALL, Job, Length, Shape, Workload, Wrong};

/// What [`Plain`] does to the item with a certain number.
const KEEP: u8 = 0;
const LOSE: u8 = 1;
const DOUBLE: u8 = 2;
const CHANGE: u8 = 3;
const PANIC: u8 = 4;

/// A queue behind a mutex; with another `FAULT` than [`KEEP`], a broken one.
#[derive(Debug)]
struct Plain<const FAULT: u8>;

/// Which push goes wrong: one after those that fill the queue before the clock starts, so that
/// the threads' own counts must find it out.
const SOUND: u64 = 80;

#[derive(Debug)]
struct PlainEnd<P, const FAULT: u8> {
    capacity: usize,
    inside: Arc<Mutex<(VecDeque<P>, u64)>>,
}

impl<P: Payload, const FAULT: u8> Contender<P> for Plain<FAULT> {
    const CARD: Card = Card {
        name: "plain",
        origin: "baseline",
        algorithm: "a VecDeque behind a Mutex",
        order: "FIFO",
        exactness: "exact",
        stopped_peer: "stops everybody",
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: "",
    };
    type End = PlainEnd<P, FAULT>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let inside = Arc::new(Mutex::new((VecDeque::new(), 0)));
        let end = |_| PlainEnd {
            capacity,
            inside: inside.clone(),
        };
        Some(roles.iter().map(end).collect())
    }
}

impl<P: Payload, const FAULT: u8> End<P> for PlainEnd<P, FAULT> {
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        let mut inside = self.inside.lock().expect("nobody panics inside");
        let (items, pushes) = &mut *inside;
        if items.len() >= self.capacity {
            return Err(payload);
        }
        *pushes += 1;
        if *pushes != SOUND || FAULT == KEEP {
            items.push_back(payload);
            return Ok(());
        }
        match FAULT {
            LOSE => {}
            DOUBLE => items.extend([payload, payload]),
            CHANGE => items.push_back(P::carrying(payload.value() + 1)),
            _ => {
                drop(inside);
                panic!("told to panic");
            }
        }
        Ok(())
    }

    fn try_pop(&mut self) -> Option<P> {
        self.inside
            .lock()
            .expect("nobody panics inside")
            .0
            .pop_front()
    }
}

/// A queue for one producer and one consumer only.
#[derive(Debug)]
struct TwoOnly;

impl<P: Payload> Contender<P> for TwoOnly {
    const CARD: Card = Card {
        name: "two only",
        ..<Plain<KEEP> as Contender<P>>::CARD
    };
    type End = PlainEnd<P, KEEP>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let two = roles == [Role::Produce, Role::Consume];
        two.then(|| <Plain<KEEP> as Contender<P>>::ends(capacity, roles))
            .flatten()
    }
}

fn every_entry(payload: &str) -> Vec<Entry> {
    let mut all = entries(payload, &Selection::All).expect("the payload exists");
    match payload {
        "u64" => all.push(Entry::of::<Plain<KEEP>, u64>()),
        _ => all.push(Entry::of::<Plain<KEEP>, [u64; 8]>()),
    }
    all
}

#[test]
fn a_fixed_number_of_items_is_moved_to_the_last_one_by_every_contender() {
    const ITEMS: u64 = 1_600;
    for payload in ["u64", "[u64; 8]"] {
        for entry in every_entry(payload) {
            for workload in ALL {
                let job = Job {
                    shape: workload.shape,
                    capacity: 64,
                    length: Length::Items(ITEMS),
                };
                let at = format!("{} on {}, {payload}", entry.card.name, workload.name);
                let Some(outcome) =
                    (entry.run)(&job).unwrap_or_else(|wrong| panic!("{at}: {wrong}"))
                else {
                    continue;
                };
                assert_eq!(outcome.items, ITEMS, "{at}");
                assert_eq!(outcome.per_thread.len(), workload.shape.threads(), "{at}");
                let (pushed, popped) = outcome.per_thread.split_at(workload.shape.producers());
                assert_eq!(popped.iter().sum::<u64>(), ITEMS, "{at}");
                let share = ITEMS / workload.shape.producers().max(1) as u64;
                assert!(
                    pushed.iter().all(|&pushed| pushed == share),
                    "{at}: {pushed:?}"
                );
                assert!(outcome.nanos > 0, "{at}");
            }
        }
    }
}

fn tiny_plan() -> Plan {
    Plan {
        rounds: 2,
        round_time: Duration::from_millis(2),
        crowded_rounds: 2,
        crowded_time: Duration::from_millis(20),
        ..Plan::smoke()
    }
}

fn measured(workload: Workload, entries: &[Entry], plan: &Plan) -> Result<Cell, Error> {
    let cell = CellPlan::new(workload.name, 64, "u64");
    measure::compare_entries(plan, &cell, entries, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn every_workload_leaves_tagged_rounds_of_every_contender_and_of_the_pair() {
    let cores = latchless_bench::cores::available().len();
    let named = Selection::Named(vec!["ArrayQueue".into(), "parking_lot Mutex".into()]);
    let mut entries = entries("u64", &named).expect("both exist");
    entries.push(Entry::of::<Plain<KEEP>, u64>());
    for workload in ALL {
        let cell = measured(*workload, &entries, &tiny_plan()).expect("nothing is broken");
        let threads = workload.shape.threads();
        assert_eq!(cell.threads, threads);
        if threads > cores {
            assert!(
                !cell.pinned,
                "{} has more threads than cores",
                workload.name
            );
        }
        let names: Vec<&str> = cell.series.iter().map(|s| s.contender.as_str()).collect();
        assert_eq!(
            names,
            [
                "ArrayQueue",
                "parking_lot Mutex",
                "plain",
                "ArrayQueue (again)"
            ]
        );
        let mut sequences = Vec::new();
        for series in &cell.series {
            assert_eq!(series.absent, None);
            assert_eq!(
                series.rounds.len(),
                2,
                "{} on {}",
                series.contender,
                workload.name
            );
            for round in &series.rounds {
                sequences.push(round.sequence);
                assert_eq!(round.per_thread.len(), threads);
                assert_eq!(round.producers, workload.shape.producers());
                let popped = &round.per_thread[round.producers..];
                assert_eq!(popped.iter().sum::<u64>(), round.items);
                assert!(round.nanos >= 1_000_000, "{} ns", round.nanos);
                let apart = threads > 1 && cores > 1;
                assert_eq!(round.distance == Distance::None, !apart);
                assert_eq!(
                    round.line_nanos[0] > 0.0 && round.line_nanos[1] > 0.0,
                    apart
                );
            }
        }
        sequences.sort_unstable();
        assert_eq!(sequences, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}

#[test]
fn latencies_are_sampled_with_two_threads_and_not_with_one() {
    let entry = Entry::of::<Plain<KEEP>, u64>();
    for (name, sampled) in [("uncontended", false), ("spsc", true), ("slices-1+1", true)] {
        let job = Job {
            shape: Workload::named(name)
                .expect("there is such a workload")
                .shape,
            capacity: 64,
            length: Length::Items(200_000),
        };
        let outcome = (entry.run)(&job)
            .expect("nothing is broken")
            .expect("it serves everybody");
        assert_eq!(outcome.latency_nanos.is_some(), sampled, "{name}");
        if let Some([median, p99, worst]) = outcome.latency_nanos {
            assert!(0 < median && median <= p99 && p99 <= worst, "{name}");
        }
    }
}

/// What a broken queue is refused with, on a timed run of each shape.
fn refusals<const FAULT: u8>() -> Vec<Wrong> {
    let mut found = Vec::new();
    for workload in ["uncontended", "spsc", "mpmc-2+2", "slices-1+1"] {
        let workload = Workload::named(workload).expect("there is such a workload");
        let entry = Entry::of::<Plain<FAULT>, u64>();
        match measured(workload, &[entry], &tiny_plan()) {
            Err(Error::Wrong {
                contender, wrong, ..
            }) => {
                assert!(contender.starts_with("plain"));
                found.push(wrong);
            }
            other => panic!("{} accepted a broken queue: {other:?}", workload.name),
        }
    }
    found
}

/// Somebody else's queue that loses an item.
#[derive(Debug)]
struct Foreign;

impl<P: Payload> Contender<P> for Foreign {
    const CARD: Card = Card {
        name: "foreign",
        origin: "elsewhere",
        ..<Plain<LOSE> as Contender<P>>::CARD
    };
    type End = PlainEnd<P, LOSE>;

    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        <Plain<LOSE> as Contender<P>>::ends(capacity, roles)
    }
}

#[test]
fn a_peer_that_loses_one_item_is_out_and_the_others_go_on() {
    let workload = Workload::named("spsc").expect("there is such a workload");
    let entries = [Entry::of::<Foreign, u64>(), Entry::of::<Plain<KEEP>, u64>()];
    let cell = measured(workload, &entries, &tiny_plan()).expect("ours is whole");
    let [foreign, plain, ..] = &cell.series[..] else {
        panic!("two take part");
    };
    let why = foreign.absent.as_deref().expect("it lost an item");
    assert!(why.contains("items went in and"), "{why}");
    assert!(foreign.rounds.is_empty());
    assert!(plain.absent.is_none() && !plain.rounds.is_empty());
}

#[test]
fn a_queue_that_loses_one_item_is_refused() {
    for wrong in refusals::<LOSE>() {
        let Wrong::Count { pushed, popped } = wrong else {
            panic!("{wrong}");
        };
        assert_eq!(pushed, popped + 1);
    }
}

#[test]
fn a_queue_that_doubles_one_item_is_refused() {
    for wrong in refusals::<DOUBLE>() {
        let Wrong::Count { pushed, popped } = wrong else {
            panic!("{wrong}");
        };
        assert_eq!(pushed + 1, popped);
    }
}

#[test]
fn a_queue_that_changes_one_item_is_refused() {
    for wrong in refusals::<CHANGE>() {
        assert!(matches!(wrong, Wrong::Sum { .. }), "{wrong}");
    }
}

#[test]
fn a_queue_that_panics_is_refused_and_nobody_hangs() {
    for wrong in refusals::<PANIC>() {
        assert_eq!(wrong, Wrong::Panicked("told to panic".into()));
    }
    let job = Job {
        shape: Shape::Flow {
            producers: 1,
            consumers: 2,
        },
        capacity: 64,
        length: Length::Items(10_000),
    };
    let wrong = (Entry::of::<Plain<PANIC>, u64>().run)(&job).expect_err("a producer panicked");
    assert_eq!(wrong, Wrong::Panicked("told to panic".into()));
}

#[test]
fn a_contender_that_cannot_serve_a_workload_is_absent_with_a_reason() {
    let entries = [Entry::of::<Plain<KEEP>, u64>(), Entry::of::<TwoOnly, u64>()];
    let spsc = Workload::named("spsc").expect("there is such a workload");
    let cell = measured(spsc, &entries, &tiny_plan()).expect("nothing is broken");
    assert_eq!(cell.series[1].absent, None);
    let both = Workload::named("mpmc-2+2").expect("there is such a workload");
    let cell = measured(both, &entries, &tiny_plan()).expect("nothing is broken");
    let absent = cell.series[1].absent.as_deref();
    assert_eq!(absent, Some("does not serve mpmc-2+2 at capacity 64"));
    assert!(cell.series[1].rounds.is_empty());
    assert_eq!(cell.series[0].rounds.len(), 2);
}

#[test]
fn progress_reaches_the_planned_time_and_can_end_the_run() {
    let mut plan = tiny_plan();
    plan.cells = vec![
        CellPlan::new("spsc", 64, "u64"),
        CellPlan::new("pairs-2", 64, "u64"),
    ];
    plan.contenders = Selection::Named(vec!["ArrayQueue".into()]);
    let mut last = Duration::ZERO;
    let cells = measure::compare(&plan, &mut |progress| {
        assert!(progress.done < progress.total && progress.done >= last);
        last = progress.done;
        assert_eq!(progress.what.split(", ").nth(1), Some("64"));
        ControlFlow::Continue(())
    });
    assert_eq!(cells.expect("nothing is broken").len(), 2);

    let mut calls = 0;
    let cells = measure::compare(&plan, &mut |_| {
        calls += 1;
        if calls > 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let cells = cells.expect("nothing is broken");
    assert_eq!((calls, cells.len()), (4, 1));
    assert_eq!(
        cells[0]
            .series
            .iter()
            .map(|series| series.rounds.len())
            .sum::<usize>(),
        3
    );
}

#[test]
fn a_thread_stopped_inside_a_mutex_halts_the_others_at_some_instruction() {
    if !model_tests::single_step::supported() {
        return;
    }
    let plan = StalledPlan {
        watch: Duration::from_micros(500),
        stride: 16,
    };
    for operation in Operation::ALL {
        let found = (Entry::of::<Plain<KEEP>, u64>().stalled)(operation, &plan)
            .expect("nothing is lost")
            .expect("it serves everybody");
        assert_eq!(found.operation, operation.name());
        assert!(found.alone.iter().any(|alone| alone.items > 0));
        let halted = found.stops.iter().filter(|stop| stop.items == 0).count();
        assert!(halted > 0, "{operation:?}: {found:?}");
        assert!(halted < found.stops.len(), "{operation:?}: {found:?}");
        let mut stops: Vec<_> = found.stops.iter().map(|stop| stop.instruction).collect();
        assert!(stops.is_sorted());
        assert!(stops.chunk_by(|a, b| a == b).all(|same| same.len() <= 3));
        stops.dedup();
        assert_eq!(found.before.len(), stops.len());
        assert!(found.before.iter().all(|before| before.instruction == 0));
    }
}
