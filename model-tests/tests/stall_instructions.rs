//! Lock-freedom of the code as compiled: one thread is stopped at every instruction of an
//! operation, and another must get on within a fixed number of its own instructions.

#![cfg(not(any(latchless_loom, latchless_steps)))]

use model_tests::single_step::supported;
use model_tests::subject::lock::StdMutex;
use model_tests::subject::vyukov::Vyukov;
use model_tests::sweep::{Deed, Instructions, Subject, Sweep, Swept};

/// What another thread does while the victim stands: both ends, Full and Empty included.
const OTHERS: &[Deed] = &[
    Deed::TryPush,
    Deed::TryPop,
    Deed::TryPop,
    Deed::TryPush,
    Deed::TryPush,
    Deed::TryPop,
];

/// Sweeps one operation from several start states.
fn sweep<S: Subject>(capacities: &[usize], victim: Deed) -> Swept {
    let mut all = Swept::default();
    for &capacity in capacities {
        let mut states = vec![0, capacity / 2, capacity - 1, capacity];
        states.dedup();
        for filled in states {
            let sweep = Sweep {
                capacity,
                filled,
                victims: &[victim],
                others: OTHERS,
                budget: 5_000,
                stride: 1,
                linearizable: true,
            };
            all = all.and(sweep.run::<Instructions, S>());
        }
    }
    all
}

#[test]
fn a_thread_stopped_inside_a_mutex_stops_the_others() {
    if !supported() {
        return;
    }
    for victim in [Deed::TryPush, Deed::TryPop] {
        let swept = sweep::<StdMutex>(&[1, 2, 4], victim);
        println!("std::sync::Mutex, {victim:?}: {swept} instructions");
        assert!(swept.stalls > 0);
        let swept = sweep::<Vyukov>(&[2, 4], victim);
        println!("Vyukov, {victim:?}: {swept} instructions");
        assert!(swept.stalls > 0);
    }
}
