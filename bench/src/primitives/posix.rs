//! POSIX `sem_t`, of the C library.

use std::cell::UnsafeCell;
use std::io;
use std::mem::MaybeUninit;

use crate::primitive::{Card, Permits, Semaphore};

/// An unnamed semaphore of this process.
#[derive(Debug)]
pub struct PosixSemaphore(Box<UnsafeCell<libc::sem_t>>);

// SAFETY: a `sem_t` is made to be used from all threads of its process; it is never moved, for it is
// boxed.
unsafe impl Send for PosixSemaphore {}
// SAFETY: as above.
unsafe impl Sync for PosixSemaphore {}

impl PosixSemaphore {
    #[inline]
    fn wait(&self) {
        // SAFETY: it was initialized in `new` and lives as long as `self`.
        while unsafe { libc::sem_wait(self.0.get()) } != 0 {
            let error = io::Error::last_os_error();
            assert!(error.kind() == io::ErrorKind::Interrupted, "{error}");
        }
    }

    #[inline]
    fn post(&self) {
        // SAFETY: as in `wait`.
        let done = unsafe { libc::sem_post(self.0.get()) };
        assert!(done == 0, "the count is too large");
    }
}

impl Drop for PosixSemaphore {
    fn drop(&mut self) {
        // SAFETY: nobody else has it any more, so nobody waits on it.
        unsafe { libc::sem_destroy(self.0.get()) };
    }
}

impl Permits for PosixSemaphore {
    const CARD: Card = Card {
        name: "sem_t",
        origin: "POSIX",
        kind: "semaphore",
        algorithm: "a word with the count and the number of waiters, and a futex",
        fair: false,
        order: "whoever tries while a permit is free",
        stopped_peer: "stopped between releasing and waking, it leaves a sleeper asleep, while \
                       others may acquire",
        blocking: true,
        asynchronous: false,
        timeout: true,
        waiting: "sleeps at once on the word, in the kernel's list",
    };

    fn new(permits: usize) -> Self {
        let inner: MaybeUninit<libc::sem_t> = MaybeUninit::zeroed();
        // SAFETY: `sem_t` is a union of bytes and an integer, for which all zeros is a value.
        let semaphore = PosixSemaphore(Box::new(UnsafeCell::new(unsafe { inner.assume_init() })));
        let permits = u32::try_from(permits).expect("as many as sem_t can count");
        // SAFETY: the memory is that of a `sem_t`, and nobody uses it yet.
        let done = unsafe { libc::sem_init(semaphore.0.get(), 0, permits) };
        assert!(done == 0, "{}", io::Error::last_os_error());
        semaphore
    }

    fn take(&self) -> bool {
        // SAFETY: as in `wait`.
        unsafe { libc::sem_trywait(self.0.get()) == 0 }
    }
}

impl Semaphore for PosixSemaphore {
    #[inline]
    fn with_permit(&self, inside: impl FnOnce()) {
        self.wait();
        inside();
        self.post();
    }
}
