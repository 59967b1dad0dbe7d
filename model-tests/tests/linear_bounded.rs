//! Real threads on `Bounded`: every answer is one that a sequential queue could have given.
//!
//! Short histories are decided exactly, with real-time order and, undisturbed by a clock, with program order alone. Long
//! ones are held against the rules of queues. Toy queues with the usual defects are refused by the same means.
//!
//! With `--cfg latchless_steps` the threads of the short histories also give way between any two accesses to shared
//! memory, so that their calls interleave there, however busy the machine is.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "linear_bounded/broken.rs"]
mod broken;
#[path = "linear_bounded/caller.rs"]
mod caller;
#[path = "linear_bounded/giving_way.rs"]
mod giving_way;

use std::collections::BTreeMap;

use latchless::queue::Bounded;
use model_tests::history::{Clock, History, Log, NEVER, Order};
use model_tests::linearize::{assert_linearizable, linearize, linearize_within};
use model_tests::queue_rules;
use model_tests::rounds::{self, Turn};
use model_tests::spec::fifo::{Answer, Call, Fifo};

use broken::{ApproximateFull, Broken, HalfPushed, StaleLen};
use caller::{Caller, Dice, Mix, Planned, record};
use giving_way::GivingWay;

/// How many answers of each kind were seen, and how many calls overlapped.
#[derive(Debug, Default)]
struct Seen {
    answers: BTreeMap<String, usize>,
    overlaps: usize,
}

impl Seen {
    fn add(&mut self, history: &History<Call, Answer>) {
        for op in history.operations() {
            let answer = match op.answer {
                Some(Answer::Popped(_)) => "Popped".to_owned(),
                Some(Answer::Displaced(_)) => "Displaced".to_owned(),
                Some(Answer::Len(_)) => "Len".to_owned(),
                Some(answer) => format!("{answer:?}"),
                None => continue,
            };
            *self.answers.entry(answer).or_default() += 1;
        }
        if history.operations().all(|op| op.returned != NEVER) {
            self.overlaps += history.overlaps();
        }
    }

    /// A test that never met an answer has not tested it.
    fn assert_met(&self, answers: &[&str]) {
        for &answer in answers {
            assert!(
                self.answers.get(answer) > Some(&0),
                "no {answer} in {self:?}"
            );
        }
    }
}

/// A queue that has gone round a few times and holds a few values, so that histories begin everywhere.
struct Prepared<Q> {
    queue: Q,
    start: Fifo,
}

impl<Q> Prepared<Q>
where
    for<'q> &'q Q: Caller,
{
    fn new(queue: Q, capacity: usize, round: u64) -> Self {
        let mut dice = Dice::new(round);
        let mut start = Fifo::bounded(capacity);
        let mut caller = &queue;
        for value in 0..dice.below(2 * capacity as u64 + 2) {
            caller.call(Call::TryPush(value));
            caller.call(Call::TryPop);
        }
        for value in 1000..1000 + dice.below(capacity as u64 + 1) {
            let push = Call::TryPush(value);
            assert_eq!(caller.call(push), start.apply(&push));
        }
        Prepared { queue, start }
    }
}

const CALLS: u64 = 4;

/// What one thread does in one round, always the same.
fn plan<S>(turn: &Turn<'_, S>, mix: Mix) -> Vec<Planned> {
    let thread = turn.thread as u64;
    let mut dice = Dice::new(turn.round * 8 + thread + 1);
    (0..=dice.below(CALLS))
        .map(|i| mix.draw(&mut dice, 100 * (thread + 1) + 10 * i))
        .collect()
}

/// Runs many short histories on `Bounded` and decides each; `by_handle` says which threads use a handle.
fn decide_many(
    rounds: u64,
    threads: usize,
    capacity: usize,
    order: Order,
    mix: Mix,
    by_handle: fn(usize) -> bool,
    seen: &mut Seen,
) {
    rounds::run(
        threads,
        rounds,
        order,
        |round| {
            let queue = Bounded::new(capacity);
            // The places that these leave behind fall back while the queue is prepared: handles begin as laggards.
            let laggards: Vec<_> = (0..threads)
                .map(|_| queue.handle().expect("few handles exist"))
                .collect();
            drop(laggards);
            Prepared::new(queue, capacity, round)
        },
        |turn, log| {
            let mut queue = &turn.subject.queue;
            let plan = plan(turn, mix);
            let _giving_way = GivingWay::begin(turn.round * 8 + turn.thread as u64);
            if by_handle(turn.thread) {
                let mut handle = queue.handle().expect("few handles exist");
                turn.start();
                plan.iter()
                    .for_each(|planned| record(&mut handle, planned, log));
            } else {
                turn.start();
                plan.iter()
                    .for_each(|planned| record(&mut queue, planned, log));
            }
        },
        |subject, history| {
            assert_linearizable(&subject.start, history);
            seen.add(history);
        },
    );
}

const CAPACITIES: [usize; 4] = [1, 2, 3, 7];

fn decide_at_all_capacities(mix: Mix, by_handle: fn(usize) -> bool) -> Seen {
    let mut seen = Seen::default();
    for capacity in CAPACITIES {
        for order in [Order::RealTime, Order::Program] {
            for threads in [2, 3] {
                decide_many(800, threads, capacity, order, mix, by_handle, &mut seen);
            }
        }
    }
    println!("{seen:?}");
    if cfg!(latchless_steps) {
        assert!(seen.overlaps > 1_000, "threads hardly met: {seen:?}");
    }
    seen
}

#[test]
fn pushes_and_pops_by_handles_are_linearizable() {
    decide_at_all_capacities(Mix::PushPop, |_| true)
        .assert_met(&["Pushed", "Full", "Popped", "Empty"]);
}

#[test]
fn pushes_and_pops_by_reference_are_linearizable() {
    decide_at_all_capacities(Mix::PushPop, |_| false)
        .assert_met(&["Pushed", "Full", "Popped", "Empty"]);
}

#[test]
fn every_call_by_handles_is_linearizable() {
    decide_at_all_capacities(Mix::Everything, |_| true).assert_met(&EVERY_ANSWER);
}

#[test]
fn every_call_by_reference_is_linearizable() {
    decide_at_all_capacities(Mix::Everything, |_| false).assert_met(&EVERY_ANSWER);
}

#[test]
fn every_call_by_handles_and_references_together_is_linearizable() {
    decide_at_all_capacities(Mix::Everything, |thread| thread != 1).assert_met(&EVERY_ANSWER);
}

const EVERY_ANSWER: [&str; 12] = [
    "Pushed",
    "Full",
    "Closed",
    "Displaced",
    "Popped",
    "Empty",
    "Len",
    "Is(true)",
    "Is(false)",
    "Refused",
    "Nothing",
    "Done",
];

/// One long run of `threads` threads: the caller is every second time a handle, and thread 0 closes in the end.
fn long_history(capacity: usize, threads: u64, calls: u64) -> History<Call, Answer> {
    let queue = Bounded::new(capacity);
    let clock = Clock::new(Order::RealTime);
    let logs = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let (queue, clock) = (&queue, &clock);
                scope.spawn(move || {
                    let mut log = Log::new(clock, calls as usize);
                    let mut dice = Dice::new(thread + 77);
                    let mut handle = queue.handle().expect("few handles exist");
                    for i in 0..calls {
                        let planned = match Mix::Single.draw(&mut dice, thread * calls + i) {
                            Planned::One(Call::Close) if thread != 0 || i + 100 < calls => {
                                Planned::One(Call::IsFull)
                            }
                            planned => planned,
                        };
                        if thread % 2 == 0 {
                            record(&mut handle, &planned, &mut log);
                        } else {
                            record(&mut &*queue, &planned, &mut log);
                        }
                    }
                    log.into_operations()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no worker panics"))
            .collect()
    });
    History::new(logs)
}

/// One long history of each capacity and number of threads.
fn judge_long_histories(seen: &mut Seen) {
    for capacity in [1, 2, 3, 7, 64] {
        for threads in 2..=4 {
            let history = long_history(capacity, threads, 8_000);
            if let Err(violation) = queue_rules::check(capacity, &history) {
                panic!("capacity {capacity}, {threads} threads: {violation}");
            }
            // The search may give up on a history of this length, but it must not refuse it.
            let verdict = linearize_within(&Fifo::bounded(capacity), &history, 200_000);
            assert!(
                !verdict.is_refused(),
                "capacity {capacity}, {threads} threads: {verdict:?}"
            );
            seen.add(&history);
        }
    }
}

#[test]
fn long_histories_keep_the_rules_of_queues() {
    let mut seen = Seen::default();
    // On a busy machine threads may run one after the other for long: then once more, until they met.
    let mut passes = 0;
    while passes == 0 || (seen.overlaps <= 1_000 && passes < 20) {
        passes += 1;
        judge_long_histories(&mut seen);
    }
    println!("{seen:?}");
    seen.assert_met(&[
        "Pushed",
        "Full",
        "Displaced",
        "Popped",
        "Empty",
        "Closed",
        "Len",
    ]);
    assert!(seen.overlaps > 1_000, "threads hardly met: {seen:?}");
}

/// The history of a toy queue in which one thread makes the calls of `before`, then `call`, and in the middle of that
/// another thread all those of `meanwhile`.
fn one_inside_the_other<Q: Broken>(
    queue: &Q,
    before: &[Call],
    call: Call,
    meanwhile: &[Call],
) -> History<Call, Answer> {
    let clock = Clock::new(Order::RealTime);
    let (mut outer, mut inner) = (Log::new(&clock, 8), Log::new(&clock, 8));
    let mut caller = queue;
    for &call in before {
        outer.record(call, || caller.call(call));
    }
    outer.record(call, || {
        queue.call_around(call, || {
            for &call in meanwhile {
                inner.record(call, || caller.call(call));
            }
        })
    });
    History::new(vec![outer.into_operations(), inner.into_operations()])
}

#[test]
fn a_queue_that_says_full_with_room_is_refused() {
    use Call::{TryPop, TryPush};
    let history = one_inside_the_other(
        &ApproximateFull::new(1),
        &[TryPush(1)],
        TryPop,
        &[TryPop, TryPush(2)],
    );
    assert!(linearize(&Fifo::bounded(1), &history).is_refused());
    // The rules cannot see this one: the pop that made the room has not returned, so it may not have taken effect. That
    // the Empty before the Full proves that it had is beyond them.
    assert_eq!(queue_rules::check(1, &history), Ok(()));
}

#[test]
fn a_queue_that_says_empty_behind_an_unfinished_push_is_refused() {
    use Call::{TryPop, TryPush};
    let history = one_inside_the_other(&HalfPushed::new(3), &[], TryPush(1), &[TryPush(2), TryPop]);
    assert!(linearize(&Fifo::bounded(3), &history).is_refused());
    assert_eq!(
        queue_rules::check(3, &history),
        Err(queue_rules::Violation::WrongLength(TryPop, Answer::Empty))
    );
}

#[test]
fn a_queue_with_a_stale_len_is_refused() {
    use Call::{Len, TryPop, TryPush};
    let history =
        one_inside_the_other(&StaleLen::new(3), &[TryPush(1)], Len, &[TryPop, TryPush(2)]);
    assert!(linearize(&Fifo::bounded(3), &history).is_refused());
    assert_eq!(
        queue_rules::check(3, &history),
        Err(queue_rules::Violation::WrongLength(Len, Answer::Len(2)))
    );
}

/// How many of the short histories of a toy queue the search refuses.
fn refused<Q: Broken + Send + Sync>(rounds: u64, new: fn() -> (Q, usize)) -> usize {
    let mut refused = 0;
    rounds::run(
        3,
        rounds,
        Order::RealTime,
        |_| new(),
        |turn, log| {
            let mut queue = &turn.subject.0;
            let mut dice = Dice::new(turn.round * 8 + turn.thread as u64 + 1);
            turn.start();
            for i in 0..CALLS {
                let call = push_or_pop(&mut dice, 10 * turn.thread as u64 + i);
                log.record(call, || queue.call(call));
            }
        },
        |(_, capacity), history| {
            refused += usize::from(linearize(&Fifo::bounded(*capacity), history).is_refused());
        },
    );
    refused
}

fn push_or_pop(dice: &mut Dice, value: u64) -> Call {
    if dice.below(2) == 0 {
        Call::TryPush(value)
    } else {
        Call::TryPop
    }
}

#[test]
fn short_histories_of_real_threads_find_what_is_broken() {
    // Here chance must bring the threads together: on a busy machine that may take more than one pass.
    let found = (0..20).find(|_| refused(1_000, || (HalfPushed::new(3), 3)) > 0);
    assert!(found.is_some(), "threads never met at the weak spot");
    let found = (0..20).find(|_| refused(1_000, || (ApproximateFull::new(2), 2)) > 0);
    assert!(found.is_some(), "threads never met at the weak spot");
}

#[test]
fn the_same_toy_with_one_thread_at_a_time_is_accepted() {
    // What the checkers refuse above is the concurrency, not the toy's sequential answers.
    let toy = ApproximateFull::new(2);
    let mut caller = &toy;
    let mut spec = Fifo::bounded(2);
    let mut dice = Dice::new(5);
    for value in 0..1_000 {
        let call = push_or_pop(&mut dice, value);
        assert_eq!(caller.call(call), spec.apply(&call));
    }
}
