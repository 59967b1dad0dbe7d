//! The sequential channel without room.
//!
//! A call that waits is not one instant there: it comes, it is listed, and it ends, and others find it in between. So
//! it is written down in parts, which share the interval of the call (of the poll, where a future is polled by hand):
//! a future that is pending and is not being polled stands still for all to see.
//!
//! ```text
//!  send     Comes  Listed  Looks  ...  (SendLeaves  Comes)  SendEnds
//!  receive         Waits          ...  (ReceiveLeaves)      ReceiveEnds
//! ```
//!
//! Who runs out of time leaves first, and tries once more; meanwhile others may come who are served before it.
//!
//! *A send succeeds only together with a receive*: its message was taken, or laid into the hands of a receiver that
//! waited. *Full* and *Empty* are exact with respect to those who stand still and have not been woken.
//!
//! A receiver that was woken may have gone back to the list or not, and which of two that waken comes first is not said;
//! so a state here is the set of all that the channel may be in. After each answer those remain in which it is true.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

use super::Spec;

/// A call, or a part of one. Messages are numbers that come once; they name their senders too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Give to a receiver that waits.
    TrySend(u64),
    /// Take what was kept, or from a sender that waits.
    TryRecv,
    /// Close it; the answer says whether this call was the one that did.
    Close,
    /// Is it closed?
    IsClosed,
    /// A send that may wait comes, and gives to a receiver that waits; or it tries once more, unless it has been taken
    /// from.
    Comes(u64),
    /// It has found none, and is listed.
    Listed(u64),
    /// It wakes a receiver that has come meanwhile.
    Looks(u64),
    /// It is polled again.
    SendPolled(u64),
    /// It is listed no more.
    SendLeaves(u64),
    /// It ends.
    SendEnds(u64),
    /// The receiver of this number has found nothing, and waits.
    Waits(u64),
    /// It is polled again.
    ReceivePolled(u64),
    /// It waits no more.
    ReceiveLeaves(u64),
    /// It ends; if it was given nothing, it may take now.
    ReceiveEnds(u64),
}

/// What a [`Call`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A receiver has it, or will have it.
    Sent,
    /// No receiver waits.
    Full,
    /// This message.
    Received(u64),
    /// Nothing was kept, and no sender waits.
    Empty,
    /// The channel is closed; for a receive: and nothing is kept.
    Closed,
    /// The answer to a question, or to `Close`.
    Is(bool),
    /// A part that says nothing.
    Goes,
    /// It is not over.
    Pending,
    /// It has run out of time.
    Timeout,
    /// Its future was dropped, which says nothing.
    Dropped,
}

/// The states that the channel may be in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rendezvous(BTreeSet<State>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct State {
    closed: bool,
    /// Given to receivers that were dropped.
    kept: Vec<u64>,
    /// Senders that wait, in their order.
    offers: Vec<u64>,
    /// Messages whose send has succeeded and does not know it yet.
    sent: BTreeSet<u64>,
    /// Receivers that wait, in their order, and whether they may have been woken.
    requests: Vec<(u64, bool)>,
    /// What receivers were given that do not know it yet.
    given: BTreeMap<u64, u64>,
}

impl Default for Rendezvous {
    /// Open, and nobody there.
    fn default() -> Self {
        Rendezvous([State::default()].into())
    }
}

impl State {
    /// All ways to give a message: to the first that waits; one that may have been woken may be passed by.
    fn given(&self, message: u64) -> Vec<State> {
        let mut ways = Vec::new();
        for (index, &(receiver, may_be_awake)) in self.requests.iter().enumerate() {
            let mut next = self.clone();
            next.requests.remove(index);
            next.given.insert(receiver, message);
            ways.push(next);
            if !may_be_awake {
                break;
            }
        }
        ways
    }

    /// Whether somebody certainly waits for a message.
    fn has_request(&self) -> bool {
        self.requests.iter().any(|&(_, may_be_awake)| !may_be_awake)
    }

    fn has_message(&self) -> bool {
        !self.kept.is_empty() || (!self.closed && !self.offers.is_empty())
    }

    /// Takes the message that is the next.
    fn take(&mut self) -> Option<u64> {
        if !self.kept.is_empty() {
            return Some(self.kept.remove(0));
        }
        if self.closed || self.offers.is_empty() {
            return None;
        }
        let message = self.offers.remove(0);
        self.sent.insert(message);
        Some(message)
    }

    /// The first that sleeps is woken.
    fn wake(mut self) -> State {
        if let Some(first) = self.requests.iter_mut().find(|request| !request.1) {
            first.1 = true;
        }
        self
    }

    /// Takes a receiver off the list, and says whether it may have been woken.
    fn unlist(&mut self, receiver: u64) -> bool {
        let place = (self.requests.iter()).position(|request| request.0 == receiver);
        place.is_some_and(|place| self.requests.remove(place).1)
    }

    fn ask(mut self, answer: Answer) -> Vec<State> {
        let exact = match self.take() {
            Some(message) => Answer::Received(message),
            None if self.closed => Answer::Closed,
            None => Answer::Empty,
        };
        fits(exact == answer, self)
    }

    fn try_send(self, message: u64, answer: Answer) -> Vec<State> {
        match answer {
            Answer::Closed => fits(self.closed, self),
            _ if self.closed => Vec::new(),
            Answer::Sent => {
                let mut ways = self.given(message);
                ways.iter_mut().for_each(|way| _ = way.sent.insert(message));
                ways
            }
            Answer::Full => fits(!self.has_request(), self),
            _ => Vec::new(),
        }
    }

    fn send_comes(self, message: u64) -> Vec<State> {
        if self.closed || self.sent.contains(&message) {
            return vec![self];
        }
        let mut ways = self.clone().try_send(message, Answer::Sent);
        ways.extend(self.try_send(message, Answer::Full));
        ways
    }

    fn send_ends(mut self, message: u64, answer: Answer) -> Vec<State> {
        let was_sent = self.sent.remove(&message);
        self.offers.retain(|&offer| offer != message);
        let fit = match answer {
            Answer::Sent => was_sent,
            Answer::Closed => !was_sent && self.closed,
            Answer::Timeout => !was_sent && !self.closed && !self.has_request(),
            Answer::Dropped => true,
            _ => false,
        };
        fits(fit, self)
    }

    /// All ways to receive so.
    fn received(self, answer: Answer) -> Vec<State> {
        let mut ways = match answer {
            Answer::Received(message) => self.clone().past_kept(message),
            _ => Vec::new(),
        };
        ways.extend(self.ask(answer));
        ways
    }

    /// A receive may have looked for kept messages before one was kept, and takes an offer then.
    fn past_kept(mut self, message: u64) -> Vec<State> {
        let may_pass =
            !self.kept.is_empty() && !self.closed && self.offers.first() == Some(&message);
        if may_pass {
            self.offers.remove(0);
            self.sent.insert(message);
        }
        fits(may_pass, self)
    }

    fn receive_ends(mut self, receiver: u64, answer: Answer) -> Vec<State> {
        let given = self.given.remove(&receiver);
        let was_woken = self.unlist(receiver) || given.is_some();
        let ways = match (answer, given) {
            (Answer::Received(message), Some(given)) => fits(message == given, self),
            (Answer::Received(_) | Answer::Closed, None) => self.received(answer),
            (Answer::Timeout, None) => self.ask(Answer::Empty),
            (Answer::Dropped, None) => vec![self],
            (Answer::Dropped, Some(given)) => {
                self.kept.push(given);
                vec![self]
            }
            _ => Vec::new(),
        };
        // Who was woken passes it on.
        let settled = ways.into_iter();
        settled
            .map(|way| if was_woken { way.wake() } else { way })
            .collect()
    }

    fn receive_polled(self, receiver: u64) -> Vec<State> {
        if self.given.contains_key(&receiver) {
            return Vec::new();
        }
        let mut next = self.clone();
        let may_be_awake = next.unlist(receiver);
        let mut ways = vec![self];
        if may_be_awake && !next.has_message() && !next.closed {
            next.requests.push((receiver, false));
            ways.push(next);
        }
        ways
    }

    /// What may be after the call, if it answered so.
    fn after(self, call: Call, answer: Answer) -> Vec<State> {
        let goes = answer == Answer::Goes;
        match call {
            Call::TrySend(message) => {
                let mut ways = self.try_send(message, answer);
                ways.iter_mut()
                    .for_each(|way| _ = way.sent.remove(&message));
                ways
            }
            Call::TryRecv => self.received(answer),
            Call::Close => {
                let mut next = self;
                let first = !std::mem::replace(&mut next.closed, true);
                next.requests
                    .iter_mut()
                    .for_each(|request| request.1 = true);
                fits(answer == Answer::Is(first) || goes, next)
            }
            Call::IsClosed => fits(answer == Answer::Is(self.closed), self),
            Call::Comes(message) => self.send_comes(message),
            Call::Listed(message) => {
                let mut next = self;
                if !next.closed && !next.sent.contains(&message) {
                    next.offers.push(message);
                }
                vec![next]
            }
            Call::Looks(_) => vec![self.wake()],
            Call::SendPolled(message) => fits(!self.sent.contains(&message), self),
            Call::SendLeaves(message) => {
                let mut next = self;
                next.offers.retain(|&offer| offer != message);
                vec![next]
            }
            Call::SendEnds(message) => self.send_ends(message, answer),
            Call::Waits(receiver) => {
                let may_leave = self.closed || self.has_message();
                let mut next = self;
                next.requests.push((receiver, may_leave));
                vec![next]
            }
            Call::ReceivePolled(receiver) => self.receive_polled(receiver),
            Call::ReceiveLeaves(receiver) => {
                let mut next = self;
                let was_woken = next.unlist(receiver);
                vec![if was_woken { next.wake() } else { next }]
            }
            Call::ReceiveEnds(receiver) => self.receive_ends(receiver, answer),
        }
    }
}

fn fits(fit: bool, state: State) -> Vec<State> {
    if fit { vec![state] } else { Vec::new() }
}

impl Spec for Rendezvous {
    type Call = Call;
    type Answer = Answer;

    fn after(&self, call: &Call, answer: Option<&Answer>) -> Option<Self> {
        let answer = answer?;
        let ways = self.0.iter().cloned();
        let next: BTreeSet<_> = ways.flat_map(|state| state.after(*call, *answer)).collect();
        (!next.is_empty()).then_some(Rendezvous(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether these answers can be given, one after the other.
    fn accepts(calls: &[(Call, Answer)]) -> bool {
        let mut state = Some(Rendezvous::default());
        for (call, answer) in calls {
            state = state.and_then(|state| state.after(call, Some(answer)));
        }
        state.is_some()
    }

    const GOES: Answer = Answer::Goes;

    #[test]
    fn a_message_passes_only_to_a_receiver_that_is_there() {
        assert!(accepts(&[(Call::TrySend(1), Answer::Full)]));
        assert!(!accepts(&[(Call::TrySend(1), Answer::Sent)]));
        let waits = (Call::Waits(9), GOES);
        let received = (Call::ReceiveEnds(9), Answer::Received(1));
        assert!(accepts(&[
            waits,
            (Call::TrySend(1), Answer::Sent),
            received
        ]));
        assert!(!accepts(&[waits, (Call::TrySend(1), Answer::Full)]));
        assert!(!accepts(&[waits, received]));
    }

    #[test]
    fn a_send_that_waits_succeeds_when_it_was_taken_from() {
        let listed = [Call::Comes(1), Call::Listed(1), Call::Looks(1)].map(|call| (call, GOES));
        let with = |rest: &[(Call, Answer)]| accepts(&[&listed, rest].concat());
        let sent = (Call::SendEnds(1), Answer::Sent);
        assert!(!with(&[sent]));
        assert!(with(&[(Call::TryRecv, Answer::Received(1)), sent]));
        assert!(!with(&[(Call::TryRecv, Answer::Empty)]));
        let closed = (Call::Close, Answer::Is(true));
        assert!(with(&[
            closed,
            (Call::TryRecv, Answer::Closed),
            (Call::SendEnds(1), Answer::Closed)
        ]));
        assert!(!with(&[closed, (Call::TryRecv, Answer::Received(1))]));
        assert!(!with(&[(Call::SendEnds(1), Answer::Closed)]));
    }

    #[test]
    fn who_runs_out_of_time_leaves_and_tries_once_more() {
        let leaves = [Call::Comes(1), Call::Listed(1), Call::SendLeaves(1)];
        let left = leaves.map(|call| (call, GOES));
        let with = |rest: &[(Call, Answer)]| accepts(&[&left, rest].concat());
        let (again, sent) = ((Call::Comes(1), GOES), (Call::SendEnds(1), Answer::Sent));
        let late = (Call::SendEnds(1), Answer::Timeout);
        let (waits, received) = (
            (Call::Waits(9), GOES),
            (Call::ReceiveEnds(9), Answer::Received(1)),
        );
        assert!(with(&[(Call::TryRecv, Answer::Empty), again, late]));
        assert!(with(&[waits, again, sent, received]));
        assert!(!with(&[waits, again, late]));
        assert!(!with(&[waits, sent]));
        assert!(!with(&[again, sent]));
    }

    #[test]
    fn what_a_dropped_receiver_was_given_is_kept_and_nothing_else() {
        let given = [(Call::Waits(9), GOES), (Call::TrySend(1), Answer::Sent)];
        let with = |rest: &[(Call, Answer)]| accepts(&[&given, rest].concat());
        let dropped = (Call::ReceiveEnds(9), Answer::Dropped);
        let kept = (Call::TryRecv, Answer::Received(1));
        assert!(with(&[(Call::TryRecv, Answer::Empty), dropped, kept]));
        assert!(with(&[(Call::Close, Answer::Is(true)), dropped, kept]));
        assert!(!with(&[kept]));
        assert!(!with(&[dropped, (Call::TryRecv, Answer::Empty)]));
        assert!(!with(&[dropped, kept, kept]));
    }
}
