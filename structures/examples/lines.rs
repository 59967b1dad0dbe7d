//! A pipeline of three threads that read and write as if from and into files: one writes lines, one keeps those that it
//! likes, one counts them.
//!
//! Each stage knows only `Write` and `BufRead`. When one goes, the next one finds the end of its input, and the one
//! before it a broken pipe.

use latchless::pipe;
use std::io::{self, BufRead, Write};
use std::thread;

const NUMBERS: u32 = 1000;

fn main() {
    // Small pipes, so that each stage waits for the next.
    let (numbers, of_all) = pipe::bytes(64);
    let (squares, of_squares) = pipe::bytes(64);
    let writes = thread::spawn(move || write_numbers(numbers));
    let filters = thread::spawn(move || keep_squares(of_all, squares));

    let kept: Vec<String> = of_squares.lines().map_while(Result::ok).collect();
    writes.join().expect("no panic").expect("it is read");
    filters.join().expect("no panic").expect("it is read");
    println!("{}", kept.join(" "));
    println!(
        "{} of {NUMBERS} lines kept, the last one {}",
        kept.len(),
        kept[kept.len() - 1]
    );
}

/// A number a line.
fn write_numbers(mut output: impl Write) -> io::Result<()> {
    (1..=NUMBERS).try_for_each(|number| writeln!(output, "{number}"))
}

/// Those that are squares.
fn keep_squares(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    for line in input.lines() {
        let line = line?;
        let number: u32 = line.parse().map_err(io::Error::other)?;
        if number.isqrt().pow(2) == number {
            writeln!(output, "{line}")?;
        }
    }
    Ok(())
}
