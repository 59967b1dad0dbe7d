//! The workloads by name.
#![forbid(unsafe_code)]

use super::super::waiting::WORKERS;

/// Who does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Threads acquire and release.
    Permits {
        /// Threads that do so.
        threads: usize,
        /// Permits that there are.
        permits: usize,
    },
    /// Tasks do so, on a runtime with [`WORKERS`] threads.
    TaskPermits {
        /// Tasks that do so.
        tasks: usize,
        /// Permits that there are.
        permits: usize,
    },
    /// So many tasks wait for one permit.
    HandOffs {
        /// How many wait at any time.
        waiting: usize,
    },
    /// One thread waits for an event that is set.
    IsSet,
    /// One thread sets an event and takes it back.
    SetReset,
    /// One thread wakes another, which sleeps.
    Wake,
    /// So many tasks wait for an event and are woken at once.
    Wakes {
        /// How many wait.
        waiting: usize,
    },
    /// Threads lock and unlock.
    Locks {
        /// Threads that do so.
        threads: usize,
    },
    /// One thread locks, locks again, and unlocks twice.
    Nested,
}

impl Work {
    /// How many threads work.
    pub fn threads(&self) -> usize {
        match *self {
            Work::Permits { threads, .. } | Work::Locks { threads } => threads,
            Work::TaskPermits { .. } => WORKERS,
            Work::Wake => 2,
            Work::HandOffs { .. }
            | Work::IsSet
            | Work::SetReset
            | Work::Wakes { .. }
            | Work::Nested => 1,
        }
    }

    /// Permits, tasks or 1: what stands where other workloads have their capacity.
    pub fn size(&self) -> usize {
        match *self {
            Work::Permits { permits, .. } | Work::TaskPermits { permits, .. } => permits,
            Work::HandOffs { waiting } | Work::Wakes { waiting } => waiting,
            _ => 1,
        }
    }

    /// Whether how far the cores are apart plays a part.
    pub fn meets_between_cores(&self) -> bool {
        self.threads() > 1 && *self != Work::Wake
    }
}

/// A workload with its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The name in plans and in records.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What is counted.
    pub operation: &'static str,
    /// Who does what.
    pub work: Work,
}

impl Workload {
    /// The workload called `name`.
    pub fn named(name: &str) -> Option<Workload> {
        ALL.iter().copied().find(|workload| workload.name == name)
    }
}

/// What the names of workloads of semaphores begin with.
pub const SEMAPHORES: &str = "semaphore-";

/// What the names of workloads of events begin with.
pub const EVENTS: &str = "event-";

/// What the names of workloads of locks begin with.
pub const LOCKS: &str = "lock-";

/// The name of the workload in which a sleeping thread is woken.
pub const EVENT_WAKE: &str = "event-wake";

const ACQUIRE: &str = "acquire + release";
const HAND_OFF: &str = "hand-off";
const WOKEN: &str = "task woken";
const LOCK: &str = "lock + unlock";

const fn one(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    work: Work,
) -> Workload {
    Workload {
        name,
        title,
        operation,
        work,
    }
}

const fn permits(
    name: &'static str,
    title: &'static str,
    threads: usize,
    permits: usize,
) -> Workload {
    one(name, title, ACQUIRE, Work::Permits { threads, permits })
}

const fn hand_offs(name: &'static str, title: &'static str, waiting: usize) -> Workload {
    one(name, title, HAND_OFF, Work::HandOffs { waiting })
}

const fn wakes(name: &'static str, title: &'static str, waiting: usize) -> Workload {
    one(name, title, WOKEN, Work::Wakes { waiting })
}

const fn locks(name: &'static str, title: &'static str, threads: usize) -> Workload {
    one(name, title, LOCK, Work::Locks { threads })
}

/// Every workload, in the order in which reports show them.
pub const ALL: &[Workload] = &[
    permits("semaphore-alone", "Semaphore, one thread", 1, 1),
    permits("semaphore-2-on-1", "Semaphore, 2 threads on 1 permit", 2, 1),
    permits(
        "semaphore-2-on-2",
        "Semaphore, 2 threads on 2 permits",
        2,
        2,
    ),
    permits(
        "semaphore-16-on-4",
        "Semaphore, 16 threads on 4 permits",
        16,
        4,
    ),
    one(
        "semaphore-tasks-16-on-4",
        "Semaphore, 16 tasks on 4 permits",
        ACQUIRE,
        Work::TaskPermits {
            tasks: 16,
            permits: 4,
        },
    ),
    hand_offs("semaphore-waiters-1", "Semaphore, 1 task waiting", 1),
    hand_offs("semaphore-waiters-10", "Semaphore, 10 tasks waiting", 10),
    hand_offs(
        "semaphore-waiters-1000",
        "Semaphore, 1,000 tasks waiting",
        1_000,
    ),
    hand_offs(
        "semaphore-waiters-10000",
        "Semaphore, 10,000 tasks waiting",
        10_000,
    ),
    one("event-is-set", "Event, wait when set", "wait", Work::IsSet),
    one(
        "event-set-reset",
        "Event, set and reset",
        "set + reset",
        Work::SetReset,
    ),
    one(
        EVENT_WAKE,
        "Event, a sleeping thread",
        "wake there and back",
        Work::Wake,
    ),
    wakes("event-waiters-1", "Event, 1 task waiting", 1),
    wakes("event-waiters-100", "Event, 100 tasks waiting", 100),
    wakes("event-waiters-10000", "Event, 10,000 tasks waiting", 10_000),
    locks("lock-alone", "Lock, one thread", 1),
    locks("lock-2", "Lock, 2 threads", 2),
    locks("lock-16", "Lock, 16 threads", 16),
    one(
        "lock-nested",
        "Reentrant lock, taken twice",
        "2 locks + 2 unlocks",
        Work::Nested,
    ),
];
