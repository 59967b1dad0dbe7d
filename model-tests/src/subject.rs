//! What the sweeps are held against: our queue, and queues that must not pass.

pub mod bounded;
pub mod lock;
pub mod unbounded;
pub mod vyukov;
