//! Every call on `Bounded` in every order, by one thread, against the sequential specification: by reference and by
//! handles, of which some idle until the queue has gone round and then act; for items of every shape, each of which is
//! dropped once.
#![forbid(unsafe_code)]
#![cfg(not(latchless_loom))]

#[path = "prop_bounded/item.rs"]
mod item;

use std::collections::VecDeque;
use std::sync::Arc;

use item::{Aligned, Boxed, Empty, Item, Page, alive, clear_ledger};
use latchless::error::{PushError, TryPopError, TryPushError};
use latchless::queue::{Bounded, Handle, OwnedHandle};
use model_tests::spec::fifo::{Answer, Call, Fifo};
use proptest::prelude::*;

/// Through what a call is made.
#[derive(Clone, Copy, Debug)]
enum Through {
    Queue,
    Handle(usize),
    OwnedHandle,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    TryPush(Through),
    TryPop(Through),
    ForcePush(Through),
    PushMany(Through, usize),
    PopMany(Through, usize),
    /// One handle goes round as often as said, while the others idle.
    GoRound(Through, usize),
    Ask,
    TakeByIterator(usize),
    RenewHandle(usize),
    Close,
    CloseNow,
}

/// What becomes of the queue after the last step.
#[derive(Clone, Copy, Debug)]
enum End {
    Drop,
    IntoIter(usize),
    CloseNow,
}

const HANDLES: usize = 3;

fn through() -> impl Strategy<Value = Through> {
    prop_oneof![
        2 => Just(Through::Queue),
        3 => (0..HANDLES).prop_map(Through::Handle),
        1 => Just(Through::OwnedHandle),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => through().prop_map(Step::TryPush),
        9 => through().prop_map(Step::TryPop),
        4 => through().prop_map(Step::ForcePush),
        3 => (through(), 0..6_usize).prop_map(|(through, n)| Step::PushMany(through, n)),
        3 => (through(), 0..6_usize).prop_map(|(through, n)| Step::PopMany(through, n)),
        2 => (through(), 1..200_usize).prop_map(|(through, n)| Step::GoRound(through, n)),
        3 => Just(Step::Ask),
        1 => (0..5_usize).prop_map(Step::TakeByIterator),
        1 => (0..HANDLES).prop_map(Step::RenewHandle),
    ];
    // Few closes, and not early, or most calls would be made on closed queues.
    let close = prop_oneof![2 => Just(vec![]), 1 => Just(vec![Step::Close]), 1 => Just(vec![Step::CloseNow])];
    (
        prop::collection::vec(step.clone(), 0..120),
        close,
        prop::collection::vec(step, 0..30),
    )
        .prop_map(|(before, close, after)| [before, close, after].concat())
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Drop),
        (0..70_usize).prop_map(End::IntoIter),
        Just(End::CloseNow)
    ]
}

fn capacity() -> impl Strategy<Value = usize> {
    prop::sample::select(vec![1_usize, 2, 3, 7, 64])
}

/// The queue, all ways to it, and what it should be.
struct Machine<'q, T> {
    queue: &'q Arc<Bounded<T>>,
    handles: Vec<Handle<'q, T>>,
    owned: OwnedHandle<T>,
    spec: Fifo,
    next_id: u64,
}

impl<'q, T: Item> Machine<'q, T> {
    fn new(queue: &'q Arc<Bounded<T>>) -> Self {
        Machine {
            queue,
            handles: (0..HANDLES)
                .map(|_| queue.handle().expect("few handles exist"))
                .collect(),
            owned: Bounded::owned_handle(queue).expect("few handles exist"),
            spec: Fifo::bounded(queue.capacity()),
            next_id: 0,
        }
    }

    fn fresh(&mut self) -> (u64, T) {
        self.next_id += 1;
        (self.next_id, T::new(self.next_id))
    }

    fn run(&mut self, step: Step) {
        match step {
            Step::TryPush(through) => self.try_push(through),
            Step::TryPop(through) => self.try_pop(through),
            Step::ForcePush(through) => self.force_push(through),
            Step::PushMany(through, count) => self.push_many(through, count),
            Step::PopMany(through, max) => self.pop_many(through, max),
            Step::GoRound(through, times) => (0..times).for_each(|_| {
                self.try_push(through);
                self.try_pop(through);
            }),
            Step::Ask => self.ask(),
            Step::TakeByIterator(count) => self.take_by_iterator(count),
            Step::RenewHandle(which) => {
                // Its place is free again and serves the next one, with what it knew.
                drop(self.handles.remove(which));
                self.handles
                    .push(self.queue.handle().expect("its place is free"));
            }
            Step::Close => assert_eq!(
                Answer::Is(self.queue.close()),
                self.spec.apply(&Call::Close)
            ),
            Step::CloseNow => self.close_now(),
        }
    }

    fn try_push(&mut self, through: Through) {
        let (id, item) = self.fresh();
        let result = match through {
            Through::Queue => self.queue.try_push(item),
            Through::Handle(i) => self.handles[i].try_push(item),
            Through::OwnedHandle => self.owned.try_push(item),
        };
        let answer = match result {
            Ok(()) => Answer::Pushed,
            Err(TryPushError::Full(item)) => given_back(&item, id, Answer::Full),
            Err(TryPushError::Closed(item)) => given_back(&item, id, Answer::Closed),
        };
        assert_eq!(answer, self.spec.apply(&Call::TryPush(id)));
    }

    fn force_push(&mut self, through: Through) {
        let (id, item) = self.fresh();
        let result = match through {
            Through::Queue => self.queue.force_push(item),
            Through::Handle(i) => self.handles[i].force_push(item),
            Through::OwnedHandle => self.owned.force_push(item),
        };
        let expected = self.spec.apply(&Call::ForcePush(id));
        match result {
            Ok(None) => assert_eq!(expected, Answer::Pushed),
            Ok(Some(oldest)) => assert_same(Answer::Displaced, &oldest, expected),
            Err(PushError(item)) => assert_eq!(expected, given_back(&item, id, Answer::Closed)),
        }
    }

    fn try_pop(&mut self, through: Through) {
        let result = match through {
            Through::Queue => self.queue.try_pop(),
            Through::Handle(i) => self.handles[i].try_pop(),
            Through::OwnedHandle => self.owned.try_pop(),
        };
        let expected = self.spec.apply(&Call::TryPop);
        match result {
            Ok(item) => assert_same(Answer::Popped, &item, expected),
            Err(TryPopError::Empty) => assert_eq!(expected, Answer::Empty),
            Err(TryPopError::Closed) => assert_eq!(expected, Answer::Closed),
        }
    }

    fn push_many(&mut self, through: Through, count: usize) {
        let ids = self.next_id + 1..=self.next_id + count as u64;
        let mut items: VecDeque<T> = ids.clone().map(T::new).collect();
        self.next_id += count as u64;
        let pushed = match through {
            Through::Queue => self.queue.try_push_many(&mut items),
            Through::Handle(i) => self.handles[i].try_push_many(&mut items),
            Through::OwnedHandle => self.owned.try_push_many(&mut items),
        };
        let fit = ids
            .clone()
            .take_while(|id| self.spec.apply(&Call::TryPush(*id)) == Answer::Pushed)
            .count();
        assert_eq!(pushed, fit);
        assert_eq!(items.len(), count - fit);
        if let Some(left) = items.iter().map(Item::id).collect::<Option<Vec<u64>>>() {
            assert!(
                ids.skip(fit).eq(left),
                "what was not pushed stays, in order"
            );
        }
    }

    fn pop_many(&mut self, through: Through, max: usize) {
        let mut items = vec![T::new(0)];
        let popped = match through {
            Through::Queue => self.queue.try_pop_many(&mut items, max),
            Through::Handle(i) => self.handles[i].try_pop_many(&mut items, max),
            Through::OwnedHandle => self.owned.try_pop_many(&mut items, max),
        };
        assert_eq!(popped + 1, items.len(), "they are appended");
        self.assert_popped(&items[1..]);
        if popped < max {
            assert!(self.spec.items().is_empty());
        }
    }

    fn take_by_iterator(&mut self, count: usize) {
        let items: Vec<T> = self.queue.try_iter().take(count).collect();
        self.assert_popped(&items);
        assert!(items.len() == count || self.spec.items().is_empty());
    }

    fn close_now(&mut self) {
        let items = self.queue.close_now();
        self.spec.apply(&Call::Close);
        self.assert_popped(&items);
        assert!(self.spec.items().is_empty());
    }

    fn assert_popped(&mut self, items: &[T]) {
        for item in items {
            assert_same(Answer::Popped, item, self.spec.apply(&Call::TryPop));
        }
    }

    fn ask(&mut self) {
        let queue = self.queue;
        let mut ask = |call, answer| assert_eq!(self.spec.apply(&call), answer, "{call:?}");
        ask(Call::Len, Answer::Len(queue.len()));
        ask(Call::IsEmpty, Answer::Is(queue.is_empty()));
        ask(Call::IsFull, Answer::Is(queue.is_full()));
        ask(Call::IsClosed, Answer::Is(queue.is_closed()));
        // A handle leads to the queue.
        ask(Call::Len, Answer::Len(self.handles[0].len()));
        assert_eq!(queue.capacity(), self.spec.capacity());
        let shown = format!("{queue:?}");
        assert!(
            shown.contains(&format!("len: {}", self.spec.items().len())),
            "{shown}"
        );
    }
}

/// A refused push gives its own item back.
fn given_back<T: Item>(item: &T, id: u64, answer: Answer) -> Answer {
    assert!(
        item.id().is_none_or(|own| own == id),
        "a refused push gives its own item back"
    );
    answer
}

/// An item without an id is as good as the one expected, if one was.
fn assert_same<T: Item>(answer: fn(u64) -> Answer, item: &T, expected: Answer) {
    match (item.id(), expected) {
        (Some(id), _) => assert_eq!(answer(id), expected),
        (None, Answer::Popped(id) | Answer::Displaced(id)) => assert_eq!(answer(id), expected),
        (None, _) => panic!("an item came out instead of {expected:?}"),
    }
}

/// Runs one test case, and counts after each step what is alive.
fn run_case<T: Item>(capacity: usize, steps: &[Step], end: End, counts_drops: bool) {
    clear_ledger();
    let assert_alive = |count| {
        assert!(
            !counts_drops || alive() == count,
            "{} alive, not {count}",
            alive()
        )
    };
    let queue = Arc::new(Bounded::<T>::new(capacity));
    let mut machine = Machine::new(&queue);
    for &step in steps {
        machine.run(step);
        assert_alive(machine.spec.items().len());
    }
    machine.ask();
    let mut spec = machine.spec.clone();
    drop(machine);
    let queue = Arc::into_inner(queue).expect("no handle is left");
    match end {
        End::Drop => drop(queue),
        End::CloseNow => assert_eq!(queue.close_now().len(), spec.items().len()),
        End::IntoIter(count) => {
            let mut items = queue.into_iter();
            assert_eq!(items.len(), spec.items().len());
            for item in items.by_ref().take(count) {
                assert_same(Answer::Popped, &item, spec.apply(&Call::TryPop));
            }
            assert_alive(spec.items().len());
            assert_eq!(items.len(), spec.items().len());
        }
    }
    assert_alive(0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn numbers_come_out_as_the_specification_says(capacity in capacity(), steps in steps(), end in end()) {
        run_case::<u64>(capacity, &steps, end, false);
    }

    #[test]
    fn items_on_the_heap_are_dropped_once(capacity in capacity(), steps in steps(), end in end()) {
        run_case::<Boxed>(capacity, &steps, end, true);
    }

    #[test]
    fn items_without_bytes_are_dropped_once(capacity in capacity(), steps in steps(), end in end()) {
        run_case::<Empty>(capacity, &steps, end, true);
    }

    #[test]
    fn over_aligned_items_stay_aligned(capacity in capacity(), steps in steps(), end in end()) {
        run_case::<Aligned>(capacity, &steps, end, true);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn large_items_stay_whole(capacity in prop::sample::select(vec![1_usize, 3, 7]), steps in steps(), end in end()) {
        run_case::<Page>(capacity, &steps, end, true);
    }
}
