//! The list below the forms, on a gate: those who leave, those who come, and those who wake them, where
//! nodes are unlinked, used again and more of them are made.
#![forbid(unsafe_code)]

use super::gate::List;
use super::gate::{Gate, Taking, asleep, deserted, join, polled, settled};
use super::task::{Bell, Task, block_on};
use crate::models::Model;
use latchless::sync::{AtomicU64, Ordering};
use latchless::wait::list::Listed;
use latchless::wait::node::{Content, SHUT, Sleeper};
use loom::thread;
use std::sync::Arc;

const WOKEN: &[&str] = &["woken"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("neighbours_leave_at_the_same_time", 3, 300, &["left"], neighbours_leave),
    Model::own("the_last_leaves_while_another_enlists", 3, 100, WOKEN, tail_leaves),
    Model::own("a_wake_finds_its_way_past_those_who_leave", 2, 100, WOKEN, past_those_who_leave),
    Model::own("a_node_in_its_next_use_misleads_nobody", 1, 100, WOKEN, next_use).without_fences(),
    Model::own("who_comes_is_not_taken_for_dead", 2, 20, WOKEN, not_taken_for_dead).without_fences(),
    Model::own("a_node_is_not_used_again_before_its_owner_is_through", 1, 50, WOKEN, owner_is_late).without_fences(),
    Model::own("who_sees_a_node_again_sees_that_it_was_unlinked", 0, 20, WOKEN, unlinked_by_another).without_fences(),
    Model::own("what_lies_in_a_parcel_has_arrived", 1, 20, &["found", "too early"], parcel).without_fences(),
    Model::own("a_sweep_meets_two_wakes", 2, 100, WOKEN, sweep_meets_wakes),
    Model::own("a_node_is_used_again_before_a_slow_giver_comes", 1, 100, &["ready", "woken"], used_again),
    Model::own("two_enlist_where_there_is_no_room_left", 1, 100, WOKEN, more_room),
    Model::own("a_list_that_comes_back_is_not_taken_for_what_it_was", 0, 20, WOKEN, comes_back).without_fences(),
    Model::own("who_comes_is_not_put_behind_one_that_is_gone", 1, 100, WOKEN, behind_one_that_is_gone),
    Model::own("a_wake_does_not_go_to_who_has_the_node_of_the_first", 1, 100, WOKEN, node_of_the_first),
    Model::own("a_sweep_meets_who_takes_out_the_node_it_stands_on", 1, 10_000, WOKEN, sweep_meets_unlinking),
];

/// Two neighbours leave; the list must be whole afterwards.
fn neighbours_leave() -> &'static str {
    let gate = Gate::new(0);
    let [first, second, mut third] = asleep(&gate);
    let leaving = thread::spawn(move || drop(first));
    drop(second);
    join(leaving);
    gate.give();
    settled(&gate, 1, &mut [&mut third]);
    drop(third);
    deserted(&gate);
    "left"
}

/// The one that leaves takes its node out, and comes back with it, while the other stands between its link and the tail.
fn tail_leaves() -> &'static str {
    let gate = Gate::new(0);
    let [first] = asleep(&gate);
    let comes = gate.clone();
    let leaving = thread::spawn(move || {
        drop(first);
        Enlisted::new(&comes)
    });
    let second = Enlisted::new(&gate);
    let third = join(leaving);
    for _ in 0..2 {
        assert!(gate.list().notify_one(), "it was there, and was not found");
    }
    assert!(second.bell.rang() && third.bell.rang());
    drop((second, third));
    deserted(&gate);
    "woken"
}

fn past_those_who_leave() -> &'static str {
    let gate = Gate::new(0);
    let [first] = asleep(&gate);
    let takes = gate.clone();
    let task = thread::spawn(move || block_on(takes.taking()));
    drop(first);
    gate.give();
    join(task);
    settled(&gate, 0, &mut []);
    deserted(&gate);
    "woken"
}

/// One in the middle leaves, and sweeps, while those before and behind it are woken.
fn sweep_meets_wakes() -> &'static str {
    let gate = Gate::new(0);
    let [mut first, second, mut third] = asleep(&gate);
    let leaving = thread::spawn(move || drop(second));
    gate.give();
    gate.give();
    join(leaving);
    settled(&gate, 2, &mut [&mut first, &mut third]);
    drop([first, third]);
    deserted(&gate);
    "woken"
}

/// The giver may have read the first one's number before that was given back and taken again.
fn used_again() -> &'static str {
    let gate = Gate::new(0);
    let [first, mut second] = asleep(&gate);
    let comes = gate.clone();
    let third = thread::spawn(move || {
        drop(first);
        let mut third = Task::new(comes.taking());
        let ready = third.poll().is_ready();
        (third, ready)
    });
    gate.give();
    let (mut third, ready) = join(third);
    if ready {
        settled(&gate, 0, &mut []);
    } else {
        settled(&gate, 1, &mut [&mut second, &mut third]);
    }
    drop([second, third]);
    deserted(&gate);
    if ready { "ready" } else { "woken" }
}

/// Two make room at the same time.
fn more_room() -> &'static str {
    let gate = Gate::new(0);
    let mut early: [Taking; 3] = asleep(&gate);
    let fourth = polled(Task::new(gate.taking()));
    let [mut fifth] = asleep(&gate);
    let (mut fourth, ready) = join(fourth);
    assert!(!ready);
    for _ in 0..5 {
        gate.give();
    }
    let mut all: Vec<_> = early.iter_mut().collect();
    all.extend([&mut fourth, &mut fifth]);
    settled(&gate, 5, &mut all);
    drop((early, fourth, fifth));
    assert!(gate.is_deserted(), "somebody is still counted");
    "woken"
}

/// One that is on the list, and does not look for anything: a sleeper of the fewest steps.
struct Enlisted {
    listed: Option<Listed<List>>,
    bell: Arc<Bell>,
}

impl Enlisted {
    fn new(gate: &Gate) -> Self {
        Self::with(gate, SHUT)
    }

    /// With this laid open for others.
    fn with(gate: &Gate, content: Content) -> Self {
        let bell = Arc::new(Bell::default());
        let sleeper = Sleeper::Task(bell.clone().into());
        Self {
            listed: Some(Listed::new(gate.list(), sleeper, content)),
            bell,
        }
    }

    /// Leaves, and passes nothing on: says whether it had been notified.
    fn leave(mut self) -> bool {
        self.listed.take().is_some_and(Listed::leave)
    }

    fn several<const N: usize>(gate: &Gate) -> [Self; N] {
        std::array::from_fn(|_| Self::new(gate))
    }
}

impl Drop for Enlisted {
    fn drop(&mut self) {
        // After a panic the list is out of reach.
        if let Some(listed) = self.listed.take()
            && !std::thread::panicking()
        {
            listed.leave();
        }
    }
}

/// A notifier finds one that was there all the while, whatever becomes of the nodes before it: they are unlinked, and
/// come back, while it stands between two reads of one of them.
fn next_use() -> &'static str {
    let gate = Gate::new(0);
    let [first, middle, second] = Enlisted::several(&gate);
    assert!(!middle.leave());
    let comes = gate.clone();
    let busy = thread::spawn(move || {
        // More dead than living: it sweeps.
        let notified = first.leave();
        (notified, Enlisted::new(&comes))
    });
    assert!(gate.list().notify_one(), "it was there, and was not found");
    let (notified, other) = join(busy);
    assert!(notified || second.bell.rang(), "the wake went astray");
    drop((second, other));
    assert!(gate.is_deserted(), "somebody is still counted");
    "woken"
}

/// A link that has arrived brings its node with it, as it is in this use.
fn not_taken_for_dead() -> &'static str {
    let gate = Gate::new(0);
    let comes = gate.clone();
    let both = thread::spawn(move || Enlisted::several::<2>(&comes));
    gate.list().notify_one();
    let both = join(both);
    while gate.list().notify_one() {}
    for one in &both {
        assert!(one.bell.rang(), "it was there, and was not found");
    }
    drop(both);
    deserted(&gate);
    "woken"
}

/// The owner has left, as all can see, but still has to take out whom to wake.
fn owner_is_late() -> &'static str {
    let gate = Gate::new(0);
    let [first, second] = Enlisted::several(&gate);
    let wakes = gate.clone();
    let wakes = thread::spawn(move || {
        assert!(wakes.list().notify_one(), "it was there, and was not found");
        Enlisted::new(&wakes)
    });
    let notified = first.leave();
    let third = join(wakes);
    assert!(notified || second.bell.rang(), "the wake went astray");
    drop((second, third));
    deserted(&gate);
    "woken"
}

/// One thread unlinks a node that has been woken, another one, its owner, leaves and uses it again, and a third comes to
/// it by the old link. One after the other: what counts is what they see of it.
fn unlinked_by_another() -> &'static str {
    let gate = Gate::new(0);
    let [first, second, third] = Enlisted::several(&gate);
    assert!(gate.list().notify_one() && first.bell.rang());
    let waker = || {
        let wakes = gate.clone();
        thread::spawn(move || wakes.list().notify_one())
    };
    let unlinks = waker();
    let comes = gate.clone();
    let owner = thread::spawn(move || {
        assert!(first.leave(), "it was notified");
        Enlisted::new(&comes)
    });
    let meets = waker();
    assert!(join(unlinks), "it was there, and was not found");
    let again = join(owner);
    assert!(join(meets), "it was there, and was not found");
    assert!(second.bell.rang() && third.bell.rang() != again.bell.rang());
    drop((second, third, again));
    deserted(&gate);
    "woken"
}

/// A parcel is found by the link to an earlier use of its node: then either that is noticed, or what it stands for is
/// there.
fn parcel() -> &'static str {
    const EARLY: Content = 1;
    const LATE: Content = 2;
    const TAKEN: Content = 3;
    let gate = Gate::new(0);
    let message = Arc::new(AtomicU64::new(0));
    let dead = Enlisted::new(&gate);
    let [mut first, last] = [EARLY; 2].map(|content| Enlisted::with(&gate, content));
    assert!(gate.list().notify_one() && dead.leave());
    // Takes the dead out, here as below: the first is one then.
    assert!(gate.list().has_parcel(|content| content == EARLY));
    let (comes, writes) = (gate.clone(), message.clone());
    let owner = thread::spawn(move || {
        if let Some(listed) = &mut first.listed {
            assert_eq!(listed.close_parcel(), EARLY);
        }
        first.leave();
        let _ = comes.list().has_parcel(|content| content == EARLY);
        // ORDERING: Relaxed; what publishes it must be the parcel.
        writes.store(1, Ordering::Relaxed);
        Enlisted::with(&comes, LATE)
    });
    let found = gate.list().exchange(|content| content == LATE, TAKEN);
    if found.is_some() {
        // ORDERING: Relaxed, as above.
        assert_eq!(message.load(Ordering::Relaxed), 1, "an empty parcel");
    }
    let late = join(owner);
    if found.is_some() {
        let is_told = late
            .listed
            .as_ref()
            .is_some_and(|listed| listed.is_notified());
        assert!(
            is_told,
            "what was exchanged belongs to another use of the node"
        );
    }
    drop((last, late));
    assert!(gate.is_deserted(), "somebody is still counted");
    if found.is_some() {
        "found"
    } else {
        "too early"
    }
}

/// Takes the dead out before the first that is alive, and touches nobody.
fn clean(gate: &Gate) {
    let _ = gate.list().has_parcel(|_| true);
}

/// All who are on the list are found.
fn all_found(gate: &Gate, all: &[&Enlisted]) {
    while gate.list().notify_one() {}
    for one in all {
        assert!(one.bell.rang(), "it was there, and was not found");
    }
}

/// One goes through the list, and is past the first, when that is woken and taken out. What it takes out behind the
/// first must not stay in the list: it will be used again.
fn sweep_meets_unlinking() -> &'static str {
    let gate = Gate::new(0);
    let [first, one, two, three, last] = Enlisted::several(&gate);
    clean(&gate);
    one.leave();
    two.leave();
    // More dead than living: it sweeps.
    let leaving = thread::spawn(move || three.leave());
    assert!(gate.list().notify_one() && first.bell.rang());
    clean(&gate);
    join(leaving);
    let come = Enlisted::several::<2>(&gate);
    all_found(&gate, &[&last, &come[0], &come[1]]);
    drop((first, last, come));
    assert!(gate.is_deserted(), "somebody is still counted");
    "woken"
}

/// One stands before it takes out a dead node. Meanwhile that node and the one behind it go, and come back, each to
/// its old place.
fn comes_back() -> &'static str {
    let gate = Gate::new(0);
    let [one, two] = Enlisted::several(&gate);
    assert!(gate.list().notify_one() && one.leave());
    let comes = gate.clone();
    let busy = thread::spawn(move || {
        two.leave();
        clean(&comes);
        // In the node of the first, and then of the second.
        let first = Enlisted::new(&comes);
        clean(&comes);
        [first, Enlisted::new(&comes)]
    });
    let cleans = gate.clone();
    let cleans = thread::spawn(move || clean(&cleans));
    let come = join(busy);
    join(cleans);
    all_found(&gate, &[&come[0], &come[1]]);
    drop(come);
    assert!(gate.is_deserted(), "somebody is still counted");
    "woken"
}

/// One that comes has looked who is the last. That one goes meanwhile, and its node is about to come back: what is put
/// behind it then is not in the list.
fn behind_one_that_is_gone() -> &'static str {
    let gate = Gate::new(0);
    let last = Enlisted::new(&gate);
    let is_gone = Arc::new(AtomicU64::new(0));
    let (comes, sees) = (gate.clone(), is_gone.clone());
    let own = thread::spawn(move || {
        let own = Enlisted::new(&comes);
        if sees.fetch_add(0, Ordering::AcqRel) == 1 {
            all_found(&comes, &[&own]);
        }
        own
    });
    let next = Enlisted::new(&gate);
    last.leave();
    clean(&gate);
    is_gone.fetch_add(1, Ordering::AcqRel);
    let again = Enlisted::new(&gate);
    let own = join(own);
    drop((own, next, again));
    assert!(gate.is_deserted(), "somebody is still counted");
    "woken"
}

/// The first leaves, and its node is another's by now, when one that has found it there notifies it.
fn node_of_the_first() -> &'static str {
    let gate = Gate::new(0);
    let [first, second] = Enlisted::several(&gate);
    let comes = gate.clone();
    let busy = thread::spawn(move || {
        let notified = first.leave();
        clean(&comes);
        (notified, Enlisted::new(&comes))
    });
    assert!(gate.list().notify_one(), "it was there, and was not found");
    let (notified, last) = join(busy);
    assert!(
        notified || second.bell.rang(),
        "the second was there, and was not found"
    );
    drop((second, last));
    assert!(gate.is_deserted(), "somebody is still counted");
    "woken"
}
