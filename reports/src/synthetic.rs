//! Runs with known figures, for tests: what the pages say of them is known before they are made.

use latchless_bench::{
    record::{
        Cell, Distance, FairRound, Machine, Memory, Round, Run, Series, Stalled, Stop, Waited,
    },
    workload::{
        pipe::{self, PIPE_ROUND_TRIP},
        primitive::{self, EVENT_WAKE},
        unbounded,
        waiting::{FAST_PATH, IDLE, ROUND_TRIP},
    },
};

use crate::{
    document::{Card, Document, PrimitiveCard, Scope},
    kill_matrix::{KillMatrix, Mutant},
};

pub const OURS: &str = "latchless (handle)";

/// A round of `rate` million items a second at `distance` by two producers and two consumers.
pub fn round(rate: f64, distance: Distance) -> Round {
    let items = (rate * 1000.0) as u64;
    Round {
        sequence: 0,
        items,
        nanos: 1_000_000,
        line_nanos: [if distance == Distance::Far {
            165.0
        } else {
            34.0
        }; 2],
        distance,
        per_thread: vec![items / 2; 4],
        producers: 2,
        latency_nanos: Some([(1e3 / rate) as u64, (5e3 / rate) as u64, 90_000]),
        cpu_nanos: 4_000_000,
        steal_ticks: 0,
        waited: None,
    }
}

/// A series with a round at each of `rates`, all at `distance`.
pub fn series(contender: &str, distance: Distance, rates: &[f64]) -> Series {
    let rounds = rates.iter().map(|rate| round(*rate, distance)).collect();
    Series {
        contender: contender.into(),
        rounds,
        fair: Vec::new(),
        absent: None,
    }
}

/// A round for fairness at each of `shares`: of two producers and two consumers, the second
/// consumer does that share of what the first one does.
pub fn fair(shares: &[f64]) -> Vec<FairRound> {
    let round = |share: &f64| FairRound {
        nanos: 500_000_000,
        deals: 125,
        per_thread: vec![1_000, 990, 1_000, (share * 1_000.0) as u64],
        producers: 2,
        latency_nanos: Some([50, 400, 90_000]),
    };
    shares.iter().map(round).collect()
}

/// `count` rates around `median`, which is theirs.
pub fn around(median: f64, count: usize) -> Vec<f64> {
    let half = (count / 2) as f64;
    (0..count)
        .map(|at| median * (1.0 + 0.05 * (at as f64 - half) / half.max(1.0)))
        .collect()
}

/// A cell of near rounds: each contender with its median.
pub fn cell(workload: &str, threads: usize, medians: &[(&str, f64)]) -> Cell {
    let near = |(name, median): &(&str, f64)| series(name, Distance::Near, &around(*median, 15));
    Cell {
        workload: workload.into(),
        capacity: 1024,
        payload: "u64".into(),
        threads,
        pinned: threads <= 2,
        series: medians.iter().map(near).collect(),
        fair_control: Vec::new(),
    }
}

/// A cell in which somebody waits: each contender with its median of what counts there, which in
/// the idle workloads is a million items a second of CPU time, and in round trips a million of
/// these a second.
pub fn waiting_cell(workload: &str, capacity: usize, medians: &[(&str, f64)]) -> Cell {
    let mut cell = cell(workload, 2, medians);
    cell.capacity = capacity;
    let trips = workload.starts_with(ROUND_TRIP);
    let idle = workload.starts_with(IDLE);
    for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
        let nanos = round.nanos as f64 / round.items as f64;
        if trips || idle || workload == FAST_PATH {
            round.distance = Distance::None;
        }
        if idle {
            (round.items, round.cpu_nanos) = (1000, (nanos * 1000.0) as u64);
        }
        round.waited = Some(Waited {
            switches: [round.items * 2, round.items / 10],
            round_trip_nanos: trips.then(|| [1.0, 2.0, 3.0, 9.0].map(|by| (nanos * by) as u64)),
        });
    }
    cell
}

/// One cell of every kind in which somebody waits.
pub fn waiting() -> Vec<Cell> {
    let spsc = |ours, kanal| [(OURS, ours), ("kanal", kanal), ("crossbeam-channel", 10.0)];
    vec![
        waiting_cell(
            "fast-path",
            1024,
            &[(OURS, 98.0), ("latchless (try)", 100.0), ("kanal", 140.0)],
        ),
        waiting_cell("blocking-spsc", 1024, &spsc(60.0, 40.0)),
        waiting_cell("blocking-spsc", 64, &spsc(40.0, 80.0)),
        waiting_cell("blocking-mpmc-16+16", 1, &spsc(20.0, 30.0)),
        waiting_cell("blocking-one-core-16+16", 1024, &spsc(40.0, 39.0)),
        waiting_cell(
            "async-spsc",
            1024,
            &[(OURS, 60.0), ("kanal", 40.0), ("flume", 50.0)],
        ),
        waiting_cell(
            "round-trip-spinning",
            1,
            &[(OURS, 5.0), ("crossbeam-channel", 2.5), ("bare flag", 10.0)],
        ),
        waiting_cell(
            "round-trip-parked",
            1,
            &[(OURS, 0.02), ("flume", 0.019), ("bare futex", 0.02)],
        ),
        waiting_cell(
            "idle-1+1",
            1,
            &[(OURS, 0.02), ("kanal", 0.025), ("bare futex", 0.03)],
        ),
    ]
}

/// A cell of semaphores, events or locks: each contender with the nanoseconds that an operation
/// takes it.
pub fn primitive_cell(workload: &str, nanos: &[(&str, f64)]) -> Cell {
    let work = primitive::Workload::named(workload)
        .expect("it exists")
        .work;
    let rates: Vec<(&str, f64)> = nanos
        .iter()
        .map(|(name, nanos)| (*name, 1e3 / nanos))
        .collect();
    let mut cell = cell(workload, work.threads(), &rates);
    (cell.capacity, cell.payload) = (work.size(), String::new());
    for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
        let nanos = round.nanos as f64 / round.items as f64;
        if !work.meets_between_cores() {
            round.distance = Distance::None;
        }
        let trip = || [1.0, 2.0, 3.0, 9.0].map(|by| (nanos * by) as u64);
        round.waited = Some(Waited {
            switches: [0, 0],
            round_trip_nanos: (workload == EVENT_WAKE).then(trip),
        });
    }
    cell
}

/// What every document of primitives has cards of.
pub fn primitive_cards() -> Vec<PrimitiveCard> {
    let card = |(name, origin, kind, fair): (&str, &str, &str, bool)| PrimitiveCard {
        name: name.into(),
        origin: origin.into(),
        kind: kind.into(),
        algorithm: "a word".into(),
        fair,
        order: "first come, first served".into(),
        stopped_peer: "the others go on".into(),
        blocking: true,
        asynchronous: false,
        timeout: false,
        waiting: "sleeps".into(),
    };
    [
        ("ours", "latchless", "semaphore", true),
        ("ours barging", "latchless", "semaphore", false),
        ("our event", "latchless", "event", true),
        ("tokio", "tokio", "semaphore", true),
        ("sem_t", "POSIX", "semaphore", false),
        ("listener", "event-listener", "event", true),
        ("two additions", "floor", "semaphore", false),
        ("no semaphore", "floor", "semaphore", true),
        ("a load", "floor", "event", true),
    ]
    .map(card)
    .into()
}

/// A document of semaphores and events alone.
pub fn primitives() -> Document {
    let mut document = document(Vec::new());
    document.primitive_cards = primitive_cards();
    let hand_off = |name, ours, none| {
        primitive_cell(
            name,
            &[("ours", ours), ("tokio", 300.0), ("no semaphore", none)],
        )
    };
    document.run.primitives = vec![
        primitive_cell(
            "semaphore-alone",
            &[
                ("ours", 5.2),
                ("ours barging", 5.0),
                ("tokio", 35.0),
                ("sem_t", 6.0),
                ("two additions", 5.0),
            ],
        ),
        primitive_cell(
            "semaphore-2-on-1",
            &[
                ("ours", 400.0),
                ("ours barging", 20.0),
                ("tokio", 800.0),
                ("sem_t", 10.0),
            ],
        ),
        hand_off("semaphore-waiters-1", 100.0, 50.0),
        hand_off("semaphore-waiters-10000", 140.0, 60.0),
        primitive_cell(
            "event-is-set",
            &[("our event", 0.8), ("listener", 1.0), ("a load", 0.5)],
        ),
        primitive_cell("event-set-reset", &[("our event", 5.0), ("listener", 11.0)]),
        primitive_cell(
            "event-wake",
            &[
                ("our event", 50_000.0),
                ("listener", 60_000.0),
                ("a load", 51_000.0),
            ],
        ),
        primitive_cell(
            "event-waiters-100",
            &[("our event", 100.0), ("listener", 90.0)],
        ),
        primitive_cell(
            "event-waiters-10000",
            &[("our event", 200.0), ("listener", 180.0)],
        ),
    ];
    document
}

/// A cell of pipes: each contender with the nanoseconds that a value, a byte or a round trip takes it.
pub fn pipe_cell(workload: &str, nanos: &[(&str, f64)]) -> Cell {
    let work = pipe::Workload::named(workload).expect("it exists").work;
    let rates: Vec<(&str, f64)> = nanos.iter().map(|(name, it)| (*name, 1e3 / it)).collect();
    let mut cell = cell(workload, pipe::Work::THREADS, &rates);
    (cell.capacity, cell.payload) = (work.usual_capacity(), work.payload().into());
    for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
        let nanos = round.nanos as f64 / round.items as f64;
        let trip = || [1.0, 2.0, 3.0, 9.0].map(|by| (nanos * by) as u64);
        round.waited = Some(Waited {
            switches: [0, 0],
            round_trip_nanos: (workload == PIPE_ROUND_TRIP).then(trip),
        });
    }
    cell
}

/// A document of pipes alone.
pub fn pipes() -> Document {
    let mut document = document(Vec::new());
    document.pipe_cards = [
        ("our pipe", "latchless"),
        ("our frames", "latchless"),
        ("rtrb", "rtrb"),
        ("crossbeam-channel", "crossbeam-channel"),
        ("kanal", "kanal"),
        ("OS pipe", "system"),
        ("tokio duplex", "tokio"),
    ]
    .map(|(name, origin)| card(name, origin))
    .into();
    document.run.pipes = vec![
        pipe_cell("pipe-items", &[("our pipe", 3.0), ("rtrb", 9.0)]),
        pipe_cell("pipe-slices", &[("our pipe", 1.0), ("rtrb", 1.1)]),
        pipe_cell("pipe-blocking", &[("our pipe", 10.0), ("kanal", 20.0)]),
        pipe_cell(
            PIPE_ROUND_TRIP,
            &[
                ("our pipe", 200.0),
                ("kanal", 160.0),
                ("crossbeam-channel", 400.0),
                ("OS pipe", 9_000.0),
            ],
        ),
        pipe_cell(
            "pipe-bytes",
            &[("our pipe", 0.1), ("our frames", 0.2), ("OS pipe", 0.4)],
        ),
        pipe_cell(
            "pipe-bytes-async",
            &[("our pipe", 0.2), ("tokio duplex", 0.3)],
        ),
    ];
    document
}

/// A cell of unbounded queues: each contender with its median in millions a second.
pub fn unbounded_cell(workload: &str, medians: &[(&str, f64)]) -> Cell {
    let work = unbounded::Workload::named(workload)
        .expect("it exists")
        .work;
    let mut cell = cell(workload, work.threads(), medians);
    cell.capacity = work.usual_credit();
    if work.threads() == 1 {
        for round in cell.series.iter_mut().flat_map(|one| &mut one.rounds) {
            round.distance = Distance::None;
        }
    }
    cell
}

/// What a contender takes that has so many bytes for each item, gives everything back or nothing, and takes 1 KiB when empty.
pub fn memory(contender: &str, each: u64, gives_back: bool) -> Memory {
    let looks = || (0..=20).map(|look| look * 50_000);
    let up = |items: u64| [items, 1024 + items * each];
    let down = |items: u64| {
        [
            items,
            1024 + if gives_back { items } else { 1_000_000 } * each,
        ]
    };
    let mut up: Vec<[u64; 2]> = looks().map(up).collect();
    // What an empty queue takes is spread over all items, so that the figure for each is a round one.
    if let Some(last) = up.last_mut() {
        last[1] -= 1024;
    }
    Memory {
        contender: contender.into(),
        new_bytes: 512,
        used_bytes: 1024,
        up,
        down: looks().rev().map(down).collect(),
        allocations: if gives_back { 0 } else { 32_258 },
    }
}

/// A document of unbounded queues alone.
pub fn unbounded() -> Document {
    let mut document = document(Vec::new());
    document.unbounded_cards = [
        ("ours", "latchless"),
        ("ours shared", "latchless"),
        ("SegQueue", "crossbeam-queue"),
        ("ConcurrentQueue", "concurrent-queue"),
        ("kanal", "kanal"),
        ("linked list", "baseline"),
    ]
    .map(|(name, origin)| card(name, origin))
    .into();
    document.run.unbounded = vec![
        unbounded_cell(
            "unbounded-uncontended",
            &[
                ("ours", 90.0),
                ("ours shared", 60.0),
                ("kanal", 100.0),
                ("SegQueue", 45.0),
            ],
        ),
        unbounded_cell(
            "unbounded-mpmc-4+4",
            &[
                ("ours", 60.0),
                ("ConcurrentQueue", 40.0),
                ("kanal", 30.0),
                ("linked list", 45.0),
            ],
        ),
        unbounded_cell("unbounded-pairs-2", &[("ours", 40.0), ("kanal", 30.0)]),
        unbounded_cell("unbounded-blocking-1+1", &[("ours", 60.0), ("kanal", 50.0)]),
    ];
    document.run.memory = vec![
        memory("ours", 16, true),
        memory("ours shared", 16, true),
        memory("SegQueue", 17, true),
        memory("kanal", 8, false),
    ];
    document
}

pub fn card(name: &str, origin: &str) -> Card {
    Card {
        name: name.into(),
        origin: origin.into(),
        algorithm: "a ring".into(),
        order: "FIFO".into(),
        exactness: "exact".into(),
        stopped_peer: "the others go on".into(),
        blocking: false,
        asynchronous: false,
        timeout: false,
        waiting: String::new(),
    }
}

/// A sweep in which the others keep `shares` of a million items a second.
pub fn stalled(contender: &str, shares: &[f64]) -> Stalled {
    let stop = |(at, share): (usize, &f64)| Stop {
        instruction: at as u64,
        items: (share * 1000.0) as u64,
        nanos: 1_000_000,
        stuck: 0,
    };
    let undisturbed = Stop {
        instruction: 0,
        items: 1000,
        nanos: 1_000_000,
        stuck: 0,
    };
    Stalled {
        contender: contender.into(),
        operation: "push".into(),
        alone: vec![undisturbed.clone(); 3],
        before: vec![undisturbed; shares.len()],
        stops: shares.iter().enumerate().map(stop).collect(),
    }
}

/// A document of `cells` with the cards of ours and of three peers.
pub fn document(cells: Vec<Cell>) -> Document {
    let machine = Machine {
        cpu: "Test <CPU> & co".into(),
        cores: 2,
        kernel: "1.2.3".into(),
        rustc: "rustc 1.95.0".into(),
        build: "release".into(),
        crates: vec![("kanal".into(), "0.1.1".into())],
        rmw_nanos: 2.5,
    };
    let run = Run {
        date: "2030-01-02".into(),
        commit: "abc1234".into(),
        command: "cargo compare --only 'a & b'".into(),
        machine,
        steal_percent: 0.3,
        begun: 0,
        cells,
        waiting: Vec::new(),
        primitives: Vec::new(),
        pipes: Vec::new(),
        unbounded: Vec::new(),
        memory: Vec::new(),
        stalled_unbounded: Vec::new(),
        stalled: Vec::new(),
        stalled_semaphores: Vec::new(),
        stalled_absent: None,
        fair_absent: None,
    };
    let cards = vec![
        card("latchless", "latchless"),
        card(OURS, "latchless"),
        card("ArrayQueue", "crossbeam-queue"),
        card("kanal", "kanal"),
        card("Mutex<VecDeque>", "baseline"),
        card("latchless (try)", "latchless"),
        card("crossbeam-channel", "crossbeam-channel"),
        card("flume", "flume"),
        card("bare flag", "floor"),
        card("bare futex", "floor"),
    ];
    Document::new(Scope::Core, cards, Vec::new(), run)
}

/// One of everything that a page can show; long because it is data.
pub fn complete() -> Document {
    let mut document = document(vec![
        cell(
            "uncontended",
            1,
            &[
                (OURS, 150.0),
                ("latchless", 130.0),
                ("ArrayQueue", 110.0),
                ("ArrayQueue (again)", 114.0),
                ("kanal", 120.0),
            ],
        ),
        cell(
            "spsc",
            2,
            &[
                (OURS, 60.0),
                ("ArrayQueue", 50.0),
                ("kanal", 54.0),
                ("Mutex<VecDeque>", 2.0),
            ],
        ),
        cell(
            "mpmc-4+4",
            8,
            &[(OURS, 75.0), ("ArrayQueue", 50.0), ("kanal", 51.0)],
        ),
        cell(
            "mpmc-16+16",
            32,
            &[(OURS, 30.0), ("ArrayQueue", 16.0), ("kanal", 52.0)],
        ),
        cell(
            "pairs-2",
            2,
            &[(OURS, 90.0), ("ArrayQueue", 73.0), ("kanal", 74.0)],
        ),
    ]);
    for round in document.run.cells[0]
        .series
        .iter_mut()
        .flat_map(|one| &mut one.rounds)
    {
        round.distance = Distance::None;
        round.per_thread = vec![round.items];
        round.producers = 0;
    }
    let crowded = &mut document.run.cells[2];
    crowded.fair_control = fair(&[0.91, 0.90, 0.89]);
    crowded.series[0].fair = fair(&[0.70, 0.74, 0.90]);
    crowded.series[1].fair = fair(&[0.20, 0.10, 0.90]);
    for round in &mut crowded.series[0].rounds {
        round.per_thread[0] = 0;
    }
    document.run.stalled = vec![
        stalled(OURS, &[1.0, 0.97, 1.02]),
        stalled("ArrayQueue", &[1.0, 0.0, 0.004, 1.0]),
    ];
    document.run.stalled_semaphores = vec![
        stalled("ours", &[1.0, 0.96]),
        stalled("tokio", &[1.0, 0.0, 1.0]),
    ];
    document.kill_matrix = vec![KillMatrix {
        structure: "latchless".into(),
        models: vec!["loom_pairs".into(), "loom_close".into()],
        mutants: vec![
            mutant("push_cas_relaxed", &["loom_pairs"]),
            mutant("close_fence_gone", &[]),
        ],
    }];
    document
}

/// A run that has something of everything.
pub fn whole() -> Document {
    let (mut document, other) = (complete(), [primitives(), pipes(), unbounded()]);
    let [of_primitives, of_pipes, of_unbounded] = other;
    document.run.command = "cargo compare".to_owned();
    document.run.waiting = waiting();
    document.run.primitives = of_primitives.run.primitives;
    document.primitive_cards = of_primitives.primitive_cards;
    document.run.pipes = of_pipes.run.pipes;
    document.pipe_cards = of_pipes.pipe_cards;
    document.run.unbounded = of_unbounded.run.unbounded;
    document.run.memory = of_unbounded.run.memory;
    document.run.stalled_unbounded = of_unbounded.run.stalled_unbounded;
    document.unbounded_cards = of_unbounded.unbounded_cards;
    document
}

fn mutant(name: &str, killed_by: &[&str]) -> Mutant {
    Mutant {
        name: name.into(),
        site: "push".into(),
        change: "Release → Relaxed".into(),
        killed_by: killed_by.iter().map(|model| (*model).to_owned()).collect(),
    }
}
