//! The models have teeth: each broken step of the algorithm makes every model that is named beside it fail.
//!
//! Weakened orderings are switched at run time; a step left out is a change of the source. So each is a patch, made to
//! a copy of the library in a workspace of its own, which is built as the model build and put before its models. The
//! copy as it is must pass them, and a patch must be *noticed*: what does not compile is no broken step, and neither is
//! one that makes a model fail without a word about the queue.
//!
//! `LATCHLESS_BROKEN=text,text` tries those alone whose claim contains one of the texts.
#![cfg(not(any(latchless_loom, latchless_steps)))]
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, thread};

#[path = "mutants_broken_steps/waiting.rs"]
mod waiting;
#[path = "mutants_broken_steps/workshop.rs"]
mod workshop;

use workshop::Workshop;

/// A step of the algorithm left out or done wrong.
struct Broken {
    /// What is wrong, as a claim.
    claim: &'static str,
    /// Under `structures/src`; in `raw` if no folder is said.
    file: &'static str,
    /// What stands there, once.
    old: &'static str,
    /// What stands there instead.
    new: &'static str,
    /// The models that notice it, each of them.
    noticed_by: &'static [&'static str],
}

const fn broken(
    claim: &'static str,
    file: &'static str,
    old: &'static str,
    new: &'static str,
    noticed_by: &'static [&'static str],
) -> Broken {
    Broken {
        claim,
        file,
        old,
        new,
        noticed_by,
    }
}

const CATALOGUE: &[Broken] = &[
    broken(
        "Full is said after one look",
        "survey.rs",
        "let again = self.look(own.tail);",
        "let again = word;",
        &["full_and_empty_never_overlook_each_other"],
    ),
    broken(
        "Empty is said after one look",
        "survey.rs",
        "let again = self.look(own.head);",
        "let again = word;",
        &["full_and_empty_never_overlook_each_other"],
    ),
    broken(
        "a pop of a sealed full slot forgets C",
        "word.rs",
        "Word((word.0 ^ u64::from(taken ^ cell)).wrapping_add(self.one_stamp))",
        "Word((word.0 & !self.closed_bit() ^ u64::from(taken ^ cell)).wrapping_add(self.one_stamp))",
        &["a_full_slot_can_be_sealed"],
    ),
    broken(
        "an overtaken tail jumps one position too far",
        "survey.rs",
        "self.layout.next(own.tail).max(shown);",
        "self.layout.next(self.layout.next(own.tail).max(shown));",
        &["two_pushes_take_two_slots"],
    ),
    broken(
        "an overtaken head jumps one position too far",
        "survey.rs",
        "self.layout.next(own.head).max(shown);",
        "self.layout.next(self.layout.next(own.head).max(shown));",
        &["two_pops_take_two_items"],
    ),
    broken(
        "the tail's hint is one position ahead",
        "cell_ring.rs",
        "self.tail.store(own.tail.to_bits(), Ordering::Release);",
        "self.tail.store(self.layout.next(own.tail).to_bits(), Ordering::Release);",
        &["a_newcomer_starts_where_the_others_are"],
    ),
    broken(
        "the head's hint is one position ahead",
        "cell_ring.rs",
        "self.head.store(own.head.to_bits(), Ordering::Release);",
        "self.head.store(self.layout.next(own.head).to_bits(), Ordering::Release);",
        &["a_newcomer_starts_where_the_others_are"],
    ),
    broken(
        "a push takes the head to be where the tail is",
        "cell_ring.rs",
        "if self.layout.is_milestone(own.tail) {\n            own.head = own.head.max(self.layout.lap_before(own.tail));",
        "if self.layout.is_milestone(own.tail) {\n            own.head = own.head.max(own.tail);",
        &["a_newcomer_starts_where_the_others_are"],
    ),
    broken(
        "a displacement fills the slot with the stamp of the lap before",
        "moves.rs",
        "if self.fill_tail(own, word, oldest) {",
        "own.tail = self.layout.lap_before(own.tail);\n if self.fill_tail(own, word, oldest) {",
        &["a_displaced_cell_has_been_read"],
    ),
    broken(
        "a push into a full ring displaces like force_push",
        "moves.rs",
        "Tail::Full(word) if when_full == WhenFull::Displace => {",
        "Tail::Full(word) if when_full != WhenFull::Displace || self.capacity() > 0 => {",
        &["full_and_empty_never_overlook_each_other"],
    ),
    broken(
        "a push that lost its race says that it is in",
        "moves.rs",
        "Some(cell) if self.fill(own, &slot, spare, word, cell) => Ok(()),",
        "Some(cell) if self.fill(own, &slot, spare, word, cell) || cell < u32::MAX => Ok(()),",
        &["two_pushes_take_two_slots"],
    ),
    broken(
        "a push does not see C",
        "word.rs",
        "let cell = word.0 ^ at.0;\n        (cell <= self.cell_mask).then_some(cell as u32)",
        "let cell = word.0 ^ at.0;\n (cell <= 2 * self.cell_mask + 1).then_some((cell & self.cell_mask) as u32)",
        &["a_push_is_in_before_close_or_refused"],
    ),
    broken(
        "a pop does not see C",
        "survey.rs",
        "Relation::Behind if self.layout.is_closed(word) => return Head::Closed,",
        "Relation::Behind if self.layout.is_closed(word) => return Head::Empty,",
        &["closed_comes_after_the_last_item"],
    ),
    broken(
        "len counts without looking at the tail again",
        "survey.rs",
        "if self.layout.for_push(word, tail) != Relation::Ahead {",
        "if self.layout.for_push(word, tail) != Relation::Ahead || self.capacity() > 0 {",
        &["len_counts_what_was_inside_at_one_moment"],
    ),
    broken(
        "close gives up at a full slot",
        "survey.rs",
        "Tail::Full(word) => word,",
        "Tail::Full(_) => return,",
        &["a_full_slot_can_be_sealed"],
    ),
    broken(
        "close gives up when it loses its race",
        "survey.rs",
        ".is_ok()\n            {\n                return;",
        ".is_ok()\n            || self.capacity() > 0 {\n                return;",
        &["a_push_is_in_before_close_or_refused"],
    ),
    broken(
        "a push that finds the queue closing does not seal it",
        "moves.rs",
        "self.seal(own);\n            return Err(NotPushed::Closed);",
        "return Err(NotPushed::Closed);",
        &["a_displacement_is_in_before_close_or_refused"],
    ),
    broken(
        "is_closed does not bring a close to its end",
        "survey.rs",
        "self.seal(own);\n        true",
        "true",
        &["what_was_done_before_close_is_seen_after_closed"],
    ),
    broken(
        "every closer is the first",
        "survey.rs",
        "self.seal(own);\n        first",
        "self.seal(own);\n        first || self.capacity() > 0",
        &["one_of_two_closers_is_the_first"],
    ),
    broken(
        "a spare is given away twice",
        "participants.rs",
        "self.spares[given.place] = cell;",
        "let _ = (given, cell);",
        &["one_slot_serves_two_laps"],
    ),
    broken(
        "a staged value stays behind when the tail moves on",
        "participants.rs",
        "self.spares.swap(was, is);",
        "let _ = (was, is);",
        &["two_batches_interleave_in_order"],
    ),
    broken(
        "who leaves with a notification does not settle",
        "wait/forms.rs",
        "let settling = Settling { notified, wanted };",
        "let settling = Settling { notified: notified && again, wanted };",
        &[
            "a_dropped_future_passes_its_wake_on",
            "a_dropped_pop_passes_its_wake_on",
            "who_succeeds_meanwhile_passes_its_wake_on",
        ],
    ),
    broken(
        "a notifier passes by whom another one has chosen",
        "wait/node.rs",
        "Phase::Notified => self.is_woken(),",
        "Phase::Notified => true,",
        &["two_givers_wake_two_waiters"],
    ),
    broken(
        "a waiter sleeps without another look",
        "wait/forms.rs",
        "self.attempt().map_or(Look::Sleep, Look::Done)",
        "Look::Sleep",
        &["a_wake_meets_a_task"],
    ),
    broken(
        "an exchange of wakers does not look whether it was notified meanwhile",
        "wait/list.rs",
        "unsafe { self.node().renew(waker) };\n        self.is_notified()",
        "unsafe { self.node().renew(waker) };\n        false",
        &["an_exchanged_waker_is_the_one_that_is_woken"],
    ),
    broken(
        "a node is unlinked without moving the tail",
        "wait/links.rs",
        "if tail.target() == Some(dead.number) {",
        "if tail.target() == Some(dead.number) && follower == u32::MAX {",
        &["the_last_leaves_while_another_enlists"],
    ),
    broken(
        "a link is not read again after the node",
        "wait/links.rs",
        "let next = load(&node.next);\n        if load(word) != link {",
        "let next = load(&node.next);\n        if load(word) != link && next.is_marked() {",
        &["who_sees_a_node_again_sees_that_it_was_unlinked"],
    ),
    broken(
        "an owner exchanges whom to wake without saying so",
        "wait/node.rs",
        "let updating = waiting.with(Phase::Updating);",
        "let updating = waiting;",
        &["an_exchanged_waker_is_the_one_that_is_woken"],
    ),
    broken(
        "a notifier does not count itself inside",
        "wait/node.rs",
        "State(seen.with(Phase::Notified).0 + INSIDE)",
        "seen.with(Phase::Notified)",
        &["a_dropped_future_passes_its_wake_on"],
    ),
    broken(
        "an owner that leaves takes out whom a notifier is waking",
        "wait/node.rs",
        "if out.inside() == 0 && sleeper.is_none() {",
        "if sleeper.is_none() {",
        &["a_dropped_future_passes_its_wake_on"],
    ),
    broken(
        "a waiter is said to be woken before it is",
        "wait/node.rs",
        "State(seen.with(Phase::Notified).0 + INSIDE)",
        "State((seen.with(Phase::Notified).0 | WOKEN) + INSIDE)",
        &["two_givers_wake_two_waiters"],
    ),
    broken(
        "the tag of the stack of places does not grow",
        "pool.rs",
        "((self.0 >> NUMBER_BITS).wrapping_add(1) << NUMBER_BITS) | top",
        "((self.0 >> NUMBER_BITS) << NUMBER_BITS) | top",
        &["a_place_that_comes_back_is_not_taken_for_what_it_was"],
    ),
    broken(
        "a node is unlinked though its link can still be changed",
        "wait/links.rs",
        "        if !next.is_marked() {\n            swing(own, next, next.marked())?;\n        }\n",
        "        let _ = own;\n",
        &["a_sweep_meets_who_takes_out_the_node_it_stands_on"],
    ),
    broken(
        "who is to wake everybody wakes one",
        "wait/list.rs",
        "let _ = (0..listed).find(|_| !self.notify_one());",
        "let _ = listed > 0 && self.notify_one();",
        &["everybody_is_woken"],
    ),
    broken(
        "a waiter counts itself after it is linked",
        "wait/list.rs",
        "self.listed.fetch_add(1, Ordering::Relaxed);\n        self.links.append(number, node);\n        own_changes_before_next_look();",
        "self.links.append(number, node);\n        own_changes_before_next_look();\n        self.listed.fetch_add(1, Ordering::Relaxed);",
        &["a_wake_meets_a_task"],
    ),
    broken(
        "a node is used again as soon as it is unlinked",
        "wait/node.rs",
        "if !State(seen.0 & !LINKED).has_holders() {",
        "if seen.is(LINKED) {",
        &["a_node_is_not_used_again_before_its_owner_is_through"],
    ),
    broken(
        "a waiter leaves its parcel open",
        "semaphore/words.rs",
        "content == GRANTED || content == SHUT",
        "content != Content::MAX",
        &["a_permit_for_a_dropped_future_goes_to_the_next"],
    ),
    broken(
        "who finds the queue closed wakes nobody",
        "queue/attempt.rs",
        "Err((NotPushed::Closed, _)) => queue.wake_all(),",
        "Err((NotPushed::Closed, _)) => {}",
        &["who_finds_a_queue_closed_wakes_the_others"],
    ),
    broken(
        "a forced push wakes only where it displaced something",
        "queue/bounded.rs",
        "Ok(_) => self.poppers.notify_after_change(),",
        "Ok(None) => {}\n            Ok(Some(_)) => self.poppers.notify_after_change(),",
        &["a_displacing_push_wakes_a_waiting_pop"],
    ),
    broken(
        "a forced push wakes only where it displaced nothing",
        "queue/bounded.rs",
        "Ok(_) => self.poppers.notify_after_change(),",
        "Ok(Some(_)) => {}\n            Ok(None) => self.poppers.notify_after_change(),",
        &["a_push_that_displaces_wakes_a_waiting_pop_too"],
    ),
    broken(
        "a batch that finds the queue closed wakes nobody",
        "queue/bounded.rs",
        "if moved.found_closed {\n            self.wake_all();\n        } else if",
        "if",
        &["a_batch_that_finds_a_queue_closed_wakes_the_others"],
    ),
    broken(
        "a batch wakes one",
        "queue/bounded.rs",
        "let _ = (0..moved.count).find(|_| !waiters.notify_one());",
        "waiters.notify_one();",
        &[
            "a_batch_wakes_as_many_pops_as_it_brings_items",
            "a_batch_wakes_as_many_pushes_as_it_makes_room",
        ],
    ),
    broken(
        "a setter says that it has woken all before it does",
        "./event.rs",
        "        if self.waiters.has_waiters_after_change() {\n            self.waiters.notify_all();\n        }\n",
        "        self.released.store(sets, Ordering::Relaxed);\n        self.waiters.notify_all();\n",
        &["when_a_set_returns_who_waited_is_awake_whoever_else_sets"],
    ),
    broken(
        "a wait looks whether the event is set now",
        "./event.rs",
        "(self.begun.is_set() || self.event.word() != self.begun).then_some(())",
        "self.event.word().is_set().then_some(())",
        &["a_set_and_a_reset_release_who_waits"],
    ),
    broken(
        "a task that is dropped keeps the wake that it was given for a lock",
        "lock/mutex.rs",
        "    fn would_end(&mut self) -> bool {\n        self.0.raw.is_free()",
        "    fn would_end(&mut self) -> bool {\n        false",
        &["a_dropped_lock_passes_its_wake_on"],
    ),
    broken(
        "a lock that is handed over becomes free besides",
        "lock/raw_lock.rs",
        "        if self.starving.may_have_waiters() && self.hand_over() {\n            return;\n        }",
        "        if self.starving.may_have_waiters() {\n            self.hand_over();\n        }",
        &["a_lock_that_is_handed_over_is_not_free"],
    ),
    broken(
        "a jump is made known after what follows it",
        "raw/bytes/producer.rs",
        "        if self.jumps {\n",
        "        producer.shared.written.tail.store(producer.tail.plus(length).word(), Ordering::Release);\n        if self.jumps {\n",
        &["a_jump_is_seen_with_what_follows_it"],
    ),
    broken(
        "a reader jumps before it has read what lies before",
        "raw/bytes/consumer.rs",
        "if before == 0 && unread > 0 {",
        "if unread as u64 > before {",
        &["a_reader_behind_a_jump_reads_what_is_before_it_first"],
    ),
    broken(
        "the last receiver drops what is inside before it closes the channel",
        "channel/flavour.rs",
        "            self.close();\n            each!(self, shared => shared.core.discard());",
        "            each!(self, shared => shared.core.discard());\n            self.close();",
        &[
            "a_message_sent_while_the_last_receiver_goes_is_given_back_or_dropped",
            "a_message_sent_without_bound_while_the_last_receiver_goes_is_given_back_or_dropped",
        ],
    ),
    broken(
        "a receiver that gives up does not see that there is a message for another",
        "channel/queued.rs",
        "        !self.0.0.is_empty() || self.0.0.is_closed()",
        "        self.0.0.is_empty() && self.0.0.is_closed()",
        &["a_dropped_receiver_without_bound_passes_its_wake_on"],
    ),
    broken(
        "a writer takes the whole memory for the capacity",
        "raw/bytes/producer.rs",
        "self.shared.capacity - self.tail.since(self.head) as usize",
        "self.shared.bytes.len() - self.tail.since(self.head) as usize",
        &["bytes_are_not_written_over_before_they_are_read"],
    ),
    broken(
        "whether it is the end is looked up after what there is to read",
        "raw/bytes/consumer.rs",
        "(self.tail, self.is_closed) = self.shared.tail();",
        "self.tail = self.shared.tail().0;\n        self.is_closed = self.shared.tail().1;",
        &["the_end_is_found_behind_the_last_byte"],
    ),
    broken(
        "who waits does not say for what",
        "pipe/bytes/link.rs",
        "        D::side(shared.beside()).want(wanted);\n",
        "        let _ = D::side(shared.beside()).want(wanted.plus(1));\n",
        &[
            "a_write_wakes_who_waits_for_bytes",
            "a_read_wakes_who_waits_for_room",
        ],
    ),
    broken(
        "a writer that goes wakes nobody",
        "pipe/bytes/ends.rs",
        "            self.shared().beside().for_bytes.ended();\n",
        "",
        &["an_end_wakes_who_waits_for_bytes"],
    ),
    broken(
        "what is left of a message in parts is taken for the end",
        "pipe/framed/receiver.rs",
        "        if self.stage == Stage::None {\n            return TryRecvBytesError::Closed;\n        }\n        self.forget_parts();\n        TryRecvBytesError::Truncated",
        "        self.forget_parts();\n        TryRecvBytesError::Closed",
        &["a_message_in_parts_is_whole_or_truncated_when_its_sender_goes"],
    ),
    broken(
        "one of those who are listed at a pipe is woken, be it one that was forgotten",
        "pipe/waiter.rs",
        "self.list.notify_all();",
        "self.list.notify_one();",
        &["a_forgotten_receive_keeps_no_wake"],
    ),
    broken(
        "a waiter that is watched for is not looked for once more when the watch ends",
        "pipe/waiter.rs",
        "            full_fence();\n            self.wake();\n        }",
        "            full_fence();\n        }",
        &["a_receiver_that_was_watched_for_is_woken"],
    ),
    broken(
        "a waiter has itself watched for behind its fence",
        "pipe/waiter.rs",
        "            self.watch();\n            self.fence.heavy();",
        "            self.fence.heavy();\n            self.watch();",
        &["a_receiver_that_waits_is_woken_by_a_send"],
    ),
    broken(
        "a receiver says Closed without looking once more",
        "pipe/oneway/receiver.rs",
        "    take(head).ok_or(TryRecvError::Closed)",
        "    Err(TryRecvError::Closed)",
        &["what_was_sent_is_received_before_the_end"],
    ),
    broken(
        "a sender that goes wakes nobody",
        "pipe/ends.rs",
        "self.gone.sender.store(1, Ordering::Release);\n        self.for_items.wake_after_change();",
        "self.gone.sender.store(1, Ordering::Release);",
        &["a_receiver_that_waits_sees_its_sender_go"],
    ),
    broken(
        "a chunk makes no room for what was taken from it",
        "raw/spsc/stretch.rs",
        "self.head.free(self.since);",
        "self.head.free(self.head.front.place);",
        &["a_chunk_makes_room_when_it_is_dropped"],
    ),
    broken(
        "a pusher does not ask what became of a slot that was doubted",
        "raw/segments/push.rs",
        "if doubted == 0 {",
        "if doubted <= 1 {",
        &["a_judge_and_a_late_pusher_agree"],
    ),
    broken(
        "a ticket that was drawn after the close counts",
        "raw/segments/push.rs",
        "let Some(slot) = segment.slot(ticket) else {",
        "let Some(slot) = segment.slot(ticket & !CLOSED) else {",
        &["nobody_draws_a_ticket_after_close_returned"],
    ),
    broken(
        "who appends a segment leaves the ticket of its own value to the next",
        "raw/segments/keep.rs",
        "new.tickets.store(1, Ordering::Relaxed);",
        "new.tickets.store(0, Ordering::Relaxed);",
        &["pushes_and_pops_pass_ends"],
    ),
    broken(
        "a slot is passed over without a verdict",
        "raw/segments/pop.rs",
        "Self::doubt(segment, head);",
        "Self::pass(segment, head);",
        &["a_judge_and_a_late_pusher_agree"],
    ),
    broken(
        "a judge refuses what is full",
        "raw/segments/pop.rs",
        "let mine = if is_full { KEPT } else { REFUSED };",
        "let mine = if is_full { REFUSED } else { REFUSED };",
        &["a_judge_and_a_late_pusher_agree"],
    ),
    broken(
        "Empty is said where a ticket was drawn and the slot is not full yet",
        "raw/segments/pop.rs",
        "if tickets & !CLOSED > head / 2 {",
        "if tickets & !CLOSED > u64::MAX - head {",
        &["what_is_behind_a_push_in_progress_is_found"],
    ),
    broken(
        "a segment is retired by all who pass its end",
        "raw/segments/pop.rs",
        "if moved {",
        "if moved || !old.is_null() {",
        &["two_poppers_pass_an_end"],
    ),
    broken(
        "who comes to an end does not look whether it still is one",
        "raw/segments/keep.rs",
        "if again == segment {",
        "if again == segment || !segment.is_null() {",
        &["who_comes_to_a_segment_is_seen_by_who_retires_it"],
    ),
    broken(
        "a segment is recycled though somebody is in it",
        "raw/segments/keep.rs",
        "if self.registry.is_inhabited(segment) {",
        "if self.registry.is_inhabited(segment) && segment.is_null() {",
        &["who_leaves_a_segment_has_done_with_it"],
    ),
    broken(
        "a seat is broken free while its thread is in a call",
        "registry.rs",
        "if self.kind != Kind::Seat || !self.take() {",
        "if self.kind != Kind::Seat {",
        &["a_seat_is_broken_free_or_kept"],
    ),
];

/// At most so many patches are tried at a time; each needs a workshop of its own.
const WORKSHOPS: usize = 4;

/// What is tried: all of it, or what has one of the texts in its claim that `LATCHLESS_BROKEN=text,text` names.
fn asked() -> Vec<&'static Broken> {
    let texts = std::env::var("LATCHLESS_BROKEN").unwrap_or_default();
    let is_asked = |broken: &&Broken| texts.split(',').any(|text| broken.claim.contains(text));
    let asked: Vec<_> = (CATALOGUE.iter().chain(waiting::STEPS))
        .filter(is_asked)
        .collect();
    assert!(!asked.is_empty(), "no broken step is called {texts:?}");
    asked
}

/// Takes patches by turns until none is left; says which were not noticed as they should.
fn try_patches(
    asked: &[&Broken],
    workshop: &Workshop,
    next: &AtomicUsize,
) -> io::Result<Vec<String>> {
    let mut failures = Vec::new();
    // ORDERING: Relaxed; each index is drawn once, and nothing else is shared.
    while let Some(broken) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
        if let Err(why) = workshop.show(broken)? {
            failures.push(format!("{}: {why}", broken.claim));
        }
    }
    Ok(failures)
}

/// Puts the library as it is before all the models that are named in the catalogue.
fn all_models_pass(asked: &[&Broken], workshop: &Workshop) -> io::Result<()> {
    let named = asked.iter().flat_map(|broken| broken.noticed_by);
    let models: BTreeSet<&str> = named.copied().collect();
    let (passed, said) = workshop.run(&models)?;
    assert!(passed, "the library as it is:\n{said}");
    let explored = said.lines().filter(|line| line.contains(" executions, "));
    assert_eq!(explored.count(), models.len(), "not all were run:\n{said}");
    Ok(())
}

#[test]
fn every_broken_step_is_noticed() -> io::Result<()> {
    let asked = &*asked();
    let first = Workshop::open(0)?;
    first.build()?;
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let others = (1..processors.min(WORKSHOPS)).map(|number| first.another(number));
    let others = others.collect::<io::Result<Vec<_>>>()?;
    let next = AtomicUsize::new(0);
    let failures = thread::scope(|scope| {
        let begin = |workshop| {
            let next = &next;
            scope.spawn(move || try_patches(asked, workshop, next))
        };
        let others: Vec<_> = others.iter().map(begin).collect();
        all_models_pass(asked, &first)?;
        let mut failures = try_patches(asked, &first, &next)?;
        for other in others {
            failures.extend(other.join().expect("it only reports")?);
        }
        Ok::<_, io::Error>(failures)
    })?;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
