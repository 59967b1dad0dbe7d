//! Where threads and tasks wait: every contender moves every item exactly once and comes to its end,
//! and a queue that does not is refused and hangs nobody.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use latchless_bench::blocking::{Blocking, Close, Closing, Ends, RecvEnd, SendEnd};
use latchless_bench::contender::{Card, Contender, Payload};
use latchless_bench::contenders::{LatchlessHandle, all_cards, all_names, waiting_contenders};
use latchless_bench::measure::{self, Error};
use latchless_bench::plan::{CellPlan, Plan, WaitingPlan};
use latchless_bench::record::Distance;
use latchless_bench::workload::waiting::{ALL, Entry, Job, Work, Workload};
use latchless_bench::workload::{Length, Wrong};

/// What [`Plain`] does to one of its items.
const KEEP: u8 = 0;
const LOSE: u8 = 1;
const PANIC: u8 = 2;
/// It tells nobody that it was closed.
const DEAF: u8 = 3;

/// A queue behind a mutex and a condition variable; with another `FAULT` than [`KEEP`], a broken one.
#[derive(Debug)]
struct Plain<const FAULT: u8>;

/// Which push goes wrong: one after the common start at capacity 64.
const SOUND: u64 = 80;

#[derive(Debug, Default)]
struct Inside {
    items: VecDeque<u64>,
    pushes: u64,
    closed: bool,
}

#[derive(Debug, Clone)]
struct PlainEnd<const FAULT: u8> {
    capacity: usize,
    shared: Arc<(Mutex<Inside>, Condvar)>,
}

/// What one thread holds.
struct PlainSide<const FAULT: u8>(Closing<PlainEnd<FAULT>>);

impl<P: Payload, const FAULT: u8> Blocking<P> for Plain<FAULT> {
    const CARD: Card = Card {
        name: "plain",
        origin: if FAULT == DEAF {
            "elsewhere"
        } else {
            "baseline"
        },
        ..<LatchlessHandle as Contender<P>>::CARD
    };
    type Sender = PlainSide<FAULT>;
    type Receiver = Self::Sender;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let end = PlainEnd {
            capacity,
            shared: Arc::default(),
        };
        let (senders, receivers) = Closing::both(senders, receivers, || Some(end.clone()))?;
        let side = |ends: Vec<_>| ends.into_iter().map(PlainSide).collect();
        Some((side(senders), side(receivers)))
    }
}

impl<const FAULT: u8> Close for PlainEnd<FAULT> {
    fn close(&self) {
        if FAULT != DEAF {
            let (inside, changed) = &*self.shared;
            inside.lock().expect("nobody panics inside").closed = true;
            changed.notify_all();
        }
    }
}

impl<P: Payload, const FAULT: u8> SendEnd<P> for PlainSide<FAULT> {
    fn send(&mut self, payload: P) -> bool {
        let (inside, changed) = &*self.0.end.shared;
        let full =
            |inside: &mut Inside| inside.items.len() >= self.0.end.capacity && !inside.closed;
        let inside = inside.lock().expect("nobody panics inside");
        let waited = changed.wait_while(inside, full);
        let mut inside = waited.expect("nobody panics inside");
        inside.pushes += 1;
        if inside.pushes == SOUND && FAULT == PANIC {
            drop(inside);
            panic!("told to panic");
        }
        if inside.pushes != SOUND || FAULT != LOSE {
            inside.items.push_back(payload.value());
        }
        changed.notify_all();
        !inside.closed
    }
}

impl<P: Payload, const FAULT: u8> RecvEnd<P> for PlainSide<FAULT> {
    fn recv(&mut self) -> Option<P> {
        let (inside, changed) = &*self.0.end.shared;
        let empty = |inside: &mut Inside| inside.items.is_empty() && !inside.closed;
        let inside = inside.lock().expect("nobody panics inside");
        let waited = changed.wait_while(inside, empty);
        let value = waited.expect("nobody panics inside").items.pop_front();
        changed.notify_all();
        value.map(P::carrying)
    }
}

fn job(work: Work, capacity: usize, items: u64) -> Job {
    Job {
        work,
        capacity,
        length: Length::Items(items),
    }
}

fn capacities(work: Work) -> &'static [usize] {
    match work {
        Work::Threads { .. } | Work::Tasks { .. } => &[64, 1],
        Work::RoundTrip { .. } | Work::Idle { .. } => &[1],
        Work::Alone => &[64],
    }
}

/// Runs every contender on every workload; returns how many took part.
fn every_item_is_moved<P: Payload>() -> usize {
    let mut runs = 0;
    for workload in ALL {
        let mut entries = waiting_contenders::<P>(workload.work);
        entries.push(Entry::blocking::<Plain<KEEP>, P>());
        for &capacity in capacities(workload.work) {
            for entry in &entries {
                let items = match workload.work {
                    Work::Idle { .. } | Work::RoundTrip { parked: true, .. } => 16,
                    _ if capacity == 1 => 320,
                    _ => 1_600,
                };
                let at = format!("{} on {} at {capacity}", entry.card.name, workload.name);
                let outcome = (entry.run)(&job(workload.work, capacity, items));
                let Some(outcome) = outcome.unwrap_or_else(|wrong| panic!("{at}: {wrong}")) else {
                    continue;
                };
                runs += 1;
                assert_eq!(outcome.items, items, "{at}");
                assert!(outcome.nanos > 0, "{at}");
                let waited = outcome.waited.expect("every such run tells of waiting");
                let trips = matches!(workload.work, Work::RoundTrip { .. });
                assert_eq!(waited.round_trip_nanos.is_some(), trips, "{at}");
                if let Some(times) = waited.round_trip_nanos {
                    assert!(times[0] > 0 && times.is_sorted(), "{at}: {times:?}");
                }
                if let Work::Threads { senders, .. } | Work::Tasks { senders, .. } = workload.work {
                    let (sent, received) = outcome.per_thread.split_at(senders);
                    assert_eq!(sent.iter().sum::<u64>(), items, "{at}");
                    assert_eq!(received.iter().sum::<u64>(), items, "{at}");
                }
            }
        }
    }
    runs
}

#[test]
fn a_fixed_number_of_items_is_moved_to_the_last_one_by_every_contender() {
    assert!(every_item_is_moved::<u64>() > 150);
}

#[test]
fn the_same_with_a_wide_payload() {
    assert!(every_item_is_moved::<[u64; 8]>() > 150);
}

#[test]
fn both_sides_of_a_parked_round_trip_sleep() {
    let entry = Entry::blocking::<LatchlessHandle, u64>();
    let parked = Workload::named("round-trip-parked").expect("it exists");
    let outcome = (entry.run)(&job(parked.work, 1, 50));
    let outcome = outcome.expect("nothing is lost").expect("it serves two");
    let waited = outcome.waited.expect("the run tells of waiting");
    // Where the system counts sleeps at all, there are two a round trip, and some slack.
    let counted = cfg!(target_os = "linux");
    assert!(waited.switches[0] >= 50 || !counted, "{waited:?}");
}

fn tiny_plan() -> Plan {
    Plan {
        waiting: WaitingPlan {
            rounds: 2,
            short: Duration::from_millis(2),
            long: Duration::from_millis(5),
            ..Plan::smoke().waiting
        },
        ..Plan::smoke()
    }
}

fn measured(workload: &str, entries: &[Entry]) -> Result<latchless_bench::record::Cell, Error> {
    let capacity = capacities(Workload::named(workload).expect("it exists").work)[0];
    let cell = CellPlan::new(workload, capacity, "u64");
    measure::compare_waiting_entries(&tiny_plan(), &cell, entries, &mut |_| {
        ControlFlow::Continue(())
    })
}

#[test]
fn every_workload_leaves_rounds_of_each_and_of_the_pair() {
    for workload in ALL {
        let entries: Vec<Entry> = waiting_contenders::<u64>(workload.work)
            .into_iter()
            .take(2)
            .collect();
        let cell = measured(workload.name, &entries).expect("nothing is broken");
        assert_eq!(cell.series.len(), 3, "{}", workload.name);
        assert_eq!(cell.series[2].contender, "latchless (handle) (again)");
        for round in cell.series.iter().flat_map(|series| &series.rounds) {
            assert!(round.waited.is_some(), "{}", workload.name);
            let plays_a_part = round.distance != Distance::None;
            let cores = latchless_bench::cores::available().len();
            let spaced = workload.work.meets_between_cores() && cores > 1;
            assert_eq!(plays_a_part, spaced, "{}", workload.name);
        }
        let rounds = cell.series.iter().map(|series| series.rounds.len());
        assert!(rounds.eq([2, 2, 2]), "{}", workload.name);
    }
}

#[test]
fn a_queue_that_loses_an_item_is_refused() {
    let lossy = [Entry::blocking::<Plain<LOSE>, u64>()];
    match measured("blocking-mpmc-2+2", &lossy) {
        Err(Error::Wrong {
            wrong: Wrong::Count { pushed, popped },
            ..
        }) => assert_eq!(pushed, popped + 1),
        other => panic!("a broken queue was accepted: {other:?}"),
    }
}

#[test]
fn a_queue_that_panics_is_refused_and_nobody_hangs() {
    let panicking = [Entry::blocking::<Plain<PANIC>, u64>()];
    for workload in ["blocking-spsc", "blocking-mpmc-2+2"] {
        match measured(workload, &panicking) {
            Err(Error::Wrong { wrong, .. }) => {
                assert_eq!(wrong, Wrong::Panicked("told to panic".into()));
            }
            other => panic!("{workload} accepted a broken queue: {other:?}"),
        }
    }
}

#[test]
fn a_peer_whose_threads_wait_for_ever_is_out_and_the_others_go_on() {
    let entries = [
        Entry::blocking::<Plain<DEAF>, u64>(),
        Entry::blocking::<Plain<KEEP>, u64>(),
    ];
    let mut plan = tiny_plan();
    plan.again = None;
    let cell = CellPlan::new("blocking-spsc", 64, "u64");
    let cell =
        measure::compare_waiting_entries(
            &plan,
            &cell,
            &entries,
            &mut |_| ControlFlow::Continue(()),
        );
    let cell = cell.expect("ours is whole");
    let why = cell.series[0].absent.as_deref().expect("it never ends");
    assert!(why.contains("waited for ever"), "{why}");
    assert_eq!(cell.series[1].rounds.len(), 2);
}

#[test]
fn every_card_is_there_once_and_says_how_its_calls_wait() {
    let mut names = all_names();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all_cards().len());
    for card in all_cards() {
        let waits = card.blocking || card.asynchronous || card.timeout;
        assert_eq!(!card.waiting.is_empty(), waits, "{}", card.name);
        assert!(!card.waiting.contains("  "), "{}", card.name);
    }
}
