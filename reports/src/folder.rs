//! Where the pages go.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::{document::Document, markdown, page};

/// The file of raw rounds.
pub const DATA: &str = "data.json";

/// The root of the workspace: cargo says where the package is when it runs a program; a program
/// run by hand works where it stands.
pub fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package
        .as_deref()
        .and_then(Path::parent)
        .map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The folder of a run that was asked for no other: `reports/runs/DATE-COMMIT`, or the first of
/// `-2`, `-3`, … that does not exist yet. A recorded run is never written over.
pub fn unused(root: &Path, date: &str, commit: &str) -> PathBuf {
    let runs = root.join("reports").join("runs");
    let first = runs.join(format!("{date}-{commit}"));
    let numbered = (2..).map(|number| runs.join(format!("{date}-{commit}-{number}")));
    let mut all = std::iter::once(first).chain(numbered);
    all.find(|folder| !folder.exists())
        .expect("there is always another number")
}

/// Makes `folder` and writes a file in it: whoever cannot write the pages learns so before the
/// measurement, not after it.
pub fn prepare(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let probe = folder.join(".writable");
    fs::write(&probe, b"")?;
    fs::remove_file(&probe)
}

/// Takes back a folder in which nothing was written; one that holds anything stays.
pub fn abandon(folder: &Path) {
    // Failing to remove an empty folder harms nobody.
    let _ = fs::remove_dir(folder);
}

/// Writes the two pages of `document` into `folder`.
pub fn write_pages(folder: &Path, document: &Document) -> io::Result<()> {
    fs::write(folder.join("summary.md"), markdown::summary(document))?;
    fs::write(folder.join("index.html"), page::page(document))
}

/// Writes every round of `document` into `folder`.
pub fn write_data(folder: &Path, document: &Document) -> io::Result<()> {
    let file = io::BufWriter::new(fs::File::create(folder.join(DATA))?);
    serde_json::to_writer(file, document).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let scratch =
            env::temp_dir().join(format!("latchless-reports-{}-{name}", std::process::id()));
        fs::create_dir_all(&scratch).unwrap();
        scratch
    }

    #[test]
    fn a_recorded_run_is_never_written_over() {
        let root = scratch("unused");
        for expected in ["2030-01-02-abc", "2030-01-02-abc-2", "2030-01-02-abc-3"] {
            let folder = unused(&root, "2030-01-02", "abc");
            assert_eq!(folder, root.join("reports/runs").join(expected));
            prepare(&folder).unwrap();
        }
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn preparing_leaves_nothing_but_the_folder() {
        let root = scratch("prepare");
        prepare(&root.join("a/b")).unwrap();
        assert_eq!(fs::read_dir(root.join("a/b")).unwrap().count(), 0);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_file_in_the_way_is_an_error() {
        let root = scratch("file");
        fs::write(root.join("file"), b"").unwrap();
        assert!(prepare(&root.join("file/run")).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}
