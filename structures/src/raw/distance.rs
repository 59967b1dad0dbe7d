//! How a consumer keeps its distance from the producers.
//!
//! Close upon their heels each item brings its line over and back; some way behind, a line comes once with all its
//! items. So whoever finds itself close pauses, and lets them get ahead. Where that gains nothing, because they are
//! slow, or because the same thread pushes, it would only be late: then it does so more and more rarely.

#![forbid(unsafe_code)]

/// How often a consumer of segments pauses: long enough for a producer to fill many lines. They have room without end, so
/// a lead once gained is kept, and a longer pause would only be longer.
pub(super) const PAUSES_AT_SEGMENTS: u32 = 32;

/// How often a consumer of a ring pauses: for some microseconds. In a ring the lead ends when it is full, and has to be
/// gained anew; the farther the cores are apart, the more a long one is worth.
pub(super) const PAUSES_AT_A_RING: u32 = 128;

/// At every so many positions a consumer looks whether it is close.
pub(super) const MILESTONE: u64 = 8;

/// After so many pauses on end that gained nothing, they do not become rarer any more.
const RAREST: u8 = 12;

/// What became of the last pauses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Distance {
    /// So many on end gained nothing.
    in_vain: u8,
    /// So many chances to make one are let pass for that.
    let_pass: u16,
}

impl Distance {
    /// At a chance to pause: whether to take it.
    #[inline(always)]
    pub(super) fn is_due(&mut self) -> bool {
        let is_due = self.let_pass == 0;
        self.let_pass = self.let_pass.saturating_sub(1);
        is_due
    }

    /// The pause has let the producers get ahead, or it has not.
    pub(super) fn was_kept(&mut self, gained: bool) {
        self.in_vain = match gained {
            true => 0,
            false => (self.in_vain + 1).min(RAREST),
        };
        self.let_pass = (1 << self.in_vain) - 1;
    }
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    #[test]
    fn pauses_that_gain_nothing_become_rare_and_come_back_when_one_gains() {
        let mut own = Distance::default();
        let mut pauses = |gained: bool| {
            let due = |_: &u32| {
                let is_due = own.is_due();
                if is_due {
                    own.was_kept(gained);
                }
                is_due
            };
            (0..100_000).filter(due).count()
        };
        let in_vain = pauses(false);
        assert!((24..48).contains(&in_vain), "{in_vain} of 100,000");
        let gained = pauses(true);
        assert!(gained >= 100_000 - 4_095, "only {gained} of 100,000");
    }
}
