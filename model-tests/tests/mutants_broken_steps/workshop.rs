//! Where broken steps are made and tried: a workspace with nothing but the library and its models.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use model_tests::builds::{BOUND, Build};

use super::Broken;
use super::switches::{self, CHOICE};

/// The test that runs the models that it is asked for.
const MODELS: &str = "loom_bounded";

/// A fresh copy of the library and its models, in which patches are made.
pub(super) struct Workshop {
    source: PathBuf,
}

/// The models, built from what a workshop held.
pub(super) struct Models {
    program: PathBuf,
}

fn original() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What stands in a file of the library.
pub(super) fn source_of(file: &str) -> String {
    let path = original().join("structures/src").join(file);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

impl Workshop {
    pub(super) fn open() -> io::Result<Self> {
        let source = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("broken-steps");
        remove(&source)?;
        for member in ["structures", "model-tests"] {
            copy_folder(&original().join(member), &source.join(member))?;
        }
        // A program would be built with the tests, and nobody runs it here.
        remove(&source.join("model-tests/src/bin"))?;
        // What the model build has made of others' crates serves here too, if all is as there: versions and profile.
        fs::copy(original().join("Cargo.lock"), source.join("Cargo.lock"))?;
        let manifest = fs::read_to_string(original().join("Cargo.toml"))?;
        let members = (manifest.lines())
            .find(|line| line.starts_with("members = "))
            .expect("the workspace lists its members");
        let ours = manifest.replace(members, "members = [\"structures\", \"model-tests\"]");
        fs::write(source.join("Cargo.toml"), ours)?;
        Ok(Workshop { source })
    }

    fn library(&self, file: &str) -> PathBuf {
        self.source.join("structures/src").join(file)
    }

    /// Makes all of `broken`, each behind a switch with its number.
    pub(super) fn with_switches(self, broken: &[&Broken]) -> io::Result<Self> {
        let mut files: BTreeMap<&str, Vec<(usize, &Broken)>> = BTreeMap::new();
        for (step, one) in broken.iter().enumerate() {
            files.entry(one.file).or_default().push((step, one));
        }
        for (file, steps) in files {
            let switched = switches::with_switches(&source_of(file), &steps);
            fs::write(self.library(file), switched)?;
        }
        let root = source_of("lib.rs") + switches::DECLARATION;
        fs::write(self.library("lib.rs"), root)?;
        fs::write(self.library(switches::FILE), switches::MODULE)?;
        Ok(self)
    }

    /// Makes one of them, for good.
    pub(super) fn with_patch(self, broken: &Broken) -> io::Result<Self> {
        let patched = switches::with_patch(&source_of(broken.file), broken);
        fs::write(self.library(broken.file), patched)?;
        Ok(self)
    }

    pub(super) fn build(self) -> io::Result<Models> {
        let output = (Build::Loom.cargo())
            .args(["--offline", "--test", MODELS, "--no-run"])
            .args(["--message-format", "json-render-diagnostics"])
            // Each model is run but a few times.
            .args(["--config", "profile.proof.package.latchless.opt-level=0"])
            .args(["--config", "profile.proof.package.model-tests.opt-level=0"])
            .current_dir(self.source.join("model-tests"))
            .output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the library with its broken steps cannot be built:\n{complaint}"
        );
        let said = String::from_utf8_lossy(&output.stdout);
        let built = (said.lines())
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| message["target"]["name"] == MODELS)
            .find_map(|message| message["executable"].as_str().map(PathBuf::from));
        Ok(Models {
            program: built.expect("cargo says what it has built"),
        })
    }
}

impl Models {
    /// Runs `model`, with the step of that number broken: whether it passed, and all that was said.
    pub(super) fn run(&self, model: &str, step: Option<usize>) -> io::Result<(bool, String)> {
        let mut command = Command::new(&self.program);
        command
            // Uncaptured: a model that ends in an abort has said why before.
            .args(["--nocapture", "every_execution_of_every_model"])
            .env("LATCHLESS_MODELS", model)
            .env_remove(CHOICE)
            // The bounds of the catalogue are enough here; a raised one is for the models themselves.
            .env_remove(BOUND)
            .env_remove("RUST_BACKTRACE");
        if let Some(step) = step {
            command.env(CHOICE, step.to_string());
        }
        let output = command.output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok((output.status.success(), said))
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
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
