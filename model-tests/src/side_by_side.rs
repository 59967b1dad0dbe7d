//! Jobs on as many threads as there are processors.
//!
//! loom runs all threads of a model on the one that called it, and a weakening holds for its own thread only: so
//! several models, each with another weakening, run side by side.
#![forbid(unsafe_code)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does the jobs numbered below `count`, and returns their results in the order of the numbers.
///
/// # Panics
///
/// If a job does.
pub fn side_by_side<R: Send>(count: usize, job: impl Fn(usize) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((0..count).map(|_| None).collect::<Vec<_>>());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    // ORDERING: Relaxed; each index is drawn once, and the results go through the mutex.
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let result = job(index);
                    results.lock().expect("no job panics under the lock")[index] = Some(result);
                }
            });
        }
    });
    let results = results.into_inner().expect("no job panics under the lock");
    results.into_iter().flatten().collect()
}
