//! The user's guide: pages to read before, or beside, the types.
//!
//! * [Which structure do I want](choosing)
//! * [The five forms](forms) of every call that may wait
//! * [Cancelling](cancelling): timeouts, and futures that are dropped
//! * [Progress](progress): what a stopped thread can do to the others
//! * [Moving here](moving) from crossbeam, flume, tokio or Python
//! * [Checking your own code](checking) under loom
//! * [What this is not for](limits)
//!
//! Every block of code in it is compiled and run as a test.

#[doc = include_str!("guide/choosing.md")]
pub mod choosing {}

#[doc = include_str!("guide/forms.md")]
pub mod forms {}

#[doc = include_str!("guide/cancelling.md")]
pub mod cancelling {}

#[doc = include_str!("guide/progress.md")]
pub mod progress {}

#[doc = include_str!("guide/moving.md")]
pub mod moving {}

// The example is a file of its own, which the models' tests run under loom. As a test of the documentation it runs once,
// on threads of the system, which the hidden lines put in loom's place.
#[doc = include_str!("guide/checking.md")]
#[doc = "```"]
#[doc = include_str!("guide/checking_example.rs")]
#[doc = "
# fn main() { each_item_is_taken_once() }
# mod loom {
#     pub use std::thread;
#     pub mod model {
#         #[derive(Default)]
#         pub struct Builder { pub preemption_bound: Option<usize> }
#         impl Builder {
#             pub fn new() -> Self { Self::default() }
#             pub fn check(&self, model: impl Fn()) { model() }
#         }
#     }
# }
```
"]
#[doc = include_str!("guide/checking_rest.md")]
pub mod checking {}

#[doc = include_str!("guide/limits.md")]
pub mod limits {}
