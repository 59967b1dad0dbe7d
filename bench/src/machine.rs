//! Where and when a run was made, found out and never typed.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::contenders::all_cards;
use crate::cores;
use crate::pipes::pipe_cards;
use crate::primitives::primitive_cards;
use crate::record::Machine;

const UNKNOWN: &str = "unknown";

/// The exact versions that were built.
const LOCK: &str = include_str!("../../Cargo.lock");

/// The facts about this machine and this build.
pub fn machine() -> Machine {
    Machine {
        cpu: cpu(),
        cores: cores::available().len(),
        kernel: kernel(),
        rustc: env!("LATCHLESS_BENCH_RUSTC").to_owned(),
        build: build(),
        crates: versions(LOCK, &origins()),
        rmw_nanos: rmw_nanos(),
    }
}

/// Where all that takes part comes from.
fn origins() -> BTreeSet<&'static str> {
    let mut origins: BTreeSet<&str> = all_cards().iter().map(|card| card.origin).collect();
    origins.extend(primitive_cards().iter().map(|card| card.origin));
    origins.extend(pipe_cards().iter().map(|card| card.origin));
    origins
}

/// How this program was built: target, optimization, flags.
fn build() -> String {
    let checks = if cfg!(debug_assertions) { "on" } else { "off" };
    format!(
        "{}, debug assertions {checks}",
        env!("LATCHLESS_BENCH_BUILD")
    )
}

fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_owned())
    });
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn kernel() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/osrelease") {
        Ok(release) => format!("Linux {}", release.trim()),
        Err(_) => std::env::consts::OS.to_owned(),
    }
}

/// The versions that this package depends on of the crates in `names`.
///
/// The lock file may hold several versions of a crate; then the dependency itself names its one,
/// as in `"parking_lot 0.13.0"`.
fn versions(lock: &str, names: &BTreeSet<&str>) -> Vec<(String, String)> {
    let packages = || lock.split("[[package]]").skip(1);
    let this = packages().find(|block| field(block, "name") == Some(env!("CARGO_PKG_NAME")));
    let depends = this.into_iter().flat_map(str::lines).filter_map(|line| {
        let line = line.strip_prefix(" \"")?.strip_suffix("\",")?;
        let mut words = line.split(' ');
        Some((words.next()?, words.next()))
    });
    depends
        .filter(|(name, _)| names.contains(name))
        .filter_map(|(name, version)| {
            let only = || {
                let block = packages().find(|block| field(block, "name") == Some(name))?;
                field(block, "version")
            };
            Some((name.to_owned(), version.or_else(only)?.to_owned()))
        })
        .collect()
}

/// The value of `key = "value"` in a block of the lock file.
fn field<'a>(block: &'a str, key: &str) -> Option<&'a str> {
    block.lines().find_map(|line| {
        let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        value.strip_suffix('"')
    })
}

/// Cost of one read-modify-write on a line that nobody else touches: the best of several rows,
/// since an interruption can only add.
fn rmw_nanos() -> f64 {
    const ROW: u32 = 10_000;
    let word = AtomicU64::new(0);
    let word = std::hint::black_box(&word);
    let row = |_| {
        let start = Instant::now();
        for _ in 0..ROW {
            word.fetch_add(1, Ordering::AcqRel);
        }
        start.elapsed().as_nanos() as f64 / f64::from(ROW)
    };
    (0..50).map(row).fold(f64::INFINITY, f64::min)
}

/// Names the commit where the program has been carried away from its source tree.
const COMMIT: &str = "LATCHLESS_COMMIT";

/// Short commit of the source tree, with `+` when it was changed since; without a tree what
/// `LATCHLESS_COMMIT` says, or `unknown`.
pub fn commit() -> String {
    let Some(hash) = git(&["rev-parse", "--short", "HEAD"]).filter(|hash| !hash.is_empty()) else {
        return std::env::var(COMMIT).unwrap_or_else(|_| UNKNOWN.to_owned());
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => hash,
        _ => hash + "+",
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Today's date in UTC, `YYYY-MM-DD`.
pub fn today() -> String {
    date(now() / 86_400)
}

/// Seconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

/// The date `days` days after 1970-01-01.
fn date(mut days: u64) -> String {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (19_722, "2023-12-31"),
            (19_723, "2024-01-01"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn a_crate_in_two_versions_is_stated_in_the_one_we_depend_on() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\n\
                    version = \"2.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"3.1.0\"\n\n\
                    [[package]]\nname = \"latchless-bench\"\nversion = \"0.1.0\"\n\
                    dependencies = [\n \"a 2.0.0\",\n \"b\",\n \"c\",\n]\n";
        let found = versions(lock, &BTreeSet::from(["a", "b"]));
        let expected = [("a", "2.0.0"), ("b", "3.1.0")];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn every_contender_from_another_crate_has_its_version_stated() {
        let origins = origins();
        let stated = versions(LOCK, &origins);
        for origin in origins {
            let ours = ["std", "POSIX", "system", "baseline", "floor"].contains(&origin);
            assert!(
                ours || stated.iter().any(|(name, _)| name == origin),
                "{origin}"
            );
        }
    }

    #[test]
    fn a_read_modify_write_costs_more_than_nothing_and_less_than_a_microsecond() {
        let nanos = rmw_nanos();
        assert!(nanos > 0.1 && nanos < 1000.0, "{nanos}");
    }
}
