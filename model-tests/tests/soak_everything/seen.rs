//! What happens in a soak.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What happened, beside what was meant to.
#[derive(Debug, Default)]
pub struct Seen {
    /// Calls that came to something.
    pub steps: Arc<AtomicU64>,
    timeouts: AtomicU64,
    cancels: AtomicU64,
    cut_off: AtomicU64,
    doing: Vec<Mutex<&'static str>>,
}

/// The same, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    timeouts: u64,
    cancels: u64,
    cut_off: u64,
}

impl Tally {
    pub fn of_each(so_many: u64) -> Self {
        Tally {
            timeouts: so_many,
            cancels: so_many,
            cut_off: so_many,
        }
    }

    pub fn is_at_least(&self, least: &Tally) -> bool {
        self.timeouts >= least.timeouts
            && self.cancels >= least.cancels
            && self.cut_off >= least.cut_off
    }
}

impl Seen {
    pub fn new(places: usize) -> Self {
        Seen {
            doing: (0..places).map(|_| Mutex::new("nothing yet")).collect(),
            ..Seen::default()
        }
    }

    pub fn begins(&self, place: usize, what: &'static str) {
        *self.doing[place].lock().expect("not poisoned") = what;
    }

    pub fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }

    /// A wait whose time was over.
    pub fn timeout(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    /// A future that was dropped while it waited.
    pub fn cancel(&self) {
        self.cancels.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody whom a close, or the other side's end, cut off.
    pub fn cut_off(&self) {
        self.cut_off.fetch_add(1, Ordering::Relaxed);
    }

    pub fn tally(&self) -> Tally {
        Tally {
            timeouts: self.timeouts.load(Ordering::Relaxed),
            cancels: self.cancels.load(Ordering::Relaxed),
            cut_off: self.cut_off.load(Ordering::Relaxed),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.tally())?;
        for doing in &self.doing {
            writeln!(f, "at {doing:?}")?;
        }
        Ok(())
    }
}
