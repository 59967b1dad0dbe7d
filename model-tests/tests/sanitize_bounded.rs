//! Every call of the bounded queue, the waiting ones too, by racing threads, the segments of the unbounded one, and
//! the calls of pipes, locks, semaphores, events, channels and joinable queues, for the sanitizers to watch.
//!
//! Without libtest and scoped threads, whose own synchronisation ThreadSanitizer misreads:
//! threads are spawned and joined, and a failed assertion ends the process. Run plainly it is one
//! more test; `.ci/sanitize` runs it under a sanitizer, and once more with each planted fault, which the
//! sanitizer must report.

#[cfg(not(latchless_loom))]
#[path = "sanitize_bounded/pipes.rs"]
mod pipes;
#[cfg(not(latchless_loom))]
#[path = "sanitize_bounded/products.rs"]
mod products;
#[cfg(not(latchless_loom))]
#[path = "sanitize_bounded/races.rs"]
mod races;
#[cfg(not(latchless_loom))]
#[path = "sanitize_bounded/segments.rs"]
mod segments;
#[cfg(not(latchless_loom))]
#[path = "waiting/tasks.rs"]
mod tasks;
#[cfg(not(latchless_loom))]
#[path = "sanitize_bounded/waits.rs"]
mod waits;

#[cfg(not(latchless_loom))]
fn main() {
    races::main();
}

/// A model has no use for it: its threads are loom's.
#[cfg(latchless_loom)]
fn main() {}
