//! Lock-free queues (skeleton).
