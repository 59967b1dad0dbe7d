//! What the two ends of a pipe know of each other: who waits, and who is gone.

#![forbid(unsafe_code)]

use super::waiter::Waiter;
use crate::sync::{Arc, AtomicU32, Ordering};
use crossbeam_utils::CachePadded;

/// Shared by both ends.
#[derive(Debug)]
pub(super) struct Ends {
    /// The one that sends, waiting for room.
    pub(super) for_room: Waiter,
    /// The one that receives, waiting for something to receive.
    pub(super) for_items: Waiter,
    /// On a line that changes twice in a pipe's life: it is read at every send.
    gone: CachePadded<Gone>,
    pair: Option<Pair>,
}

/// Which of two pipes that belong together.
#[derive(Debug)]
pub(super) struct Pair {
    token: Arc<()>,
    side: bool,
}

impl Pair {
    /// Both of a new pair.
    pub(super) fn new() -> [Self; 2] {
        let token = Arc::new(());
        [false, true].map(|side| Self {
            token: Arc::clone(&token),
            side,
        })
    }
}

#[derive(Debug)]
struct Gone {
    sender: AtomicU32,
    receiver: AtomicU32,
}

impl Ends {
    /// Both there, nobody waits.
    pub(super) fn new() -> Self {
        Self::with(None)
    }

    /// As [`new`](Self::new), of one of a pair of pipes.
    pub(super) fn of(pair: Pair) -> Self {
        Self::with(Some(pair))
    }

    /// Whether the two are of one pair, one each.
    pub(super) fn is_back_of(&self, other: &Self) -> bool {
        match (&self.pair, &other.pair) {
            (Some(one), Some(two)) => Arc::ptr_eq(&one.token, &two.token) && one.side != two.side,
            _ => false,
        }
    }

    fn with(pair: Option<Pair>) -> Self {
        Self {
            pair,
            for_room: Waiter::new(),
            for_items: Waiter::new(),
            gone: CachePadded::new(Gone {
                sender: AtomicU32::new(0),
                receiver: AtomicU32::new(0),
            }),
        }
    }

    /// The sender goes, and wakes the receiver.
    pub(super) fn sender_goes(&self) {
        // ORDERING: Release pairs with the Acquire in `sender_is_gone`: who sees that it is gone sees all that it
        // has sent. Killed by `what_was_sent_is_received_before_the_end`.
        self.gone.sender.store(1, Ordering::Release);
        self.for_items.wake_after_change();
    }

    /// The receiver goes, and wakes the sender.
    pub(super) fn receiver_goes(&self) {
        // ORDERING: Release pairs with the Acquire in `receiver_is_gone`: who is told Closed sees what was done
        // before. Killed by `who_finds_its_receiver_gone_sees_what_that_did`.
        self.gone.receiver.store(1, Ordering::Release);
        self.for_room.wake_after_change();
    }

    /// Whether nothing more will be sent. To be asked *before* the last look into the pipe.
    #[inline(always)]
    pub(super) fn sender_is_gone(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `sender_goes`; killed by the same model.
        self.gone.sender.load(Ordering::Acquire) != 0
    }

    /// Whether nothing more will be received.
    #[inline(always)]
    pub(super) fn receiver_is_gone(&self) -> bool {
        // ORDERING: Acquire pairs with the Release in `receiver_goes`; killed by the same model.
        self.gone.receiver.load(Ordering::Acquire) != 0
    }
}
