//! A thread that gives way in the middle of its calls.

/// While it lives, the current thread gives way at random steps; in a build that has no steps it does nothing.
#[derive(Debug)]
pub struct GivingWay(());

#[cfg(latchless_steps)]
impl GivingWay {
    pub fn begin(seed: u64) -> Self {
        let mut dice = super::caller::Dice::new(seed);
        latchless::sync::set_hook(Some(Box::new(move |_| match dice.below(64) {
            0 => std::thread::yield_now(),
            1..=15 => (0..dice.below(400)).for_each(|_| std::hint::spin_loop()),
            _ => {}
        })));
        GivingWay(())
    }
}

#[cfg(latchless_steps)]
impl Drop for GivingWay {
    fn drop(&mut self) {
        latchless::sync::set_hook(None);
    }
}

#[cfg(not(latchless_steps))]
impl GivingWay {
    pub fn begin(_seed: u64) -> Self {
        GivingWay(())
    }
}
