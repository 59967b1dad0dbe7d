//! Prints an interleaving in columns: one a thread, one for each shared value.
//!
//! ```
//! use model_tests::schedule::{Row, Schedule};
//!
//! let schedule = Schedule {
//!     threads: vec!["teller A".into(), "teller B".into()],
//!     values: vec!["balance".into()],
//!     rows: vec![
//!         Row { thread: 0, step: "load  -> 100".into(), values: vec!["100".into()], note: None },
//!         Row { thread: 1, step: "load  -> 100".into(), values: vec!["100".into()], note: None },
//!         Row { thread: 0, step: "store <- 105".into(), values: vec!["105".into()], note: None },
//!         Row {
//!             thread: 1,
//!             step: "store <- 108".into(),
//!             values: vec!["108".into()],
//!             note: Some("teller A's 105 is lost".into()),
//!         },
//!     ],
//! };
//! assert_eq!(
//!     schedule.to_string(),
//!     "      teller A        teller B        balance
//!  1    load  -> 100                        100
//!  2                    load  -> 100        100
//!  3    store <- 105                        105
//!  4                    store <- 108        108  <- teller A's 105 is lost
//! "
//! );
//! ```
#![forbid(unsafe_code)]

use std::fmt;

/// Blanks between two columns of threads.
const GAP: usize = 4;

/// One step of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who took the step: an index into [`Schedule::threads`].
    pub thread: usize,
    /// What the step was and what it answered.
    pub step: String,
    /// The shared values after the step, in the order of [`Schedule::values`].
    pub values: Vec<String>,
    /// What is remarkable about the step, such as the damage it does.
    pub note: Option<String>,
}

/// An interleaving: the steps of several threads in the one order in which they happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The threads' names, heads of the first columns.
    pub threads: Vec<String>,
    /// The shared values' names, heads of the last columns.
    pub values: Vec<String>,
    /// The steps.
    pub rows: Vec<Row>,
}

impl Schedule {
    fn thread_width(&self, thread: usize) -> usize {
        let steps = self.rows.iter().filter(|row| row.thread == thread);
        let widest = steps.map(|row| width(&row.step)).max().unwrap_or(0);
        widest.max(width(&self.threads[thread])) + GAP
    }

    fn value_width(&self, value: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.values.get(value));
        let widest = cells.map(|cell| width(cell)).max().unwrap_or(0);
        widest.max(width(&self.values[value]))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads: Vec<usize> = (0..self.threads.len())
            .map(|thread| self.thread_width(thread))
            .collect();
        let values: Vec<usize> = (0..self.values.len())
            .map(|value| self.value_width(value))
            .collect();

        let mut line = " ".repeat(6);
        for (name, width) in self.threads.iter().zip(&threads) {
            line += &format!("{name:<width$}");
        }
        push_values(&mut line, &self.values, &values);
        writeln!(f, "{}", line.trim_end())?;

        for (number, row) in self.rows.iter().enumerate() {
            let mut line = format!("{:>2}    ", number + 1);
            for (thread, width) in threads.iter().enumerate() {
                let step = if thread == row.thread { &row.step } else { "" };
                line += &format!("{step:<width$}");
            }
            push_values(&mut line, &row.values, &values);
            if let Some(note) = &row.note {
                line += &format!("  <- {note}");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Values stand right-aligned, so that numbers can be compared down the column.
fn push_values(line: &mut String, cells: &[String], widths: &[usize]) {
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let gap = if index == 0 { "" } else { "  " };
        *line += &format!("{gap}{cell:>width$}");
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(thread: usize, step: &str, values: &[&str]) -> Row {
        Row {
            thread,
            step: step.into(),
            values: values.iter().map(|value| value.to_string()).collect(),
            note: None,
        }
    }

    #[test]
    fn each_thread_has_a_column_and_each_value_another() {
        let schedule = Schedule {
            threads: vec!["writer".into(), "r".into()],
            values: vec!["flag".into(), "data".into()],
            rows: vec![
                row(0, "store flag <- true", &["true", "0"]),
                row(1, "load", &["true", "0"]),
                row(0, "store data <- 42", &["true", "42"]),
            ],
        };
        assert_eq!(
            schedule.to_string(),
            concat!(
                "      writer                r       flag  data\n",
                " 1    store flag <- true            true     0\n",
                " 2                          load    true     0\n",
                " 3    store data <- 42              true    42\n",
            )
        );
    }

    #[test]
    fn no_line_ends_in_blanks() {
        let schedule = Schedule {
            threads: vec!["a".into(), "b".into()],
            values: vec![],
            rows: vec![row(0, "x", &[]), row(1, "y", &[])],
        };
        assert!(
            schedule
                .to_string()
                .lines()
                .all(|line| line == line.trim_end())
        );
    }

    #[test]
    fn an_empty_schedule_is_its_heads() {
        let schedule = Schedule {
            threads: vec!["a".into()],
            ..Schedule::default()
        };
        assert_eq!(schedule.to_string(), "      a\n");
    }
}
