//! The trap flag, its handler and a futex, on x86-64 Linux.

use super::{Reached, Role, Stalled, Unsupported, Watch};
use std::arch::asm;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bit 8 of the flags register: trap after the next instruction.
const TRAP_FLAG: i64 = 1 << 8;

thread_local! {
    /// The watch of the region this thread is stepping through, or null.
    static WATCH: Cell<*const c_void> = const { Cell::new(ptr::null()) };
}

/// Takes over `SIGTRAP`, once for the process.
pub(super) fn install() -> Result<(), Unsupported> {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    let installed = INSTALLED.get_or_init(|| {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_trap;
        // SAFETY: all zeroes is a valid `sigaction` (no flags, empty mask, default handler), and
        // the pointers are valid for the calls that receive them.
        unsafe {
            let action = action.assume_init_mut();
            action.sa_sigaction = handler as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
            libc::sigemptyset(&mut action.sa_mask);
            libc::sigaction(libc::SIGTRAP, action, ptr::null_mut()) == 0
        }
    });
    if *installed { Ok(()) } else { Err(Unsupported) }
}

/// Runs `f` with the trap flag set.
#[inline(never)]
pub(super) fn step<R>(watch: &Watch<'_>, f: impl FnOnce() -> R) -> R {
    let region = Region::open(watch);
    region.set_flag();
    call(f)
}

/// A function of its own, so that no instruction of `f` moves in front of the flag.
#[inline(never)]
fn call<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// While it lives the thread may trap; its end clears the flag first, also on unwinding.
struct Region;

impl Region {
    fn open(watch: &Watch<'_>) -> Self {
        let address = ptr::from_ref(watch).cast::<c_void>();
        let before = WATCH.replace(address);
        if !before.is_null() {
            WATCH.set(before);
            panic!("stepped closures do not nest");
        }
        Region
    }

    #[inline(always)]
    fn set_flag(&self) {
        // SAFETY: sets one flag of this thread, whose traps `on_trap` serves while the region
        // lives. Default options: memory, flags and the red zone are taken into account, so the
        // compiler moves no access across.
        unsafe { asm!("pushfq", "or qword ptr [rsp], 0x100", "popfq") };
    }
}

impl Drop for Region {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: clears the flag that `set_flag` has set (`-257` is all bits but bit 8). The last
        // trap comes after this `popfq`, when the watch is still in place.
        unsafe { asm!("pushfq", "and qword ptr [rsp], -257", "popfq") };
        WATCH.set(ptr::null());
    }
}

/// Serves one trap: one instruction of a stepped region has been executed.
extern "C" fn on_trap(_signal: c_int, _info: *mut libc::siginfo_t, context: *mut c_void) {
    let watch = WATCH.get().cast::<Watch<'_>>();
    if watch.is_null() {
        // A breakpoint that nobody planted here: end as the default action would.
        // SAFETY: `abort` may be called from a handler.
        unsafe { libc::abort() };
    }
    // SAFETY: `Region` keeps the pointer in place only while `step` borrows the watch, and this
    // handler runs on that very thread. The kernel passes a valid context with `SA_SIGINFO`.
    let (watch, context) = unsafe { (&*watch, &mut *context.cast::<libc::ucontext_t>()) };
    let registers = &mut context.uc_mcontext.gregs;
    let executed = watch.executed.load(Ordering::Relaxed) + 1;
    watch.executed.store(executed, Ordering::Relaxed);
    let done = match &watch.role {
        Role::Count => false,
        Role::Victim { event } => executed == watch.limit && event.stop_here(),
        Role::Checked { releases, stalled } => {
            let stall = if executed > watch.limit {
                Some(Stalled::OverBudget)
            } else if is_about_to_sleep(registers) {
                Some(Stalled::AboutToSleep)
            } else {
                None
            };
            if let Some(stall) = stall {
                stalled.set(stall);
                releases.iter().for_each(|stop| stop.event.release());
            }
            stall.is_some()
        }
    };
    if done {
        // The rest runs at full speed.
        registers[libc::REG_EFL as usize] &= !TRAP_FLAG;
    }
}

/// Whether the next instruction is a system call that waits for another thread or for time.
fn is_about_to_sleep(registers: &[i64; 23]) -> bool {
    let next = registers[libc::REG_RIP as usize] as *const u8;
    // SAFETY: the thread will execute at `next`, so its first byte can be read. 0F begins
    // instructions of two bytes and more, so then the second byte can be read as well.
    let is_syscall = unsafe { next.read() == 0x0f && next.add(1).read() == 0x05 };
    if !is_syscall {
        return false;
    }
    let operation = registers[libc::REG_RSI as usize] as c_int & libc::FUTEX_CMD_MASK;
    match registers[libc::REG_RAX as usize] {
        libc::SYS_futex => matches!(
            operation,
            libc::FUTEX_WAIT
                | libc::FUTEX_WAIT_BITSET
                | libc::FUTEX_LOCK_PI
                | libc::FUTEX_WAIT_REQUEUE_PI
                | libc::FUTEX_LOCK_PI2
        ),
        libc::SYS_futex_waitv | libc::SYS_nanosleep | libc::SYS_clock_nanosleep => true,
        _ => false,
    }
}

/// Where a victim stands, and the word it and its waiters sleep on.
#[derive(Debug)]
pub(super) struct Event(AtomicU32);

/// No closure has started.
const NEW: u32 = 0;
/// The closure runs and has not been stopped.
const RUNNING: u32 = 1;
/// The victim stands in its handler.
const STOPPED: u32 = 2;
/// Released, before its stop or from it.
const RELEASED: u32 = 3;
/// The closure has ended.
const ENDED: u32 = 4;

impl Event {
    pub(super) fn new() -> Self {
        Event(AtomicU32::new(NEW))
    }

    pub(super) fn start(&self) {
        let before = self
            .0
            .compare_exchange(NEW, RUNNING, Ordering::AcqRel, Ordering::Acquire);
        assert!(
            matches!(before, Ok(_) | Err(RELEASED)),
            "an appointment serves one run"
        );
    }

    /// Sleeps until released; says that the stop has taken place or was cancelled.
    fn stop_here(&self) -> bool {
        let stopped =
            self.0
                .compare_exchange(RUNNING, STOPPED, Ordering::AcqRel, Ordering::Acquire);
        if stopped.is_ok() {
            futex_wake(&self.0);
            while self.0.load(Ordering::Acquire) == STOPPED {
                futex_wait(&self.0, STOPPED);
            }
        }
        true
    }

    pub(super) fn wait(&self) -> Reached {
        loop {
            match self.0.load(Ordering::Acquire) {
                STOPPED => return Reached::Stop,
                ENDED => return Reached::End,
                on_the_way => futex_wait(&self.0, on_the_way),
            }
        }
    }

    pub(super) fn release(&self) {
        for from in [NEW, RUNNING, STOPPED] {
            // In the order in which a victim passes through them, so that none is missed.
            let _ = self
                .0
                .compare_exchange(from, RELEASED, Ordering::AcqRel, Ordering::Acquire);
        }
        futex_wake(&self.0);
    }

    pub(super) fn end(&self) {
        self.0.store(ENDED, Ordering::Release);
        futex_wake(&self.0);
    }
}

/// The handler's note that its thread stalled.
#[derive(Debug)]
pub(super) struct StallCell(AtomicU32);

impl StallCell {
    pub(super) fn new() -> Self {
        StallCell(AtomicU32::new(0))
    }

    fn set(&self, stalled: Stalled) {
        self.0.store(
            match stalled {
                Stalled::OverBudget => 1,
                Stalled::AboutToSleep => 2,
            },
            Ordering::Relaxed,
        );
    }

    pub(super) fn get(&self) -> Option<Stalled> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Stalled::OverBudget),
            _ => Some(Stalled::AboutToSleep),
        }
    }
}

/// Sleeps while `word` holds `value`; may return early.
fn futex_wait(word: &AtomicU32, value: u32) {
    futex(word, libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG, value);
}

/// Wakes everyone who sleeps on `word`.
fn futex_wake(word: &AtomicU32) {
    futex(
        word,
        libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
        i32::MAX as u32,
    );
}

/// The system call itself: unlike `libc::syscall` it leaves `errno` alone, as a handler must.
fn futex(word: &AtomicU32, operation: c_int, value: u32) {
    // SAFETY: the word is valid for the call, there is no timeout (null), and the clobbers are
    // those of the kernel's calling convention. Errors mean "look again", which callers do.
    unsafe {
        asm!(
            "syscall",
            inout("rax") libc::SYS_futex => _,
            in("rdi") word.as_ptr(),
            in("rsi") i64::from(operation),
            in("rdx") u64::from(value),
            in("r10") 0_u64,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
}
