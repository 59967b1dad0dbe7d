//! The unbounded queue's segments, which come and go while others are inside, and its participants.
#![forbid(unsafe_code)]

use latchless::error::TryPopError;
use latchless::raw::segments::{NotPopped, Place, Segments, Sizes};
use latchless::sync::Arc;
use loom::thread;

use super::Model;
use super::kept::{Kept, Own, filled, join, spawn};

type Bare = Kept<Arc<Segments<u64>>>;

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("who_comes_to_a_segment_is_seen_by_who_retires_it", 2, 100, &["1", "2", "3", "empty"], comer),
    Model::own("who_leaves_a_segment_has_done_with_it", 2, 100, &["in order"], leaver),
    Model::own("what_one_retires_another_may_recycle", 2, 100, &["in order"], two_retire),
    Model::own("who_comes_to_an_end_finds_a_whole_segment", 2, 50, &["before", "behind"], newcomer),
    Model::own("a_seat_is_broken_free_or_kept", 2, 100, &["1", "2", "3", "empty"], seated).some(),
    Model::own("a_handle_takes_the_place_of_one_that_was_dropped", 2, 20, &["in order"], handed_over),
    Model::own("shrinking_meets_a_newcomer", 1, 20, &["in order"], shrunk),
    Model::own("whoever_leaves_for_good_has_done_with_its_segment", 2, 50, &["in order"], gone),
    Model::own("whoever_follows_an_append_has_done_with_its_segment", 2, 50, &["in order"], follower),
    Model::own("whoever_pushes_for_the_last_time_has_done_with_its_segment", 2, 50, &["in order"], last_push),
    Model::own("whoever_draws_a_last_ticket_has_done_with_its_segment", 1, 50, &["in order"], last_ticket),
    Model::own("two_who_put_segments_away_lose_none", 2, 50, &["in order"], two_put_away),
    Model::own("not_empty_is_told_of_what_nobody_refuses", 2, 100, &["empty before", "empty", "not empty"], not_empty),
    Model::own("after_closed_nobody_says_empty", 0, 50, &["open", "closed"], closed_for_good),
    Model::own("who_comes_to_the_head_finds_a_whole_segment", 2, 10, &["in order"], newcomer_at_head).without_fences(),
    Model::own("two_newcomers_are_both_known", 2, 10, &["both"], two_newcomers),
    Model::own("two_newcomers_take_different_places", 2, 10, &["in order"], two_take),
];

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

/// What is said of an execution that must not be.
const WRONG: &str = "an item was lost, doubled or overtaken";

/// All that was popped by several, each in its order, and the rest: nothing is lost, doubled or out of order.
fn check(mut rest: Own, popped: &[&[Result<u64, TryPopError>]], pushed: u64) {
    let mut all: Vec<u64> = Vec::new();
    for answers in popped {
        let values: Vec<u64> = answers.iter().flatten().copied().collect();
        assert!(values.is_sorted(), "{WRONG}: {popped:?}");
        all.extend(values);
    }
    let mut last = 0;
    while let Ok(value) = rest.try_pop() {
        assert!(value > last, "{WRONG}: {popped:?}");
        last = value;
        all.push(value);
    }
    all.sort_unstable();
    let every: Vec<_> = (1..=pushed).collect();
    assert_eq!(all, every, "{WRONG}: {popped:?}");
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
    let (list, [leaver, mut recycler]) = filled(1, 2);
    let leaver = spawn(leaver, |own| [own.try_pop(), own.try_pop()]);
    let popped = recycler.try_pop();
    recycler.push(3).expect("it is open");
    let (_leaver, one) = join(leaver);
    check(list.handle(), &[&one, &[popped]], 3);
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
    assert_eq!(all, [1, 2, 3, 3], "{WRONG}");
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
    assert_eq!(all, [1, 2, 3], "{WRONG}");
    if behind { "behind" } else { "before" }
}

/// A thread calls by reference, while another passes the segment that its seat remembers.
fn seated() -> &'static str {
    let (list, [mut retirer]) = filled(1, 2);
    let seat = spawn(list.clone(), |list| [list.try_pop(), list.try_pop()]);
    let theirs = retirer.try_pop();
    retirer.push(3).expect("it is open");
    let (_list, mine) = join(seat);
    check(list.handle(), &[&mine, &[theirs]], 3);
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
    assert_eq!(all, [Some(1), Some(2)], "{WRONG}");
    "in order"
}

/// The list itself, without what a queue adds for sleepers, and places at it.
fn bare<const N: usize>(slots: usize) -> (Bare, [Place<u64>; N]) {
    let sizes = Sizes {
        first: slots,
        most: slots,
    };
    let list = Kept::new(Arc::new(Segments::new(sizes)));
    let places = [(); N].map(|()| list.check_out());
    (list, places)
}

/// As [`last_push`], where the fence with which a queue looks for sleepers does not do for what is published here.
fn last_ticket() -> &'static str {
    let (list, [mut leaver, mut other]) = bare(2);
    (1..=3).for_each(|value| list.push(&mut leaver, value).expect("it is open"));
    let leaves = spawn((list.clone(), leaver), |(list, leaver)| {
        list.push(leaver, 4).expect("it is open");
        list.check_in(leaver);
    });
    let four = [(); 4].map(|()| list.pop(&mut other));
    list.push(&mut other, 5).expect("it is open");
    let fifth = list.pop(&mut other);
    join(leaves);
    let mut all: Vec<u64> = four.into_iter().chain([fifth]).flatten().collect();
    all.extend(std::iter::from_fn(|| list.pop(&mut other).ok()));
    list.check_in(&other);
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3, 4, 5], "{WRONG}");
    "in order"
}

/// Two put segments away, each its own: one that nobody is in any more, and one whose end is being passed.
fn two_put_away() -> &'static str {
    let (list, [leaver, mut passer]) = bare(1);
    (1..=3).for_each(|value| list.push(&mut passer, value).expect("it is open"));
    assert_eq!(list.pop(&mut passer).ok(), Some(1));
    assert_eq!(list.pop(&mut passer).ok(), Some(2));
    // It has kept the first segment from being put away so far.
    list.check_in(&leaver);
    let passes = spawn((list.clone(), passer), |(list, own)| {
        let popped = list.pop(own).ok();
        list.check_in(own);
        popped
    });
    list.shrink();
    assert_eq!(join(passes).1, Some(3), "{WRONG}");
    "in order"
}

/// One is told that the list is not empty, while another judges the only slot that was drawn: then it is not refused,
/// and one of the two has the item.
fn not_empty() -> &'static str {
    let (list, [pushes, pops, mut looks]) = bare(2);
    let push = spawn((list.clone(), pushes), |(list, own)| list.push(own, 1));
    let pop = spawn((list.clone(), pops), |(list, own)| list.pop(own).is_ok());
    let is_empty = list.is_empty(&mut looks);
    let mine = list.pop(&mut looks).is_ok();
    let theirs = join(pop).1;
    assert_eq!(join(push).1, Ok(()));
    let rest = list.pop(&mut looks).is_ok();
    let times = [mine, theirs, rest].into_iter().filter(|popped| *popped);
    assert_eq!(times.count(), 1, "{WRONG}");
    match (is_empty, mine || theirs) {
        (true, true) => "empty before",
        (true, false) => "empty",
        (false, true) => "not empty",
        (false, false) => panic!("not empty, and empty without a pop"),
    }
}

/// One is told Closed where a slot is left. Its ticket is drawn and refused, and the slot passed, before one can see what
/// the list has been sealed with.
fn closed_for_good() -> &'static str {
    let (list, [mut first, closes, pushes, pops]) = bare(2);
    assert_eq!(list.push(&mut first, 1), Ok(()));
    assert_eq!(list.pop(&mut first).ok(), Some(1));
    let close = spawn((list.clone(), closes), |(list, own)| list.close(own));
    let push = spawn((list.clone(), pushes), |(list, own)| list.push(own, 2));
    let pop = spawn((list.clone(), pops), |(list, own)| {
        [list.pop(own), list.pop(own)]
    });
    assert!(join(close).1);
    let pushed = join(push).1.is_ok();
    let popped = join(pop).1;
    let is_closed = popped[0] == Err(NotPopped::Closed);
    assert!(
        !is_closed || popped[1] == popped[0],
        "no order of the calls gives {popped:?}"
    );
    let rest = list.pop(&mut first).is_ok();
    let times = [popped[0].is_ok(), popped[1].is_ok(), rest];
    assert_eq!(times.contains(&true), pushed, "{WRONG}");
    if is_closed { "closed" } else { "open" }
}
