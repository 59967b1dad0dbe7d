//! All pipes that take part.
#![forbid(unsafe_code)]

use super::{
    LatchlessBytes, LatchlessDuplex, LatchlessFramed, LatchlessPipe, ParkedRtrb, RingBuf, Rtrb,
    SystemPipe, TokioDuplex,
};
use crate::baseline::StdMutex;
use crate::contender::Card;
use crate::contenders::{CrossbeamChannel, Kanal, StdMpsc};
use crate::pipe::AsPipe;
use crate::workload::pipe::{ALL, Entry, Work};

/// Everybody who serves `work`, in the order in which reports list them.
pub fn pipe_contenders(work: Work) -> Vec<Entry> {
    match work {
        Work::Items => vec![
            Entry::tried::<LatchlessPipe>(),
            Entry::tried::<Rtrb>(),
            Entry::tried::<RingBuf>(),
            Entry::tried::<AsPipe<CrossbeamChannel>>(),
            Entry::tried::<AsPipe<StdMpsc>>(),
            Entry::tried::<AsPipe<StdMutex>>(),
        ],
        Work::Slices => vec![
            Entry::sliced::<LatchlessPipe>(),
            Entry::sliced::<Rtrb>(),
            Entry::sliced::<RingBuf>(),
            Entry::sliced::<StdMutex>(),
        ],
        Work::Blocking => {
            let mut all = vec![Entry::blocking::<LatchlessPipe>()];
            all.extend(blocking_peers());
            all
        }
        Work::RoundTrip => {
            let mut all = vec![Entry::two_way::<LatchlessDuplex>()];
            all.extend(blocking_peers());
            all
        }
        Work::Bytes => vec![
            Entry::bytes::<LatchlessBytes>(),
            Entry::bytes::<LatchlessFramed>(),
            Entry::bytes::<ParkedRtrb>(),
            Entry::bytes::<SystemPipe>(),
            Entry::bytes::<StdMutex>(),
        ],
        Work::AsyncBytes => vec![
            Entry::async_bytes::<LatchlessBytes>(),
            Entry::async_bytes::<TokioDuplex>(),
        ],
    }
}

fn blocking_peers() -> [Entry; 6] {
    [
        Entry::blocking::<ParkedRtrb>(),
        Entry::blocking::<CrossbeamChannel>(),
        Entry::blocking::<Kanal>(),
        Entry::blocking::<StdMpsc>(),
        Entry::blocking::<SystemPipe>(),
        Entry::blocking::<StdMutex>(),
    ]
}

/// The card of every pipe, and of every queue that is used as one, ours first.
pub fn pipe_cards() -> Vec<Card> {
    let mut all: Vec<Card> = Vec::new();
    for workload in ALL {
        for entry in pipe_contenders(workload.work) {
            if all.iter().all(|card| card.name != entry.card.name) {
                all.push(entry.card);
            }
        }
    }
    all.sort_by_key(|card| card.origin != "latchless");
    all
}
