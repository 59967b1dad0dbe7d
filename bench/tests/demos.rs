//! The race demos: what is broken fails, what is mended does not, and it fits on a screen.
#![forbid(unsafe_code)]

use std::process::{Command, Output};

use latchless_bench::baseline::{StdMutex, Vyukov};
use latchless_bench::contenders::LatchlessHandle;
use latchless_bench::demo::stall::{Peer, sweep};
use latchless_bench::demo::{DEMOS, Demo, Race, tickets};
use model_tests::explore::{Explorer, Outcome};
use model_tests::single_step;

fn races() -> impl Iterator<Item = &'static Race> {
    DEMOS.iter().filter_map(|demo| match demo {
        Demo::Race(race) => Some(*race),
        Demo::Stall => None,
    })
}

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(arguments)
        .output()
        .expect("the demo program starts")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the demo prints UTF-8")
}

fn usage_and_exit_2(arguments: &[&str]) -> String {
    let output = demo(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let complaint = text(output.stderr);
    assert!(
        complaint.contains("usage: cargo demo balance"),
        "{complaint}"
    );
    complaint
}

#[test]
fn every_broken_program_fails_again_in_the_schedule_shown() {
    for race in races() {
        let found = race.broken.explore();
        assert!(found.complete, "{}", race.name);
        let failing = found.failing.expect(race.name);
        let replay = Explorer::new().replay(&failing.choices, race.broken.program);
        assert_eq!(replay.outcome, Outcome::Failed(failing.failure));
        assert_eq!(replay.schedule, failing.schedule);
    }
}

#[test]
fn no_mended_program_fails_in_any_schedule() {
    for race in races() {
        for version in &race.mended {
            let found = version.explore();
            let name = format!("{}: {}", race.name, version.name);
            assert!(found.complete, "{name}");
            assert!(found.schedules > 1, "{name} has nothing to interleave");
            assert_eq!(found.failures, 0, "{name}: {:?}", found.failing);
        }
    }
}

/// The mended versions also check the result of the work that was timed.
#[test]
fn every_version_can_be_timed_with_any_number_of_operations() {
    for race in races() {
        for version in race.versions() {
            for operations in [1, 7, 500] {
                (version.cost)(operations);
            }
        }
    }
}

#[test]
fn ten_buyers_get_the_one_ticket_more_than_once() {
    let chase = (tickets::RACE.chase)();
    let wrong = chase.wrong.expect("they all check before one has paid");
    assert_eq!(wrong.expected, 1);
    assert!((2..=10).contains(&wrong.got), "{wrong:?}");
}

#[test]
fn a_real_run_that_is_reported_as_wrong_is_wrong() {
    for race in races() {
        let chase = (race.chase)();
        assert!(chase.runs > 0, "{}", race.name);
        if let Some(wrong) = chase.wrong {
            assert_ne!(wrong.got, wrong.expected, "{}", race.name);
        }
    }
}

#[test]
fn a_stopped_pusher_stalls_a_mutex_and_misleads_a_vyukov_ring_but_not_ours() {
    if !single_step::supported() {
        eprintln!("skipped: {}", single_step::Unsupported);
        return;
    }
    let mutex = sweep::<StdMutex>().expect("supported");
    assert!(mutex.count(Peer::Hung) > 0, "{mutex:?}");
    let ring = sweep::<Vyukov>().expect("supported");
    assert!(ring.count(Peer::Misled) > 0, "{ring:?}");
    assert!(ring.scene.is_some());
    let ours = sweep::<LatchlessHandle>().expect("supported");
    assert!(ours.stops.len() > 20, "a push is longer than that");
    assert_eq!(ours.count(Peer::Worked), ours.stops.len(), "{ours:?}");
}

#[test]
fn every_demo_fits_on_a_screen_of_24_lines_of_80() {
    for one in &DEMOS {
        let name = one.name();
        let output = demo(&[name]);
        if !output.status.success() {
            let complaint = text(output.stderr);
            assert!(!single_step::supported(), "{name}: {complaint}");
            assert!(complaint.contains("x86-64 Linux"), "{complaint}");
            continue;
        }
        let shown = text(output.stdout);
        assert!(shown.starts_with(&format!("{name}: ")), "{shown}");
        assert!(shown.lines().count() <= 24, "{shown}");
        let widest = shown.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?}\n{shown}");
        assert!(output.stderr.is_empty(), "{name}");
    }
}

#[test]
fn an_unknown_demo_is_refused_with_the_usage() {
    let complaint = usage_and_exit_2(&["deadlock"]);
    assert!(
        complaint.contains("there is no demo `deadlock`"),
        "{complaint}"
    );
}

#[test]
fn no_demo_and_two_demos_are_refused_with_the_usage() {
    usage_and_exit_2(&[]);
    usage_and_exit_2(&["balance", "tickets"]);
    usage_and_exit_2(&["--fast"]);
}

#[test]
fn help_and_list_name_every_demo() {
    for option in ["--help", "-h", "--list"] {
        let output = demo(&[option]);
        assert!(output.status.success(), "{option}");
        let shown = text(output.stdout);
        for demo in &DEMOS {
            let line = shown.lines().find(|line| line.contains(demo.about()));
            let line = line.unwrap_or_else(|| panic!("{option} leaves out {}", demo.name()));
            assert!(line.trim_start().starts_with(demo.name()), "{line}");
        }
    }
}
