//! Ends a test that hangs: a lost wake shows as nothing else.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than the busiest machine lets all threads of a test wait for their turn.
const PATIENCE: Duration = Duration::from_secs(60);

/// Watches that something goes on; ends the process, with a report, if nothing does for a minute.
#[derive(Debug)]
pub struct Watchdog {
    over: Arc<AtomicBool>,
}

impl Watchdog {
    /// Watches `progress` until it is dropped. `report` says what all are doing.
    pub fn watch(
        what: &'static str,
        progress: Arc<AtomicU64>,
        report: impl Fn() -> String + Send + 'static,
    ) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen_over = Arc::clone(&over);
        thread::spawn(move || {
            let (mut last, mut since) = (progress.load(Ordering::Relaxed), Instant::now());
            while !seen_over.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(200));
                let now = progress.load(Ordering::Relaxed);
                if now != last {
                    (last, since) = (now, Instant::now());
                } else if since.elapsed() > PATIENCE {
                    // Past the test harness, which keeps what is printed until the test is over.
                    let _ = writeln!(
                        std::io::stderr(),
                        "{what}: nothing has happened for {PATIENCE:?}, after {now} steps. A wake was lost, or \
                         this machine is stopped.\n{}",
                        report()
                    );
                    std::process::abort();
                }
            }
        });
        Watchdog { over }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
