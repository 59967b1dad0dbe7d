//! A stalled peer: what two threads can still do while a third stands still inside an operation.
//!
//! The victim is stopped after each machine instruction of its operation in turn, as the code was
//! compiled, and two other threads go on for a while: on a half-full queue with pairs of a push
//! and a pop, at a semaphore with permits enough for all by acquiring and releasing. They run
//! freely, so what counts is how much they do, next to what the same two do beside a victim that
//! stands still *before* its operation: as many watches of that as there are stops, by turns with
//! them, since what a machine does to such a watch is no property of a queue.
//!
//! Who is held up must be asked of *each* of them. Where slots are claimed first and filled afterwards, as
//! in `SegQueue`, whoever claims the slot that the victim has not filled waits there for ever, and the other
//! goes on with the slots behind it, faster than two in each other's way: what both move together shows
//! nothing. So each must come so far that it has passed every place that the victim can have claimed
//! (256 turns). One that does not, in many times the watch, is stuck, and nothing counts of what the other moves.
//!
//! On a busy machine they may also do nothing because they did not run: a stop at which they seem
//! halted is watched once more, with still more time, and both watches are recorded. Every watch
//! finds a fresh structure in the same state, so a true halt shows each time. The first and the last
//! few stops lie outside the operation, in the code that leads into it and out of it.
#![forbid(unsafe_code)]

mod queue;
mod semaphore;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use model_tests::single_step::{self, Reached};

use super::Wrong;
use super::drive::message;
use super::patience::Patience;
use crate::cores;
use crate::plan::StalledPlan;
use crate::record::{Stalled, Stop};

pub use queue::{Operation, stalled};
pub use semaphore::{ACQUIRE_AND_RELEASE, stalled_semaphore};

/// The threads that are watched.
const OTHERS: usize = 2;

/// At most this many stops; a longer operation is stopped at every second instruction, or third…
const MOST_STOPS: u64 = 1024;

/// The others seem halted below this share of what they do beside a victim that has not begun.
const HALTED: f64 = 0.1;

/// How many times the watch each of them has to come [`FAR`]: at a stop, and once more where they seem halted.
const PATIENCE: [u32; 2] = [4, 16];

/// After so many turns nobody can be stuck any more: these are several rounds through all that is inside, and
/// through all the room that there is.
const FAR: u64 = 256;

/// After so many turns one of the others gives its core away where they share one: a watch is shorter
/// than the time for which the system lets one of them run.
const TURNS: u64 = 64;

/// One watch without a victim in so many stops.
const STOPS_PER_ALONE: usize = 4;

/// What the threads do, and how it is checked afterwards.
trait Play: Sync {
    /// What one thread holds, and has counted.
    type Side: Send;

    /// A fresh structure: the sides of the others, then the victim's. None where it cannot serve so
    /// many.
    fn sides(&self) -> Option<Vec<Self::Side>>;

    /// The victim, free: so that nothing is done for the first time afterwards.
    fn warm_up(&self, victim: &mut Self::Side);

    /// The victim's operation, inside which it stops.
    fn act(&self, victim: &mut Self::Side, stop: &single_step::Stop);

    /// One of the others, once; false if the watch was over before it was done.
    fn turn<'s>(&self, side: &mut Self::Side, patience: impl Fn() -> Patience<'s>) -> bool
    where
        Self: Sized;

    /// Whether nothing was lost, when all have come to their ends.
    fn settle(&self, sides: Vec<Self::Side>) -> Result<(), Wrong>;
}

/// What the victim does in a scene.
#[derive(Clone, Copy)]
enum Victim {
    /// There is none.
    None,
    /// It stands before its operation.
    Before,
    /// It stops after so many instructions of it.
    After(u64),
}

/// Stops a victim at every instruction of its operation. `Ok(None)` when the play is not for three
/// threads, or when this platform cannot stop a thread at an instruction.
fn sweep(
    play: &impl Play,
    contender: &str,
    operation: &str,
    plan: &StalledPlan,
) -> Result<Option<Stalled>, Wrong> {
    let Some(whole) = scene(play, Victim::After(u64::MAX), Look::default())? else {
        return Ok(None);
    };
    let stride = plan
        .stride
        .max(whole.instructions.div_ceil(MOST_STOPS))
        .max(1);
    let mut found = Stalled {
        contender: contender.to_owned(),
        operation: operation.to_owned(),
        alone: Vec::new(),
        before: Vec::new(),
        stops: Vec::new(),
    };
    let watched = |victim, patience| -> Result<Option<Stop>, Wrong> {
        let time = watch_time(plan);
        let look = Look {
            time,
            patience: time * patience,
        };
        Ok(scene(play, victim, look)?.and_then(|scene| scene.watched))
    };
    for (stop, instruction) in (1..).step_by(stride as usize).enumerate() {
        if stop.is_multiple_of(STOPS_PER_ALONE) {
            found.alone.extend(watched(Victim::None, 0)?);
        }
        found.before.extend(watched(Victim::Before, 0)?);
        let enough = HALTED * median_pace(&found.before);
        for patience in PATIENCE {
            let Some(stop) = watched(Victim::After(instruction), patience)? else {
                // The operation is shorter than that: there is no stop that goes with the last control.
                if found
                    .stops
                    .last()
                    .is_none_or(|last| last.instruction != instruction)
                {
                    found.before.pop();
                }
                return Ok(Some(found));
            };
            let gets_on = stop.pace() >= enough;
            found.stops.push(stop);
            if gets_on {
                break;
            }
        }
    }
    Ok(Some(found))
}

/// How long the others are watched: longer where they share a core, which the system gives to one of them for some
/// milliseconds.
pub fn watch_time(plan: &StalledPlan) -> Duration {
    match cores::available().len() {
        0..OTHERS => plan.watch * 4,
        _ => plan.watch,
    }
}

fn median_pace(watches: &[Stop]) -> f64 {
    let mut paces: Vec<f64> = watches.iter().map(Stop::pace).collect();
    paces.sort_by(f64::total_cmp);
    paces.get(paces.len() / 2).copied().unwrap_or(0.0)
}

/// What one scene has shown.
struct Scene {
    /// What the others did; none when the victim came to its end without a stop.
    watched: Option<Stop>,
    /// The victim's instructions up to its stop, or all of them.
    instructions: u64,
}

/// What the threads of a scene share.
#[derive(Default)]
struct Stage {
    /// The others may begin.
    open: CachePadded<AtomicBool>,
    /// The others must come to an end.
    over: CachePadded<AtomicBool>,
    /// How many of them have begun.
    begun: CachePadded<AtomicUsize>,
    /// Turns that each of them has done.
    moved: [CachePadded<AtomicU64>; OTHERS],
}

/// A fresh structure, a victim, the others, who are watched, and the check that nothing was lost.
fn scene(play: &impl Play, victim: Victim, look: Look) -> Result<Option<Scene>, Wrong> {
    let Some(mut sides) = play.sides() else {
        return Ok(None);
    };
    let after = match victim {
        Victim::None => None,
        Victim::Before => Some(1),
        Victim::After(instructions) => Some(instructions),
    };
    let Ok(stop) = after.map(single_step::Stop::after).transpose() else {
        return Ok(None);
    };
    let Some(victims) = sides.pop() else {
        return Ok(None);
    };
    let before = matches!(victim, Victim::Before);
    let (sides, watched) = perform(play, (victims, before), stop.as_ref(), sides, look)?;
    play.settle(sides)?;
    let executed = stop.as_ref().map_or(0, single_step::Stop::executed);
    let instruction = if before { 0 } else { executed };
    Ok(Some(Scene {
        watched: watched.map(|watched| Stop {
            instruction,
            ..watched
        }),
        instructions: executed,
    }))
}

/// How long the others are watched.
#[derive(Clone, Copy, Default)]
struct Look {
    /// What they move meanwhile counts.
    time: Duration,
    /// So much later each of them must have come [`FAR`]; without any, nobody asks.
    patience: Duration,
}

/// The threads of a scene, to their ends, and what was watched.
type Performed<S> = (Vec<S>, Option<Stop>);

fn perform<P: Play>(
    play: &P,
    (victim, before): (P::Side, bool),
    stop: Option<&single_step::Stop>,
    others: Vec<P::Side>,
    look: Look,
) -> Result<Performed<P::Side>, Wrong> {
    let stage = &Stage::default();
    thread::scope(|scope| {
        let mut handles: Vec<ScopedJoinHandle<'_, P::Side>> = others
            .into_iter()
            .enumerate()
            .map(|(index, side)| scope.spawn(move || other(play, side, index, stage)))
            .collect();
        let parked: Vec<_> = handles.iter().map(|other| other.thread().clone()).collect();
        let _released = stop.map(single_step::Stop::release_on_drop);
        let mut idle = None;
        match stop {
            Some(stop) => handles.push(scope.spawn(move || stopped(play, victim, before, stop))),
            None => idle = Some(victim),
        }
        // From here until the release nothing may be allocated: the victim may stand where it
        // holds the allocator's lock.
        let ended = stop.map(single_step::Stop::wait) == Some(Reached::End);
        stage.over.store(ended, Ordering::Release);
        stage.open.store(true, Ordering::Release);
        parked.iter().for_each(thread::Thread::unpark);
        let watched = (!ended).then(|| watch(stage, look));
        stage.over.store(true, Ordering::Release);
        stop.inspect(|stop| stop.release());
        Ok((joined(handles, idle)?, watched))
    })
}

/// The victim: it stops inside its operation, or before it.
fn stopped<P: Play>(
    play: &P,
    mut side: P::Side,
    before: bool,
    stop: &single_step::Stop,
) -> P::Side {
    play.warm_up(&mut side);
    if before {
        stop.run(|| ());
    } else {
        play.act(&mut side, stop);
    }
    side
}

/// One of the others: turns from the opening to the end, counted where the watcher sees them.
fn other<P: Play>(play: &P, mut side: P::Side, index: usize, stage: &Stage) -> P::Side {
    let available = cores::available();
    let crowded = available.len() < OTHERS;
    if !crowded {
        cores::pin(available[index]);
    }
    while !stage.open.load(Ordering::Acquire) {
        thread::park();
    }
    stage.begun.fetch_add(1, Ordering::AcqRel);
    let mut done = 0;
    while !stage.over.load(Ordering::Acquire) {
        if !play.turn(&mut side, || Patience::new(&stage.over, crowded)) {
            break;
        }
        done += 1;
        // ORDERING: Relaxed: the watcher wants the number alone.
        stage.moved[index].store(done, Ordering::Relaxed);
        if crowded && done.is_multiple_of(TURNS) {
            thread::yield_now();
        }
    }
    side
}

/// Watches the others from when all have begun.
fn watch(stage: &Stage, look: Look) -> Stop {
    // ORDERING: Relaxed: nothing is read but the numbers.
    let moved = || (stage.moved.each_ref()).map(|moved| moved.load(Ordering::Relaxed));
    let total = || moved().iter().sum::<u64>();
    let behind = || moved().iter().filter(|&&turns| turns < FAR).count();
    while stage.begun.load(Ordering::Acquire) < OTHERS {
        thread::yield_now();
    }
    let (before, start) = (total(), Instant::now());
    thread::sleep(look.time);
    let (items, nanos) = (total() - before, start.elapsed().as_nanos() as u64);
    while behind() > 0 && start.elapsed() < look.patience {
        thread::sleep(look.time / 4);
    }
    let asked = look.patience > Duration::ZERO;
    Stop {
        instruction: 0,
        items,
        nanos,
        stuck: if asked { behind() } else { 0 },
    }
}

/// The threads' sides, once all of them have come to their ends.
fn joined<S>(handles: Vec<ScopedJoinHandle<'_, S>>, kept: Option<S>) -> Result<Vec<S>, Wrong> {
    let mut done: Vec<S> = kept.into_iter().collect();
    let mut panicked = None;
    for handle in handles {
        match handle.join() {
            Ok(one) => done.push(one),
            Err(payload) => panicked = Some(Wrong::Panicked(message(&*payload))),
        }
    }
    panicked.map_or(Ok(done), Err)
}
