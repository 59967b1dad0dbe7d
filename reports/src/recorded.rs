//! The runs that are committed under `reports/runs`, and what is written from the newest of them: the
//! figures of the README and the list of goals.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    document::{Document, Scope},
    folder::DATA,
    goals_list, readme,
};

/// A recorded run.
#[derive(Debug)]
pub struct Recorded {
    /// The name of its folder.
    pub name: String,
    pub document: Document,
}

impl Recorded {
    /// The one in `folder`.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let name = folder.file_name().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            document: Document::read(&folder.join(DATA))?,
        })
    }

    /// The newest that has something of everything; see [`is_whole`].
    pub fn newest(root: &Path) -> io::Result<Option<Self>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(runs(root))? {
            let folder = entry?.path();
            if folder.join(DATA).exists() {
                all.push(Self::read(&folder)?);
            }
        }
        all.retain(|one| is_whole(&one.document));
        Ok(all.into_iter().max_by_key(Self::age))
    }

    /// By which runs are put in order. Older ones say only on which day they were made.
    fn age(&self) -> (String, u64, String) {
        let run = &self.document.run;
        (run.date.clone(), run.begun, self.name.clone())
    }
}

/// Where recorded runs are.
pub fn runs(root: &Path) -> PathBuf {
    root.join("reports").join("runs")
}

/// Whether nothing that the README or the goals speak of was left out when `document` was made.
fn is_whole(document: &Document) -> bool {
    let run = &document.run;
    let leaves_out = ["--only", "--workload", "--rounds"];
    let everything = ![&run.cells, &run.waiting, &run.primitives]
        .into_iter()
        .chain([&run.pipes, &run.unbounded])
        .any(Vec::is_empty);
    matches!(document.scope, Scope::Core | Scope::Full)
        && !document.interrupted
        && everything
        && !leaves_out.iter().any(|left| run.command.contains(left))
}

/// The README.
fn readme_of(root: &Path) -> PathBuf {
    root.join("README.md")
}

/// The list of goals.
fn goals_of(root: &Path) -> PathBuf {
    root.join("reports").join("GOALS.md")
}

/// Why the goals that are missed are missed.
fn reasons_of(root: &Path) -> PathBuf {
    root.join("reports").join("goals-missed.md")
}

/// Every file that is written from `recorded`, and its contents.
fn written(root: &Path, recorded: &Recorded) -> Result<[(PathBuf, String); 2], String> {
    let read = |path: PathBuf| {
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let reasons = goals_list::reasons(&read(reasons_of(root))?)?;
    let list = goals_list::list(recorded, &reasons);
    let page = readme::with_figures(&read(readme_of(root))?, recorded)?;
    Ok([(readme_of(root), page), (goals_of(root), list)])
}

/// Writes them, and says which they are.
pub fn write(root: &Path, recorded: &Recorded) -> Result<Vec<PathBuf>, String> {
    let mut paths = Vec::new();
    for (path, text) in written(root, recorded)? {
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        paths.push(path);
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{folder, goals::Reached, synthetic};

    fn newest() -> Recorded {
        let newest = Recorded::newest(&folder::root()).expect("every recorded run can be read");
        newest.expect("a whole run is recorded")
    }

    #[test]
    fn readme_and_goals_are_what_the_newest_recorded_run_says() {
        for (path, text) in written(&folder::root(), &newest()).expect("all files are there") {
            let found = fs::read_to_string(&path).expect("it is there");
            assert!(
                found == text,
                "{} is not what the newest run says: `cargo compare --readme` writes it",
                path.display()
            );
        }
    }

    #[test]
    fn every_missed_goal_of_the_newest_run_says_what_bounds_it_and_no_other_does() {
        let text = fs::read_to_string(reasons_of(&folder::root())).expect("it is there");
        let reasons = goals_list::reasons(&text).expect("every heading is the name of a goal");
        let goals = goals_list::measured(&newest().document);
        for goal in goals
            .iter()
            .filter(|goal| goal.reached() == Reached::Missed)
        {
            let named = reasons.iter().any(|(name, _)| *name == goal.name);
            assert!(named, "goals-missed.md says nothing of \"{}\"", goal.name);
        }
    }

    #[test]
    fn a_run_that_leaves_something_out_speaks_for_nobody() {
        let whole = synthetic::whole();
        assert!(is_whole(&whole));
        let mut other = whole.clone();
        other.interrupted = true;
        assert!(!is_whole(&other));
        let mut other = whole.clone();
        other.run.pipes.clear();
        assert!(!is_whole(&other));
        let mut other = whole.clone();
        other.run.command = "cargo compare --only kanal".to_owned();
        assert!(!is_whole(&other));
        let mut other = whole;
        other.scope = Scope::Quick;
        assert!(!is_whole(&other));
    }

    #[test]
    fn the_newest_is_the_one_that_was_begun_last() {
        let run = |date: &str, begun, name: &str| {
            let mut document = synthetic::whole();
            document.run.date = date.to_owned();
            document.run.begun = begun;
            let name = name.to_owned();
            Recorded { name, document }
        };
        let runs = [
            run("2030-01-02", 0, "c"),
            run("2030-01-02", 7, "a"),
            run("2030-01-01", 9, "b"),
        ];
        let newest = runs.iter().max_by_key(|one| one.age());
        assert_eq!(newest.map(|one| one.name.as_str()), Some("a"));
    }
}
