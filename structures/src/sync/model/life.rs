//! Memory that is used again, and who comes to it too late.

use super::{Arc, UnsafeCell};

/// Whether something is still there, in memory that is used again. What is freed in a model stays in memory, so that whoever
/// comes to it nevertheless fails the model, and not the process; and each use is an access that loom orders with
/// the beginning and the end. What is lost without being freed is a leak that loom reports.
#[derive(Debug)]
pub(crate) struct Life(UnsafeCell<Option<Arc<()>>>);

impl Life {
    pub(crate) fn new() -> Self {
        let life = Self(UnsafeCell::new(Some(Arc::new(()))));
        life.renew();
        life
    }
    /// It is used.
    pub(crate) fn check(&self) {
        // SAFETY: loom makes sure that nobody writes meanwhile.
        let is_there = self.0.with(|there| unsafe { (*there).is_some() });
        assert!(is_there, "somebody came to what was freed");
    }
    /// It is somebody's alone.
    pub(crate) fn renew(&self) {
        // SAFETY: loom makes sure that nobody else is there.
        let is_there = self.0.with_mut(|there| unsafe { (*there).is_some() });
        assert!(is_there, "somebody uses again what was freed");
    }
    /// It is freed.
    pub(crate) fn end(&self) {
        // SAFETY: as above.
        let there = self.0.with_mut(|there| unsafe { (*there).take() });
        assert!(there.is_some(), "it was freed twice");
    }
}
