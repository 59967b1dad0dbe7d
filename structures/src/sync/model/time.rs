//! Deadlines, which a model's timer lets pass.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use loom::sync::atomic::{self as stock, Ordering};

use super::{Arc, Thread, current, park};

/// A clock for models: it runs out at any step, or never.
///
/// loom has no time. A model that lets a timer run beside its threads explores every place at
/// which a deadline could pass.
#[derive(Clone, Debug)]
pub struct Timer(Arc<Clock>);

#[derive(Debug)]
struct Clock {
    has_run_out: stock::AtomicBool,
    sleepers: loom::sync::Mutex<Vec<Thread>>,
}

impl Timer {
    /// Starts a timer, which takes one of the model's threads. Join it before the model ends.
    pub fn start() -> (Self, loom::thread::JoinHandle<()>) {
        let timer = Self(Arc::new(Clock {
            has_run_out: stock::AtomicBool::new(false),
            sleepers: loom::sync::Mutex::new(Vec::new()),
        }));
        let running = timer.clone();
        let thread = loom::thread::spawn(move || {
            running.0.has_run_out.store(true, Ordering::Relaxed);
            let sleepers = core::mem::take(&mut *running.0.sleepers.lock().expect("no panic"));
            sleepers.iter().for_each(Thread::unpark);
        });
        (timer, thread)
    }

    /// Whether the deadline has passed.
    pub fn has_run_out(&self) -> bool {
        self.0.has_run_out.load(Ordering::Relaxed)
    }

    fn park(&self) {
        let mut sleepers = self.0.sleepers.lock().expect("no panic");
        if !self.has_run_out() {
            sleepers.push(current());
            drop(sleepers);
            park();
        }
    }
}

std::thread_local! {
    static TIMER: RefCell<Option<Timer>> = const { RefCell::new(None) };
}

/// The timer that stands for every deadline that is neither past nor never, until the next call. A
/// deadline without a timer does not pass.
pub fn deadlines(timer: Option<Timer>) {
    let before = TIMER.replace(timer);
    if std::thread::panicking() {
        // The execution is over: the timer is loom's, and its drop would panic again.
        core::mem::forget(before);
    }
}

/// When a call stops waiting.
#[derive(Clone, Debug)]
pub enum Deadline {
    /// Never.
    Never,
    /// It has stopped.
    Passed,
    /// When the timer runs out.
    When(Timer),
}

impl Deadline {
    /// Never.
    pub const NEVER: Self = Self::Never;

    fn to_come() -> Self {
        TIMER.with_borrow(|timer| timer.clone().map_or(Self::Never, Self::When))
    }

    /// At that time.
    pub fn at(time: Instant) -> Self {
        if time <= Instant::now() {
            Self::Passed
        } else {
            Self::to_come()
        }
    }

    /// So long from now.
    pub fn after(time: Duration) -> Self {
        if time.is_zero() {
            Self::Passed
        } else {
            Self::to_come()
        }
    }

    /// Whether it is over.
    pub fn has_passed(&self) -> bool {
        match self {
            Self::Never => false,
            Self::Passed => true,
            Self::When(timer) => timer.has_run_out(),
        }
    }

    /// Sleeps until somebody unparks this thread, until it is over, or for no reason.
    pub(crate) fn park(&self) {
        match self {
            Self::Never => park(),
            Self::Passed => (),
            Self::When(timer) => timer.park(),
        }
    }
}
