//! The same flows with tasks, on a runtime of their own.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::super::check::{Totals, same};
use super::super::drive::message;
use super::super::run::first_value;
use super::super::{Length, Outcome, Wrong};
use super::{Job, WORKERS, Work};
use crate::asynchronous::{AsyncRecvEnd, AsyncSendEnd, Asynchronous};
use crate::contender::Payload;
use crate::cores;
use crate::record::Waited;
use tokio::runtime::{Builder, Runtime};

/// Items between two looks at the stop flag.
const FEW: u64 = 8;

/// After the end of a run, who has not come to an end by then never will.
pub(in crate::workload) const GIVEN_UP: Duration = Duration::from_secs(10);

/// When a run of a fixed number of items is given up.
pub(in crate::workload) const GIVEN_UP_ITEMS: Duration = Duration::from_secs(60);

/// What one task did: what it sent, what it received.
pub(in crate::workload) type Done = (Totals, Totals);

/// Runs `C` once with tasks that wait for each other; no other kind is served.
///
/// The clock runs from the first task's start to the last one's end. CPU time and switches are the
/// whole program's, whose other threads sleep meanwhile.
pub(super) fn run<C: Asynchronous<P>, P: Payload>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Work::Tasks { senders, receivers } = job.work else {
        return Ok(None);
    };
    let Some((mut sending, mut receiving)) = C::ends(job.capacity, senders, receivers) else {
        return Ok(None);
    };
    let (runtime, pinned) = runtime()?;
    let (limit, time) = match job.length {
        Length::Time(time) => (first_value(1), time),
        Length::Items(items) => (items.div_ceil(senders as u64), GIVEN_UP_ITEMS),
    };
    if let (Some(sender), Some(receiver)) = (sending.pop(), receiving.pop()) {
        let (sender, receiver) = warm_up::<P, _, _>(&runtime, sender, receiver, job.capacity)?;
        sending.push(sender);
        receiving.push(receiver);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (cpu, switches) = (cores::process_time(), cores::process_switches());
    let start = Instant::now();
    let mut tasks = Vec::new();
    let mut flow = Flow::new(runtime);
    for (index, end) in sending.into_iter().enumerate() {
        let first = first_value(index);
        let task = send::<P, _>(end, first, limit, Arc::clone(&stop));
        tasks.push(flow.spawn(async move { (task.await, Totals::default()) }));
    }
    for end in receiving {
        let task = receive::<P, _>(end);
        tasks.push(flow.spawn(async move { (Totals::default(), task.await) }));
    }
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
    let sum = |of: fn(&Done) -> Totals| done.iter().map(of).fold(Totals::default(), Totals::join);
    let (pushed, popped) = (sum(|one| one.0), sum(|one| one.1));
    same(pushed, popped)?;
    Ok(Some(Outcome {
        items: popped.count,
        nanos,
        per_thread: done
            .iter()
            .map(|one| one.0.count.max(one.1.count))
            .collect(),
        latency_nanos: None,
        cpu_nanos: cpu.as_nanos() as u64,
        pinned,
        waited: Some(Waited {
            switches: [0, 1].map(|kind| now[kind].saturating_sub(switches[kind])),
            round_trip_nanos: None,
        }),
    }))
}

/// A runtime of [`WORKERS`] threads, one a core where there are as many; and whether that is so.
pub(in crate::workload) fn runtime() -> Result<(Runtime, bool), Wrong> {
    let available = cores::available();
    let fits = WORKERS <= available.len();
    let next = AtomicUsize::new(0);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(WORKERS);
    if fits {
        builder.on_thread_start(move || {
            let worker = next.fetch_add(1, Ordering::Relaxed);
            cores::pin(available[worker % available.len()]);
        });
    }
    let runtime = builder.build();
    let runtime = runtime.map_err(|error| Wrong::Panicked(format!("no runtime: {error}")))?;
    Ok((runtime, fits && cfg!(target_os = "linux")))
}

/// Uses every slot once before the clock starts; gives the ends back.
fn warm_up<P: Payload, S: AsyncSendEnd<P>, R: AsyncRecvEnd<P>>(
    runtime: &Runtime,
    mut sender: S,
    mut receiver: R,
    capacity: usize,
) -> Result<(S, R), Wrong> {
    let (said, answer) = mpsc::channel();
    let sending = runtime.spawn(async move {
        for value in 0..capacity {
            assert!(
                sender.send(P::carrying(value as u64)).await,
                "nobody receives"
            );
        }
        sender
    });
    runtime.spawn(async move {
        for value in 0..capacity {
            let payload = receiver.recv().await.expect("nobody sends");
            assert_eq!(payload.value(), value as u64, "before the start");
        }
        let ends = sending.await.map(|sender| (sender, receiver));
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

async fn send<P: Payload, S: AsyncSendEnd<P>>(
    mut end: S,
    first: u64,
    limit: u64,
    stop: Arc<AtomicBool>,
) -> Totals {
    let mut next = first;
    let last = first + limit;
    'run: while next < last && !stop.load(Ordering::Relaxed) {
        for _ in 0..FEW.min(last - next) {
            if !end.send(P::carrying(next)).await {
                break 'run;
            }
            next += 1;
        }
    }
    Totals::consecutive(first, next - first)
}

async fn receive<P: Payload, R: AsyncRecvEnd<P>>(mut end: R) -> Totals {
    let mut popped = Totals::default();
    while let Some(payload) = end.recv().await {
        popped.add(payload.value());
    }
    popped
}

/// Tasks on their runtime, and the news of their end.
pub(in crate::workload) struct Flow {
    runtime: Runtime,
    /// Every task holds a sender of it and sends nothing: it is disconnected when all have ended,
    /// however that came.
    ending: Option<mpsc::Sender<()>>,
    ended: mpsc::Receiver<()>,
}

impl Flow {
    pub(in crate::workload) fn new(runtime: Runtime) -> Flow {
        let (ending, ended) = mpsc::channel();
        Flow {
            runtime,
            ending: Some(ending),
            ended,
        }
    }

    pub(in crate::workload) fn spawn(
        &self,
        task: impl Future<Output = Done> + Send + 'static,
    ) -> tokio::task::JoinHandle<Done> {
        let ending = self.ending.clone();
        self.runtime.spawn(async move {
            let done = task.await;
            drop(ending);
            done
        })
    }

    /// Waits until all tasks have ended, but not longer than `time`.
    pub(in crate::workload) fn ended_within(&mut self, time: Duration) -> Result<bool, Wrong> {
        self.ending = None;
        match self.ended.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(true),
        }
    }

    /// What they did, in their order.
    pub(in crate::workload) fn results(
        self,
        tasks: Vec<tokio::task::JoinHandle<Done>>,
    ) -> Result<Vec<Done>, Wrong> {
        let all = self.runtime.block_on(async {
            let mut all = Vec::new();
            for task in tasks {
                all.push(task.await);
            }
            all
        });
        let panicked = |error: tokio::task::JoinError| match error.try_into_panic() {
            Ok(payload) => Wrong::Panicked(message(&*payload)),
            Err(error) => Wrong::Panicked(error.to_string()),
        };
        all.into_iter().map(|one| one.map_err(panicked)).collect()
    }

    /// Leaves them behind.
    pub(in crate::workload) fn abandon(self) {
        self.runtime.shutdown_background();
    }
}
