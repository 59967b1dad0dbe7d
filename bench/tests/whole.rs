//! A whole run: one that is interrupted keeps what it has, whatever it is at.
#![forbid(unsafe_code)]

use std::ops::ControlFlow;
use std::time::Duration;

use latchless_bench::plan::{CellPlan, FairPlan, Plan, Selection, StalledPlan};
use latchless_bench::record::{Cell, Run};
use latchless_bench::{cores, measure};

/// A little of everything, of ours alone.
fn little() -> Plan {
    let cell = |name| CellPlan::new(name, 64, "u64");
    let moment = Duration::from_millis(1);
    let mut plan = Plan {
        cells: vec![cell("mpmc-4+4")],
        contenders: Selection::Named(vec![
            "latchless (handle)".into(),
            "latchless oneway".into(),
            "latchless Semaphore".into(),
        ]),
        again: None,
        rounds: 1,
        crowded_rounds: 1,
        round_time: moment,
        crowded_time: moment,
        fair: Plan::smoke().fair.map(|fair| FairPlan {
            rounds: 1,
            contenders: Selection::All,
            ..fair
        }),
        stalled: Some(StalledPlan {
            watch: Duration::from_micros(50),
            stride: 64,
        }),
        ..Plan::smoke()
    };
    plan.waiting.cells = vec![cell("fast-path")];
    plan.waiting.rounds = 1;
    plan.primitives.workloads = vec!["semaphore-2-on-2".into()];
    plan.primitives.rounds = 1;
    plan.pipes.cells.truncate(1);
    plan.pipes.rounds = 1;
    plan.unbounded.cells.truncate(1);
    plan.unbounded.rounds = 1;
    plan
}

/// How much of each part there is, in the order in which they are measured.
fn sizes(run: &Run) -> [usize; 9] {
    let rounds = |cells: &[Cell]| -> usize {
        let series = cells.iter().flat_map(|cell| &cell.series);
        series.map(|one| one.rounds.len()).sum()
    };
    [
        rounds(&run.cells),
        rounds(&run.waiting),
        rounds(&run.primitives),
        rounds(&run.pipes),
        rounds(&run.unbounded),
        run.memory.len(),
        run.stalled_unbounded.len(),
        run.stalled.len(),
        run.stalled_semaphores.len(),
    ]
}

#[test]
fn a_full_run_takes_less_than_three_quarters_of_an_hour_on_two_cores() {
    // With one core, hardly any workload fits; with more, more of them do.
    if cores::available().len() >= 2 {
        let time = measure::total_time(&Plan::full()).expect("it names only what there is");
        assert!(
            time <= Duration::from_secs(40 * 60),
            "{time:?}, and what is around it"
        );
    }
}

#[test]
fn an_interrupted_run_keeps_what_it_has_whatever_it_is_at() {
    let mut steps = Vec::new();
    let whole = measure::run(&little(), "", &mut |progress| {
        steps.push(progress.what.to_owned());
        ControlFlow::Continue(())
    });
    let whole = sizes(&whole.expect("nothing is broken"));
    let mut stages = steps.clone();
    stages.dedup();
    assert!(stages.len() >= 6, "{stages:?}");
    for stage in stages {
        let mut after = 0;
        let run = measure::run(&little(), "", &mut |progress| {
            after += usize::from(after > 0);
            if progress.what == stage && after == 0 {
                after = 1;
            }
            match after {
                0 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        });
        let kept = sizes(&run.expect("an end is no failure"));
        assert_eq!(after, 1, "{stage}: it went on");
        // All before it is there, nothing is there after it.
        let reached = kept
            .iter()
            .zip(&whole)
            .take_while(|(kept, whole)| kept == whole)
            .count();
        assert!(reached < kept.len(), "{stage}: {kept:?} of {whole:?}");
        assert!(
            kept[reached] < whole[reached],
            "{stage}: {kept:?} of {whole:?}"
        );
        assert!(
            kept[reached + 1..].iter().all(|&size| size == 0),
            "{stage}: {kept:?} of {whole:?}"
        );
    }
}
