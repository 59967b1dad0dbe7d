//! A thread is stopped in the middle of an operation, for good. What can the others still do?
//!
//! The victim is stopped after each machine instruction of its `try_push` in turn (or at evenly
//! spread ones where a build without optimisation makes it long), each time on a fresh queue. A peer then pushes and pops. A queue passes a stop if the peer
//! gets all its work done by itself; it fails if the peer would have to wait, or finds the queue
//! empty although its own item is inside.

use std::fmt;
use std::fmt::Write as _;
use std::hint;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use model_tests::schedule::{Row, Schedule};
use model_tests::single_step::{Checked, Reached, Stop, Unsupported, checked, count};

use super::cost::{per_operation, time_together};
use crate::baseline::{StdMutex, Vyukov};
use crate::contender::{Contender, End, Role};
use crate::contenders::LatchlessHandle;

/// What the user types.
pub const NAME: &str = "stall";
/// What happens, in one line.
pub const ABOUT: &str = "a thread is stopped in the middle of try_push, for good";

const CAPACITY: usize = 64;
/// How often the peer pushes and pops at each stop.
const PAIRS: usize = 2;
/// A longer `try_push` is stopped at every second instruction, or third …
const MOST_STOPS: u64 = 100;
/// A pair takes some hundred instructions; who needs this many is going round in circles.
const BUDGET: u64 = 20_000;

/// What became of the peer at one stop of the victim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// It did all its work.
    Worked,
    /// It would have waited for the victim, for ever.
    Hung,
    /// It was told Full or Empty, although its own item had room or was inside.
    Misled,
}

/// The peer's fate at every stop of the victim's `try_push`.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// The queue.
    pub name: &'static str,
    /// Every how many instructions the victim was stopped.
    pub stride: u64,
    /// What became of the peer at each stop of the victim, in order.
    pub stops: Vec<Peer>,
    /// The first stop at which the peer was stuck, call by call.
    pub scene: Option<Schedule>,
}

impl Sweep {
    /// At how many stops the peer met this fate.
    pub fn count(&self, fate: Peer) -> usize {
        self.stops.iter().filter(|&&peer| peer == fate).count()
    }
}

/// Stops a `try_push` of `C` after each of its instructions in turn, or spreads 100 stops over it.
///
/// # Errors
///
/// [`Unsupported`] where a thread cannot be stopped at an instruction.
pub fn sweep<C: Contender<u64>>() -> Result<Sweep, Unsupported> {
    let [mut alone, _peer] = two_ends::<C>();
    let (_, length) = count(|| alone.try_push(1))?;
    let stride = length.div_ceil(MOST_STOPS).max(1);
    let mut sweep = Sweep {
        name: C::CARD.name,
        stride,
        stops: Vec::new(),
        scene: None,
    };
    for instruction in (1..).step_by(stride as usize) {
        let Some(seen) = at_stop::<C>(instruction)? else {
            break;
        };
        sweep.stops.push(seen.peer);
        if seen.peer != Peer::Worked && sweep.scene.is_none() {
            sweep.scene = Some(scene(instruction, seen));
        }
    }
    Ok(sweep)
}

/// The peer's fate with the victim after `instruction`, and what it called and was answered;
/// `None` when the push is shorter.
fn at_stop<C: Contender<u64>>(instruction: u64) -> Result<Option<Seen>, Unsupported> {
    let [mut victim, mut peer] = two_ends::<C>();
    let stop = Stop::after(instruction)?;
    thread::scope(|scope| {
        let _released = stop.release_on_drop();
        scope.spawn(|| {
            let _ = stop.run(|| victim.try_push(1));
        });
        match stop.wait() {
            Reached::Stop => work(&mut peer, &stop).map(Some),
            Reached::End => Ok(None),
        }
    })
}

fn two_ends<C: Contender<u64>>() -> [C::End; 2] {
    let ends = C::ends(CAPACITY, &[Role::Both; 2]).map(<[_; 2]>::try_from);
    let Some(Ok(ends)) = ends else {
        panic!("{} does not serve two threads", C::CARD.name);
    };
    ends
}

/// What was seen of the peer: its fate, its calls with their answers, a remark on the last one.
struct Seen {
    peer: Peer,
    calls: Vec<String>,
    remark: Option<&'static str>,
}

impl Seen {
    /// Writes down one call; answers whether the peer can go on with its work.
    fn call<R: fmt::Debug>(
        &mut self,
        call: &str,
        done: &Checked<R>,
        served: bool,
        misled: &'static str,
    ) -> bool {
        let (peer, remark) = match (done.stalled, served) {
            (Some(_), _) => (Peer::Hung, "for ever"),
            (None, false) => (Peer::Misled, misled),
            (None, true) => {
                self.calls.push(format!("{call} -> {:?}", done.value));
                return true;
            }
        };
        self.peer = peer;
        self.remark = Some(remark);
        self.calls.push(match peer {
            Peer::Hung => format!("{call} waits"),
            _ => format!("{call} -> {:?}", done.value),
        });
        false
    }
}

/// The peer's share: pairs of a push and a pop, as long as it gets on.
fn work(peer: &mut impl End<u64>, stop: &Stop) -> Result<Seen, Unsupported> {
    let mut seen = Seen {
        peer: Peer::Worked,
        calls: Vec::new(),
        remark: None,
    };
    for _ in 0..PAIRS {
        let push = checked(BUDGET, &[stop], || peer.try_push(2))?;
        if !seen.call("try_push(2)", &push, push.value.is_ok(), "there is room") {
            break;
        }
        let pop = checked(BUDGET, &[stop], || peer.try_pop())?;
        if !seen.call("try_pop()", &pop, pop.value.is_some(), "2 is inside") {
            break;
        }
    }
    Ok(seen)
}

fn scene(instruction: u64, seen: Seen) -> Schedule {
    let row = |thread, step| Row {
        thread,
        step,
        values: Vec::new(),
        note: None,
    };
    let stopped = format!("try_push(1), stopped at {instruction}");
    let mut rows = vec![row(0, stopped)];
    rows.extend(seen.calls.into_iter().map(|call| row(1, call)));
    if let Some(last) = rows.last_mut() {
        last.note = seen.remark.map(String::from);
    }
    Schedule {
        threads: vec!["victim".into(), "peer".into()],
        values: Vec::new(),
        rows,
    }
}

/// The time that so many pairs of push and pop take on two threads, nobody being stopped.
pub fn cost<C: Contender<u64>>(pairs: u64) -> Duration {
    let ends = two_ends::<C>().map(Mutex::new);
    time_together(ends.len(), pairs, |number, share| {
        let mut end = ends[number].lock().expect("each thread has its own");
        for value in 0..share {
            let _ = hint::black_box(end.try_push(value));
            hint::black_box(end.try_pop());
        }
    })
}

/// Runs the demo and writes down what was seen.
///
/// # Errors
///
/// [`Unsupported`] where a thread cannot be stopped at an instruction.
pub fn play() -> Result<String, Unsupported> {
    let mut text = format!("{NAME}: {ABOUT}\n\n");
    let mutex = sweep::<StdMutex>()?;
    let ring = sweep::<Vyukov>()?;
    let ours = sweep::<LatchlessHandle>()?;
    let places = match mutex.stride.max(ring.stride).max(ours.stride) {
        1 => "after each instruction in turn".into(),
        stride => format!("after one instruction in {stride}"),
    };
    let _ = writeln!(text, "    victim:  queue.try_push(1)    stopped {places}");
    text += "    peer:    queue.try_push(2); queue.try_pop()   twice, at each stop\n\n";
    if let Some(scene) = &ring.scene {
        let name = ring.name;
        let _ = writeln!(
            text,
            "The {name}, at the first instruction that matters:\n\n{scene}"
        );
    }
    let _ = writeln!(text, "{}", Line::HEAD);
    for line in [
        Line(&mutex, per_operation(cost::<StdMutex>)),
        Line(&ring, per_operation(cost::<Vyukov>)),
        Line(&ours, per_operation(cost::<LatchlessHandle>)),
    ] {
        let _ = writeln!(text, "{line}");
    }
    text += "\nWho holds the lock, or has claimed a place and not filled it, keeps others\n";
    text += "waiting. Bounded finishes the item first, then one CAS puts it in its place.\n";
    Ok(text)
}

/// One line of the table.
struct Line<'a>(&'a Sweep, f64);

impl Line<'_> {
    const HEAD: &'static str =
        "                    stops   peer works   hangs   misled  ns per pair, 2 threads";
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line(sweep, cost) = self;
        let [works, hangs, misled] =
            [Peer::Worked, Peer::Hung, Peer::Misled].map(|fate| sweep.count(fate));
        let (name, stops) = (sweep.name, sweep.stops.len());
        write!(
            f,
            "{name:<19}{stops:>6}{works:>13}{hangs:>8}{misled:>9}{cost:>24.1}"
        )
    }
}
