//! Pipes of bytes: what is written is read as it was written, and whoever waits for bytes, for room or for the end is
//! woken.
//!
//! Where the models ask what is seen, they run without fences, which would order more than the pipe relies on.
#![forbid(unsafe_code)]

use super::gate::join;
use super::task::{Kept, Task};
use crate::models::Model;
use latchless::pipe::{self, Reader, Writer};
use latchless::sync::{Timer, deadlines};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::future::Future;
use std::io::{self, BufRead, ErrorKind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

const EARLY_OR_WOKEN: &[&str] = &["early", "woken"];

#[rustfmt::skip]
pub(super) const MODELS: &[Model] = &[
    Model::own("bytes_arrive_as_they_were_written", 2, 10, &["all", "nothing"], arrive).without_fences(),
    Model::own("bytes_are_not_written_over_before_they_are_read", 3, 50, &["full", "second is full", "over the end"], over_the_end).without_fences(),
    Model::own("a_jump_is_seen_with_what_follows_it", 2, 10, &["all", "nothing"], jump).without_fences(),
    Model::own("a_reader_behind_a_jump_reads_what_is_before_it_first", 2, 10, &["all", "before"], jump_behind).without_fences(),
    Model::own("a_grant_is_seen_when_it_is_committed", 2, 10, &["committed", "nothing"], grant).without_fences(),
    Model::own("who_reads_in_place_keeps_its_place_until_it_has_consumed", 3, 20, &["full", "written"], in_place).without_fences(),
    Model::own("the_end_is_found_behind_the_last_byte", 3, 20, &["byte", "byte and end", "nothing"], end_behind_byte),
    Model::own("who_finds_the_end_sees_what_was_done_before_it", 2, 5, &["end", "open"], end_seen).without_fences(),
    Model::own("who_finds_the_reader_gone_sees_what_was_done_before", 2, 5, &["gone", "there"], gone_seen).without_fences(),
    Model::own("a_write_wakes_who_waits_for_bytes", 2, 50, EARLY_OR_WOKEN, write_wakes),
    Model::own("a_read_wakes_who_waits_for_room", 2, 50, EARLY_OR_WOKEN, read_wakes),
    Model::own("an_end_wakes_who_waits_for_bytes", 2, 50, EARLY_OR_WOKEN, end_wakes_reader),
    Model::own("an_end_wakes_who_waits_for_room", 2, 50, EARLY_OR_WOKEN, end_wakes_writer),
    Model::own("a_wait_for_much_is_woken_when_it_is_there", 1, 50, EARLY_OR_WOKEN, much),
    Model::own("a_wait_that_exchanges_its_waker_is_woken_by_a_write", 2, 50, EARLY_OR_WOKEN, exchanged),
    Model::own("a_thread_that_waits_for_bytes_reads_them", 1, 50, &["read"], thread_reads),
    Model::own("a_read_in_time_or_too_late_loses_no_byte", 1, 50, &["in time", "too late"], timeout),
    Model::own("a_dropped_read_takes_nothing", 1, 50, &["early", "late"], dropped),
    Model::own("both_ends_may_go_at_once", 2, 10, &["gone"], both_go),
];

/// A pipe, whose ends are not dropped where an execution fails.
fn bytes(capacity: usize) -> (Kept<Writer>, Kept<Reader>) {
    let (writer, reader) = pipe::bytes(capacity);
    (Kept::new(writer), Kept::new(reader))
}

/// A full pipe for one byte.
fn full() -> (Kept<Writer>, Kept<Reader>) {
    let (mut writer, reader) = bytes(1);
    assert_eq!(writer.try_write(&[7]).ok(), Some(1));
    (writer, reader)
}

/// How many bytes were moved; nothing if that would block.
fn moved(result: io::Result<usize>) -> Option<usize> {
    match result {
        Ok(count) => Some(count),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            None
        }
    }
}

/// A task that reads one byte, and gives the reader back.
fn reading(mut reader: Kept<Reader>) -> Task<impl Future<Output = (Option<u8>, Kept<Reader>)>> {
    Task::new(async move {
        let mut byte = [0];
        let read = reader.read_async(&mut byte).await.expect("it never fails");
        ((read == 1).then_some(byte[0]), reader)
    })
}

/// A task that writes one byte, and gives the writer back.
fn writing(
    mut writer: Kept<Writer>,
) -> Task<impl Future<Output = (Result<usize, ErrorKind>, Kept<Writer>)>> {
    Task::new(async move {
        let written = writer.write_async(&[8]).await;
        (written.map_err(|error| error.kind()), writer)
    })
}

/// What comes of a task that was polled once, while others did what it may wait for.
fn outcome<F: Future>(early: Poll<F::Output>, task: &mut Task<F>) -> (&'static str, F::Output) {
    if let Poll::Ready(output) = early {
        return ("early", output);
    }
    assert!(task.was_woken(), "it was not woken");
    let Poll::Ready(output) = task.poll() else {
        panic!("it was not woken for what it waits for");
    };
    ("woken", output)
}

/// What a read comes to beside what another thread does with the writer.
fn read_beside<const N: usize>(
    (mut writer, mut reader): (Kept<Writer>, Kept<Reader>),
    write: fn(&mut Writer),
) -> (Option<usize>, [u8; N]) {
    let writes = thread::spawn(move || {
        write(&mut writer);
        writer
    });
    let reads = thread::spawn(move || {
        let mut into = [0; N];
        (moved(reader.try_read(&mut into)), into, reader)
    });
    let (read, into, _reader) = join(reads);
    join(writes);
    (read, into)
}

fn arrive() -> &'static str {
    let write = |writer: &mut Writer| assert_eq!(moved(writer.try_write(&[1, 2])), Some(2));
    match read_beside(bytes(2), write) {
        (None, [0, 0]) => "nothing",
        (Some(2), [1, 2]) => "all",
        other => panic!("no order of the calls gives {other:?}"),
    }
}

/// A pipe for one byte has memory for two: the third one is written where the first was read.
fn over_the_end() -> &'static str {
    let (mut writer, mut reader) = full();
    let reads = thread::spawn(move || {
        for expected in [7, 8] {
            let mut into = [0];
            if moved(reader.try_read(&mut into)).is_none() {
                break;
            }
            assert_eq!(into, [expected], "no order of the calls gives that");
        }
        reader
    });
    let writes = thread::spawn(move || {
        let first = moved(writer.try_write(&[8]));
        let second = first.and_then(|_| moved(writer.try_write(&[9])));
        (first, second, writer)
    });
    let (first, second, _writer) = join(writes);
    drop(join(reads));
    match (first, second) {
        (None, _) => "full",
        (_, None) => "second is full",
        _ => "over the end",
    }
}

/// Both stand at the last place of the memory of a pipe for two.
fn at_the_last_place() -> (Kept<Writer>, Kept<Reader>) {
    let (mut writer, mut reader) = bytes(2);
    for _ in 0..3 {
        assert_eq!(moved(writer.try_write(&[0])), Some(1));
        assert_eq!(moved(reader.try_read(&mut [0])), Some(1));
    }
    (writer, reader)
}

fn jump() -> &'static str {
    let write = |writer: &mut Writer| {
        let mut grant = writer.try_grant(2).expect("there is room");
        grant.copy_from_slice(&[1, 2]);
        grant.commit(2);
    };
    match read_beside(at_the_last_place(), write) {
        (None, [0, 0]) => "nothing",
        (Some(2), [1, 2]) => "all",
        other => panic!("no order of the calls gives {other:?}"),
    }
}

/// A pipe for three, at the fifth place of six: a byte goes there, two more are granted at the beginning.
fn jump_behind() -> &'static str {
    let (mut writer, mut reader) = bytes(3);
    for _ in 0..4 {
        assert_eq!(moved(writer.try_write(&[0])), Some(1));
        assert_eq!(moved(reader.try_read(&mut [0])), Some(1));
    }
    assert_eq!(moved(writer.try_write(&[1])), Some(1));
    let write = |writer: &mut Writer| {
        let mut grant = writer.try_grant(2).expect("there is room");
        grant.copy_from_slice(&[2, 3]);
        grant.commit(2);
    };
    match read_beside((writer, reader), write) {
        (Some(1), [1, 0, 0]) => "before",
        (Some(3), [1, 2, 3]) => "all",
        other => panic!("no order of the calls gives {other:?}"),
    }
}

fn grant() -> &'static str {
    let write = |writer: &mut Writer| {
        writer.try_grant(2).expect("there is room").fill(9);
        let mut grant = writer.try_grant(2).expect("there is room");
        grant.copy_from_slice(&[1, 9]);
        grant.commit(1);
    };
    match read_beside(bytes(2), write) {
        (None, [0, 0]) => "nothing",
        (Some(1), [1, 0]) => "committed",
        other => panic!("no order of the calls gives {other:?}"),
    }
}

fn in_place() -> &'static str {
    let (mut writer, mut reader) = full();
    let reads = thread::spawn(move || {
        assert_eq!(reader.try_fill_buf().expect("it is full"), [7]);
        reader.consume(1);
        reader
    });
    let writes = thread::spawn(move || (moved(writer.try_write(&[8])), writer));
    let (written, _writer) = join(writes);
    let mut reader = join(reads);
    match written {
        None => "full",
        Some(_) => {
            assert_eq!(reader.try_fill_buf().expect("it was written"), [8]);
            "written"
        }
    }
}

fn end_behind_byte() -> &'static str {
    let (mut writer, mut reader) = bytes(2);
    let writes = thread::spawn(move || {
        assert_eq!(moved(writer.try_write(&[1])), Some(1));
    });
    let reads = thread::spawn(move || {
        let mut into = [0];
        let first = moved(reader.try_read(&mut into));
        assert_ne!(first, Some(0), "no order of the calls gives the end first");
        (first, moved(reader.try_read(&mut into)), reader)
    });
    let (first, second, _reader) = join(reads);
    join(writes);
    match (first, second) {
        (None, _) => "nothing",
        (Some(_), None) => "byte",
        (Some(_), Some(0)) => "byte and end",
        other => panic!("no order of the calls gives {other:?}"),
    }
}

fn end_seen() -> &'static str {
    let (mut writer, reader) = bytes(1);
    let done = Arc::new(AtomicBool::new(false));
    let does = done.clone();
    let closes = thread::spawn(move || {
        // ORDERING: Relaxed; what publishes it must be the end.
        does.store(true, Ordering::Relaxed);
        writer.close();
        writer
    });
    let closed = reader.is_closed();
    // ORDERING: Relaxed, as above.
    let seen = done.load(Ordering::Relaxed);
    assert!(!closed || seen, "closed, and nothing was done");
    drop((join(closes), reader));
    if closed { "end" } else { "open" }
}

fn gone_seen() -> &'static str {
    let (writer, reader) = bytes(1);
    let done = Arc::new(AtomicBool::new(false));
    let does = done.clone();
    let goes = thread::spawn(move || {
        // ORDERING: Relaxed; what publishes it must be the drop.
        does.store(true, Ordering::Relaxed);
        drop(reader);
    });
    let gone = writer.is_closed();
    // ORDERING: Relaxed, as above.
    let seen = done.load(Ordering::Relaxed);
    assert!(!gone || seen, "gone, and nothing was done");
    join(goes);
    drop(writer);
    if gone { "gone" } else { "there" }
}

fn write_wakes() -> &'static str {
    let (mut writer, reader) = bytes(1);
    let mut task = reading(reader);
    let writes = thread::spawn(move || (moved(writer.try_write(&[1])), writer));
    let early = task.poll();
    let (written, _writer) = join(writes);
    assert_eq!(written, Some(1));
    let (how, (read, _reader)) = outcome(early, &mut task);
    assert_eq!(read, Some(1));
    how
}

fn read_wakes() -> &'static str {
    let (writer, mut reader) = full();
    let mut task = writing(writer);
    let reads = thread::spawn(move || (moved(reader.try_read(&mut [0])), reader));
    let early = task.poll();
    let (read, _reader) = join(reads);
    assert_eq!(read, Some(1));
    let (how, (written, _writer)) = outcome(early, &mut task);
    assert_eq!(written, Ok(1));
    how
}

fn end_wakes_reader() -> &'static str {
    let (writer, reader) = bytes(1);
    let mut task = reading(reader);
    let goes = thread::spawn(move || drop(writer));
    let early = task.poll();
    join(goes);
    let (how, (read, _reader)) = outcome(early, &mut task);
    assert_eq!(read, None);
    how
}

fn end_wakes_writer() -> &'static str {
    let (writer, reader) = full();
    let mut task = writing(writer);
    let goes = thread::spawn(move || drop(reader));
    let early = task.poll();
    join(goes);
    let (how, (written, _writer)) = outcome(early, &mut task);
    assert_eq!(written, Err(ErrorKind::BrokenPipe));
    how
}

/// It waited for less before, and gave that up.
fn much() -> &'static str {
    let (mut writer, mut reader) = bytes(2);
    assert_eq!(moved(writer.try_write(&[1, 2])), Some(2));
    let mut fickle = Task::new(async move {
        let gave_up = gives_up(&mut writer).await;
        (gave_up, writer)
    });
    let Poll::Ready((_, writer)) = fickle.poll() else {
        panic!("it gives up at once");
    };
    let mut writer = writer;
    let mut task = Task::new(async move {
        writer.grant_async(2).await.expect("a reader").commit(2);
        writer
    });
    let reads = thread::spawn(move || {
        for _ in 0..2 {
            assert_eq!(moved(reader.try_read(&mut [0])), Some(1));
        }
        reader
    });
    let early = task.poll();
    let _reader = join(reads);
    let (how, _writer) = outcome(early, &mut task);
    how
}

/// Waits for room for one byte for as long as one poll.
async fn gives_up(writer: &mut Kept<Writer>) -> bool {
    let mut wait = std::pin::pin!(writer.write_async(&[3]));
    std::future::poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await
}

fn exchanged() -> &'static str {
    let (mut writer, reader) = bytes(1);
    let mut task = reading(reader);
    assert!(task.poll().is_pending());
    let writes = thread::spawn(move || (moved(writer.try_write(&[1])), writer));
    task.change_bell();
    let early = task.poll();
    let (written, _writer) = join(writes);
    assert_eq!(written, Some(1));
    let (how, (read, _reader)) = outcome(early, &mut task);
    assert_eq!(read, Some(1));
    how
}

fn thread_reads() -> &'static str {
    let (mut writer, mut reader) = bytes(1);
    let reads = thread::spawn(move || {
        let read = reader.fill_buf().expect("it never fails").to_vec();
        (read, reader)
    });
    assert_eq!(moved(writer.try_write(&[1])), Some(1));
    let (read, _reader) = join(reads);
    assert_eq!(read, [1]);
    "read"
}

fn timeout() -> &'static str {
    let (mut writer, mut reader) = bytes(1);
    let (timer, clock) = Timer::start();
    deadlines(Some(timer));
    let reads = thread::spawn(move || {
        let mut into = [0];
        let read = reader.read_timeout(&mut into, Duration::from_secs(1));
        (read.map_err(|error| error.kind()), into, reader)
    });
    assert_eq!(moved(writer.try_write(&[1])), Some(1));
    let (read, mut into, mut reader) = join(reads);
    join(clock);
    deadlines(None);
    let how = match read {
        Ok(1) => "in time",
        Err(ErrorKind::TimedOut) => {
            assert_eq!(moved(reader.try_read(&mut into)), Some(1), "it is lost");
            "too late"
        }
        other => panic!("no order of the calls gives {other:?}"),
    };
    assert_eq!(into, [1]);
    how
}

/// A wait is given up while the byte is written; the next read has it.
fn dropped() -> &'static str {
    let (mut writer, mut reader) = bytes(1);
    let writes = thread::spawn(move || (moved(writer.try_write(&[1])), writer));
    let mut into = [0];
    let early = {
        let mut wait = Box::pin(reader.read_async(&mut into));
        super::task::poll_once(&mut wait).is_ready()
    };
    let mut task = reading(reader);
    if early {
        assert_eq!(into, [1]);
        assert!(task.poll().is_pending(), "it was read twice");
        join(writes);
        return "early";
    }
    let polled = task.poll();
    let (_, _writer) = join(writes);
    let (_, (read, _reader)) = outcome(polled, &mut task);
    assert_eq!(read, Some(1), "it is lost");
    "late"
}

fn both_go() -> &'static str {
    let (writer, reader) = bytes(1);
    let goes = thread::spawn(move || drop(writer));
    let other = thread::spawn(move || drop(reader));
    join(goes);
    join(other);
    "gone"
}
