//! Two tasks: one writes blocks, one reads bytes, on a runtime of their own.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Instant;

use tokio::runtime::Runtime;

use super::super::check::{Totals, same};
use super::super::run::first_value;
use super::super::waiting::tasks::{Flow, GIVEN_UP, GIVEN_UP_ITEMS, runtime};
use super::super::{Length, Outcome, Wrong};
use super::blocks::{Incoming, Outgoing};
use super::bytes::{in_blocks, in_bytes};
use super::{BLOCK, Job};
use crate::cores;
use crate::pipe::{AsyncBytes, AsyncReadEnd, AsyncWriteEnd, Ends};
use crate::record::Waited;

/// Runs `C` once. CPU time and switches are the whole program's, whose other threads sleep.
pub(super) fn run<C: AsyncBytes>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Some(ends) = C::ends(job.capacity) else {
        return Ok(None);
    };
    let (limit, time) = match in_blocks(job.length) {
        Length::Time(time) => (first_value(1), time),
        Length::Items(blocks) => (blocks, GIVEN_UP_ITEMS),
    };
    let (runtime, pinned) = runtime()?;
    let (writer, reader) = warm_up(&runtime, ends, job.capacity.div_ceil(BLOCK) as u64)?;
    let stop = Arc::new(AtomicBool::new(false));
    let (cpu, switches) = (cores::process_time(), cores::process_switches());
    let start = Instant::now();
    let mut flow = Flow::new(runtime);
    let writing = write(writer, limit, Arc::clone(&stop));
    let reading = read(reader);
    let tasks = vec![
        flow.spawn(async move { (writing.await, Totals::default()) }),
        flow.spawn(async move { (Totals::default(), reading.await) }),
    ];
    if !flow.ended_within(time)? {
        // ORDERING: Relaxed: nothing is passed on by it.
        stop.store(true, Ordering::Relaxed);
        if !flow.ended_within(GIVEN_UP)? {
            flow.abandon();
            return Err(Wrong::Hung);
        }
    }
    let nanos = start.elapsed().as_nanos() as u64;
    let now = cores::process_switches();
    let cpu = cores::process_time().saturating_sub(cpu);
    let done = flow.results(tasks)?;
    let sum = |of: fn(&(Totals, Totals)) -> Totals| {
        done.iter().map(of).fold(Totals::default(), Totals::join)
    };
    let (written, read) = (sum(|one| one.0), sum(|one| one.1));
    same(written, read)?;
    Ok(Some(in_bytes(Outcome {
        items: read.count,
        nanos,
        per_thread: vec![written.count, read.count],
        latency_nanos: None,
        cpu_nanos: cpu.as_nanos() as u64,
        pinned,
        waited: Some(Waited {
            switches: [0, 1].map(|kind| now[kind].saturating_sub(switches[kind])),
            round_trip_nanos: None,
        }),
    })))
}

/// Uses every byte of the pipe before the clock starts; gives the ends back.
fn warm_up<W: AsyncWriteEnd, R: AsyncReadEnd>(
    runtime: &Runtime,
    (mut writer, mut reader): Ends<W, R>,
    blocks: u64,
) -> Result<Ends<W, R>, Wrong> {
    let (said, answer) = mpsc::channel();
    let writing = runtime.spawn(async move {
        let mut outgoing = Outgoing::new();
        for number in 0..blocks {
            let written = writer.write_block(outgoing.numbered(number)).await;
            assert!(written, "nobody reads");
        }
        writer
    });
    runtime.spawn(async move {
        let mut incoming = Incoming::new();
        while incoming.read.count < blocks {
            let came = reader.read_some(incoming.rest()).await;
            assert!(came > 0, "nobody writes");
            incoming.came(came);
        }
        assert_eq!(incoming.end(), Totals::consecutive(0, blocks));
        let ends = writing.await.map(|writer| (writer, reader));
        // Whoever waits for it may have given up.
        let _ = said.send(ends);
    });
    match answer.recv_timeout(GIVEN_UP) {
        Ok(Ok(ends)) => Ok(ends),
        Ok(Err(error)) => Err(Wrong::Panicked(error.to_string())),
        Err(RecvTimeoutError::Disconnected) => Err(Wrong::Panicked("before the start".into())),
        Err(RecvTimeoutError::Timeout) => Err(Wrong::Hung),
    }
}

async fn write<W: AsyncWriteEnd>(mut writer: W, limit: u64, stop: Arc<AtomicBool>) -> Totals {
    let mut outgoing = Outgoing::new();
    let mut next = 0;
    while next < limit && !stop.load(Ordering::Relaxed) {
        if !writer.write_block(outgoing.numbered(next)).await {
            break;
        }
        next += 1;
    }
    Totals::consecutive(0, next)
}

async fn read<R: AsyncReadEnd>(mut reader: R) -> Totals {
    let mut incoming = Incoming::new();
    loop {
        match reader.read_some(incoming.rest()).await {
            0 => return incoming.end(),
            count => incoming.came(count),
        }
    }
}
