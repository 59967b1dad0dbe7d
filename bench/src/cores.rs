//! The cores that the program may use: which, who may run where, and whose time it was.

use std::fs::File;
use std::time::Duration;

/// The cores that this process may run on, by number.
pub fn available() -> Vec<usize> {
    let allowed = affinity();
    if !allowed.is_empty() {
        return allowed;
    }
    (0..std::thread::available_parallelism().map_or(1, usize::from)).collect()
}

/// A thread by the system's name for it, which is good only as long as the thread lives: the
/// system may give the name of one that has ended to any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tid(i32);

/// The calling thread, whatever its name is.
const SELF: Tid = Tid(0);

/// The calling thread's name; none where threads cannot be kept to cores.
#[cfg(target_os = "linux")]
pub fn this_thread() -> Option<Tid> {
    // SAFETY: the call has no arguments and cannot fail.
    let tid = unsafe { libc::syscall(libc::SYS_gettid) };
    i32::try_from(tid).ok().map(Tid)
}

/// The calling thread's name; none where threads cannot be kept to cores.
#[cfg(not(target_os = "linux"))]
pub fn this_thread() -> Option<Tid> {
    None
}

fn affinity() -> Vec<usize> {
    affinity_of(SELF)
}

/// The cores that `thread` may run on; empty where the system does not say.
#[cfg(target_os = "linux")]
pub fn affinity_of(thread: Tid) -> Vec<usize> {
    // SAFETY: `cpu_set_t` is an array of integers, for which all zeros is a value.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    let size = size_of::<libc::cpu_set_t>();
    // SAFETY: the kernel writes at most `size` bytes to a set of that size.
    let result = unsafe { libc::sched_getaffinity(thread.0, size, &mut set) };
    if result != 0 {
        return Vec::new();
    }
    (0..libc::CPU_SETSIZE as usize)
        // SAFETY: the number is below `CPU_SETSIZE`, so it lies within the set.
        .filter(|&core| unsafe { libc::CPU_ISSET(core, &set) })
        .collect()
}

/// The cores that `thread` may run on; empty where the system does not say.
#[cfg(not(target_os = "linux"))]
pub fn affinity_of(_thread: Tid) -> Vec<usize> {
    Vec::new()
}

/// Keeps the calling thread on `core`; says whether the system agreed.
pub fn pin(core: usize) -> bool {
    confine(SELF, &[core])
}

/// Keeps `thread` to `cores`, and moves it there if it is elsewhere; says whether the system
/// agreed.
#[cfg(target_os = "linux")]
pub fn confine(thread: Tid, cores: &[usize]) -> bool {
    // SAFETY: as in `affinity_of`.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    for &core in cores {
        if core >= libc::CPU_SETSIZE as usize {
            return false;
        }
        // SAFETY: `core` is below `CPU_SETSIZE`, so it lies within the set.
        unsafe { libc::CPU_SET(core, &mut set) };
    }
    // SAFETY: the kernel reads a set of the stated size.
    unsafe { libc::sched_setaffinity(thread.0, size_of::<libc::cpu_set_t>(), &set) == 0 }
}

/// Keeps `thread` to `cores`, and moves it there if it is elsewhere; says whether the system
/// agreed.
#[cfg(not(target_os = "linux"))]
pub fn confine(_thread: Tid, _cores: &[usize]) -> bool {
    false
}

/// CPU time that the calling thread has used, zero where the system does not say.
#[cfg(unix)]
pub fn thread_time() -> Duration {
    time_of(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time that all threads of this program have used, zero where the system does not say.
#[cfg(unix)]
pub fn process_time() -> Duration {
    time_of(libc::CLOCK_PROCESS_CPUTIME_ID)
}

#[cfg(unix)]
fn time_of(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the kernel writes one `timespec` where there is one.
    if unsafe { libc::clock_gettime(clock, &mut time) } != 0 {
        return Duration::ZERO;
    }
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// CPU time that the calling thread has used, zero where the system does not say.
#[cfg(not(unix))]
pub fn thread_time() -> Duration {
    Duration::ZERO
}

/// CPU time that all threads of this program have used, zero where the system does not say.
#[cfg(not(unix))]
pub fn process_time() -> Duration {
    Duration::ZERO
}

/// How often the calling thread has given its core away to sleep, and how often it has lost it;
/// zeros where the system does not say.
#[cfg(target_os = "linux")]
pub fn thread_switches() -> [u64; 2] {
    switches_of(libc::RUSAGE_THREAD)
}

/// As [`thread_switches`], of all threads of this program together.
#[cfg(target_os = "linux")]
pub fn process_switches() -> [u64; 2] {
    switches_of(libc::RUSAGE_SELF)
}

#[cfg(target_os = "linux")]
fn switches_of(whose: libc::c_int) -> [u64; 2] {
    // SAFETY: `rusage` is made of integers, for which all zeros is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one `rusage` where there is one.
    if unsafe { libc::getrusage(whose, &mut usage) } != 0 {
        return [0, 0];
    }
    [usage.ru_nvcsw as u64, usage.ru_nivcsw as u64]
}

/// How often the calling thread has given its core away to sleep, and how often it has lost it;
/// zeros where the system does not say.
#[cfg(not(target_os = "linux"))]
pub fn thread_switches() -> [u64; 2] {
    [0, 0]
}

/// As [`thread_switches`], of all threads of this program together.
#[cfg(not(target_os = "linux"))]
pub fn process_switches() -> [u64; 2] {
    [0, 0]
}

/// A thread that others may look at: whether it sleeps.
#[derive(Debug)]
pub struct Sleeper(File);

impl Sleeper {
    /// The calling thread; none where the system does not say who sleeps.
    pub fn this_thread() -> Option<Sleeper> {
        // What is open stays this thread's, whoever reads it.
        File::open("/proc/thread-self/stat").ok().map(Sleeper)
    }

    /// Whether the thread sleeps: it has given its core away, and waits to be woken. One that could run, and
    /// has no core, does not sleep. None when it has ended.
    pub fn sleeps(&self) -> Option<bool> {
        // The number and the name, of at most 15 bytes, come before the state.
        let mut line = [0; 64];
        let read = read_start(&self.0, &mut line).ok()?;
        state_of(line.get(..read)?).map(|state| state == b'S')
    }
}

#[cfg(unix)]
fn read_start(file: &File, line: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, line, 0)
}

#[cfg(not(unix))]
fn read_start(_file: &File, _line: &mut [u8]) -> std::io::Result<usize> {
    Ok(0)
}

/// The state in the line `number (name) state …`, where a name may have parentheses too.
fn state_of(stat: &[u8]) -> Option<u8> {
    let named = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(named + 2).copied()
}

/// The machine's time since it started, in ticks of all cores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticks {
    /// All of it, idle time included.
    pub total: u64,
    /// Time for which the hypervisor ran something else although a core had work.
    pub stolen: u64,
}

impl Ticks {
    /// What `/proc/stat` says now; zeros where there is no such file.
    pub fn now() -> Ticks {
        let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        Ticks::parse(&text)
    }

    /// The ticks between `earlier` and this reading.
    pub fn since(self, earlier: Ticks) -> Ticks {
        Ticks {
            total: self.total.saturating_sub(earlier.total),
            stolen: self.stolen.saturating_sub(earlier.stolen),
        }
    }

    /// Stolen time in per cent of all time.
    pub fn stolen_percent(self) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        100.0 * self.stolen as f64 / self.total as f64
    }

    /// The line `cpu user nice system idle iowait irq softirq steal guest guest_nice`, where the
    /// two guest times are already counted in user and nice.
    fn parse(stat: &str) -> Ticks {
        let Some(line) = stat.lines().find(|line| line.starts_with("cpu ")) else {
            return Ticks::default();
        };
        let fields: Vec<u64> = line
            .split_ascii_whitespace()
            .skip(1)
            .take(8)
            .map(|field| field.parse().unwrap_or(0))
            .collect();
        Ticks {
            total: fields.iter().sum(),
            stolen: fields.get(7).copied().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steal_is_the_eighth_field_and_guest_time_is_not_counted_twice() {
        let ticks = Ticks::parse("cpu  100 0 50 800 10 0 0 40 30 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
        let expected = Ticks {
            total: 1000,
            stolen: 40,
        };
        assert_eq!(ticks, expected);
        assert_eq!(ticks.stolen_percent(), 4.0);
    }

    #[test]
    fn a_machine_without_proc_stat_has_no_stolen_time() {
        assert_eq!(Ticks::parse(""), Ticks::default());
        assert_eq!(Ticks::default().stolen_percent(), 0.0);
    }

    #[test]
    fn the_state_comes_after_the_last_parenthesis() {
        assert_eq!(state_of(b"7 (worker) S 1 7"), Some(b'S'));
        assert_eq!(state_of(b"7 (a) R b) R 1 7"), Some(b'R'));
        assert_eq!(state_of(b"7 (worker)"), None);
        assert_eq!(state_of(b""), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn who_waits_is_seen_to_sleep_and_who_looks_is_not() {
        let (tell, told) = std::sync::mpsc::channel();
        let (wake, woken) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let own = Sleeper::this_thread().expect("there is /proc");
            assert_eq!(own.sleeps(), Some(false));
            tell.send(own).expect("it is heard");
            assert!(woken.recv().is_err());
        });
        let other = told.recv().expect("the thread tells");
        while other.sleeps() != Some(true) {
            std::thread::yield_now();
        }
        drop(wake);
        thread.join().expect("it only waits");
        while other.sleeps().is_some() {
            std::thread::yield_now();
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_pinned_thread_may_run_on_its_core_only() {
        let core = *available().last().expect("this thread runs somewhere");
        std::thread::spawn(move || {
            assert!(pin(core));
            assert_eq!(affinity(), [core]);
        })
        .join()
        .expect("the pinned thread found itself elsewhere");
    }

    #[test]
    #[cfg(unix)]
    fn a_thread_that_works_uses_time_and_one_that_sleeps_uses_less() {
        let (work, sleep, slept) = std::thread::spawn(|| {
            let start = thread_time();
            while thread_time() - start < Duration::from_millis(5) {}
            let worked = thread_time();
            let [before, _] = thread_switches();
            std::thread::sleep(Duration::from_millis(50));
            let slept = thread_switches()[0] - before;
            (worked - start, thread_time() - worked, slept)
        })
        .join()
        .expect("a thread that only reads its clock");
        assert!(work >= Duration::from_millis(5));
        assert!(sleep < Duration::from_millis(25), "{sleep:?}");
        assert!(slept > 0 || cfg!(not(target_os = "linux")));
        assert!(process_time() >= work);
        assert!(process_switches()[0] >= slept);
    }
}
