//! The models have teeth: each broken step of the algorithm makes every model that is named beside it fail.
//!
//! Weakened orderings are switched at run time; a step left out is a change of the source. So each is a patch, made to
//! a copy of the library in a workspace of its own, which is built as the model build and put before its models. The
//! copy as it is must pass them, and a patch must be *noticed*: what does not compile is no broken step, and neither is
//! one that makes a model fail without a word about the queue.
//!
//! A build for each patch would take minutes. So one copy holds all of them: each function that is patched has its body
//! once as it is and once for each patch, and which of them is run is said when the models are started (`switches`).
//! Only what cannot be chosen so, such as a patch of a `const fn`, has a build of its own.
//!
//! **To add one**, add a `broken(…)` to the file of its structure, and see that it is noticed:
//! `LATCHLESS_BROKEN=text,text cargo test -p model-tests --test mutants_broken_steps` tries those alone whose claim
//! contains one of the texts.
#![cfg(not(any(latchless_loom, latchless_steps)))]
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::io;

use model_tests::side_by_side::side_by_side;

#[path = "mutants_broken_steps/event_and_lock.rs"]
mod event_and_lock;
#[path = "mutants_broken_steps/pipe.rs"]
mod pipe;
#[path = "mutants_broken_steps/queue.rs"]
mod queue;
#[path = "mutants_broken_steps/ring.rs"]
mod ring;
#[path = "mutants_broken_steps/segments.rs"]
mod segments;
#[path = "mutants_broken_steps/semaphore.rs"]
mod semaphore;
#[path = "mutants_broken_steps/switches.rs"]
mod switches;
#[path = "mutants_broken_steps/wait_list.rs"]
mod wait_list;
#[path = "mutants_broken_steps/workshop.rs"]
mod workshop;

use workshop::{Models, Workshop};

/// A step of the algorithm left out or done wrong.
#[derive(Debug)]
struct Broken {
    /// What is wrong, as a claim.
    claim: &'static str,
    /// Under `structures/src`.
    file: &'static str,
    /// What stands there, once.
    old: &'static str,
    /// What stands there instead.
    new: &'static str,
    /// The models that notice it, each of them.
    noticed_by: &'static [&'static str],
}

const fn broken(
    claim: &'static str,
    file: &'static str,
    old: &'static str,
    new: &'static str,
    noticed_by: &'static [&'static str],
) -> Broken {
    Broken {
        claim,
        file,
        old,
        new,
        noticed_by,
    }
}

const CATALOGUE: [&[Broken]; 7] = [
    ring::STEPS,
    segments::STEPS,
    wait_list::STEPS,
    queue::STEPS,
    semaphore::STEPS,
    event_and_lock::STEPS,
    pipe::STEPS,
];

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

/// What is tried: all of it, or what has one of the texts in its claim that `LATCHLESS_BROKEN=text,text` names.
fn asked() -> Vec<&'static Broken> {
    let texts = std::env::var("LATCHLESS_BROKEN").unwrap_or_default();
    let is_asked = |broken: &&Broken| texts.split(',').any(|text| broken.claim.contains(text));
    let asked: Vec<_> = CATALOGUE.into_iter().flatten().filter(is_asked).collect();
    assert!(!asked.is_empty(), "no broken step is called {texts:?}");
    asked
}

/// The library as it is passes `model`.
fn passes(models: &Models, model: &str) -> io::Result<Result<(), String>> {
    let (passed, said) = models.run(model, None)?;
    let explored = said.lines().filter(|line| line.contains(" executions, "));
    Ok(match (passed, explored.count()) {
        (true, 1) => Ok(()),
        (true, _) => Err(format!("{model} was not run:\n{said}")),
        (false, _) => Err(format!("{model} fails for the library as it is:\n{said}")),
    })
}

/// A broken step, by its number where one is to be chosen, is noticed by `model`.
fn is_noticed(
    models: &Models,
    step: Option<usize>,
    broken: &Broken,
    model: &str,
) -> io::Result<Result<(), String>> {
    let claim = broken.claim;
    let (passed, said) = models.run(model, step)?;
    if passed {
        return Ok(Err(format!("{claim}: survives {model}")));
    }
    let Some(words) = NOTICED.iter().find(|words| said.contains(**words)) else {
        let why = format!("{claim}: {model} fails without a reason:\n{said}");
        return Ok(Err(why));
    };
    println!("broken step: {claim}: {model}: {words}");
    Ok(Ok(()))
}

/// All of `broken` in one build, of which one at a time is chosen; and none, which is what the library is.
fn try_together(broken: &[&Broken]) -> io::Result<Vec<Result<(), String>>> {
    let models = Workshop::open()?.with_switches(broken)?.build()?;
    let named: BTreeSet<&str> = broken
        .iter()
        .flat_map(|one| one.noticed_by)
        .copied()
        .collect();
    let mut trials: Vec<(Option<usize>, &str)> = named.iter().map(|&model| (None, model)).collect();
    for (step, one) in broken.iter().enumerate() {
        trials.extend(one.noticed_by.iter().map(|&model| (Some(step), model)));
    }
    let tried = side_by_side(trials.len(), |trial| match trials[trial] {
        (None, model) => passes(&models, model),
        (Some(step), model) => is_noticed(&models, Some(step), broken[step], model),
    });
    tried.into_iter().collect()
}

/// One in a build of its own.
fn try_alone(broken: &Broken) -> io::Result<Vec<Result<(), String>>> {
    let models = Workshop::open()?.with_patch(broken)?.build()?;
    let tried = broken.noticed_by.iter();
    tried
        .map(|model| is_noticed(&models, None, broken, model))
        .collect()
}

#[test]
fn every_broken_step_is_noticed() -> io::Result<()> {
    let (together, alone): (Vec<_>, Vec<_>) = (asked().into_iter())
        .partition(|broken| switches::can_be_chosen(&workshop::source_of(broken.file), broken));
    let mut tried = try_together(&together)?;
    for broken in alone {
        println!("in a build of its own: {}", broken.claim);
        tried.extend(try_alone(broken)?);
    }
    let failures: Vec<String> = tried.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
