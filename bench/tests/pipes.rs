//! Pipes: everybody carries what its card says, and who loses or changes something is refused and hangs nobody.

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use latchless_bench::baseline::StdMutex;
use latchless_bench::blocking::{self, Blocking, RecvEnd};
use latchless_bench::contender::{Card, Contender};
use latchless_bench::measure::{self, Error};
use latchless_bench::pipe::{
    Bytes, Ends, ReadEnd, Receives, RecvSlice, SendSlice, Sends, Sliced, Tried, TryRecv, TrySend,
};
use latchless_bench::pipes::{LatchlessPipe, pipe_cards, pipe_contenders};
use latchless_bench::plan::{CellPlan, PipePlan, Plan, Selection};
use latchless_bench::record::{Cell, Distance};
use latchless_bench::selection::{self, pipe_entries};
use latchless_bench::workload::pipe::{ALL, BLOCK, Entry, Job, Work, Workload};
use latchless_bench::workload::{Length, Outcome, Wrong};

fn run(entry: &Entry, work: Work, capacity: usize, items: u64) -> Result<Option<Outcome>, Wrong> {
    (entry.run)(&Job {
        work,
        capacity,
        length: Length::Items(items),
    })
}

/// As many of what is counted as make some laps around a pipe of `capacity`, and for bytes whole blocks.
fn laps(work: Work, capacity: usize) -> u64 {
    match work {
        Work::Bytes | Work::AsyncBytes => (capacity.div_ceil(BLOCK) * BLOCK * 2) as u64,
        _ => (2 * capacity + 3) as u64,
    }
}

#[test]
fn everybody_carries_everything_at_the_usual_capacity() {
    let mut runs = 0;
    for workload in ALL {
        let capacity = workload.work.usual_capacity();
        let items = laps(workload.work, capacity);
        for entry in pipe_contenders(workload.work) {
            let at = format!("{} on {}", entry.card.name, workload.name);
            let outcome = run(&entry, workload.work, capacity, items);
            let outcome = outcome.unwrap_or_else(|wrong| panic!("{at}: {wrong}"));
            let outcome = outcome.unwrap_or_else(|| panic!("{at}: does not serve it"));
            assert_eq!(outcome.items, items, "{at}");
            assert!(outcome.nanos > 0, "{at}");
            let trips = outcome.waited.and_then(|waited| waited.round_trip_nanos);
            assert_eq!(trips.is_some(), workload.work == Work::RoundTrip, "{at}");
            runs += 1;
        }
    }
    assert!(runs > 25, "{runs}");
}

/// Every send finds the pipe full, every receive finds it empty, by turns.
#[test]
fn everybody_carries_everything_through_very_little_room() {
    for workload in ALL {
        let capacity = match workload.work {
            Work::Bytes | Work::AsyncBytes => 100,
            _ => 1,
        };
        let items = match workload.work {
            Work::Bytes | Work::AsyncBytes => BLOCK as u64,
            // Each of them may have to wait until the system runs the other thread.
            _ => 10,
        };
        for entry in pipe_contenders(workload.work) {
            let at = format!("{} on {}", entry.card.name, workload.name);
            let outcome = run(&entry, workload.work, capacity, items);
            let outcome = outcome.unwrap_or_else(|wrong| panic!("{at}: {wrong}"));
            let carried = outcome.map(|outcome| outcome.items);
            assert!(carried.is_none_or(|carried| carried == items), "{at}");
            let ours = entry.card.origin == "latchless";
            assert!(carried.is_some() || !ours, "{at}");
        }
    }
}

fn tiny_plan() -> Plan {
    Plan {
        pipes: PipePlan {
            rounds: 2,
            ..Plan::smoke().pipes
        },
        ..Plan::smoke()
    }
}

fn measured(plan: &Plan, workload: &Workload, entries: &[Entry]) -> Result<Cell, Error> {
    let cell = PipePlan::usual(workload);
    measure::compare_pipe_entries(plan, &cell, entries, &mut |_| ControlFlow::Continue(()))
}

#[test]
fn every_workload_leaves_rounds_of_each_and_of_the_pair() {
    let cores = latchless_bench::cores::available().len();
    for workload in ALL {
        let entries = pipe_contenders(workload.work);
        let cell = measured(&tiny_plan(), workload, &entries[..1]).expect("nothing is broken");
        let expected = (
            workload.work.usual_capacity(),
            workload.work.payload(),
            Work::THREADS,
        );
        assert_eq!(
            (cell.capacity, cell.payload.as_str(), cell.threads),
            expected
        );
        let rounds = cell.series.iter().map(|series| series.rounds.len());
        assert!(rounds.eq([2, 2]), "{}", workload.name);
        for round in cell.series.iter().flat_map(|series| &series.rounds) {
            assert_eq!(round.distance != Distance::None, cores > 1);
            assert_eq!(round.producers, 1);
        }
    }
}

const ELSEWHERE: Card = Card {
    name: "broken",
    origin: "elsewhere",
    ..<StdMutex as Contender<u64>>::CARD
};

/// A pipe that forgets every hundredth value.
struct Forgetful;

struct ForgetfulSender(SyncSender<u64>);

impl TrySend for ForgetfulSender {
    fn try_send(&mut self, value: u64) -> Result<(), u64> {
        match value % 100 {
            99 => Ok(()),
            _ => self.0.try_send(value).map_err(|_| value),
        }
    }
}

struct Fine(Receiver<u64>);

impl TryRecv for Fine {
    fn try_recv(&mut self) -> Option<u64> {
        self.0.try_recv().ok()
    }
}

impl Tried for Forgetful {
    const CARD: Card = ELSEWHERE;
    type Sender = Sends<ForgetfulSender>;
    type Receiver = Receives<Fine>;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let (sender, receiver) = sync_channel(capacity);
        Some((Sends(ForgetfulSender(sender)), Receives(Fine(receiver))))
    }
}

/// A pipe that gives its first value twice in place of its second, of every slice.
struct Doubling;

struct DoublingReceiver(<LatchlessPipe as Sliced>::Receiver);

impl RecvSlice for DoublingReceiver {
    fn try_recv_slice(&mut self, values: &mut [u64]) -> usize {
        let count = RecvSlice::try_recv_slice(&mut self.0, values);
        if count > 1 {
            values[1] = values[0];
        }
        count
    }
}

struct Whole(<LatchlessPipe as Sliced>::Sender);

impl SendSlice for Whole {
    fn try_send_slice(&mut self, values: &[u64]) -> usize {
        SendSlice::try_send_slice(&mut self.0, values)
    }
}

impl Sliced for Doubling {
    const CARD: Card = ELSEWHERE;
    type Sender = Whole;
    type Receiver = DoublingReceiver;

    fn ends(capacity: usize) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let (sender, receiver) = <LatchlessPipe as Sliced>::ends(capacity)?;
        Some((Whole(sender), DoublingReceiver(receiver)))
    }
}

/// A pipe of bytes that loses one when it has carried several blocks.
struct Leaky;

/// After so many: the pipe is used once before the start.
const LOST: usize = 8 * BLOCK;

struct LeakyReader {
    inner: <StdMutex as Bytes>::Reader,
    read: usize,
}

impl ReadEnd for LeakyReader {
    fn read_some(&mut self, into: &mut [u8]) -> usize {
        let count = ReadEnd::read_some(&mut self.inner, into);
        let before = self.read;
        self.read += count;
        if before < LOST && LOST <= self.read {
            ReadEnd::read_some(&mut self.inner, &mut [0]);
        }
        count
    }
}

impl Bytes for Leaky {
    const CARD: Card = ELSEWHERE;
    type Writer = <StdMutex as Bytes>::Writer;
    type Reader = LeakyReader;

    fn ends(capacity: usize) -> Option<Ends<Self::Writer, Self::Reader>> {
        let (writer, inner) = <StdMutex as Bytes>::ends(capacity)?;
        Some((writer, LeakyReader { inner, read: 0 }))
    }
}

/// A pipe at whose end there is one value more than was sent.
struct Inventive;

struct InventiveReceiver(Receiver<u64>, Option<u64>);

impl RecvEnd<u64> for InventiveReceiver {
    fn recv(&mut self) -> Option<u64> {
        self.0.recv().ok().or_else(|| self.1.take())
    }
}

impl Blocking<u64> for Inventive {
    const CARD: Card = ELSEWHERE;
    type Sender = SyncSender<u64>;
    type Receiver = InventiveReceiver;

    fn ends(
        capacity: usize,
        _: usize,
        _: usize,
    ) -> Option<blocking::Ends<Self::Sender, Self::Receiver>> {
        let (sender, receiver) = sync_channel(capacity);
        Some((vec![sender], vec![InventiveReceiver(receiver, Some(7))]))
    }
}

#[test]
fn a_pipe_that_loses_or_changes_values_is_refused() {
    let refused = run(&Entry::tried::<Forgetful>(), Work::Items, 50, 1_000);
    let lost = Wrong::Count {
        pushed: 1_000,
        popped: 990,
    };
    assert_eq!(refused, Err(lost));
    let refused = run(&Entry::sliced::<Doubling>(), Work::Slices, 1_024, 4_096);
    assert!(matches!(refused, Err(Wrong::Sum { .. })), "{refused:?}");
    let refused = run(&Entry::blocking::<Inventive>(), Work::Blocking, 16, 100);
    let more = Wrong::Count {
        pushed: 100,
        popped: 101,
    };
    assert_eq!(refused, Err(more));
}

#[test]
fn a_pipe_that_loses_a_byte_is_refused() {
    let items = 20 * BLOCK as u64;
    let refused = run(&Entry::bytes::<Leaky>(), Work::Bytes, 2 * BLOCK, items);
    let Err(Wrong::Panicked(message)) = refused else {
        panic!("a broken pipe was accepted: {refused:?}");
    };
    assert!(message.contains("bytes were lost"), "{message}");
}

#[test]
fn a_peer_that_is_refused_is_out_of_its_cell_and_the_others_stay() {
    let plan = Plan {
        again: None,
        ..tiny_plan()
    };
    // It is refused before the clock starts, however little its threads get to run.
    let workload = Workload::named("pipe-slices").expect("it exists");
    let entries = [
        Entry::sliced::<Doubling>(),
        Entry::sliced::<LatchlessPipe>(),
    ];
    let cell = measured(&plan, &workload, &entries).expect("ours is whole");
    assert!(cell.series[0].absent.is_some() && cell.series[0].rounds.is_empty());
    assert_eq!(cell.series[1].rounds.len(), 2);
}

#[test]
fn who_does_not_serve_a_workload_says_so() {
    for (serves, other) in [
        (Work::Items, Work::Slices),
        (Work::Slices, Work::Items),
        (Work::Blocking, Work::Bytes),
        (Work::Bytes, Work::AsyncBytes),
        (Work::AsyncBytes, Work::Bytes),
    ] {
        for entry in pipe_contenders(serves) {
            assert_eq!(run(&entry, other, 16, 16), Ok(None), "{}", entry.card.name);
        }
    }
}

#[test]
fn whoever_is_named_comes_with_ours_and_to_its_own_workloads_only() {
    let names = |workload: &str, name: &str| -> Vec<&str> {
        let workload = Workload::named(workload).expect("it exists");
        let selection = Selection::Named(vec![name.to_owned()]);
        let entries = pipe_entries(&PipePlan::usual(&workload), &selection);
        let entries = entries.expect("it exists");
        entries.iter().map(|entry| entry.card.name).collect()
    };
    assert_eq!(names("pipe-items", "rtrb"), ["latchless oneway", "rtrb"]);
    assert_eq!(
        names("pipe-bytes", "OS pipe"),
        ["latchless bytes", "latchless framed", "OS pipe"]
    );
    assert!(names("pipe-bytes", "rtrb").is_empty());
    assert!(names("pipe-bytes-async", "ArrayQueue").is_empty());
    let cell = CellPlan::new("pipe-items", 1024, "u64");
    let unknown = pipe_entries(&cell, &Selection::Named(vec!["no such pipe".to_owned()]));
    assert!(matches!(unknown, Err(Error::UnknownContender { .. })));
    let cell = CellPlan::new("pipe-nothing", 1024, "u64");
    let unknown = pipe_entries(&cell, &Selection::All);
    assert!(matches!(unknown, Err(Error::UnknownWorkload { .. })));
}

#[test]
fn every_pipe_is_known_by_one_name_and_says_what_a_stopped_peer_does() {
    let known = selection::contender_names();
    // Names are listed with commas between them.
    assert!(known.iter().all(|name| !name.contains(',')), "{known:?}");
    for card in pipe_cards() {
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
