//! Every goal by its name, whether or not a run has figures for it: what each structure was asked to
//! reach before it was written.

/// What the goals are about, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    Bounded,
    Waiting,
    Primitives,
    Pipes,
    Unbounded,
}

impl Area {
    pub const ALL: [Area; 5] = [
        Area::Bounded,
        Area::Waiting,
        Area::Primitives,
        Area::Pipes,
        Area::Unbounded,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Area::Bounded => "The bounded queue, by calls that do not wait",
            Area::Waiting => "Threads and tasks that wait",
            Area::Primitives => "Semaphores and events",
            Area::Pipes => "Pipes",
            Area::Unbounded => "The unbounded queue",
        }
    }

    /// Its goals.
    pub fn goals(self) -> &'static [Wanted] {
        match self {
            Area::Bounded => &BOUNDED,
            Area::Waiting => &WAITING,
            Area::Primitives => &PRIMITIVES,
            Area::Pipes => &PIPES,
            Area::Unbounded => &UNBOUNDED,
        }
    }
}

/// One of them: its name, against whom, what must be reached, and what is aimed at.
pub type Wanted = (&'static str, &'static str, f64, f64);

const ARRAY: &str = "ArrayQueue";
const CLOSEST: &str = "best of crossbeam-queue, concurrent-queue, thingbuf, heapless, kanal";
const HALF_OF: &str = "its own MPMC 2+2";
const BEFORE: &str = "the others with it stopped before its operation";
const ALIKE: &str = "the fastest thread of its kind";
const SHOWN: &str = "every cell";

const BOUNDED: [Wanted; 19] = [
    ("Uncontended, capacity 1024", ARRAY, 1.0, 1.3),
    ("SPSC, capacity 64", CLOSEST, 1.5, 2.0),
    ("SPSC, capacity 1024", CLOSEST, 1.3, 2.0),
    ("SPSC, capacity 65536", CLOSEST, 1.0, 1.5),
    ("MPSC 4+1, capacity 1024", CLOSEST, 1.3, 1.6),
    ("SPMC 1+4, capacity 1024", CLOSEST, 1.3, 1.6),
    ("MPMC 2+2, capacity 1024", CLOSEST, 1.3, 1.6),
    ("MPMC 4+4, capacity 1024", CLOSEST, 1.2, 1.5),
    ("MPMC 16+16, capacity 1024", CLOSEST, 1.0, 1.3),
    ("Pairs 2, capacity 1024", CLOSEST, 1.1, 1.4),
    ("Pairs 16, capacity 1024", CLOSEST, 1.1, 1.4),
    ("[u64; 8]", ARRAY, 0.9, 1.5),
    ("Through a shared reference", "its own handle", 0.8, 0.95),
    ("Slices 4+4", "its own MPMC 4+4", 1.0, 2.0),
    ("Contended, against SCQ", "lfqueue", 3.0, 5.0),
    ("No collapse", HALF_OF, 0.5, 1.0),
    ("One thread stopped", BEFORE, 0.9, 1.0),
    ("Slowest thread", ALIKE, 0.5, 0.5),
    ("p99 of one operation is shown", SHOWN, 1.0, 1.0),
];

const BEST: &str = "best peer";
const CROSSBEAM: &str = "crossbeam-channel";
const AWAKE: &str = "best of crossbeam-channel and kanal";

const WAITING: [Wanted; 21] = [
    ("SPSC, blocking, capacity 1024", BEST, 1.3, 1.3),
    ("SPSC, blocking, capacity 64", BEST, 1.3, 1.3),
    ("MPSC 4+1, blocking, capacity 1024", BEST, 1.3, 1.3),
    ("MPSC 4+1, blocking, capacity 64", BEST, 1.3, 1.3),
    ("MPMC 2+2, blocking, capacity 1024", BEST, 1.3, 1.3),
    ("MPMC 2+2, blocking, capacity 64", BEST, 1.3, 1.3),
    ("MPMC 4+4, blocking, capacity 1024", BEST, 1.3, 1.3),
    ("MPMC 4+4, blocking, capacity 64", BEST, 1.3, 1.3),
    ("MPMC 16+16, blocking, capacity 1024", BEST, 1.3, 1.3),
    ("MPMC 16+16, blocking, capacity 64", BEST, 1.3, 1.3),
    ("Blocking, capacity 1", CROSSBEAM, 1.0, 1.0),
    (
        "Tasks, against async-channel and flume",
        "the better of both",
        1.5,
        1.5,
    ),
    ("Tasks, against kanal", "kanal", 1.3, 1.3),
    ("Round trip spinning, p50", AWAKE, 1.25, 1.25),
    ("Round trip spinning, p99.9", AWAKE, 1.0, 1.0),
    ("Round trip parked, p50", "a bare futex", 1.0 / 1.05, 1.0),
    ("Cost of waiting", BEST, 1.0, 1.0),
    (
        "One core 16+16, blocking, capacity 1024",
        CROSSBEAM,
        5.0,
        5.0,
    ),
    ("One core 16+16, blocking, capacity 64", CROSSBEAM, 5.0, 5.0),
    ("One core 16+16, blocking, capacity 1", CROSSBEAM, 5.0, 5.0),
    (
        "Calls that may wait, where nobody has to",
        "its own try form",
        1.0 / 1.05,
        1.0,
    ),
];

const FAIR: &str = "best peer that keeps the order";

const PRIMITIVES: [Wanted; 15] = [
    (
        "Semaphore, one thread",
        "two bare read-modify-writes",
        1.0 / 1.1,
        1.0,
    ),
    ("Semaphore, 2 threads on 1 permit, in order", FAIR, 1.0, 1.0),
    ("Semaphore, 2 threads on 1 permit, barging", BEST, 1.0, 1.0),
    (
        "Semaphore, 2 threads on 2 permits, in order",
        FAIR,
        1.0,
        1.0,
    ),
    ("Semaphore, 2 threads on 2 permits, barging", BEST, 1.0, 1.0),
    (
        "Semaphore, 16 threads on 4 permits, in order",
        FAIR,
        1.0,
        1.0,
    ),
    (
        "Semaphore, 16 threads on 4 permits, barging",
        BEST,
        1.0,
        1.0,
    ),
    ("Semaphore, 16 tasks on 4 permits, in order", FAIR, 1.0, 1.0),
    ("Semaphore, 16 tasks on 4 permits, barging", BEST, 1.0, 1.0),
    ("The price of order is shown", SHOWN, 1.0, 1.0),
    (
        "Hand-offs",
        "its own cheapest, 1 to 10,000 tasks waiting",
        1.0 / 1.5,
        1.0,
    ),
    ("Event, wait when set", "a bare load", 0.5, 1.0),
    ("Event, set and reset", BEST, 2.0, 2.0),
    (
        "Event, a sleeping thread, p50",
        "a bare futex",
        1.0 / 1.05,
        1.0,
    ),
    (
        "Event, 10,000 tasks waiting, each",
        "its own 100 tasks",
        1.0 / 1.5,
        1.0,
    ),
];

const PIPES: [Wanted; 7] = [
    ("Pipe, items", "rtrb", 2.0, 2.0),
    ("Pipe, items, cores far apart", "rtrb", 2.0, 2.0),
    ("Pipe, slices of 256", "rtrb's chunks", 1.2, 1.2),
    ("Pipe, slices of 256, each value", "1.2 ns", 1.0, 1.0),
    (
        "Pipe, round trip, p50",
        "best of rtrb with parking, crossbeam-channel and the system's pipe",
        1.0,
        1.0,
    ),
    ("Pipe, bytes", "the system's pipe", 3.0, 3.0),
    ("Pipe, bytes, async", "tokio's duplex", 2.0, 2.0),
];

const UNBOUND: &str = "best of crossbeam-queue, concurrent-queue, kanal";

const UNBOUNDED: [Wanted; 14] = [
    ("Unbounded, uncontended, against kanal", "kanal", 1.0, 1.0),
    (
        "Unbounded, uncontended, against SegQueue",
        "SegQueue",
        1.7,
        1.7,
    ),
    ("Unbounded, SPSC", UNBOUND, 1.3, 1.3),
    ("Unbounded, MPSC 2+1", UNBOUND, 1.3, 1.3),
    ("Unbounded, MPSC 4+1", UNBOUND, 1.3, 1.3),
    ("Unbounded, MPMC 2+2", UNBOUND, 1.3, 1.3),
    ("Unbounded, MPMC 4+4", UNBOUND, 1.3, 1.3),
    ("Unbounded, MPMC 16+16", UNBOUND, 1.3, 1.3),
    ("Unbounded, blocking 1+1", "kanal", 1.3, 1.3),
    ("Unbounded, blocking 4+4", "kanal", 1.3, 1.3),
    (
        "Unbounded, bytes of an item in a long backlog",
        "20 bytes",
        1.0,
        1.0,
    ),
    ("Unbounded, an empty queue", "2.00\u{a0}KiB", 1.0, 1.0),
    (
        "Unbounded, allocations in a million operations",
        "none",
        1.0,
        1.0,
    ),
    ("Unbounded: One thread stopped", BEFORE, 0.9, 1.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_goal_has_a_name_of_its_own() {
        let all = Area::ALL.iter().flat_map(|area| area.goals());
        let mut names: Vec<_> = all.map(|goal| goal.0).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1]), "{names:?}");
    }
}
