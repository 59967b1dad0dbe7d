//! Unbounded queues and channels: everybody carries everything whatever the credit, nobody's backlog grows beyond it, and who
//! loses something is refused.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use latchless_bench::contender::{Card, Contender, End, Role};
use latchless_bench::measure::{self, Error};
use latchless_bench::plan::{CellPlan, Plan, Selection, StalledPlan, UnboundedPlan};
use latchless_bench::record::{Cell, Distance};
use latchless_bench::selection::{self, memory_entries, stalled_unbounded, unbounded_entries};
use latchless_bench::unbounded::{SegQueue, UnboundedKanal, unbounded_cards, unbounded_contenders};
use latchless_bench::workload::stalled::Operation;
use latchless_bench::workload::unbounded::{ALL, Entry, Job, Work, Workload};
use latchless_bench::workload::{Length, Outcome, Shape, Wrong};

fn run(entry: &Entry, work: Work, credit: usize, items: u64) -> Result<Option<Outcome>, Wrong> {
    (entry.run)(&Job {
        work,
        credit,
        length: Length::Items(items),
    })
}

/// Whether it serves so many consumers: one of them does not.
fn serves(entry: &Entry, work: Work) -> bool {
    let consumers = match work {
        Work::Tried(Shape::Pairs { threads }) => threads,
        _ => work.threads() - work.producers(),
    };
    entry.card.name != "std mpsc" || consumers == 1
}

/// Much credit and very little: producers wait for it at every other item.
#[test]
fn everybody_carries_everything_whatever_the_credit() {
    let mut runs = 0;
    for workload in ALL {
        for (credit, each) in [(3, 4), (40, 16), (1024, 64)] {
            // Many threads on few cores: with little credit each item may wait for the system to run one.
            let items = each * workload.work.threads() as u64;
            for entry in unbounded_contenders(workload.work) {
                let at = format!("{} on {}, {credit}", entry.card.name, workload.name);
                let outcome = run(&entry, workload.work, credit, items);
                let outcome = outcome.unwrap_or_else(|wrong| panic!("{at}: {wrong}"));
                assert_eq!(outcome.is_some(), serves(&entry, workload.work), "{at}");
                let carried = outcome.map_or(items, |outcome| outcome.items);
                assert_eq!(carried, items, "{at}");
                runs += 1;
            }
        }
    }
    assert!(runs > 250, "{runs}");
}

const ELSEWHERE: Card = Card {
    name: "made for a test",
    origin: "elsewhere",
    ..<UnboundedKanal as Contender<u64>>::CARD
};

type Shared = Arc<Mutex<VecDeque<u64>>>;

fn inside(queue: &Shared) -> std::sync::MutexGuard<'_, VecDeque<u64>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A queue that remembers how long it was at most.
struct Remembering;

static LONGEST: AtomicUsize = AtomicUsize::new(0);

struct RememberingEnd(Shared);

impl End<u64> for RememberingEnd {
    fn try_push(&mut self, payload: u64) -> Result<(), u64> {
        let mut items = inside(&self.0);
        items.push_back(payload);
        LONGEST.fetch_max(items.len(), Ordering::Relaxed);
        Ok(())
    }
    fn try_pop(&mut self) -> Option<u64> {
        inside(&self.0).pop_front()
    }
}

impl Contender<u64> for Remembering {
    const CARD: Card = ELSEWHERE;
    type End = RememberingEnd;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<RememberingEnd>> {
        let queue = Shared::default();
        let end = |_: &Role| RememberingEnd(Arc::clone(&queue));
        Some(roles.iter().map(end).collect())
    }
}

#[test]
fn no_backlog_grows_beyond_the_credit() {
    for (producers, consumers) in [(1, 1), (4, 1), (4, 4)] {
        LONGEST.store(0, Ordering::Relaxed);
        let shape = Shape::Flow {
            producers,
            consumers,
        };
        let entry = Entry::tried::<Remembering>();
        let outcome = run(&entry, Work::Tried(shape), 100, 5_000).expect("nothing is lost");
        assert_eq!(outcome.map(|outcome| outcome.items), Some(5_000));
        let longest = LONGEST.load(Ordering::Relaxed);
        // As many have been inside before the clock starts as there is credit for in whole batches.
        assert!((50..=100).contains(&longest), "{longest}");
    }
}

/// A queue that forgets every hundredth value.
struct Forgetful;

struct ForgetfulEnd(Shared);

impl End<u64> for ForgetfulEnd {
    fn try_push(&mut self, payload: u64) -> Result<(), u64> {
        if payload % 100 != 99 {
            inside(&self.0).push_back(payload);
        }
        Ok(())
    }
    fn try_pop(&mut self) -> Option<u64> {
        inside(&self.0).pop_front()
    }
}

impl Contender<u64> for Forgetful {
    const CARD: Card = ELSEWHERE;
    type End = ForgetfulEnd;

    fn ends(_: usize, roles: &[Role]) -> Option<Vec<ForgetfulEnd>> {
        let queue = Shared::default();
        let end = |_: &Role| ForgetfulEnd(Arc::clone(&queue));
        Some(roles.iter().map(end).collect())
    }
}

#[test]
fn a_queue_that_loses_values_is_refused() {
    let flow = Work::Tried(Shape::Flow {
        producers: 1,
        consumers: 1,
    });
    let refused = run(&Entry::tried::<Forgetful>(), flow, 50, 1_000);
    let lost = Wrong::Count {
        pushed: 1_000,
        popped: 990,
    };
    assert_eq!(refused, Err(lost));
}

fn tiny_plan() -> Plan {
    Plan {
        unbounded: UnboundedPlan {
            rounds: 2,
            ..Plan::smoke().unbounded
        },
        ..Plan::smoke()
    }
}

fn measured(plan: &Plan, workload: &Workload, entries: &[Entry]) -> Result<Cell, Error> {
    // With little credit, for all of it is used before each run.
    let cell = CellPlan::new(workload.name, 256, "u64");
    measure::compare_unbounded_entries(plan, &cell, entries, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn every_workload_leaves_rounds_of_each_and_of_the_pair() {
    let cores = latchless_bench::cores::available().len();
    for workload in ALL {
        let entries = unbounded_contenders(workload.work);
        let cell = measured(&tiny_plan(), workload, &entries[..1]).expect("nothing is broken");
        let expected = (256, workload.work.threads());
        assert_eq!((cell.capacity, cell.threads), expected);
        let rounds = cell.series.iter().map(|series| series.rounds.len());
        assert!(rounds.eq([2, 2]), "{}", workload.name);
        for round in cell.series.iter().flat_map(|series| &series.rounds) {
            let spaced = cores > 1 && workload.work.threads() > 1;
            assert_eq!(round.distance != Distance::None, spaced);
            assert_eq!(round.producers, workload.work.producers());
        }
    }
}

#[test]
fn who_does_not_serve_a_workload_says_so() {
    let tried = Work::Tried(Shape::Pairs { threads: 1 });
    let blocking = Work::Blocking {
        senders: 1,
        receivers: 1,
    };
    for (serves, other) in [(tried, blocking), (blocking, tried)] {
        for entry in unbounded_contenders(serves) {
            assert_eq!(run(&entry, other, 16, 16), Ok(None), "{}", entry.card.name);
        }
    }
}

#[test]
fn whoever_is_named_comes_with_ours_and_to_its_own_workloads_only() {
    let entries = |workload: &str, name: &str| {
        let workload = Workload::named(workload).expect("it exists");
        let selection = Selection::Named(vec!["latchless (handle)".to_owned(), name.to_owned()]);
        let entries = unbounded_entries(&UnboundedPlan::usual(&workload), &selection);
        let names = |entry: &Entry| entry.card.name;
        entries
            .expect("it exists")
            .iter()
            .map(names)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        entries("unbounded-spsc", "SegQueue"),
        ["latchless (handle)", "latchless (shared)", "SegQueue"]
    );
    assert!(entries("unbounded-blocking-1+1", "SegQueue").is_empty());
    assert!(entries("unbounded-spsc", "ArrayQueue").is_empty());
    let alone = Selection::Named(vec!["latchless (handle)".to_owned()]);
    assert_eq!(memory_entries(&alone).expect("it exists").len(), 2);
    let cell = CellPlan::new("unbounded-spsc", 1024, "u64");
    let unknown = unbounded_entries(&cell, &Selection::Named(vec!["no such queue".to_owned()]));
    assert!(matches!(unknown, Err(Error::UnknownContender { .. })));
    let cell = CellPlan::new("unbounded-nothing", 1024, "u64");
    let unknown = unbounded_entries(&cell, &Selection::All);
    assert!(matches!(unknown, Err(Error::UnknownWorkload { .. })));
}

#[test]
fn the_core_set_has_the_goals_rivals_everywhere() {
    let rivals = ["SegQueue", "ConcurrentQueue", "kanal"];
    for cell in &Plan::core().unbounded.cells {
        let entries = unbounded_entries(cell, &Selection::Core).expect("it exists");
        let blocking = cell.workload.contains("blocking");
        let wanted = if blocking { &rivals[2..] } else { &rivals[..] };
        for rival in wanted {
            let there = entries.iter().any(|entry| entry.card.name == *rival);
            assert!(there, "{rival} in {}", cell.workload);
        }
    }
    let stalled = stalled_unbounded(&Selection::Core).expect("it exists");
    assert!(stalled.iter().any(|entry| entry.card.name == "SegQueue"));
}

#[test]
fn every_unbounded_queue_is_known_by_one_name_and_says_what_a_stopped_peer_does() {
    let known = selection::contender_names();
    assert!(known.iter().all(|name| !name.contains(',')), "{known:?}");
    for card in unbounded_cards() {
        assert!(known.contains(&card.name), "{}", card.name);
        assert!(!card.stopped_peer.is_empty(), "{}", card.name);
        let texts = [card.algorithm, card.stopped_peer, card.waiting];
        assert!(
            texts.iter().all(|text| !text.contains("  ")),
            "{}",
            card.name
        );
        let waits = card.blocking || card.asynchronous;
        assert_eq!(waits, !card.waiting.is_empty(), "{}", card.name);
    }
}

/// Both together go on: the other one takes what comes behind.
#[test]
fn one_of_two_is_stuck_at_a_slot_that_a_stopped_thread_has_claimed() {
    if !model_tests::single_step::supported() {
        return;
    }
    let plan = StalledPlan {
        watch: Duration::from_micros(500),
        stride: 4,
    };
    let stall = Entry::tried::<SegQueue>().stalled;
    let found = stall.expect("it never waits")(Operation::Push, &plan);
    let found = found
        .expect("nothing is lost")
        .expect("it serves everybody");
    let stuck = found.stops.iter().filter(|stop| stop.stuck > 0);
    assert!(stuck.clone().count() > 0, "{found:?}");
    assert!(stuck.clone().all(|stop| stop.pace() == 0.0));
    assert!(found.before.iter().all(|before| before.stuck == 0));
}
