//! The counts of a channel's ends.
//!
//! # What
//!
//! Each side has a count of its living ends. Whoever brings it to zero closes the channel, and does so alone:
//! a count that is zero stays zero, for only living ends are cloned, and a weak end is upgraded by a
//! compare-and-swap from a count that is not.
//!
//! # Why nothing stays inside when the last receiver goes
//!
//! With a bound: a push takes effect by one compare-and-swap, and so does the seal of a close, on the very slot that
//! the next push would fill. So when the close of the last receiver returns, every push that has succeeded lies
//! before the seal, and no other ever will. Nobody else pops any more (a pop needs a receiver, which a future borrows
//! and a stream owns), so popping until the queue says Closed takes each message that was sent, once. A sender that
//! waits with its message in hand is woken by the close and keeps it.
//!
//! Without: a push draws a ticket, and no ticket that is drawn after the close counts. One that was drawn before may
//! belong to a sender that has not written its message yet. The pop that comes to it has it judged: either the
//! message is there by now, and is taken, or it is refused, and its sender has it back and finds the queue closed. So
//! nothing comes in later here either, and a sender that is stopped in its send holds up nobody.
//!
//! # Progress
//!
//! A stopped thread that is about to bring a count to zero, or has just done so, has not closed the channel:
//! it is an end that is still there. Others go on, or wait for it as for any peer.

#![forbid(unsafe_code)]

use crate::sync::{AtomicU64, Ordering};

/// How many ends of one side are alive.
#[derive(Debug)]
pub(super) struct Count(AtomicU64);

/// Both sides.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) senders: Count,
    pub(super) receivers: Count,
}

impl Ends {
    /// One of each.
    pub(super) fn new() -> Self {
        Self {
            senders: Count(AtomicU64::new(1)),
            receivers: Count(AtomicU64::new(1)),
        }
    }
}

impl Count {
    /// One more, by one that is alive.
    pub(super) fn add(&self) {
        // ORDERING: Relaxed; the count is not zero, for the caller has an end, and nothing is read because
        // of it. (It cannot overflow: an end also has an `Arc`, which gives up long before.)
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One more, unless none is alive.
    pub(super) fn add_unless_none(&self) -> bool {
        let mut seen = self.get();
        while seen > 0 {
            // ORDERING: Relaxed, both: as in `add`. That it is a read-modify-write keeps what earlier
            // `remove`s have released in reach of the last one. A store without the comparison is killed by
            // `a_weak_sender_is_upgraded_in_time_or_not_at_all`.
            let added =
                self.0
                    .compare_exchange(seen, seen + 1, Ordering::Relaxed, Ordering::Relaxed);
            match added {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// One less. Says whether it was the last.
    pub(super) fn remove(&self) -> bool {
        // ORDERING: AcqRel. Release publishes what this end's holder did; Acquire lets the last one see it,
        // which publishes it in turn by closing: who finds the channel closed because all senders are
        // gone sees what each of them did before it went, and the last receiver finds all that the
        // others have left. Killed by `what_senders_did_before_they_went_is_seen_after_closed`.
        self.0.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// How many; a snapshot.
    pub(super) fn get(&self) -> u64 {
        // ORDERING: Relaxed; a number to look at, or to be confirmed by a compare-and-swap.
        self.0.load(Ordering::Relaxed)
    }
}
