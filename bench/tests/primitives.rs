//! Semaphores, events and locks: everybody does what its card says, and who does not is refused and
//! hangs nobody.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use latchless_bench::baseline::{CondvarSemaphore, StdMonitor};
use latchless_bench::measure::{self, Error};
use latchless_bench::plan::{Plan, PrimitivePlan, Selection, StalledPlan};
use latchless_bench::primitive::{
    AsyncEvent, AsyncSemaphore, Card, Flag, Lock, Permits, Semaphore,
};
use latchless_bench::primitives::{
    AcquireLoad, LatchlessSemaphore, StdLock, TokioSemaphore, TwoAdditions, Wakers,
    primitive_cards, primitive_contenders,
};
use latchless_bench::record::{Cell, Distance};
use latchless_bench::selection::{self, primitive_entries};
use latchless_bench::workload::primitive::{ALL, Entry, Job, Work, Workload};
use latchless_bench::workload::stalled::ACQUIRE_AND_RELEASE;
use latchless_bench::workload::{Length, Wrong};

fn run(entry: &Entry, work: Work, items: u64) -> Result<u64, Wrong> {
    let length = Length::Items(items);
    let outcome = (entry.run)(&Job { work, length })?;
    let outcome = outcome.unwrap_or_else(|| panic!("{} does not serve {work:?}", entry.card.name));
    assert!(outcome.nanos > 0, "{work:?}");
    assert_eq!(
        outcome.per_thread.iter().sum::<u64>() > 0,
        outcome.items > 0
    );
    assert!(outcome.waited.is_some(), "every such run tells of waiting");
    Ok(outcome.items)
}

fn work(name: &str) -> Work {
    Workload::named(name).expect("it exists").work
}

#[test]
fn everybody_does_so_many_operations_and_keeps_the_rules() {
    let mut runs = 0;
    for workload in ALL {
        let items = match workload.work {
            Work::Wake => 8,
            Work::Wakes { waiting } => 2 * waiting as u64,
            _ => 1_600,
        };
        for entry in primitive_contenders(workload.work) {
            let at = format!("{} on {}", entry.card.name, workload.name);
            let done = run(&entry, workload.work, items);
            assert_eq!(done, Ok(items), "{at}");
            runs += 1;
        }
    }
    assert!(runs > 60, "{runs}");
}

fn tiny_plan() -> Plan {
    Plan {
        primitives: PrimitivePlan {
            rounds: 2,
            ..Plan::smoke().primitives
        },
        ..Plan::smoke()
    }
}

fn measured(workload: &str, entries: &[Entry]) -> Result<Cell, Error> {
    measure::compare_primitive_entries(&tiny_plan(), workload, entries, &mut |_| {
        ControlFlow::Continue(())
    })
}

#[test]
fn every_workload_leaves_rounds_of_each_and_of_the_pair() {
    let cores = latchless_bench::cores::available().len();
    for workload in ALL {
        let entries = primitive_contenders(workload.work);
        let cell = measured(workload.name, &entries[..1]).expect("nothing is broken");
        assert_eq!(
            (cell.capacity, cell.payload.as_str()),
            (workload.work.size(), "")
        );
        assert_eq!(cell.threads, workload.work.threads());
        let rounds = cell.series.iter().map(|series| series.rounds.len());
        assert!(rounds.eq([2, 2]), "{}", workload.name);
        let spaced = workload.work.meets_between_cores() && cores > 1;
        for round in cell.series.iter().flat_map(|series| &series.rounds) {
            assert_eq!(
                round.distance != Distance::None,
                spaced,
                "{}",
                workload.name
            );
        }
    }
}

/// A semaphore that lets everybody in; it is said to be another's, so that it only loses its place.
struct Open(AtomicUsize);

/// A semaphore that keeps a permit at every hundredth release.
struct Leaky(Mutex<(usize, u64)>);

impl Permits for Open {
    const CARD: Card = Card {
        name: "open",
        origin: "elsewhere",
        ..TokioSemaphore::CARD
    };

    fn new(permits: usize) -> Self {
        Open(AtomicUsize::new(permits))
    }

    fn take(&self) -> bool {
        let one_less = |free: usize| free.checked_sub(1);
        (self.0)
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_ok()
    }
}

impl AsyncSemaphore for Open {
    async fn with_permit_async(&self, inside: impl Future<Output = ()> + Send) {
        inside.await;
    }
}

impl Permits for Leaky {
    const CARD: Card = Card {
        name: "leaky",
        origin: "baseline",
        ..TokioSemaphore::CARD
    };

    fn new(permits: usize) -> Self {
        Leaky(Mutex::new((permits, 0)))
    }

    fn take(&self) -> bool {
        let mut inside = self.0.lock().expect("nobody panics inside");
        let free = inside.0 > 0;
        inside.0 -= usize::from(free);
        free
    }
}

impl Semaphore for Leaky {
    fn with_permit(&self, inside: impl FnOnce()) {
        while !self.take() {
            std::thread::yield_now();
        }
        inside();
        let mut state = self.0.lock().expect("nobody panics inside");
        state.1 += 1;
        state.0 += usize::from(state.1 != 100);
    }
}

/// A lock that forgets an addition.
struct Forgetful(AtomicU64);

impl Lock for Forgetful {
    const CARD: Card = Card {
        origin: "elsewhere",
        ..StdLock::CARD
    };

    fn new() -> Self {
        Forgetful(AtomicU64::new(0))
    }

    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed) - 1
    }
}

/// An event for which nobody waits.
struct Hasty;

impl Flag for Hasty {
    const CARD: Card = Card {
        origin: "elsewhere",
        ..AcquireLoad::CARD
    };

    fn new() -> Self {
        Hasty
    }

    fn set(&self) {}

    fn reset(&self) {}
}

impl AsyncEvent for Hasty {
    async fn wait_async(&self) {}
}

/// Runs in which more than one task is inside at a time, whatever the machine does: each gives way
/// while it is there.
#[test]
fn a_semaphore_that_lets_too_many_in_is_refused() {
    let open = Entry::async_semaphore::<Open>();
    match run(&open, work("semaphore-tasks-16-on-4"), 1_600) {
        Err(Wrong::TooMany { inside, permits: 4 }) => assert!(inside > 4),
        other => panic!("a broken semaphore was accepted: {other:?}"),
    }
}

#[test]
fn a_thread_stopped_inside_a_semaphore_behind_a_mutex_halts_the_others_at_some_instruction() {
    if !model_tests::single_step::supported() {
        return;
    }
    let plan = StalledPlan {
        watch: Duration::from_micros(500),
        stride: 16,
    };
    let stalled = |entry: Entry| (entry.stalled)(&plan).expect("no permit is lost");
    let found = stalled(Entry::semaphore::<CondvarSemaphore<StdMonitor>>());
    let found = found.expect("it serves everybody");
    assert_eq!(found.operation, ACQUIRE_AND_RELEASE);
    assert!(found.stops.iter().any(|stop| stop.items == 0), "{found:?}");
    assert!(
        found.before.iter().any(|before| before.items > 0),
        "{found:?}"
    );
    // Whether ours halts anybody is not decided by a clock: `stall_semaphore.rs` does that.
    assert!(stalled(Entry::semaphore::<LatchlessSemaphore<false>>()).is_some());
    assert!(stalled(Entry::lock::<StdLock>()).is_none());
}

#[test]
fn a_thread_is_stopped_in_the_semaphores_that_are_measured_at_all() {
    let names = |plan: &Plan| -> Vec<&str> {
        let entries = selection::stalled_semaphores(plan).expect("there are such workloads");
        entries.iter().map(|entry| entry.card.name).collect()
    };
    let mut plan = Plan::smoke();
    assert!(names(&plan).contains(&"tokio Semaphore"));
    assert!(!names(&plan).contains(&"two additions"));
    plan.primitives.workloads = vec!["lock-2".into(), "semaphore-alone".into()];
    assert!(names(&plan).is_empty());
}

#[test]
fn a_semaphore_that_loses_a_permit_is_refused() {
    let leaky = Entry::semaphore::<Leaky>();
    let refused = run(&leaky, work("semaphore-2-on-2"), 400);
    assert_eq!(refused, Err(Wrong::Permits { back: 1, of: 2 }));
    match measured("semaphore-2-on-2", &[leaky]) {
        Err(Error::Wrong { contender, .. }) => assert_eq!(contender, "leaky"),
        other => panic!("a broken semaphore was accepted: {other:?}"),
    }
}

#[test]
fn a_lock_that_loses_an_addition_is_out_of_its_cell_and_the_others_stay() {
    let forgetful = Entry::lock::<Forgetful>();
    let refused = run(&forgetful, work("lock-alone"), 640);
    let lost = Wrong::Count {
        pushed: 640,
        popped: 639,
    };
    assert_eq!(refused, Err(lost));
    let mut plan = tiny_plan();
    plan.again = None;
    let entries = [forgetful, Entry::lock::<StdLock>()];
    let cell = measure::compare_primitive_entries(&plan, "lock-2", &entries, &mut |_| {
        ControlFlow::Continue(())
    });
    let cell = cell.expect("ours is whole");
    assert!(cell.series[0].absent.is_some() && cell.series[0].rounds.is_empty());
    assert_eq!(cell.series[1].rounds.len(), 2);
}

#[test]
fn an_event_that_wakes_before_it_is_set_is_refused() {
    let hasty = Entry::async_event::<Hasty>();
    let refused = run(&hasty, work("event-waiters-100"), 100);
    assert_eq!(refused, Err(Wrong::Early { woken: 100 }));
}

#[test]
fn who_does_not_serve_a_workload_says_so() {
    let alone = [
        Entry::semaphore::<TwoAdditions>(),
        Entry::event::<AcquireLoad>(),
        Entry::async_event::<Wakers>(),
        Entry::lock::<StdLock>(),
    ];
    let length = Length::Time(Duration::from_millis(1));
    for (entry, other) in
        alone
            .iter()
            .zip(["lock-2", "semaphore-alone", "event-wake", "event-wake"])
    {
        let job = Job {
            work: work(other),
            length,
        };
        assert_eq!((entry.run)(&job), Ok(None), "{}", entry.card.name);
    }
}

#[test]
fn whoever_is_named_comes_with_ours_and_the_floors_and_to_its_own_workloads_only() {
    let named = |name: &str| Selection::Named(vec![name.to_owned()]);
    let names = |workload: &str, selection: &Selection| -> Vec<&str> {
        let entries = primitive_entries(workload, selection).expect("it exists");
        entries
            .iter()
            .filter(|entry| entry.card.origin != "latchless")
            .map(|entry| entry.card.name)
            .collect()
    };
    assert_eq!(
        names("semaphore-alone", &named("sem_t")),
        if cfg!(target_os = "linux") {
            vec!["sem_t", "two additions"]
        } else {
            vec![]
        }
    );
    assert!(names("lock-2", &named("tokio Notify")).is_empty());
    assert!(names("lock-2", &named("ArrayQueue")).is_empty());
    let unknown = primitive_entries("lock-2", &named("no such lock"));
    assert!(matches!(unknown, Err(Error::UnknownContender { .. })));
    let unknown = primitive_entries("lock-3", &Selection::All);
    assert!(matches!(unknown, Err(Error::UnknownWorkload { .. })));
}

#[test]
fn every_name_is_there_once_and_every_card_says_who_is_served_first() {
    let mut workloads = selection::workload_names();
    workloads.sort_unstable();
    let before = workloads.len();
    workloads.dedup();
    assert_eq!(workloads.len(), before);
    let queues = latchless_bench::contenders::all_names();
    for card in primitive_cards() {
        assert!(!card.order.is_empty(), "{}", card.name);
        assert!(!card.stopped_peer.contains("  "), "{}", card.name);
        assert!(
            card.origin == "floor" || !queues.contains(&card.name),
            "{} is also a queue's name",
            card.name
        );
        assert!(["semaphore", "event", "lock"].contains(&card.kind));
    }
}
