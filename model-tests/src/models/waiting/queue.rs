//! The waiting forms of the bounded queue.
#![forbid(unsafe_code)]

use crate::models::Model;

pub(super) const MODELS: &[Model] = &[];
