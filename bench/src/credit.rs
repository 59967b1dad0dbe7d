//! How much may be inside an unbounded queue while it is measured: the same credit around every contender.
//!
//! A queue without a bound takes whatever comes, and a producer that is faster than the consumers would have the memory
//! allocator measured, and the machine's memory. So producers have a credit of so many items: they take it in batches,
//! consumers return it in batches, and a producer without credit waits as at a full queue. What that costs is one
//! fetch-and-add by a producer and one store by a consumer in a batch of up to [`BATCH`] items, on lines of their own;
//! a producer looks at the consumers' lines only when what it remembers of them is used up.
//!
//! **Why nobody waits for ever** A producer waits while more than `limit` items were taken than returned. At most a batch
//! of each thread is on its way: taken and not used by a producer that has ended, popped and not returned by a consumer.
//! Batches are so small that all of them together are less than half of the limit.
#![forbid(unsafe_code)]

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_utils::{Backoff, CachePadded};

use crate::blocking::{Blocking, Ends, RecvEnd, SendEnd};
use crate::contender::{Card, Contender, End, Payload, Role};

/// The most items that are taken or returned at once.
pub const BATCH: u64 = 256;

/// When a sender that waits for credit gives up: a queue that lost items would have it wait for ever.
const GIVEN_UP: Duration = Duration::from_secs(5);

/// What the ends of one queue share.
#[derive(Debug)]
struct Credit {
    limit: u64,
    batch: u64,
    /// By all producers together.
    taken: CachePadded<AtomicU64>,
    /// By each consumer.
    returned: Box<[CachePadded<AtomicU64>]>,
}

impl Credit {
    fn new(limit: usize, producers: usize, consumers: usize) -> Arc<Credit> {
        let (limit, threads) = (limit.max(1) as u64, (producers + consumers) as u64);
        Arc::new(Credit {
            limit,
            batch: (limit / (2 * threads.max(1))).clamp(1, BATCH),
            taken: CachePadded::default(),
            returned: (0..consumers).map(|_| CachePadded::default()).collect(),
        })
    }
}

/// A producer's share.
#[derive(Debug)]
struct Purse {
    credit: Arc<Credit>,
    /// Items that may still be pushed.
    left: u64,
    /// A batch was taken, and may be used when so many items have been returned by all consumers.
    owed: Option<u64>,
    /// How many were, when this producer last looked.
    returned: u64,
}

impl Purse {
    fn new(credit: &Arc<Credit>) -> Purse {
        Purse {
            credit: Arc::clone(credit),
            left: 0,
            owed: None,
            returned: 0,
        }
    }

    /// Whether one more item may be pushed.
    #[inline]
    fn has_any(&mut self) -> bool {
        self.left > 0 || self.takes()
    }

    /// One item has been pushed.
    #[inline]
    fn pays(&mut self) {
        self.left -= 1;
    }

    #[inline(never)]
    fn takes(&mut self) -> bool {
        let credit = &*self.credit;
        let owed = *self.owed.get_or_insert_with(|| {
            // ORDERING: Relaxed, here and below: this counts, and what is in the queue is the queue's.
            let taken = credit.taken.fetch_add(credit.batch, Ordering::Relaxed);
            (taken + credit.batch).saturating_sub(credit.limit)
        });
        if owed > self.returned {
            let returned = |one: &CachePadded<AtomicU64>| one.load(Ordering::Relaxed);
            self.returned = credit.returned.iter().map(returned).sum();
        }
        let granted = owed <= self.returned;
        if granted {
            self.left = credit.batch;
            self.owed = None;
        }
        granted
    }

    /// Waits until there is some; false when there never will be.
    #[inline(never)]
    fn waits(&mut self) -> bool {
        let (backoff, start) = (Backoff::new(), Instant::now());
        while !self.takes() {
            match backoff.is_completed() {
                false => backoff.snooze(),
                true if start.elapsed() > GIVEN_UP => return false,
                true => thread::yield_now(),
            }
        }
        true
    }
}

/// What a consumer has not returned yet.
#[derive(Debug)]
struct Till {
    credit: Arc<Credit>,
    index: usize,
    popped: u64,
}

impl Till {
    fn new(credit: &Arc<Credit>, index: usize) -> Till {
        Till {
            credit: Arc::clone(credit),
            index,
            popped: 0,
        }
    }

    /// One item has been popped.
    #[inline]
    fn gains(&mut self) {
        self.popped += 1;
        if self.popped == self.credit.batch {
            self.returns();
        }
    }

    #[inline(never)]
    fn returns(&mut self) {
        let own = &self.credit.returned[self.index];
        // ORDERING: Relaxed: as in `takes`; nobody else writes here.
        own.store(own.load(Ordering::Relaxed) + self.popped, Ordering::Relaxed);
        self.popped = 0;
    }
}

/// A contender whose producers have credit: as much as its capacity says.
pub struct OnCredit<C>(PhantomData<C>);

impl<C> fmt::Debug for OnCredit<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnCredit")
    }
}

/// The end of a queue, with what it has to do with credit.
#[derive(Debug)]
pub enum CreditEnd<E> {
    /// It only pushes.
    Producer(CreditSender<E>),
    /// It only pops.
    Consumer(CreditReceiver<E>),
}

impl<P: Payload, C: Contender<P>> Contender<P> for OnCredit<C> {
    const CARD: Card = C::CARD;
    type End = CreditEnd<C::End>;

    /// None for an end that does both, too: in pairs nothing piles up, and nobody needs credit.
    fn ends(capacity: usize, roles: &[Role]) -> Option<Vec<Self::End>> {
        if roles.contains(&Role::Both) {
            return None;
        }
        let consumers = roles.iter().filter(|role| **role == Role::Consume).count();
        let credit = Credit::new(capacity, roles.len() - consumers, consumers);
        let mut index = 0;
        let end = |(end, role): (C::End, &Role)| match role {
            Role::Consume => {
                index += 1;
                let till = Till::new(&credit, index - 1);
                CreditEnd::Consumer(CreditReceiver { end, till })
            }
            Role::Produce | Role::Both => {
                let purse = Purse::new(&credit);
                CreditEnd::Producer(CreditSender { end, purse })
            }
        };
        let ends = C::ends(capacity, roles)?;
        Some(ends.into_iter().zip(roles).map(end).collect())
    }
}

impl<P: Payload, E: End<P>> End<P> for CreditEnd<E> {
    #[inline]
    fn try_push(&mut self, payload: P) -> Result<(), P> {
        match self {
            CreditEnd::Producer(CreditSender { end, purse }) => {
                if !purse.has_any() {
                    return Err(payload);
                }
                end.try_push(payload)?;
                purse.pays();
                Ok(())
            }
            CreditEnd::Consumer(_) => Err(payload),
        }
    }

    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        match self {
            CreditEnd::Consumer(CreditReceiver { end, till }) => {
                let payload = end.try_pop()?;
                till.gains();
                Some(payload)
            }
            CreditEnd::Producer(_) => None,
        }
    }
}

/// A sending end that has credit.
#[derive(Debug)]
pub struct CreditSender<E> {
    end: E,
    purse: Purse,
}

/// A receiving end that returns it.
#[derive(Debug)]
pub struct CreditReceiver<E> {
    end: E,
    till: Till,
}

impl<P: Payload, C: Blocking<P>> Blocking<P> for OnCredit<C> {
    const CARD: Card = C::CARD;
    type Sender = CreditSender<C::Sender>;
    type Receiver = CreditReceiver<C::Receiver>;

    fn ends(
        capacity: usize,
        senders: usize,
        receivers: usize,
    ) -> Option<Ends<Self::Sender, Self::Receiver>> {
        let (sending, receiving) = C::ends(capacity, senders, receivers)?;
        let credit = Credit::new(capacity, senders, receivers);
        let sender = |end| CreditSender {
            end,
            purse: Purse::new(&credit),
        };
        let receiver = |(index, end)| CreditReceiver {
            end,
            till: Till::new(&credit, index),
        };
        let receiving = receiving.into_iter().enumerate();
        Some((
            sending.into_iter().map(sender).collect(),
            receiving.map(receiver).collect(),
        ))
    }
}

impl<P: Payload, E: SendEnd<P>> SendEnd<P> for CreditSender<E> {
    #[inline]
    fn send(&mut self, payload: P) -> bool {
        if !self.purse.has_any() && !self.purse.waits() {
            return false;
        }
        let sent = self.end.send(payload);
        self.purse.pays();
        sent
    }
}

impl<P: Payload, E: RecvEnd<P>> RecvEnd<P> for CreditReceiver<E> {
    #[inline]
    fn recv(&mut self) -> Option<P> {
        let payload = self.end.recv()?;
        self.till.gains();
        Some(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes until there is no credit, then pops everything, by turns, with so many threads' ends on one thread.
    fn goes_around(limit: usize, producers: usize, consumers: usize) {
        let credit = Credit::new(limit, producers, consumers);
        let mut purses: Vec<Purse> = (0..producers).map(|_| Purse::new(&credit)).collect();
        let mut tills: Vec<Till> = (0..consumers).map(|at| Till::new(&credit, at)).collect();
        let mut inside = 0;
        for round in 0..50 {
            let mut pushed = 0;
            for purse in &mut purses {
                while purse.has_any() {
                    purse.pays();
                    pushed += 1;
                }
            }
            inside += pushed;
            assert!(
                pushed > 0,
                "round {round}: nobody has credit, and nothing is inside"
            );
            assert!(inside <= limit, "{inside} of {limit}");
            // One consumer takes it all in some rounds, all of them in others.
            for item in 0..inside {
                let index = if round % 2 == 0 { 0 } else { item % consumers };
                tills[index].gains();
            }
            inside = 0;
        }
    }

    #[test]
    fn as_much_as_the_limit_may_be_inside_and_credit_comes_back() {
        for (producers, consumers) in [(1, 1), (2, 1), (1, 4), (4, 4), (16, 16)] {
            for limit in [64, 1000, 16_384] {
                goes_around(limit, producers, consumers);
            }
        }
    }
}
