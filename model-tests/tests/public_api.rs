//! The public API, item by item, is the one that was last looked at: so a change of it is seen in review, and nobody
//! publishes one by oversight.
//!
//! `LATCHLESS_API=write cargo test -p model-tests --test public_api` writes the listing anew. It is made of what rustdoc
//! writes for programs, which differs from compiler to compiler; where another compiler writes another format, nothing is
//! compared, unless `LATCHLESS_API=must` asks for it.
#![forbid(unsafe_code)]
#![cfg(not(any(latchless_loom, latchless_steps)))]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How the listing's first line begins; the format follows.
const HEAD: &str = "# The public API with all features; rustdoc's format ";

/// What no program can name: traits of the compiler's own, and the pages of the guide.
const UNNAMEABLE: [&str; 3] = [
    "core::marker::Freeze",
    "core::marker::UnsafeUnpin",
    "latchless::guide",
];

fn listing() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("reports/public-api.txt")
}

/// What rustdoc says of the library, in a file. In a target directory of its own, for the variable that allows a stable
/// compiler to write it would have others built anew.
fn described() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("structures");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "rustdoc",
            "--quiet",
            "--lib",
            "--all-features",
            "--target-dir",
        ])
        .arg(&target)
        .args([
            "--",
            "-Zunstable-options",
            "--output-format=json",
            "--cap-lints=allow",
        ])
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("CARGO_BUILD_TARGET")
        .current_dir(package)
        .stdin(Stdio::null())
        .status()
        .expect("cargo can be run");
    assert!(status.success(), "rustdoc cannot describe the library");
    target.join("doc/latchless.json")
}

/// The version of the format in which it is described.
fn format_of(description: &Path) -> u64 {
    let text = fs::read_to_string(description).expect("a description that can be read");
    let all: serde_json::Value = serde_json::from_str(&text).expect("a description in JSON");
    all["format_version"]
        .as_u64()
        .expect("a description with a version")
}

/// The listing of it.
fn list(description: &Path, format: u64) -> String {
    let api = public_api::Builder::from_rustdoc_json(description)
        .omit_blanket_impls(true)
        .build()
        .expect("a description that can be listed");
    let items = api.items().map(|item| format!("{item}\n"));
    let named = items.filter(|item| !UNNAMEABLE.iter().any(|name| item.contains(name)));
    format!("{HEAD}{format}\n{}", named.collect::<String>())
}

/// The lines that only one of them has, each after a sign.
fn difference(was: &str, is: &str) -> String {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (was.lines().collect(), is.lines().collect());
    let gone = was.lines().filter(|line| !new.contains(line));
    let come = is.lines().filter(|line| !old.contains(line));
    gone.map(|line| format!("- {line}\n"))
        .chain(come.map(|line| format!("+ {line}\n")))
        .collect()
}

#[test]
fn the_public_api_is_the_listed_one() {
    let asked = env::var("LATCHLESS_API").unwrap_or_default();
    let description = described();
    let format = format_of(&description);
    let was = fs::read_to_string(listing()).unwrap_or_default();
    let is_comparable = was.lines().next() == Some(&format!("{HEAD}{format}"));
    if asked == "write" {
        fs::write(listing(), list(&description, format)).expect("the listing can be written");
    } else if is_comparable || asked == "must" {
        let is = list(&description, format);
        assert!(
            was == is,
            "the public API has changed; if that is meant, say so in CHANGELOG.md and run this test with \
             LATCHLESS_API=write\n{}",
            difference(&was, &is)
        );
    } else {
        println!("not compared: this compiler describes the library in format {format}");
    }
}

#[test]
fn a_difference_names_what_has_gone_and_what_has_come() {
    assert_eq!(
        difference("kept\ngone\n", "kept\ncome\n"),
        "- gone\n+ come\n"
    );
    assert_eq!(difference("kept\n", "kept\n"), "");
}
