//! The links between waiters: append at the tail, find the first that is alive, take out the dead.
//!
//! # Picture
//!
//! ```text
//!  head -> [ dead ] -> [ waits ] -> [ dead ] -> [ waits ] -> 0
//!                                                          <- tail (there, or one node behind)
//! ```
//!
//! # Word layout
//!
//! ```text
//!  link  [ tag (39) | MARK (1) | number of the node + 1 (24) ]        0 in the last part: no node
//! ```
//!
//! (A tag comes again after 2^39 changes of one link: a thread would have to be stopped between its look
//! and its swap while exactly so many go by, or a multiple.)
//!
//! # Invariants
//!
//! * **L1** The list is never empty: a node is unlinked only when it has a next one. So only the last
//!   node's link leads nowhere, and a list on which nobody waits keeps one dead node.
//! * **L2** A node is unlinked only when it is dead (see [`node`](super::node)): first its own link is
//!   MARKed, so that it never changes again in this use of the node; then the link that leads to
//!   it is set to what follows. Both compare the whole word, and the second expects a link without
//!   MARK, of a node that is linked itself: so of two neighbours that are unlinked at the same
//!   time neither comes back.
//! * **L3** `tail` never names a node that is unlinked: before a node is unlinked, `tail` is moved past
//!   it, and it only ever moves on.
//! * **L4** A node that was unlinked and is used again may still be read by those who hold its number.
//!   The tag of a link word grows with each change of that word. So if the link that led to a
//!   node is still the same *after* the node was read, the node was linked there all the while, and
//!   what was read belongs to that use of it.
//!
//! # Why it is correct
//!
//! *Append* takes effect at the CAS of the last node's empty link. It compares a word that was read
//! while `tail` named the node (L4, for `tail` too is such a word), so by L3 the node was linked, and
//! while its link is empty it stays so (L1). *Unlinking* takes effect at the CAS of the link that led
//! to the node. That link was the node's before and after the node was found dead, and what is dead
//! stays dead. What follows it is linked as long as it is (L2), so the list stays whole. *Moving the tail* past a node expects the word that was
//! loaded before the node was seen to be linked: if the node has been unlinked meanwhile, then
//! `tail` has been moved meanwhile (L3), and the CAS fails.
//!
//! # Progress
//!
//! Lock-free: see [`list`](super::list). A stopped thread may leave a node marked, or `tail` one behind:
//! the next one that comes by goes on from there. A bounded pause after a lost race is there for speed alone.
//!
//! # Source
//!
//! Harris's list in Michael's variant with tags ("High performance dynamic lock-free hash tables and
//! list-based sets", SPAA 2002), with the tail of Michael and Scott's queue.

#![forbid(unsafe_code)]

use super::node::{Node, State};
use crate::raw::pool::{NUMBER_BITS, OneLine, Pool};
use crate::sync::{AtomicU64, Ordering, pause};

/// How often a thread pauses after a lost race, in the middle of which it takes lines from whoever won: long enough for that
/// one to end what it is at, and to do it some times more (some 6 microseconds).
pub(super) const PAUSES_AFTER_A_LOST_RACE: u32 = 256;

/// A link word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link(u64);

impl Link {
    const MARK: u64 = 1 << NUMBER_BITS;
    const TAG: u64 = Self::MARK << 1;

    /// The node it leads to.
    fn target(self) -> Option<u32> {
        ((self.0 & (Self::MARK - 1)) as u32).checked_sub(1)
    }
    fn is_marked(self) -> bool {
        self.0 & Self::MARK != 0
    }
    fn next_tag(self) -> u64 {
        (self.0 & !(Self::TAG - 1)).wrapping_add(Self::TAG)
    }
    /// The word after this one, leading to `target`.
    fn to(self, target: u32) -> Self {
        Self(self.next_tag() | (u64::from(target) + 1))
    }
    /// The word after this one, leading nowhere.
    fn cut(self) -> Self {
        Self(self.next_tag())
    }
    /// The word after this one, leading to the same, for the last time.
    fn marked(self) -> Self {
        Self(self.next_tag() | Self::MARK | (self.0 & (Self::MARK - 1)))
    }
}

/// The nodes' memory: each on a cache line of its own.
pub(super) type Nodes = Pool<Node, OneLine>;

/// The linked nodes; see the head of this file.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Links {
    head: AtomicU64,
    tail: AtomicU64,
    nodes: Nodes,
}

/// A node as it was met in the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met<'a> {
    pub(super) number: u32,
    pub(super) node: &'a Node,
    pub(super) state: State,
}

/// A link word that somebody changed meanwhile.
struct Overtaken;

#[inline]
fn load(word: &AtomicU64) -> Link {
    // ORDERING: Acquire pairs with the Release in `swing`: the node it leads to has been written. For a
    // link that is read again after the node (L4), the Acquire loads of the node keep this load
    // behind them; and if they saw a later use of the node, they see also that the link was
    // changed before it. Killed by `who_sees_a_node_again_sees_that_it_was_unlinked`.
    Link(word.load(Ordering::Acquire))
}

#[inline]
fn swing(word: &AtomicU64, from: Link, to: Link) -> Result<Link, Overtaken> {
    // ORDERING: Release publishes the node that `to` leads to, and for an unlinking that the node was
    // found dead, to the Acquire in `load` (killed by `who_comes_is_not_taken_for_dead`). Relaxed on
    // failure: the word is loaded anew.
    match word.compare_exchange(from.0, to.0, Ordering::Release, Ordering::Relaxed) {
        Ok(_) => Ok(to),
        Err(_) => Err(Overtaken),
    }
}

impl Links {
    /// A list of one dead node.
    pub(super) fn new() -> Self {
        let first = Link(0).to(0).0;
        Self {
            head: AtomicU64::new(first),
            tail: AtomicU64::new(first),
            nodes: Pool::new(1),
        }
    }

    /// The nodes.
    pub(super) fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// Appends a node that the caller has taken from the pool and made ready.
    #[inline]
    pub(super) fn append(&self, number: u32, node: &Node) {
        let own = &node.next;
        // ORDERING: Relaxed; the link is the caller's alone.
        let cut = Link(own.load(Ordering::Relaxed)).cut();
        // ORDERING: Release pairs with the Acquire in `load`: who still holds an old number and sees
        // this use of the node also sees that it was unlinked before (L4); killed by
        // `who_sees_a_node_again_sees_that_it_was_unlinked`.
        own.store(cut.0, Ordering::Release);
        loop {
            let tail = load(&self.tail);
            let Some(last) = tail.target() else {
                unreachable!("the tail always names a node (L3)");
            };
            let link = &self.nodes.get(last).next;
            let next = load(link);
            if load(&self.tail) == tail {
                match next.target() {
                    None => {
                        if swing(link, next, next.to(number)).is_ok() {
                            // If this fails, somebody else has moved it on.
                            let _ = swing(&self.tail, tail, tail.to(number));
                            return;
                        }
                    }
                    Some(next) => {
                        let _ = swing(&self.tail, tail, tail.to(next));
                        continue;
                    }
                }
            }
            pause(PAUSES_AFTER_A_LOST_RACE);
        }
    }

    /// The first node that is not dead; takes out the dead ones before it.
    #[inline(always)]
    pub(super) fn first_alive<'a>(&'a self, buried: impl FnMut(Met<'a>) + Copy) -> Option<Met<'a>> {
        'again: loop {
            let mut link = load(&self.head);
            loop {
                let Ok((met, next)) = self.meet(&self.head, link) else {
                    continue 'again;
                };
                if !met.state.is_dead() {
                    return Some(met);
                }
                // The last one stays, dead or not.
                next.target()?;
                match self.unlink(&self.head, link, met, next, buried) {
                    Ok(changed) => link = changed,
                    Err(Overtaken) => continue 'again,
                }
            }
        }
    }

    /// Goes through the list once and takes out the dead; stops where somebody else is at work.
    pub(super) fn sweep<'a>(&'a self, buried: impl FnMut(Met<'a>) + Copy) {
        let mut word = &self.head;
        let mut link = load(word);
        while let Ok((met, next)) = self.meet(word, link) {
            if next.target().is_none() {
                return;
            }
            if met.state.is_dead() {
                match self.unlink(word, link, met, next, buried) {
                    Ok(changed) => link = changed,
                    Err(Overtaken) => return,
                }
            } else {
                word = &met.node.next;
                link = next;
            }
        }
    }

    /// The node that `link`, read from `word`, leads to, and the link that follows.
    #[inline(always)]
    fn meet(&self, word: &AtomicU64, link: Link) -> Result<(Met<'_>, Link), Overtaken> {
        let number = link.target().ok_or(Overtaken)?;
        if link.is_marked() {
            return Err(Overtaken);
        }
        let node = self.nodes.get(number);
        let state = node.state();
        let next = load(&node.next);
        if load(word) != link {
            return Err(Overtaken);
        }
        let met = Met {
            number,
            node,
            state,
        };
        Ok((met, next))
    }

    /// Unlinks a dead node that has a next one, and returns what the link to it is now.
    #[inline(always)]
    fn unlink<'a>(
        &self,
        word: &AtomicU64,
        link: Link,
        dead: Met<'a>,
        next: Link,
        mut buried: impl FnMut(Met<'a>),
    ) -> Result<Link, Overtaken> {
        let own = &dead.node.next;
        if !next.is_marked() {
            swing(own, next, next.marked())?;
        }
        let follower = next.target().ok_or(Overtaken)?;
        let tail = load(&self.tail);
        if load(word) != link {
            return Err(Overtaken);
        }
        if tail.target() == Some(dead.number) {
            // If this fails, somebody else has moved it on.
            let _ = swing(&self.tail, tail, tail.to(follower));
        }
        let changed = swing(word, link, link.to(follower))?;
        buried(dead);
        Ok(changed)
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_its_node_and_never_repeats() {
        let first = Link(0).to(0);
        assert_eq!(first.target(), Some(0));
        let marked = first.marked();
        assert!(marked.is_marked() && marked.target() == Some(0));
        let last = marked.to((1 << NUMBER_BITS) - 2);
        assert_eq!(last.target(), Some((1 << NUMBER_BITS) - 2));
        assert!(!last.is_marked());
        assert_eq!(last.cut().target(), None);
        let words = [Link(0), first, marked, last, last.cut()];
        let mut tags: Vec<_> = words.iter().map(|word| word.0 / Link::TAG).collect();
        tags.dedup();
        assert_eq!(tags, [0, 1, 2, 3, 4]);
    }
}
