//! Two threads: one writes blocks, one reads bytes.
#![forbid(unsafe_code)]

use super::super::check::{Totals, same};
use super::super::run::{Part, Tally};
use super::super::waiting::threads::{Act, Body, RECEIVES, SENDS, Told, outcome, perform};
use super::super::{Length, Outcome, Wrong};
use super::blocks::{Incoming, Outgoing};
use super::{BLOCK, Job};
use crate::cores;
use crate::pipe::{Bytes, ReadEnd, WriteEnd};

/// Runs `C` once.
pub(super) fn run<C: Bytes>(job: &Job) -> Result<Option<Outcome>, Wrong> {
    let Some((mut writer, mut reader)) = C::ends(job.capacity) else {
        return Ok(None);
    };
    // Every byte of the pipe is used before the clock starts.
    let warm_up = job.capacity.div_ceil(BLOCK) as u64;
    let writes: Body = Box::new(move |part, index| {
        let mut outgoing = Outgoing::new();
        for number in 0..warm_up {
            let written = writer.write_block(outgoing.numbered(number));
            assert!(written, "nobody reads");
        }
        write(&mut writer, &mut outgoing, part, index)
    });
    let reads: Body = Box::new(move |part, index| {
        let mut incoming = Incoming::new();
        while incoming.read.count < warm_up {
            read_some(&mut reader, &mut incoming).expect("nobody writes");
        }
        let before = incoming.end();
        assert_eq!(before, Totals::consecutive(0, warm_up), "before the start");
        read(&mut reader, part, index)
    });
    let told = perform(
        vec![(SENDS, writes), (RECEIVES, reads)],
        &cores::available(),
        in_blocks(job.length),
    )?;
    let sum = |of: fn(&Tally) -> Totals| {
        let totals = told.iter().map(|one| of(&one.tally));
        totals.fold(Totals::default(), Totals::join)
    };
    let read = sum(|tally| tally.popped);
    same(sum(Tally::pushed_totals), read)?;
    let blocks = outcome(&told, read.count);
    Ok(Some(in_bytes(blocks)))
}

/// The length of a run that counts blocks.
pub(super) fn in_blocks(length: Length) -> Length {
    match length {
        Length::Time(time) => Length::Time(time),
        Length::Items(bytes) => Length::Items(bytes.div_ceil(BLOCK as u64)),
    }
}

/// What a run that counted blocks has shown, in bytes.
pub(super) fn in_bytes(mut outcome: Outcome) -> Outcome {
    let block = BLOCK as u64;
    outcome.items *= block;
    outcome.per_thread.iter_mut().for_each(|one| *one *= block);
    outcome
}

/// `None` at the end.
#[inline]
fn read_some<R: ReadEnd>(reader: &mut R, incoming: &mut Incoming) -> Option<()> {
    match reader.read_some(incoming.rest()) {
        0 => None,
        count => {
            incoming.came(count);
            Some(())
        }
    }
}

#[inline(never)]
fn write<W: WriteEnd>(
    writer: &mut W,
    outgoing: &mut Outgoing,
    part: &Part<'_>,
    index: usize,
) -> Told {
    let mut act = Act::start(part, index);
    let run = part.run;
    let mut next = act.tally.first;
    let last = next + run.limit;
    while next < last && run.goes_on() {
        if !writer.write_block(outgoing.numbered(next)) {
            break;
        }
        next += 1;
    }
    act.tally.pushed = next - act.tally.first;
    act.end()
}

#[inline(never)]
fn read<R: ReadEnd>(reader: &mut R, part: &Part<'_>, index: usize) -> Told {
    let mut incoming = Incoming::new();
    let mut act = Act::start(part, index);
    while read_some(reader, &mut incoming).is_some() {}
    act.tally.popped = incoming.end();
    act.end()
}
