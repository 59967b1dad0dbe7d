//! How anyone waits here: threads and tasks on one list, without a lock; why no wake is lost.
//!
//! [`list`] is the wait list (with `links` and [`node`] below it), [`forms`] turns an attempt that never
//! waits into the calls that do, once for all structures; `patience` is how long a thread tries before
//! it sleeps, `waking` keeps a waker that calls its own list from waking itself for ever. Without the feature `std` there
//! is none of it, and `nobody` stands in its place.
//!
//! # Why no wake is lost
//!
//! The waiter: count itself in `listed`, append its node, **fence**, look at the structure once more,
//! sleep. The others: change the structure, **fence**, look at `listed`, look for the first waiter. So of
//! a waiter and another that meet, one sees the other's step, for each pair that can meet:
//!
//! * *notify against enlist.* Just said. A notifier that finds somebody counted but nobody linked came
//!   before the append, and the waiter looks at the structure after it.
//! * *cancel against notify.* One CAS on the node decides between LEFT and NOTIFIED. Leaving tells
//!   which; who had been notified uses the notification or passes it on.
//! * *close against enlist.* Closing is a change like any other; it notifies until nobody is left,
//!   and who enlists later sees it. Whoever finds the structure closed wakes everybody too.
//! * *hand-on of a baton.* Whoever was notified *settles*, whether it succeeded, found nothing, ran out
//!   of time, was dropped or found the structure closed: it looks, without taking, whether
//!   there is something for another, and notifies the next.
//! * *a notifier that is stopped.* Before its CAS the waiter is there for the next notifier. After it, and
//!   until the waiter is woken, its node stays linked and counted, and the next notifier wakes it
//!   too, before it goes on to another. (Only a notifier that has come from inside that very wake, which
//!   a waker may do, passes it by; and one that has come from inside sixteen wakes, each inside the one before, passes
//!   by whoever is just being woken: see `waking`.)
//! * *a notified task that nobody polls*, *a waiter that is stopped.* It is not in the list any more: the
//!   next successful operation finds the next waiter, for every one tests `listed`.
//!
//! Nothing of the structure is held during a sleep: no participant, no lock.

#[cfg(feature = "std")]
pub mod forms;
#[cfg(feature = "std")]
mod links;
#[cfg(feature = "std")]
pub mod list;
#[cfg(not(feature = "std"))]
pub(crate) mod nobody;
#[cfg(feature = "std")]
pub mod node;
#[cfg(feature = "std")]
mod patience;
#[cfg(feature = "std")]
mod waking;

#[cfg(not(feature = "std"))]
pub(crate) use nobody as list;
