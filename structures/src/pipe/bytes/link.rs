//! How the two ends of a ring of bytes wait for each other.
//!
//! # Why no wake is lost
//!
//! The waiter: say how far the other must come, enlist, **fence**, look, sleep. The other: publish a position,
//! **fence**, look whether anybody is listed, and wake it if it waits for no more than that position. One of the
//! two sees the other's step. So whoever publishes the position that a waiter needs is seen by its last look, or
//! finds it listed, and then what it waits for as well, which was said before. (Who finds it listed with an older
//! wish has published before that wish's fence, and is seen by the look.)
//!
//! A call that waits holds its end by `&mut`, so a second waiter comes only when the first has left, or was forgotten.
//! One that was forgotten is still listed, and must not take the wake from the second: so everybody is woken.
//!
//! An end that goes wakes whoever waits for it, whatever for.

#![forbid(unsafe_code)]

use crate::raw::bytes::{self, Position};
use crate::sync::{Arc, AtomicU64, Deadline, Ordering};
use crate::wait::forms::{self, Attempt, Waiting};
use crate::wait::list::WaitList;
use core::future::Future;
use core::marker::PhantomData;
use core::ops::Deref;
#[cfg(any(feature = "futures", feature = "tokio"))]
use core::{
    pin::Pin,
    task::{Context, Poll},
};

/// What lies beside the ring.
#[derive(Debug)]
pub(in crate::pipe) struct Link {
    pub(super) for_bytes: Side,
    pub(super) for_room: Side,
}

impl Link {
    /// Nobody waits.
    pub(super) fn new() -> Self {
        Self {
            for_bytes: Side::new(),
            for_room: Side::new(),
        }
    }
}

/// What both ends see.
pub(in crate::pipe) type Shared = bytes::Shared<Link>;

/// Who waits on one side, and for what.
#[derive(Debug)]
pub(super) struct Side {
    list: WaitList,
    /// How far the other must come, in the word of a position.
    wanted: AtomicU64,
}

impl Side {
    fn new() -> Self {
        Self {
            list: WaitList::new(),
            wanted: AtomicU64::new(0),
        }
    }

    /// Wakes who waits for no more than this, which was published before by a read-modify-write.
    #[inline(always)]
    pub(super) fn reached(&self, now: Position) {
        // The fence in it is killed by `a_write_wakes_who_waits_for_bytes` and `a_read_wakes_who_waits_for_room`.
        if self.list.has_waiters_after_change() {
            self.wake(Some(now));
        }
    }

    /// Wakes everybody, after a change by a read-modify-write that ends every wait.
    pub(super) fn ended(&self) {
        if self.list.has_waiters_after_change() {
            self.wake(None);
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self, now: Option<Position>) {
        // ORDERING: Relaxed; it is ordered by the two fences, as the head of this file says.
        let wanted = Position::from_word(self.wanted.load(Ordering::Relaxed));
        if now.is_none_or(|now| now.has_reached(wanted)) {
            self.list.notify_all();
        }
    }

    fn want(&self, wanted: Position) {
        // ORDERING: Relaxed, as above.
        self.wanted.store(wanted.word(), Ordering::Relaxed);
    }
}

/// Which side waits, and for what.
pub(super) trait Direction {
    /// Where it waits.
    fn side(link: &Link) -> &Side;
    /// Whether the other side has come so far, or will not come any more.
    fn is_there(shared: &Shared, wanted: Position) -> bool;
}

/// A reader, for bytes.
#[derive(Debug)]
pub(super) struct ForBytes;

/// A writer, for room.
#[derive(Debug)]
pub(super) struct ForRoom;

impl Direction for ForBytes {
    fn side(link: &Link) -> &Side {
        &link.for_bytes
    }

    fn is_there(shared: &Shared, wanted: Position) -> bool {
        let (tail, is_closed) = shared.tail();
        is_closed || tail.has_reached(wanted)
    }
}

impl Direction for ForRoom {
    fn side(link: &Link) -> &Side {
        &link.for_room
    }

    fn is_there(shared: &Shared, wanted: Position) -> bool {
        shared.head().has_reached(wanted) || shared.is_deserted()
    }
}

/// Waiting, as an attempt that takes nothing: nobody else can take what has come.
#[derive(Debug)]
struct Until<L, D> {
    shared: L,
    wanted: Position,
    direction: PhantomData<fn() -> D>,
}

/// The way to the list.
#[derive(Debug)]
struct List<L, D>(L, PhantomData<fn() -> D>);

impl<L: Deref<Target = Shared>, D: Direction> Deref for List<L, D> {
    type Target = WaitList;
    fn deref(&self) -> &WaitList {
        &D::side(self.0.beside()).list
    }
}

impl<L: Deref<Target = Shared>, D: Direction> Until<L, D> {
    fn new(shared: L, wanted: Position) -> Self {
        D::side(shared.beside()).want(wanted);
        Self {
            shared,
            wanted,
            direction: PhantomData,
        }
    }
}

impl<L: Deref<Target = Shared> + Clone, D: Direction> Attempt for Until<L, D> {
    type Done = ();
    type List = List<L, D>;

    fn attempt(&mut self) -> Option<()> {
        D::is_there(&self.shared, self.wanted).then_some(())
    }

    fn list(&self) -> List<L, D> {
        List(self.shared.clone(), PhantomData)
    }

    /// There is nobody else to be woken.
    fn would_end(&mut self) -> bool {
        false
    }
}

/// The waits of one end: one at a time.
#[derive(Debug)]
pub(super) struct Waits<D: Direction> {
    /// A wait between two polls of a stream.
    polled: Option<Waiting<Until<Arc<Shared>, D>>>,
}

impl<D: Direction> Waits<D> {
    pub(super) const NONE: Self = Self { polled: None };

    pub(super) fn wait(&mut self, shared: &Shared, wanted: Position) {
        self.polled = None;
        forms::wait(Until::<_, D>::new(shared, wanted));
    }

    pub(super) fn wait_until(
        &mut self,
        shared: &Shared,
        wanted: Position,
        deadline: &Deadline,
    ) -> bool {
        self.polled = None;
        forms::wait_until(Until::<_, D>::new(shared, wanted), deadline).is_ok()
    }

    pub(super) fn wait_async<'s>(
        &mut self,
        shared: &'s Shared,
        wanted: Position,
    ) -> impl Future<Output = ()> + use<'s, D> {
        self.polled = None;
        Waiting::new(Until::<_, D>::new(shared, wanted))
    }

    #[cfg(any(feature = "futures", feature = "tokio"))]
    pub(super) fn poll(
        &mut self,
        shared: &Arc<Shared>,
        wanted: Position,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let mut waiting = match self.polled.take() {
            Some(waiting) => waiting,
            None => Waiting::new(Until::new(Arc::clone(shared), wanted)),
        };
        let polled = Pin::new(&mut waiting).poll(cx);
        if polled.is_pending() {
            self.polled = Some(waiting);
        }
        polled
    }

    /// Nothing is waited for by polls any more.
    #[cfg(any(feature = "futures", feature = "tokio"))]
    pub(super) fn end(&mut self) {
        self.polled = None;
    }
}
