//! Stops threads wherever they are, for a while: a signal whose handler sleeps.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Seen;
use super::caller::Dice;

/// Those who may be stopped.
static WORKERS: Mutex<Vec<libc::pthread_t>> = Mutex::new(Vec::new());

/// How many were.
static STOPS: AtomicU64 = AtomicU64::new(0);

/// The longest stop, in nanoseconds; the shortest is a thousandth of it.
const LONGEST: u64 = 2_000_000;

extern "C" fn on_stop(_: c_int) {
    let count = STOPS.fetch_add(1, Ordering::Relaxed);
    let time = libc::timespec {
        tv_sec: 0,
        tv_nsec: (LONGEST >> (count % 10)) as libc::c_long,
    };
    // SAFETY: nanosleep may be called in a handler, and where its errno would go is put back.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        libc::nanosleep(&time, ptr::null_mut());
        *errno = before;
    }
}

fn install() {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    let handler: extern "C" fn(c_int) = on_stop;
    // SAFETY: all zeroes is a valid `sigaction`, and the pointers are valid for the calls.
    let installed = unsafe {
        let action = action.assume_init_mut();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(libc::SIGUSR1, action, ptr::null_mut())
    };
    assert_eq!(installed, 0);
}

/// While it lives, the current thread may be stopped.
#[derive(Debug)]
pub struct Worker(libc::pthread_t);

impl Worker {
    pub fn enters() -> Self {
        // SAFETY: always allowed.
        let me = unsafe { libc::pthread_self() };
        workers().push(me);
        Worker(me)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        workers().retain(|&one| one != self.0);
    }
}

fn workers() -> std::sync::MutexGuard<'static, Vec<libc::pthread_t>> {
    WORKERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stops one thread after another.
#[derive(Debug)]
pub struct Stopper {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Stopper {
    pub fn start(seen: &Arc<Seen>) -> Self {
        install();
        let over = Arc::new(AtomicBool::new(false));
        let (told, seen) = (Arc::clone(&over), Arc::clone(seen));
        let thread = thread::spawn(move || {
            let mut dice = Dice::new(4_711);
            while !told.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_micros(200 + dice.below(1_000)));
                // Under the lock the thread cannot end.
                let workers = workers();
                if !workers.is_empty() {
                    let one = workers[dice.below(workers.len() as u64) as usize];
                    // SAFETY: the thread is alive, since it takes itself off the list first.
                    unsafe { libc::pthread_kill(one, libc::SIGUSR1) };
                    seen.step();
                }
            }
        });
        Stopper { over, thread }
    }

    /// How many were stopped.
    pub fn end(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it does not panic");
        STOPS.load(Ordering::Relaxed)
    }
}
