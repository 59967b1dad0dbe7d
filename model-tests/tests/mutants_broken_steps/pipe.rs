//! Broken steps of pipes: of items, of bytes and of messages.
#![forbid(unsafe_code)]

use super::{Broken, broken};

pub(super) const STEPS: &[Broken] = &[
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
        "self.head.pop().ok_or(TryRecvError::Closed)",
        "Err(TryRecvError::Closed)",
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
        "who waits at a pipe looks before the other side can have seen it",
        "pipe/waiter.rs",
        "        self.fence.heavy();\n",
        "",
        &["a_receiver_that_waits_is_woken_by_a_send"],
    ),
    broken(
        "no fence between a change of a pipe and the look for who waits",
        "pipe/waiter.rs",
        "        self.fence.light();\n",
        "",
        &["a_receiver_that_waits_is_woken_by_a_send"],
    ),
];
