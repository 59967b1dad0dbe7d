//! In place of threads and time, where there is no `std`: threads that cannot be told apart, put to sleep or woken.

/// How many thread numbers there are: none.
pub(crate) const THREAD_NUMBERS: u32 = 0;
/// Participants for calls by reference, as nobody has one of his own.
pub(crate) const POOL: usize = 64;

/// Lets others run, if this is a processor that runs others meanwhile.
#[inline]
pub(crate) fn yield_now() {
    core::hint::spin_loop();
}
