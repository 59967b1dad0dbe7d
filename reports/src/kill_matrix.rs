//! The kill matrix: which weakened copy of an algorithm is caught by which of its models.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

/// One structure's mutants and the models that were run against them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillMatrix {
    /// The structure that was weakened.
    pub structure: String,
    /// The models, in the order of the columns.
    pub models: Vec<String>,
    /// The weakened copies, one a row.
    pub mutants: Vec<Mutant>,
}

/// One weakened copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutant {
    /// Its name in the catalogue.
    pub name: String,
    /// Where in the algorithm it was changed.
    pub site: String,
    /// What was changed there.
    pub change: String,
    /// The models that failed on it, as they should.
    pub killed_by: Vec<String>,
}

/// A file holds the matrix of one structure or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    One(KillMatrix),
    Many(Vec<KillMatrix>),
}

/// Reads a recorded matrix; an absent file is an empty answer, a broken one an error.
pub fn read(path: &Path) -> io::Result<Vec<KillMatrix>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    match serde_json::from_slice(&text) {
        Ok(File::One(matrix)) => Ok(vec![matrix]),
        Ok(File::Many(matrices)) => Ok(matrices),
        Err(error) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            error.to_string(),
        )),
    }
}

impl KillMatrix {
    /// The mutants that no model noticed.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        self.mutants
            .iter()
            .filter(|mutant| mutant.killed_by.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_matrix_or_several() {
        let one = r#"{"structure": "q", "models": ["m"], "mutants": [
            {"name": "a", "site": "push", "change": "c", "killed_by": ["m"]},
            {"name": "b", "site": "pop", "change": "d", "killed_by": []}]}"#;
        let folder = std::env::temp_dir();
        let path = folder.join(format!("latchless-kill-matrix-{}.json", std::process::id()));
        for (text, count) in [(one.to_owned(), 1), (format!("[{one}, {one}]"), 2)] {
            fs::write(&path, text).unwrap();
            let matrices = read(&path).unwrap();
            assert_eq!(matrices.len(), count);
            let survivors: Vec<_> = matrices[0].survivors().map(|one| &one.name).collect();
            assert_eq!(survivors, ["b"]);
        }
        fs::write(&path, "{}").unwrap();
        assert!(read(&path).is_err());
        fs::remove_file(&path).unwrap();
        assert_eq!(read(&path).unwrap(), []);
    }
}
