//! A fence that one thread makes in all threads of the process: `membarrier` of Linux.
//!
//! The system interrupts every core that runs a thread of this process, and each makes a full fence there; a thread that
//! does not run has made one when it was taken off its core, or makes one before it goes on. So the call takes
//! microseconds, and the others need nothing but to keep their compiler from moving accesses.
//!
//! A process announces that it means to make such calls, once. Where the system does not know them, or a sandbox
//! forbids them, that fails, and nobody relies on them.

#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
use std::sync::OnceLock;

/// Whether [`issue`] can be called; asks the system at the first call.
#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
pub(super) fn is_to_be_had() -> bool {
    static IS_TO_BE_HAD: OnceLock<bool> = OnceLock::new();
    *IS_TO_BE_HAD.get_or_init(|| {
        // Tried once, too: a sandbox may let the announcement pass, and not the call.
        call(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
            && call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
    })
}

/// A full fence, at one moment of the call in each thread of the process.
///
/// # Panics
///
/// If the system does not do it any more, having done it before: a sandbox that was put up meanwhile. Others rely
/// on it, and a wait that relies on them would never end.
#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
pub(super) fn issue() {
    assert!(
        call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED),
        "the system has taken membarrier away while pipes and unbounded queues rely on it"
    );
}

#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
fn call(command: libc::c_int) -> bool {
    // SAFETY: the call takes two integers, the command and its flags, and touches no memory of the process.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0) == 0 }
}

/// It is not.
#[cfg(any(not(feature = "std"), not(target_os = "linux"), miri))]
pub(super) fn is_to_be_had() -> bool {
    false
}

/// Never called.
#[cfg(any(not(feature = "std"), not(target_os = "linux"), miri))]
pub(super) fn issue() {
    unreachable!("it is not to be had");
}
