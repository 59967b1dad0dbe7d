//! How far the measurement has come, and whether somebody wants it to end.

use std::{
    io::{self, IsTerminal},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use latchless_bench::measure::Progress;

/// Exit code of a program that SIGINT ends.
const INTERRUPTED: i32 = 130;

/// Whether SIGINT has come. The first one ends the run and keeps what there is; the second one
/// ends the program.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on; where that cannot be had, an interrupt ends the program as usual.
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let come = Arc::clone(&interrupt.0);
        let listening = ctrlc::set_handler(move || {
            if come.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED);
            }
            eprintln!(
                "\nending after this round and keeping what there is; once more to end at once"
            );
        });
        if let Err(error) = listening {
            eprintln!("an interrupt will not keep what has been measured: {error}");
        }
        interrupt
    }

    pub fn has_come(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Shows progress: a bar on a terminal, elsewhere a line for each workload.
#[derive(Debug)]
pub struct Display {
    bar: Option<ProgressBar>,
    last: String,
    total: Duration,
}

impl Display {
    pub fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style =
                ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta:>4} left  {msg}");
            // No steady tick: its thread would run beside those that are measured.
            ProgressBar::new(0).with_style(style.expect("the template is valid"))
        });
        Self {
            bar,
            last: String::new(),
            total: Duration::ZERO,
        }
    }

    /// Shows where the run is and answers whether it shall go on.
    pub fn show(&mut self, progress: &Progress<'_>, interrupt: &Interrupt) -> ControlFlow<()> {
        if interrupt.has_come() {
            return ControlFlow::Break(());
        }
        match &self.bar {
            Some(bar) => {
                if self.total != progress.total {
                    self.total = progress.total;
                    bar.reset();
                    bar.set_length(milliseconds(progress.total));
                }
                bar.set_position(milliseconds(progress.done));
                bar.set_message(format!("{} · {}", progress.what, progress.contender));
            }
            None if self.last != progress.what => eprintln!("measuring {}", progress.what),
            None => {}
        }
        progress.what.clone_into(&mut self.last);
        ControlFlow::Continue(())
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
