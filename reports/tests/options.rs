//! The program as it is called: what it refuses, it refuses at once and says why.

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output},
    time::{Duration, Instant},
};

fn compare(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command
        .args(arguments)
        .output()
        .expect("the program can be started")
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder of this test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

#[test]
fn an_unknown_option_or_name_gets_the_usage_and_exit_code_2() {
    for arguments in [
        ["--fast"].as_slice(),
        &["--only", "no such queue"],
        &["--workload", "no-such-work"],
        &["--rounds", "none"],
    ] {
        let output = compare(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            error(&output).contains(arguments[arguments.len() - 1]),
            "{arguments:?}"
        );
        assert!(
            error(&output).contains("usage: cargo compare"),
            "{arguments:?}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_goes_to_standard_output() {
    let output = compare(&["--help"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("usage: cargo compare"));
}

#[test]
fn the_list_names_what_only_and_workload_accept() {
    let output = compare(&["--list"]);
    assert!(output.status.success());
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        list.contains("ArrayQueue") && list.contains("mpmc-16+16"),
        "{list}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_before_anything_is_measured() {
    let in_the_way = scratch("unwritable").join("file");
    fs::write(&in_the_way, b"").expect("the scratch folder can be written");
    let folder = in_the_way.join("run");
    let started = Instant::now();
    // A full run takes an hour: to be back at once is to have measured nothing.
    let output = compare(&["--full", "--out", &folder.to_string_lossy()]);
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(output.status.code(), Some(1));
    let error = error(&output);
    assert!(
        error.contains("cannot write into") && error.contains("file"),
        "{error}"
    );
    assert!(!error.contains("measuring"), "{error}");
}

#[cfg(debug_assertions)]
#[test]
fn a_build_that_is_not_the_plain_one_is_refused_and_leaves_no_folder() {
    let folder = scratch("refused").join("run");
    let output = compare(&["--smoke", "--out", &folder.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error(&output).contains("debug assertions"),
        "{}",
        error(&output)
    );
    assert!(!folder.exists());
}

#[test]
fn what_is_no_recorded_run_is_refused_by_its_name() {
    let folder = scratch("unreadable");
    let broken = folder.join("broken.json");
    fs::write(&broken, b"{\"format\": 1}").expect("the scratch folder can be written");
    for path in [broken, folder.join("absent.json")] {
        let output = compare(&["--from", &path.to_string_lossy()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            error(&output).contains("is not a recorded run"),
            "{}",
            error(&output)
        );
    }
    assert!(!folder.join("index.html").exists());
}
