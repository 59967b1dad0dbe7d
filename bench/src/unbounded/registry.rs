//! All unbounded queues and channels that take part.
#![forbid(unsafe_code)]

use super::{
    SegQueue, UnboundedAsyncChannel, UnboundedChannel, UnboundedConcurrentQueue,
    UnboundedCrossbeamChannel, UnboundedFlume, UnboundedHandle, UnboundedKanal, UnboundedShared,
    UnboundedStdMpsc,
};
use crate::baseline::{MichaelScott, UnboundedStdMutex};
use crate::contender::Card;
use crate::workload::unbounded::{ALL, Entry, Work};

/// Everybody who serves `work`, in the order in which reports list them.
pub fn unbounded_contenders(work: Work) -> Vec<Entry> {
    match work {
        Work::Tried(_) => vec![
            Entry::tried::<UnboundedHandle>(),
            Entry::tried::<UnboundedShared>(),
            Entry::tried::<SegQueue>(),
            Entry::tried::<UnboundedConcurrentQueue>(),
            Entry::tried::<UnboundedCrossbeamChannel>(),
            Entry::tried::<UnboundedFlume>(),
            Entry::tried::<UnboundedKanal>(),
            Entry::tried::<UnboundedAsyncChannel>(),
            Entry::tried::<UnboundedStdMpsc>(),
            Entry::tried::<MichaelScott>(),
            Entry::tried::<UnboundedStdMutex>(),
        ],
        Work::Blocking { .. } => vec![
            Entry::blocking::<UnboundedHandle>(),
            Entry::blocking::<UnboundedChannel>(),
            Entry::blocking::<UnboundedCrossbeamChannel>(),
            Entry::blocking::<UnboundedFlume>(),
            Entry::blocking::<UnboundedKanal>(),
            Entry::blocking::<UnboundedAsyncChannel>(),
            Entry::blocking::<UnboundedStdMpsc>(),
            Entry::blocking::<UnboundedStdMutex>(),
        ],
    }
}

/// The card of every one of them, ours first.
pub fn unbounded_cards() -> Vec<Card> {
    let mut all: Vec<Card> = Vec::new();
    for workload in ALL {
        for entry in unbounded_contenders(workload.work) {
            if all.iter().all(|card| card.name != entry.card.name) {
                all.push(entry.card);
            }
        }
    }
    all.sort_by_key(|card| card.origin != "latchless");
    all
}
