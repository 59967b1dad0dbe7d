//! Where broken steps are made and tried: a workspace with nothing but the library and its models.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use model_tests::builds::BOUND;

use super::Broken;

/// What separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\x1f";

/// What is built from the copied sources has one of these in its name.
const OWN: [&str; 4] = ["latchless", "model_tests", "model-tests", "loom_bounded"];

const PROFILE_NAME: &str = "broken";

/// loom is built once and does most of the work; what changes with each patch is to be built soon.
const PROFILE: &str = r#"
[profile.broken]
inherits = "dev"
debug = false
debug-assertions = false
overflow-checks = false
incremental = true
opt-level = 0
[profile.broken.package."*"]
opt-level = 3
"#;

/// What a model says of a queue that does wrong; loom's words for a race, a deadlock and a loop without end are among
/// them.
const NOTICED: [&str; 24] = [
    "was not found",
    "no order of the calls gives",
    "was not woken",
    "were woken for",
    "nobody was woken",
    "nobody has woken it",
    "is still counted",
    "was lost, doubled or overtaken",
    "somebody came to what was freed",
    "somebody uses again what was freed",
    "it was freed twice",
    "two hold one place",
    "one place with two holders",
    "nobody woke it",
    "it sleeps in a closed semaphore",
    "permits were lost",
    "who needs no more sleeps",
    "they keep each other awake",
    "assertion failed: is_served",
    "it was not alone",
    "deadlock; threads = ",
    "never seen",
    "Causality violation",
    "Model exceeded maximum number of branches",
];

/// A workspace with nothing but the library and its models.
pub(super) struct Workshop {
    /// The copy.
    source: PathBuf,
    /// What is built from it, kept from run to run.
    target: PathBuf,
}

impl Workshop {
    /// A fresh copy of the sources; each number has a place of its own.
    pub(super) fn open(number: usize) -> io::Result<Self> {
        let room = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("broken-steps");
        let workshop = Workshop {
            source: room.join(format!("source-{number}")),
            target: room.join(format!("target-{number}")),
        };
        remove(&workshop.source)?;
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for member in ["structures", "model-tests"] {
            let copy = workshop.source.join(member);
            copy_folder(&original.join(member), &copy)?;
            // Neither other tests nor programs are built here.
            let manifest = fs::read_to_string(copy.join("Cargo.toml"))?;
            fs::write(copy.join("Cargo.toml"), without_test_needs(&manifest))?;
            remove(&copy.join("src/bin"))?;
        }
        fs::copy(
            original.join("Cargo.lock"),
            workshop.source.join("Cargo.lock"),
        )?;
        let manifest = fs::read_to_string(original.join("Cargo.toml"))?;
        let members = manifest
            .lines()
            .find(|line| line.starts_with("members = "))
            .expect("the workspace lists its members");
        let manifest = manifest.replace(members, "members = [\"structures\", \"model-tests\"]");
        fs::write(workshop.source.join("Cargo.toml"), manifest + PROFILE)?;
        Ok(workshop)
    }

    /// Another one, in which all that was built here for the sake of others' crates is already there.
    pub(super) fn another(&self, number: usize) -> io::Result<Self> {
        let another = Workshop::open(number)?;
        remove(&another.target)?;
        for folder in ["deps", "build", ".fingerprint"] {
            let built = Path::new(PROFILE_NAME).join(folder);
            link_folder(&self.target.join(&built), &another.target.join(&built))?;
        }
        Ok(another)
    }

    /// Builds the copy, with all that it depends on.
    pub(super) fn build(&self) -> io::Result<()> {
        let output = self.cargo().arg("--no-run").output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the library cannot be built:\n{said}"
        );
        Ok(())
    }

    /// Runs `models` on what the copy holds now: whether they passed, and all that was said.
    pub(super) fn run(&self, models: &BTreeSet<&str>) -> io::Result<(bool, String)> {
        let models: Vec<&str> = models.iter().copied().collect();
        let output = self
            .cargo()
            // Uncaptured: a model that ends in an abort has said why before.
            .args(["--", "--nocapture", "every_execution_of_every_model"])
            .env("LATCHLESS_MODELS", models.join(","))
            // The bounds of the catalogue are enough here; a raised one is for the models themselves.
            .env_remove(BOUND)
            .env_remove("RUST_BACKTRACE")
            .output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        ))
    }

    fn cargo(&self) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["test", "--profile", PROFILE_NAME, "--offline"])
            .args(["--package", "model-tests"])
            .args(["--test", "loom_bounded", "--target-dir"])
            .arg(&self.target)
            .current_dir(&self.source)
            .env("CARGO_ENCODED_RUSTFLAGS", model_build_flags());
        command
    }

    /// Makes the patch, lets its models see it, and takes it back; says what went wrong, if anything.
    pub(super) fn show(&self, broken: &Broken) -> io::Result<Result<(), String>> {
        let library = self.source.join("structures/src");
        let file = if broken.file.contains('/') {
            library.join(broken.file)
        } else {
            library.join("raw").join(broken.file)
        };
        let text = fs::read_to_string(&file)?;
        let found = text.matches(broken.old).count();
        if found != 1 {
            return Ok(Err(format!(
                "the text to replace stands there {found} times"
            )));
        }
        fs::write(&file, text.replacen(broken.old, broken.new, 1))?;
        let judged = self.judge(broken);
        fs::write(&file, text)?;
        judged
    }

    fn judge(&self, broken: &Broken) -> io::Result<Result<(), String>> {
        for &model in broken.noticed_by {
            let (passed, said) = self.run(&BTreeSet::from([model]))?;
            if passed {
                return Ok(Err(format!("survives {model}")));
            }
            let Some(words) = NOTICED.iter().find(|words| said.contains(**words)) else {
                return Ok(Err(format!("{model} fails without a reason:\n{said}")));
            };
            println!("broken step: {}: {model}: {words}", broken.claim);
        }
        Ok(Ok(()))
    }
}

/// The flags that this build was given, and the model build's.
fn model_build_flags() -> String {
    let inherited = match (env::var("CARGO_ENCODED_RUSTFLAGS"), env::var("RUSTFLAGS")) {
        (Ok(encoded), _) if !encoded.is_empty() => encoded,
        (_, Ok(plain)) => plain.split_whitespace().collect::<Vec<_>>().join(SEPARATOR),
        _ => String::new(),
    };
    let flags = [inherited.as_str(), "--cfg", "latchless_loom"];
    let flags: Vec<&str> = flags.into_iter().filter(|flag| !flag.is_empty()).collect();
    flags.join(SEPARATOR)
}

/// The manifest without what only tests need that are not run here.
fn without_test_needs(manifest: &str) -> String {
    let mut needed = true;
    let mut lines = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            needed = !line.ends_with("dev-dependencies]");
        }
        if needed {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

fn remove(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// The same files once more, under another name, but for what is built from [`OWN`] sources: that is written again
/// and again.
fn link_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, link) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if OWN.iter().any(|own| name.contains(own)) {
            continue;
        }
        if path.is_dir() {
            link_folder(&path, &link)?;
        } else {
            fs::hard_link(&path, &link)?;
        }
    }
    Ok(())
}

/// Copies a folder of sources; what was built in it stays behind.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if path.is_dir() {
            if name != "target" {
                copy_folder(&path, &to.join(name))?;
            }
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
