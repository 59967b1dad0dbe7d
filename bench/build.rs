//! Tells the program how it was built: reports state it, and refuse a build that is not plain.
use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    let version = version.as_deref().map_or("unknown", str::trim);
    println!("cargo::rustc-env=LATCHLESS_BENCH_RUSTC={version}");

    let say = |name: &str| env::var(name).unwrap_or_default();
    let mut build = format!("{}, opt-level {}", say("TARGET"), say("OPT_LEVEL"));
    let flags = say("CARGO_ENCODED_RUSTFLAGS").replace('\x1f', " ");
    if !flags.is_empty() {
        build.push_str(", flags ");
        build.push_str(&flags);
    }
    println!("cargo::rustc-env=LATCHLESS_BENCH_BUILD={build}");
}
