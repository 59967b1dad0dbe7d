//! Runs tasks on one thread, which nobody has to wait for.
#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;

use super::super::drive::message;
use super::super::{Length, Wrong};
use crate::cores;

/// After the end of a run, who has not come to an end by then never will.
const GIVEN_UP: Duration = Duration::from_secs(30);

/// Runs `act` on a thread and a runtime of its own; one that hangs is left behind.
pub(super) fn on_one_thread<R, F>(
    length: Length,
    act: impl FnOnce(Limits) -> F + Send + 'static,
) -> Result<R, Wrong>
where
    R: Send + 'static,
    F: Future<Output = Result<R, Wrong>>,
{
    let (limits, patience) = match length {
        Length::Time(time) => (Limits::time(time), time + GIVEN_UP),
        Length::Items(items) => (Limits::items(items), 2 * GIVEN_UP),
    };
    let (said, answer) = mpsc::channel();
    thread::spawn(move || {
        let run = || {
            let runtime = Builder::new_current_thread().build();
            let runtime =
                runtime.map_err(|error| Wrong::Panicked(format!("no runtime: {error}")))?;
            runtime.block_on(act(limits))
        };
        let ran = catch_unwind(AssertUnwindSafe(run));
        let ran = ran.unwrap_or_else(|payload| Err(Wrong::Panicked(message(&*payload))));
        // Whoever waits for it may have given up.
        let _ = said.send(ran);
    });
    match answer.recv_timeout(patience) {
        Ok(ran) => ran,
        Err(RecvTimeoutError::Timeout) => Err(Wrong::Hung),
        Err(RecvTimeoutError::Disconnected) => Err(Wrong::Panicked("a thread ended".into())),
    }
}

/// When a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) items: u64,
    pub(super) time: Duration,
}

impl Limits {
    fn time(time: Duration) -> Limits {
        Limits {
            items: u64::MAX,
            time,
        }
    }

    fn items(items: u64) -> Limits {
        Limits {
            items,
            time: GIVEN_UP,
        }
    }
}

/// What the thread has used since.
#[derive(Debug)]
pub(super) struct Used {
    start: Instant,
    cpu: Duration,
    switches: [u64; 2],
}

impl Used {
    pub(super) fn from_now() -> Used {
        Used {
            cpu: cores::thread_time(),
            switches: cores::thread_switches(),
            start: Instant::now(),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Nanoseconds of CPU time, and switches.
    pub(super) fn so_far(&self) -> (u64, [u64; 2]) {
        let now = cores::thread_switches();
        let cpu = cores::thread_time().saturating_sub(self.cpu);
        let switches = [0, 1].map(|kind| now[kind].saturating_sub(self.switches[kind]));
        (cpu.as_nanos() as u64, switches)
    }
}

/// Lets every other task run that could.
pub(super) async fn give_way() {
    let mut given = false;
    poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
