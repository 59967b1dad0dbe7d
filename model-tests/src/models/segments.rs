//! The unbounded queue's segments, which come and go while others are inside, its participants, and those who wait.
#![forbid(unsafe_code)]

use std::ops::{Deref, DerefMut};
use std::task::Poll;

use latchless::error::{PopError, TryPopError};
use latchless::queue::{Unbounded, unbounded};
use latchless::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread::{self, JoinHandle};

use super::Model;
use super::waiting::task::Task;

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("who_comes_to_a_segment_is_seen_by_who_retires_it", 2, 100, &["1", "2", "3", "empty"], comer),
    Model::own("who_leaves_a_segment_has_done_with_it", 2, 100, &["in order"], leaver),
    Model::own("what_one_retires_another_may_recycle", 2, 100, &["in order"], two_retire),
    Model::own("who_comes_to_an_end_finds_a_whole_segment", 2, 50, &["before", "behind"], newcomer),
    Model::own("a_seat_is_broken_free_or_kept", 1, 50, &["1", "2", "3", "4", "empty"], seated).some(),
    Model::own("a_handle_takes_the_place_of_one_that_was_dropped", 2, 20, &["in order"], handed_over),
    Model::own("shrinking_meets_a_newcomer", 1, 20, &["in order"], shrunk),
    Model::own("whoever_leaves_for_good_has_done_with_its_segment", 2, 50, &["in order"], gone),
    Model::own("whoever_follows_an_append_has_done_with_its_segment", 2, 50, &["in order"], follower),
    Model::own("whoever_pushes_for_the_last_time_has_done_with_its_segment", 2, 50, &["in order"], last_push),
    Model::own("who_comes_to_the_head_finds_a_whole_segment", 2, 10, &["in order"], newcomer_at_head).without_fences(),
    Model::own("two_newcomers_are_both_known", 2, 10, &["both"], two_newcomers),
    Model::own("two_newcomers_take_different_places", 2, 10, &["in order"], two_take),
    Model::own("a_pop_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], pop_sees).without_fences(),
    Model::own("a_push_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], push_sees).without_fences(),
    Model::own("a_pop_at_the_end_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], pop_sees_at_end).without_fences(),
    Model::own("a_push_at_the_end_that_is_told_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], push_sees_at_end).without_fences(),
    Model::own("who_sees_a_list_closed_sees_what_was_done_before", 2, 3, &["open", "closed"], look_sees).without_fences(),
    Model::own("two_lists_are_not_both_empty_after_a_push_to_each", 2, 10, &["one", "both", "other"], dekker),
    Model::own("two_lists_at_their_ends_are_not_both_empty_after_a_push_to_each", 2, 10, &["one", "both", "other"], dekker_at_ends),
    Model::own("a_push_without_bound_wakes_a_waiting_pop", 2, 100, &["popped"], push_wakes_pop),
    Model::own("an_append_wakes_a_waiting_pop", 1, 50, &["popped"], append_wakes_pop),
    Model::own("closing_a_list_wakes_a_waiting_pop", 2, 100, &["closed"], close_wakes_pop),
    Model::own("who_finds_a_list_closed_wakes_the_others", 1, 50, &["woken"], found_closed),
    Model::own("a_dropped_pop_from_a_list_passes_its_wake_on", 2, 100, &["woken"], dropped_pop),
    Model::own("two_pushes_wake_two_pops", 1, 100, &["woken"], two_and_two),
];

/// A handle, which is dropped where the execution goes on, and not where it has failed.
struct Own(Option<unbounded::OwnedHandle<u64>>);

impl Deref for Own {
    type Target = unbounded::OwnedHandle<u64>;
    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect("until it is dropped")
    }
}

impl DerefMut for Own {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.as_mut().expect("until it is dropped")
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

/// The queue itself, likewise.
#[derive(Clone)]
struct List(Option<Arc<Unbounded<u64>>>);

impl Deref for List {
    type Target = Arc<Unbounded<u64>>;
    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect("until it is dropped")
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

impl List {
    /// With segments of so many slots.
    fn new(slots: usize) -> Self {
        Self(Some(Arc::new(Unbounded::with_slots(slots, slots))))
    }

    fn handle(&self) -> Own {
        Own(Some(Unbounded::owned_handle(self)))
    }
}

/// A list, `N` handles that were made at its start, and then the numbers from 1 on were pushed, by one who is gone.
fn filled<const N: usize>(slots: usize, values: u64) -> (List, [Own; N]) {
    let list = List::new(slots);
    let handles = [(); N].map(|()| list.handle());
    let mut pusher = list.handle();
    (1..=values).for_each(|value| pusher.push(value).expect("it is open"));
    drop(pusher);
    (list, handles)
}

fn spawn<A: 'static, T: 'static>(mut own: A, act: fn(&mut A) -> T) -> JoinHandle<(A, T)> {
    thread::spawn(move || {
        let result = act(&mut own);
        (own, result)
    })
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("loom stops at a panic")
}

fn name(popped: &Result<u64, TryPopError>) -> &'static str {
    match popped {
        Ok(1) => "1",
        Ok(2) => "2",
        Ok(3) => "3",
        Ok(4) => "4",
        Err(TryPopError::Empty) => "empty",
        other => panic!("{other:?}"),
    }
}

/// All that was popped by several, each in its order, and the rest: nothing is lost, doubled or out of order.
fn check(mut rest: Own, popped: &[&[Result<u64, TryPopError>]], pushed: u64) {
    let mut all: Vec<u64> = Vec::new();
    for answers in popped {
        let values: Vec<u64> = answers.iter().flatten().copied().collect();
        assert!(values.is_sorted(), "{popped:?}");
        all.extend(values);
    }
    let mut last = 0;
    while let Ok(value) = rest.try_pop() {
        assert!(value > last, "the rest is out of order: {popped:?}");
        last = value;
        all.push(value);
    }
    all.sort_unstable();
    assert_eq!(all, (1..=pushed).collect::<Vec<_>>(), "{popped:?}");
}

/// One comes to the head while another passes it, and uses the segment again.
fn comer() -> &'static str {
    let (list, [retirer]) = filled(1, 2);
    let retirer = spawn(retirer, |own| {
        let popped = [own.try_pop(), own.try_pop()];
        own.push(3).expect("it is open");
        popped
    });
    let mut own = list.handle();
    let mine = own.try_pop();
    let (_retirer, theirs) = join(retirer);
    check(own, &[&[mine], &theirs], 3);
    name(&mine)
}

/// One reads in a segment that another passes, retires later, and uses again.
fn leaver() -> &'static str {
    let (list, [leaver, recycler]) = filled(1, 3);
    let leaver = spawn(leaver, |own| [own.try_pop(), own.try_pop()]);
    let recycler = spawn(recycler, |own| {
        let popped = [own.try_pop(), own.try_pop()];
        own.push(4).expect("it is open");
        popped
    });
    let (_leaver, one) = join(leaver);
    let (_recycler, other) = join(recycler);
    check(list.handle(), &[&one, &other], 4);
    "in order"
}

/// Two pass the ends of segments, and use again what they find.
fn two_retire() -> &'static str {
    let (list, own) = filled::<2>(1, 2);
    let [one, other] = own.map(|own| {
        spawn(own, |own| {
            let popped = own.try_pop();
            own.push(3).expect("it is open");
            popped
        })
    });
    let (_one, first) = join(one);
    let (_other, second) = join(other);
    let mut rest = list.handle();
    let mut all: Vec<u64> = [first, second].iter().flatten().copied().collect();
    while let Ok(value) = rest.try_pop() {
        all.push(value);
    }
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3, 3]);
    "in order"
}

/// A newcomer comes to ends that another moves on.
fn newcomer() -> &'static str {
    let (list, [mover]) = filled(1, 1);
    let mover = spawn(mover, |own| {
        own.push(2).expect("it is open");
        own.try_pop()
    });
    let mut own = list.handle();
    own.push(3).expect("it is open");
    let mine = own.try_pop();
    let (mut mover, theirs) = join(mover);
    let mut all: Vec<u64> = [mine, theirs].iter().flatten().copied().collect();
    while let Ok(value) = mover.try_pop() {
        all.push(value);
    }
    let behind = all.iter().position(|v| *v == 3) > all.iter().position(|v| *v == 2);
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3]);
    if behind { "behind" } else { "before" }
}

/// A thread calls by reference, while another passes the segment that its seat remembers.
fn seated() -> &'static str {
    let (list, [mut retirer]) = filled(1, 3);
    let seat = spawn(list.clone(), |list| [list.try_pop(), list.try_pop()]);
    let theirs = [retirer.try_pop(), retirer.try_pop()];
    retirer.push(4).expect("it is open");
    let (_list, mine) = join(seat);
    check(list.handle(), &[&mine, &theirs], 4);
    name(&mine[1])
}

/// The record of a dropped handle is used by the next one.
fn handed_over() -> &'static str {
    let (list, [first]) = filled(1, 1);
    let first = thread::spawn(move || {
        let mut first = first;
        let popped = first.try_pop();
        drop(first);
        popped
    });
    let mut own = list.handle();
    own.push(2).expect("it is open");
    let mine = own.try_pop();
    let theirs = join(first);
    let mut next = list.handle();
    next.push(3).expect("it is open");
    drop(own);
    check(next, &[&[mine], &[theirs]], 3);
    "in order"
}

/// Records are freed while another handle is made.
fn shrunk() -> &'static str {
    let (list, [first]) = filled(1, 2);
    drop(first);
    let shrinker = spawn(list.clone(), |list| list.shrink());
    let mut own = list.handle();
    let mine = [own.try_pop(), own.try_pop()];
    own.push(3).expect("it is open");
    let (_list, ()) = join(shrinker);
    check(own, &[&mine], 3);
    "in order"
}

/// One leaves for good the segment that another passes, and uses again.
fn gone() -> &'static str {
    let (list, [leaver, mut recycler]) = filled(1, 3);
    let leaver = thread::spawn(move || {
        let mut leaver = leaver;
        leaver.try_pop()
    });
    let popped = [recycler.try_pop(), recycler.try_pop()];
    recycler.push(4).expect("it is open");
    let one = join(leaver);
    check(list.handle(), &[&[one], &popped], 4);
    "in order"
}

/// One comes late to the end of a segment, behind which others have appended, and goes on; another passes it.
fn follower() -> &'static str {
    let (list, [mut follower, mut other]) = filled(1, 1);
    follower.push(2).expect("it is open");
    other.push(3).expect("it is open");
    let follower = spawn(follower, |own| own.push(4));
    let popped = [other.try_pop(), other.try_pop(), other.try_pop()];
    let (_follower, pushed) = join(follower);
    assert_eq!(pushed, Ok(()));
    check(list.handle(), &[&popped], 4);
    "in order"
}

/// One pushes, and leaves for good; another passes the segment.
fn last_push() -> &'static str {
    let (list, [mut leaver, mut other]) = filled(2, 2);
    leaver.push(3).expect("it is open");
    let leaver = thread::spawn(move || {
        let mut leaver = leaver;
        leaver.push(4).expect("it is open");
    });
    let four = [(); 4].map(|()| other.try_pop());
    other.push(5).expect("it is open");
    let fifth = other.try_pop();
    join(leaver);
    // The fourth may have come behind the fifth.
    check(list.handle(), &[&four, &[fifth]], 5);
    "in order"
}

/// A newcomer finds a head that another has moved over an end. (One who stays keeps all segments, so that
/// nothing is recycled.)
fn newcomer_at_head() -> &'static str {
    let (list, [_keeper, mover]) = filled(1, 1);
    let mover = spawn(mover, |own| {
        own.push(2).expect("it is open");
        [own.try_pop(), own.try_pop()]
    });
    let mut own = list.handle();
    let mine = own.try_pop();
    let (_mover, theirs) = join(mover);
    check(own, &[&[mine], &theirs], 2);
    "in order"
}

/// Two come at once, who have no record as yet.
fn two_newcomers() -> &'static str {
    let (list, []) = filled(1, 0);
    list.shrink();
    let other = spawn(list.clone(), |list| list.handle());
    let one = list.handle();
    let (_list, other) = join(other);
    assert_eq!(list.records(), 2, "a record was lost");
    drop((one, other));
    "both"
}

/// Two come at once, and find the record of one who has gone.
fn two_take() -> &'static str {
    let (list, []) = filled(2, 0);
    let other = spawn(list.clone(), |list| {
        let mut own = list.handle();
        own.push(1).expect("it is open");
        own
    });
    let mut one = list.handle();
    one.push(2).expect("it is open");
    let (_list, mut other) = join(other);
    let mut all = [one.try_pop().ok(), other.try_pop().ok()];
    all.sort_unstable();
    assert_eq!(all, [Some(1), Some(2)]);
    "in order"
}

/// Whether a flag that was set before the close, in no order with anything, is seen by who is told Closed.
fn sees(slots: usize, values: u64, is_told: fn(&mut Own) -> bool) -> &'static str {
    let (_list, [mut closer, mut told]) = filled(slots, values);
    let flag = std::sync::Arc::new(AtomicBool::new(false));
    let set = flag.clone();
    for _ in 0..values {
        told.try_pop().expect("as many as there are");
    }
    let closer = thread::spawn(move || {
        set.store(true, Ordering::Relaxed);
        closer.close();
        closer
    });
    let closed = is_told(&mut told);
    assert!(
        !closed || flag.load(Ordering::Relaxed),
        "closed, and not seen"
    );
    join(closer);
    if closed { "closed" } else { "open" }
}

fn pop_sees() -> &'static str {
    sees(2, 0, |own| own.try_pop() == Err(TryPopError::Closed))
}

fn push_sees() -> &'static str {
    sees(2, 0, |own| own.push(1).is_err())
}

fn pop_sees_at_end() -> &'static str {
    sees(1, 1, |own| own.try_pop() == Err(TryPopError::Closed))
}

fn push_sees_at_end() -> &'static str {
    sees(1, 1, |own| own.push(2).is_err())
}

fn look_sees() -> &'static str {
    sees(2, 0, |own| own.is_closed())
}

/// Each pushes to a list of its own, and then looks into the other's.
fn both_push_and_look(slots: usize, values: u64) -> &'static str {
    let (_one, [mut to_one, mut from_one]) = filled(slots, values);
    let (_other, [mut to_other, mut from_other]) = filled(slots, values);
    for _ in 0..values {
        from_one.try_pop().expect("as many as there are");
        from_other.try_pop().expect("as many as there are");
    }
    let thread = thread::spawn(move || {
        to_one.push(9).expect("it is open");
        let found = from_other.try_pop().is_ok();
        (to_one, from_other, found)
    });
    to_other.push(9).expect("it is open");
    let found = from_one.try_pop().is_ok();
    let (_to_one, _from_other, other) = join(thread);
    match (found, other) {
        (true, true) => "both",
        (true, false) => "one",
        (false, true) => "other",
        (false, false) => panic!("both are empty"),
    }
}

fn dekker() -> &'static str {
    both_push_and_look(2, 0)
}

fn dekker_at_ends() -> &'static str {
    both_push_and_look(1, 1)
}

fn push_wakes_pop() -> &'static str {
    let (_list, [mut pushes, pops]) = filled(2, 0);
    let pop = spawn(pops, |own| own.pop());
    pushes.push(1).expect("it is open");
    assert_eq!(join(pop).1, Ok(1));
    "popped"
}

fn append_wakes_pop() -> &'static str {
    let (_list, [mut pushes, pops]) = filled(1, 0);
    pushes.push(1).expect("it is open");
    let pop = spawn(pops, |own| [own.pop(), own.pop()]);
    pushes.push(2).expect("it is open");
    assert_eq!(join(pop).1, [Ok(1), Ok(2)]);
    "popped"
}

fn close_wakes_pop() -> &'static str {
    let (_list, [mut closes, pops]) = filled(1, 0);
    let pop = spawn(pops, |own| own.pop());
    closes.close();
    assert_eq!(join(pop).1, Err(PopError));
    "closed"
}

/// Who closed may have been stopped before it woke anybody: whoever finds it closed does.
fn found_closed() -> &'static str {
    let (_list, [closes, mut finds, mut sleeps]) = filled(2, 0);
    let mut asleep = Task::asleep(sleeps.pop_async());
    let close = spawn(closes, |own| own.close());
    if finds.is_closed() {
        assert!(asleep.was_woken(), "it is closed and nobody was woken");
    }
    join(close);
    assert!(asleep.was_woken(), "it is closed and nobody was woken");
    assert_eq!(asleep.poll(), Poll::Ready(Err(PopError)));
    "woken"
}

fn dropped_pop() -> &'static str {
    let (_list, [pushes, mut one, mut other]) = filled(2, 0);
    let first = Task::asleep(one.pop_async());
    let mut second = Task::asleep(other.pop_async());
    let push = spawn(pushes, |own| own.push(1));
    drop(first);
    assert_eq!(join(push).1, Ok(()));
    assert!(second.was_woken(), "an item is there and nobody was woken");
    assert_eq!(second.poll(), Poll::Ready(Ok(1)));
    "woken"
}

fn two_and_two() -> &'static str {
    let (_list, [pushes, more, mut one, mut other]) = filled(2, 0);
    let mut first = Task::asleep(one.pop_async());
    let mut second = Task::asleep(other.pop_async());
    let push = spawn(pushes, |own| own.push(1));
    let more = spawn(more, |own| own.push(2));
    assert_eq!(join(push).1, Ok(()));
    assert_eq!(join(more).1, Ok(()));
    assert!(
        first.was_woken() && second.was_woken(),
        "two items are there"
    );
    assert!(first.poll().is_ready() && second.poll().is_ready());
    "woken"
}
