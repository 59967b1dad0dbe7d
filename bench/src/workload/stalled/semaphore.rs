//! A thread stopped while it acquires a permit and gives it back; the others do the same.
//!
//! There is a permit for everybody and one more, so that nobody has to wait for the victim's.
#![forbid(unsafe_code)]

use std::marker::PhantomData;
use std::sync::Arc;

use crossbeam_utils::CachePadded;
use model_tests::single_step;

use super::super::Wrong;
use super::super::patience::Patience;
use super::{OTHERS, Play, sweep};
use crate::plan::StalledPlan;
use crate::primitive::Semaphore;
use crate::record::Stalled;

/// Permits that there are.
const PERMITS: usize = OTHERS + 2;

/// The operation in which the victim is stopped, as records name it.
pub const ACQUIRE_AND_RELEASE: &str = "acquire and release";

/// Stops a victim at every instruction of acquiring and releasing. `Ok(None)` when this platform
/// cannot stop a thread at an instruction.
pub fn stalled_semaphore<S: Semaphore>(plan: &StalledPlan) -> Result<Option<Stalled>, Wrong> {
    let play = Visits::<S>(PhantomData);
    sweep(&play, S::CARD.name, ACQUIRE_AND_RELEASE, plan)
}

struct Visits<S>(PhantomData<fn() -> S>);

impl<S: Semaphore> Play for Visits<S> {
    type Side = Arc<CachePadded<S>>;

    fn sides(&self) -> Option<Vec<Self::Side>> {
        let semaphore = Arc::new(CachePadded::new(S::new(PERMITS)));
        Some(vec![semaphore; OTHERS + 1])
    }

    fn warm_up(&self, victim: &mut Self::Side) {
        victim.with_permit(|| {});
    }

    fn act(&self, victim: &mut Self::Side, stop: &single_step::Stop) {
        stop.run(|| victim.with_permit(|| {}));
    }

    #[inline(always)]
    fn turn<'s>(&self, side: &mut Self::Side, _patience: impl Fn() -> Patience<'s>) -> bool {
        // Who is halted in here goes on when the victim does.
        side.with_permit(|| {});
        true
    }

    fn settle(&self, sides: Vec<Self::Side>) -> Result<(), Wrong> {
        let semaphore = &sides[0];
        let back = (0..=PERMITS).take_while(|_| semaphore.take()).count();
        if back == PERMITS {
            return Ok(());
        }
        Err(Wrong::Permits { back, of: PERMITS })
    }
}
