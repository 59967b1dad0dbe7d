//! The rounds for fairness: threads are moved, counts are right, and a broken queue is refused.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use latchless_bench::contender::{Card, Contender, End, Payload, Role};
use latchless_bench::measure::{self, Error};
use latchless_bench::plan::{CellPlan, FAIR_WORKLOADS, FairPlan, Plan, Selection};
use latchless_bench::record::Cell;
use latchless_bench::selection::{Entry, entries};
use latchless_bench::workload::deal::{self, Job, Times};
use latchless_bench::workload::{Shape, Workload, Wrong};
use latchless_bench::{cores, fairness};

/// What [`Faulty`] does to one item that is pushed while the clock runs.
const LOSE: u8 = 0;
const PANIC: u8 = 1;

/// A queue behind a mutex that goes wrong once, in the [`FAULTY`]th push.
#[derive(Debug)]
struct Faulty<const HOW: u8>;

const CAPACITY: usize = 64;
const FAULTY: u64 = CAPACITY as u64 + 16;

#[derive(Debug)]
struct FaultyEnd<P, const HOW: u8>(Arc<Mutex<(VecDeque<P>, u64)>>);

impl<P: Payload, const HOW: u8> Contender<P> for Faulty<HOW> {
    const CARD: Card = Card {
        name: "faulty",
        origin: "baseline",
        ..<latchless_bench::contenders::ArrayQueue as Contender<P>>::CARD
    };
    type End = FaultyEnd<P, HOW>;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        let inside = Arc::new(Mutex::new((VecDeque::new(), 0)));
        let end = |_| FaultyEnd(inside.clone());
        Some(roles.iter().map(end).collect())
    }
}

impl<P: Payload, const HOW: u8> End<P> for FaultyEnd<P, HOW> {
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (items, pushes) = &mut *inside;
        if items.len() >= CAPACITY {
            return Err(payload);
        }
        *pushes += 1;
        if *pushes != FAULTY {
            items.push_back(payload);
        } else if HOW == PANIC {
            panic!("told to panic");
        }
        Ok(())
    }

    fn try_pop(&mut self) -> Option<P> {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inside.0.pop_front()
    }
}

fn tiny_plan() -> Plan {
    let named = FAIR_WORKLOADS.map(str::to_owned).to_vec();
    let fair = FairPlan {
        workloads: named,
        place: None,
        contenders: Selection::All,
        rounds: 2,
        time: Duration::from_millis(30),
        between: Duration::from_millis(2),
    };
    Plan {
        rounds: 1,
        round_time: Duration::from_millis(2),
        crowded_rounds: 1,
        crowded_time: Duration::from_millis(10),
        fair: Some(fair),
        ..Plan::smoke()
    }
}

fn measured(plan: &Plan, workload: &str, names: &[&str]) -> Cell {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let entries = entries("u64", &Selection::Named(names)).expect("they exist");
    let cell = CellPlan::new(workload, CAPACITY, "u64");
    measure::compare_entries(plan, &cell, &entries, &mut |_| ControlFlow::Continue(()))
        .expect("nothing is broken")
}

fn can_move() -> bool {
    cores::this_thread().is_some()
}

#[test]
fn every_contender_and_the_control_have_rounds_in_which_threads_were_moved() {
    let before = cores::available();
    for name in FAIR_WORKLOADS {
        let cell = measured(&tiny_plan(), name, &["ArrayQueue", "parking_lot Mutex"]);
        let rounds = if can_move() { 2 } else { 0 };
        let shape = Workload::named(name).expect("it exists").shape;
        assert_eq!(cell.fair_control.len(), rounds, "{name}");
        for round in &cell.fair_control {
            assert_eq!(round.per_thread.len(), shape.threads());
            assert_eq!(round.producers, shape.producers());
            assert!(round.deals > 0);
        }
        let [first, second, again] = &cell.series[..] else {
            panic!("two take part, one of them twice");
        };
        assert!(again.fair.is_empty(), "noise is measured elsewhere");
        for round in [first, second].map(|one| &one.fair).into_iter().flatten() {
            assert_eq!(round.per_thread.len(), shape.threads());
            assert!(round.deals > 0 && round.nanos > 0);
            let (pushed, popped) = round.per_thread.split_at(round.producers);
            let (pushed, popped) = (pushed.iter().sum::<u64>(), popped.iter().sum::<u64>());
            let left = pushed.checked_sub(popped);
            let possible = left.is_some_and(|left| left <= CAPACITY as u64);
            assert!(possible || shape.producers() == 0, "{name}: {left:?} left");
        }
        assert_eq!((first.fair.len(), second.fair.len()), (rounds, rounds));
        assert_eq!(cell.series[0].rounds.len(), 1, "throughput is still there");
    }
    assert_eq!(cores::available(), before, "this thread was not moved");
}

#[test]
fn only_the_planned_contenders_and_workloads_have_such_rounds() {
    let mut plan = tiny_plan();
    let fair = plan.fair.as_mut().expect("it is planned");
    fair.workloads = vec!["mpmc-4+4".to_owned()];
    fair.contenders = Selection::Named(vec!["ArrayQueue".to_owned()]);
    let cell = measured(&plan, "mpsc-4+1", &["ArrayQueue"]);
    assert!(cell.fair_control.is_empty() && cell.series[0].fair.is_empty());
    let cell = measured(&plan, "mpmc-4+4", &["ArrayQueue", "parking_lot Mutex"]);
    assert_eq!(!cell.series[0].fair.is_empty(), can_move());
    assert!(cell.series[1].fair.is_empty());
}

#[test]
fn a_run_without_such_rounds_says_why() {
    let mut plan = tiny_plan();
    assert_eq!(fairness::absent(&plan).is_none(), can_move());
    plan.cells = vec![CellPlan::new("spsc", CAPACITY, "u64")];
    let why = fairness::absent(&plan).expect("nobody has a peer of its kind");
    assert!(why.contains("these workloads") || !can_move(), "{why}");
    plan.cells = vec![CellPlan::new("mpmc-4+4", CAPACITY, "u64")];
    plan.fair = plan.fair.map(|fair| FairPlan {
        place: Some((2 * CAPACITY, "u64")),
        ..fair
    });
    let why = fairness::absent(&plan).expect("it is for another capacity");
    assert!(why.contains("these workloads") || !can_move(), "{why}");
    plan.fair = None;
    let why = fairness::absent(&plan).expect("it was left out");
    assert!(why.contains("plan"), "{why}");
}

#[test]
fn an_unknown_workload_is_refused_here_too() {
    let mut plan = tiny_plan();
    let fair = plan.fair.as_mut().expect("it is planned");
    fair.workloads.push("mpmc-5+5".to_owned());
    let refused = measure::compare(&plan, &mut |_| ControlFlow::Break(()));
    assert!(matches!(refused, Err(Error::UnknownWorkload { name, .. }) if name == "mpmc-5+5"));
}

fn refusal<const HOW: u8>() -> Wrong {
    let job = Job {
        shape: Workload::named("mpmc-2+2").expect("it exists").shape,
        capacity: CAPACITY,
        times: Times {
            whole: Duration::from_millis(30),
            between: Duration::from_millis(2),
            seed: 0,
        },
    };
    (Entry::of::<Faulty<HOW>, u64>().dealt)(&job).expect_err("it is broken")
}

#[test]
fn a_queue_that_loses_an_item_is_refused() {
    let wrong = refusal::<LOSE>();
    let Wrong::Count { pushed, popped } = wrong else {
        panic!("{wrong}");
    };
    assert_eq!(pushed, popped + 1);
}

#[test]
fn a_queue_that_panics_is_refused_and_nobody_hangs() {
    assert_eq!(refusal::<PANIC>(), Wrong::Panicked("told to panic".into()));
}

#[test]
fn without_a_queue_nobody_waits_for_anybody() {
    for (producers, consumers) in [(3, 0), (0, 3)] {
        let times = Times {
            whole: Duration::from_millis(30),
            between: Duration::from_millis(2),
            seed: 3,
        };
        let job = Job {
            shape: Shape::Flow {
                producers,
                consumers,
            },
            capacity: 1,
            times,
        };
        let dealt = deal::control(&job).expect("nothing can be lost");
        let counts = &dealt.outcome.per_thread;
        assert_eq!(counts.len(), 3);
        assert!(counts.iter().sum::<u64>() > 1, "{counts:?}");
        assert_eq!(dealt.deals > 0, can_move());
    }
}
