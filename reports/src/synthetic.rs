//! Runs with known figures, for tests: what the pages say of them is known before they are made.

mod pipes;
mod primitives;
mod unbounded;
mod waiting;

pub use pipes::*;
pub use primitives::*;
pub use unbounded::*;
pub use waiting::*;

use latchless_bench::record::{
    Cell, Distance, FairRound, Machine, Round, Run, Series, Stalled, Stop,
};

use crate::{
    document::{Card, Document, Scope},
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
