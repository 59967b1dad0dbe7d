//! Runs a demo of a race and writes down what was seen, on one screen.

use std::fmt::Write as _;

use model_tests::explore::Failure;

use super::chase::{Chase, Wrong};
use super::cost::per_operation;
use super::race::Race;

/// The whole demo as text: run, explored and timed now.
pub fn show(race: &Race) -> String {
    let mut text = format!("{}: {}\n\n", race.name, race.about);
    for line in race.lines {
        text += &format!("    {line}\n");
    }
    text.push('\n');
    text += &on_real_threads(race, (race.chase)());
    text += &explained(race);
    text.push('\n');
    text += &table(race);
    text.push('\n');
    for line in race.why {
        text += &format!("{line}\n");
    }
    text
}

fn on_real_threads(race: &Race, chase: Chase) -> String {
    let (threads, result) = (race.threads, race.result);
    let runs = thousands(chase.runs);
    match chase.wrong {
        Some(Wrong { expected, got }) => {
            let (expected, got) = (in_thousands(expected), in_thousands(got));
            format!(
                "Run {runs} on {threads} real threads: {result} expected {expected}, got {got}.\n"
            )
        }
        None => format!(
            "No failure in {runs} runs on {threads} real threads, here and now. Yet it can fail:\n"
        ),
    }
}

fn explained(race: &Race) -> String {
    let found = race.broken.explore();
    let Some(failing) = found.failing else {
        return "No schedule of these steps fails.\n".into();
    };
    let (Failure::Claim(why) | Failure::Deadlock(why)) = failing.failure;
    let (schedules, failures) = (found.schedules, found.failures);
    let fail = if failures == 1 { "fails" } else { "fail" };
    format!(
        "Two threads have {schedules} schedules, {failures} {fail}; the shortest ({why}):\n\n{}",
        failing.schedule
    )
}

fn table(race: &Race) -> String {
    let cost = format!("ns per {}, {} threads", race.operation, race.threads);
    let mut text = format!(
        "{:<22}{:>9}{:>10}{:>32}\n",
        "", "schedules", "failures", cost
    );
    for version in race.versions() {
        let found = version.explore();
        let schedules = if found.complete {
            found.schedules.to_string()
        } else {
            format!("{} or more", found.schedules)
        };
        let cost = per_operation(version.cost);
        let (name, failures) = (version.name, found.failures);
        let _ = writeln!(text, "{name:<22}{schedules:>9}{failures:>10}{cost:>32.1}");
    }
    text
}

fn in_thousands(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", thousands(number.unsigned_abs()))
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_numbers_are_set_in_groups_of_three() {
        let numbers = [0, 7, 999, 1_000, 99_999, 1_000_000, -1_234];
        let texts = ["0", "7", "999", "1,000", "99,999", "1,000,000", "-1,234"];
        assert_eq!(numbers.map(in_thousands), texts);
    }

    #[test]
    fn a_chase_without_a_failure_says_so() {
        let chase = Chase {
            runs: 1_000_000,
            wrong: None,
        };
        let line = on_real_threads(&super::super::balance::RACE, chase);
        assert!(line.contains("No failure in 1,000,000 runs"), "{line}");
    }
}
