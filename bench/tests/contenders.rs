//! Every contender does what its card and the contract say, before anything about it is timed.

use std::{
    collections::VecDeque,
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use latchless_bench::{
    contender::{Card, Contender, End, Payload, Role},
    contenders::{Visitor, cards, names, visit_all, visit_named},
};

const CAPACITY: usize = 64;

/// One consumer is all that these can serve.
const SINGLE_CONSUMER: [&str; 1] = ["std mpsc"];
/// These know only the capacities that were compiled in.
const FIXED_CAPACITIES: [&str; 1] = ["heapless mpmc"];

fn one_end<P: Payload, C: Contender<P>>(capacity: usize) -> C::End {
    let ends = C::ends(capacity, &[Role::Both]);
    let mut ends = ends.unwrap_or_else(|| panic!("{} refused one thread", C::CARD.name));
    assert_eq!(ends.len(), 1, "{}", C::CARD.name);
    ends.remove(0)
}

struct FillAndDrain;

impl<P: Payload> Visitor<P> for FillAndDrain {
    fn visit<C: Contender<P>>(&mut self) {
        let Card { name, order, .. } = C::CARD;
        let mut end = one_end::<P, C>(CAPACITY);
        // From several places of the ring, so that the wrap lies at the edges and in the middle.
        for round in 0..4 {
            assert_eq!(
                end.try_pop(),
                None,
                "{name}: a new or drained queue is empty"
            );
            let first = round * 1_000;
            for value in first..first + CAPACITY as u64 {
                assert_eq!(end.try_push(P::carrying(value)), Ok(()), "{name}: {value}");
            }
            let refused = P::carrying(u64::MAX);
            assert_eq!(
                end.try_push(refused),
                Err(refused),
                "{name}: a full queue gives back"
            );
            let mut popped: Vec<u64> = (0..CAPACITY)
                .map(|_| {
                    end.try_pop()
                        .unwrap_or_else(|| panic!("{name}: lost"))
                        .value()
                })
                .collect();
            if !order.starts_with("FIFO") {
                popped.sort_unstable();
            }
            assert!(
                popped.into_iter().eq(first..first + CAPACITY as u64),
                "{name}"
            );
            // The next round starts at another place.
            for value in 0..7 * round {
                assert_eq!(end.try_push(P::carrying(value)), Ok(()), "{name}");
                assert_eq!(end.try_pop(), Some(P::carrying(value)), "{name}");
            }
        }
    }
}

#[test]
fn a_queue_holds_its_capacity_in_order_and_gives_back_what_it_refuses() {
    visit_all::<u64>(&mut FillAndDrain);
    visit_all::<[u64; 8]>(&mut FillAndDrain);
}

struct Batches;

impl<P: Payload> Visitor<P> for Batches {
    fn visit<C: Contender<P>>(&mut self) {
        let name = C::CARD.name;
        let mut end = one_end::<P, C>(CAPACITY);
        let mut waiting: VecDeque<P> = (0..100).map(P::carrying).collect();
        assert_eq!(
            end.try_push_many(&mut waiting),
            CAPACITY,
            "{name}: what fits"
        );
        assert_eq!(
            waiting.front(),
            Some(&P::carrying(64)),
            "{name}: the rest stays, in order"
        );
        let mut popped = vec![P::carrying(u64::MAX)];
        assert_eq!(
            end.try_pop_many(&mut popped, 10),
            10,
            "{name}: no more than asked"
        );
        assert_eq!(
            end.try_push_many(&mut waiting),
            10,
            "{name}: into the room just made"
        );
        assert_eq!(
            end.try_pop_many(&mut popped, 1_000),
            CAPACITY,
            "{name}: all that is there"
        );
        assert_eq!(
            end.try_pop_many(&mut popped, 1_000),
            0,
            "{name}: nothing is left"
        );
        let values = popped[1..].iter().map(Payload::value);
        assert!(values.eq(0..74), "{name}: appended in order");
    }
}

#[test]
fn batches_move_what_fits_and_leave_the_rest() {
    visit_all::<u64>(&mut Batches);
    visit_all::<[u64; 8]>(&mut Batches);
}

const PER_PRODUCER: u64 = 20_000;

/// What the threads of one transfer share.
struct Transfer {
    producers: u64,
    left: AtomicU64,
    sum: AtomicU64,
    start: Barrier,
    deadline: Instant,
}

impl Transfer {
    fn of(roles: &[Role]) -> Self {
        let producers = roles.iter().filter(|&&role| role == Role::Produce).count() as u64;
        Self {
            producers,
            left: AtomicU64::new(producers * PER_PRODUCER),
            sum: AtomicU64::new(0),
            start: Barrier::new(roles.len()),
            deadline: Instant::now() + Duration::from_secs(60),
        }
    }

    fn unfinished(&self) -> bool {
        self.left.load(Ordering::Relaxed) > 0
    }

    /// After an attempt in vain. A lost item, or a thread that failed, must not hang the others.
    fn pause(&self) {
        assert!(Instant::now() < self.deadline, "some item never arrives");
        thread::yield_now();
    }

    fn produce<P: Payload>(&self, mut end: impl End<P>, first: u64) {
        self.start.wait();
        for value in first..first + PER_PRODUCER {
            let mut payload = P::carrying(value);
            while let Err(refused) = end.try_push(payload) {
                payload = refused;
                self.pause();
            }
        }
    }

    fn consume<P: Payload>(&self, mut end: impl End<P>, card: Card) {
        let mut last_of = vec![None; self.producers as usize];
        self.start.wait();
        while self.unfinished() {
            let Some(value) = end.try_pop().map(|payload| payload.value()) else {
                self.pause();
                continue;
            };
            let last = &mut last_of[(value / PER_PRODUCER) as usize];
            if card.order.starts_with("FIFO") {
                let earlier = last.replace(value);
                assert!(
                    earlier < Some(value),
                    "{}: {value} after {earlier:?}",
                    card.name
                );
            }
            self.sum.fetch_add(value, Ordering::Relaxed);
            self.left.fetch_sub(1, Ordering::Relaxed);
        }
        assert_eq!(
            end.try_pop(),
            None,
            "{}: more came out than went in",
            card.name
        );
    }
}

/// Moves `PER_PRODUCER` items of each producer through the queue; `None` when it refuses `roles`.
fn transfer<P: Payload, C: Contender<P>>(roles: &[Role]) -> Option<()> {
    let ends = C::ends(CAPACITY, roles)?;
    assert_eq!(ends.len(), roles.len(), "{}", C::CARD.name);
    let transfer = Transfer::of(roles);
    thread::scope(|scope| {
        let mut first = 0;
        for (end, role) in ends.into_iter().zip(roles) {
            let (transfer, from) = (&transfer, first);
            if *role == Role::Produce {
                first += PER_PRODUCER;
                scope.spawn(move || transfer.produce(end, from));
            } else {
                scope.spawn(move || transfer.consume(end, C::CARD));
            }
        }
    });
    let total = transfer.producers * PER_PRODUCER;
    let sum = transfer.sum.into_inner();
    assert_eq!(sum, (0..total).sum(), "{}", C::CARD.name);
    Some(())
}

struct Transfers;

impl<P: Payload> Visitor<P> for Transfers {
    fn visit<C: Contender<P>>(&mut self) {
        use Role::{Consume, Produce};
        let name = C::CARD.name;
        let many = transfer::<P, C>(&[Produce, Produce, Consume, Consume]);
        assert_eq!(many.is_none(), SINGLE_CONSUMER.contains(&name), "{name}");
        let single = transfer::<P, C>(&[Produce, Produce, Produce, Consume]);
        assert_eq!(single, Some(()), "{name} refused one consumer");
    }
}

#[test]
fn four_threads_lose_and_invent_nothing() {
    visit_all::<u64>(&mut Transfers);
}

#[test]
fn four_threads_lose_and_invent_nothing_of_a_wide_payload() {
    visit_all::<[u64; 8]>(&mut Transfers);
}

struct Capacities;

impl<P: Payload> Visitor<P> for Capacities {
    fn visit<C: Contender<P>>(&mut self) {
        let name = C::CARD.name;
        for capacity in [64, 1024, 65536] {
            let mut end = one_end::<P, C>(capacity);
            let fits = (0..=capacity as u64)
                .take_while(|&value| end.try_push(P::carrying(value)).is_ok())
                .count();
            assert_eq!(fits, capacity, "{name}");
        }
        let odd = C::ends(100, &[Role::Both]);
        assert_eq!(odd.is_none(), FIXED_CAPACITIES.contains(&name), "{name}");
        if let Some(mut ends) = odd {
            let fits = (0..200)
                .take_while(|&value| ends[0].try_push(P::carrying(value)).is_ok())
                .count();
            assert!(fits == 100 || fits == 128, "{name}: {fits}");
        }
    }
}

#[test]
fn every_compared_capacity_is_served_exactly() {
    visit_all::<u64>(&mut Capacities);
    visit_all::<[u64; 8]>(&mut Capacities);
}

struct Count(usize);

impl Visitor<u64> for Count {
    fn visit<C: Contender<u64>>(&mut self) {
        self.0 += 1;
    }
}

#[test]
fn a_name_finds_exactly_its_contender() {
    let mut all = names();
    for name in &all {
        let mut count = Count(0);
        assert!(visit_named(name, &mut count), "{name}");
        assert_eq!(count.0, 1, "{name}");
    }
    assert!(!visit_named::<u64>("no such queue", &mut Count(0)));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), cards().len());
}

#[test]
fn a_card_leaves_no_line_empty() {
    for card in cards() {
        let lines = [card.name, card.origin, card.algorithm, card.order];
        let lines = lines.iter().chain([&card.exactness, &card.stopped_peer]);
        for line in lines {
            assert!(!line.trim().is_empty(), "{}", card.name);
            assert!(
                !line.contains("  "),
                "{}: a broken line in the source",
                card.name
            );
        }
    }
}
