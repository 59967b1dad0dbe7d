//! Proof of latchless (skeleton).
