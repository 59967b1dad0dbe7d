//! A waker that does whatever a test wants while it is cloned, woken or dropped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What is done to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Clone,
    Wake,
    Drop,
}

/// It does not answer more often: what calls itself again and again comes to an end, and is counted.
const MANY: usize = 200;

/// Does the deed's answer while it is armed; otherwise it is a waker that does nothing.
pub struct Rogue {
    on: Deed,
    answer: Box<dyn Fn() + Send + Sync>,
    armed: AtomicBool,
    times: AtomicUsize,
}

impl fmt::Debug for Rogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rogue")
            .field("on", &self.on)
            .finish_non_exhaustive()
    }
}

impl Rogue {
    /// One that calls `answer` at each `on`; not armed.
    pub fn new(on: Deed, answer: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Rogue {
            on,
            answer: Box::new(answer),
            armed: AtomicBool::new(false),
            times: AtomicUsize::new(0),
        })
    }

    /// One that panics, without the panic hook.
    pub fn that_panics(on: Deed) -> Arc<Self> {
        Rogue::new(on, || std::panic::resume_unwind(Box::new("rogue")))
    }

    pub fn arm(&self, armed: bool) {
        self.armed.store(armed, Ordering::Relaxed);
    }

    /// How often it answered.
    pub fn times(&self) -> usize {
        self.times.load(Ordering::Relaxed)
    }

    pub fn waker(self: &Arc<Self>) -> Waker {
        let data = Arc::into_raw(Arc::clone(self)).cast::<()>();
        // SAFETY: the functions of the table keep the contract of `RawWaker`: each waker is one strong
        // count, and `Rogue` is `Send` and `Sync`.
        unsafe { Waker::from_raw(RawWaker::new(data, &TABLE)) }
    }

    fn done(&self, deed: Deed) {
        if self.on == deed
            && self.armed.load(Ordering::Relaxed)
            && self.times.fetch_add(1, Ordering::Relaxed) < MANY
        {
            (self.answer)();
        }
    }
}

static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the data of a waker that lives.
    unsafe { &*data.cast::<Rogue>() }.done(Deed::Clone);
    // SAFETY: as above; the new waker has the new count.
    unsafe { Arc::increment_strong_count(data.cast::<Rogue>()) };
    RawWaker::new(data, &TABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the waker is consumed, and its count with it.
    let rogue = unsafe { Arc::from_raw(data.cast::<Rogue>()) };
    rogue.done(Deed::Wake);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the data of a waker that lives.
    unsafe { &*data.cast::<Rogue>() }.done(Deed::Wake);
}

unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the waker is consumed, and its count with it.
    let rogue = unsafe { Arc::from_raw(data.cast::<Rogue>()) };
    rogue.done(Deed::Drop);
}
