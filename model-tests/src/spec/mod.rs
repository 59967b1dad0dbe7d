//! Sequential specifications: what each structure must answer when one thread at a time uses it.
//!
//! A concurrent structure is *linearizable* when every history that threads can observe could have been produced by its
//! sequential specification, each call taking effect at one instant between its invocation and its return. The
//! specifications here are the yardstick; [`crate::linearize`] does the measuring.

pub mod event;
pub mod fifo;
pub mod joinable;
pub mod rendezvous;
pub mod semaphore;

use std::fmt::Debug;
use std::hash::Hash;

/// A structure as one thread at a time would see it: a state, and which answers each call may give there.
pub trait Spec: Clone + Eq + Hash + Debug {
    /// One call with its arguments.
    type Call: Clone + Debug;
    /// What a call returned.
    type Answer: Clone + Debug;

    /// The state after `call` took effect here and answered `answer`; `None` where the specification does not allow it.
    ///
    /// With `answer = None` the call never returned (its thread was stopped in it), so that any answer will do.
    /// A specification that allows several next states for one answer has to make the answers tell them apart.
    fn after(&self, call: &Self::Call, answer: Option<&Self::Answer>) -> Option<Self>;
}
