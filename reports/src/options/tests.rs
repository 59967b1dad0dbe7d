//! What is asked for, and what is refused.

use super::*;

const KNOWN: Known<'_> = Known {
    contenders: &["latchless (handle)", "ArrayQueue", "kanal"],
    workloads: &[
        "spsc",
        "mpmc-4+4",
        "blocking-spsc",
        "round-trip-parked",
        "async-spsc",
        "semaphore-alone",
        "lock-2",
        "pipe-items",
        "pipe-bytes",
        "unbounded-spsc",
        "unbounded-uncontended",
        "unbounded-mpsc-2+1",
    ],
    ours: Some("latchless (handle)"),
};

fn parsed(line: &str) -> Result<Request, String> {
    parse(line.split_whitespace().map(str::to_owned), KNOWN)
}

fn planned(line: &str) -> Plan {
    match parsed(line) {
        Ok(Request::Measure { plan, .. }) => *plan,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn nothing_asked_is_the_core_set() {
    let core = Request::Measure {
        scope: Scope::Core,
        plan: Box::new(Plan::core()),
        out: None,
    };
    assert_eq!(parsed(""), Ok(core));
}

#[test]
fn what_does_not_exist_is_refused_by_its_name() {
    for (line, named) in [
        ("--fast", "--fast"),
        ("kanal", "kanal"),
        ("--only crossbeam", "crossbeam"),
        ("--workload spsc,nothing", "nothing"),
        ("--quick=yes", "--quick=yes"),
    ] {
        assert!(parsed(line).unwrap_err().contains(named), "{line}");
    }
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for line in [
        "--rounds 0",
        "--rounds many",
        "--rounds",
        "--out",
        "--out=",
        "--quick --full",
        "--seed -1",
        "--seed",
    ] {
        assert!(parsed(line).is_err(), "{line}");
    }
}

#[test]
fn ours_is_never_left_out() {
    let plan = planned("--only kanal");
    let both = ["latchless (handle)", "kanal"].map(str::to_owned);
    assert_eq!(plan.contenders, Selection::Named(both.into()));
}

#[test]
fn a_seed_changes_nothing_but_the_order() {
    let plan = planned("--quick --seed 7");
    assert_eq!(
        plan,
        Plan {
            seed: 7,
            ..planned("--quick")
        }
    );
    assert!(parsed("--from a.json --seed 7").is_err());
}

#[test]
fn a_named_workload_keeps_the_capacities_of_the_scope() {
    let plan = planned("--quick --workload mpmc-4+4 --rounds=7");
    assert_eq!(plan.cells, [CellPlan::new("mpmc-4+4", 1024, "u64")]);
    assert_eq!((plan.rounds, plan.crowded_rounds), (7, 7));
}

#[test]
fn a_named_workload_in_which_threads_wait_leaves_the_others_out() {
    let plan = planned("--workload blocking-spsc,round-trip-parked,async-spsc --rounds 3");
    assert_eq!((plan.cells.len(), plan.waiting.rounds), (0, 3));
    let cell = |(name, capacity)| CellPlan::new(name, capacity, "u64");
    let expected = [
        ("blocking-spsc", 1024),
        ("blocking-spsc", 64),
        ("round-trip-parked", 1),
        ("async-spsc", 1024),
    ];
    assert_eq!(plan.waiting.cells, expected.map(cell));
    assert!(planned("--workload spsc").waiting.cells.is_empty());
}

#[test]
fn a_named_workload_of_semaphores_leaves_the_queues_out() {
    let plan = planned("--workload semaphore-alone,lock-2,semaphore-alone --rounds 3");
    assert_eq!((plan.cells.len(), plan.waiting.cells.len()), (0, 0));
    assert_eq!(plan.primitives.workloads, ["semaphore-alone", "lock-2"]);
    assert_eq!(plan.primitives.rounds, 3);
    assert!(planned("--workload spsc").primitives.workloads.is_empty());
    assert!(planned("").primitives.workloads.len() > 10);
}

#[test]
fn a_named_workload_of_pipes_leaves_all_others_out() {
    let plan = planned("--workload pipe-items,pipe-bytes,pipe-items --rounds 3");
    assert_eq!((plan.cells.len(), plan.waiting.cells.len()), (0, 0));
    assert!(plan.primitives.workloads.is_empty());
    let expected = [
        CellPlan::new("pipe-items", 1024, "u64"),
        CellPlan::new("pipe-bytes", 65_536, "4 KiB writes"),
    ];
    assert_eq!(plan.pipes.cells, expected);
    assert_eq!(plan.pipes.rounds, 3);
    assert!(planned("--workload spsc").pipes.cells.is_empty());
    assert_eq!(planned("").pipes.cells.len(), pipe::ALL.len());
}

#[test]
fn a_named_workload_of_unbounded_queues_brings_memory_along_and_others_do_not() {
    let line = "--quick --workload unbounded-spsc,unbounded-mpsc-2+1,unbounded-spsc --rounds 3";
    let plan = planned(line);
    assert_eq!((plan.cells.len(), plan.pipes.cells.len()), (0, 0));
    let expected = ["unbounded-spsc", "unbounded-mpsc-2+1"];
    let expected = expected.map(|name| CellPlan::new(name, 16_384, "u64"));
    assert_eq!(plan.unbounded.cells, expected);
    assert_eq!((plan.unbounded.rounds, plan.unbounded.memory), (3, true));
    let other = planned("--workload spsc").unbounded;
    assert!(other.cells.is_empty() && !other.memory);
    assert_eq!(planned("").unbounded.cells.len(), unbounded::ALL.len());
}

#[test]
fn whoever_and_whatever_is_named_is_measured_for_fairness_too() {
    let fair = |line| planned(line).fair.expect("it is part of every scope");
    assert_eq!(fair("").workloads.len(), 2);
    assert_eq!(fair("--workload mpmc-4+4").workloads, FAIR_WORKLOADS);
    assert_eq!(fair("--only kanal").contenders, Selection::All);
    let usual = fair("").rounds;
    assert_eq!(fair("--rounds 1").rounds, 1);
    assert_eq!(fair("--rounds 31").rounds, usual);
}

#[test]
fn rendering_takes_no_option_that_measures() {
    let render = Request::Render {
        from: "a.json".into(),
        out: None,
    };
    assert_eq!(parsed("--from a.json"), Ok(render));
    assert!(parsed("--from a.json --quick").is_err());
}

#[test]
fn the_command_to_rerun_can_be_pasted_and_names_no_place() {
    let arguments = [
        "--only",
        "std Mutex,it's",
        "--out",
        "/somewhere",
        "--out=/else",
        "--quick",
    ];
    let command = command(&arguments.map(str::to_owned));
    assert_eq!(command, r"cargo compare --only 'std Mutex,it'\''s' --quick");
}

#[test]
fn help_wins_over_everything() {
    assert_eq!(parsed("--list --help"), Ok(Request::Help));
}
