//! Weakening one call site at a time: the sites are found by `#[track_caller]`, and what is armed
//! holds for the arming thread.

use super::Ordering;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::panic::Location;

/// A call site of an atomic operation or a fence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The source file, as the compiler was given it.
    pub file: String,
    /// Line of the call.
    pub line: u32,
    /// Column of the call.
    pub column: u32,
}

/// What a site does, as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// Such as `load`, `compare_exchange` or `fence`.
    pub name: &'static str,
    /// Its ordering (of success) and, for a compare-and-swap, of failure.
    pub orders: Vec<String>,
}

/// How a site is weakened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The ordering (of success) becomes Relaxed.
    Relax,
    /// The ordering of success loses its Acquire.
    LoseAcquire,
    /// The ordering of success loses its Release.
    LoseRelease,
    /// The ordering of failure becomes Relaxed.
    RelaxFailure,
    /// The compare-and-swap becomes a store that always succeeds.
    BlindStore,
    /// The fence is dropped.
    DropFence,
}

pub(super) enum Exchange {
    Compare(Ordering, Ordering),
    /// Store with this ordering.
    Blind(Ordering),
}

std::thread_local! {
    /// Set while anything below has to be asked; a model makes millions of accesses.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static ARMED: RefCell<Option<(Site, Change)>> = const { RefCell::new(None) };
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Seen {
    sites: BTreeMap<Site, Operation>,
    /// Where these lie, by the address of the file's name, line and column: a site is put into words when it is first
    /// reached, not at every access.
    locations: HashSet<(usize, u32, u32)>,
}

fn watch() {
    let armed = ARMED.with_borrow(Option::is_some);
    WATCHED.set(armed || SEEN.with_borrow(Option::is_some));
}

/// Weakens a site, or none, in the models that this thread runs from now on.
pub fn arm(change: Option<(Site, Change)>) {
    ARMED.set(change);
    watch();
}

/// Forgets the sites seen so far and begins to note those that this thread's models reach.
pub fn begin_noting() {
    SEEN.set(Some(Seen::default()));
    watch();
}

/// The sites that were reached since [`begin_noting`], which ends.
pub fn end_noting() -> BTreeMap<Site, Operation> {
    let seen = SEEN.take().unwrap_or_default();
    watch();
    seen.sites
}

impl Site {
    fn is(&self, location: &Location<'_>) -> bool {
        self.line == location.line()
            && self.column == location.column()
            && self.file == location.file()
    }
}

fn note(at: &Location<'_>, name: &'static str, orders: &[Ordering]) -> Option<Change> {
    if !WATCHED.get() {
        return None;
    }
    SEEN.with_borrow_mut(|seen| {
        if let Some(seen) = seen
            && seen
                .locations
                .insert((at.file().as_ptr().addr(), at.line(), at.column()))
        {
            let site = Site {
                file: at.file().to_owned(),
                line: at.line(),
                column: at.column(),
            };
            seen.sites.entry(site).or_insert_with(|| Operation {
                name,
                orders: orders.iter().map(|order| format!("{order:?}")).collect(),
            });
        }
    });
    ARMED.with_borrow(|armed| {
        let (site, change) = armed.as_ref()?;
        site.is(at).then(|| change.clone())
    })
}

fn weakened(order: Ordering, change: Option<Change>) -> Ordering {
    match change {
        Some(Change::Relax) => Ordering::Relaxed,
        Some(Change::LoseAcquire) => Ordering::Release,
        Some(Change::LoseRelease) => Ordering::Acquire,
        _ => order,
    }
}

pub(super) fn ordering(site: &Location<'_>, name: &'static str, order: Ordering) -> Ordering {
    weakened(order, note(site, name, &[order]))
}

pub(super) fn exchange(site: &Location<'_>, success: Ordering, failure: Ordering) -> Exchange {
    match note(site, "compare_exchange", &[success, failure]) {
        Some(Change::BlindStore) => Exchange::Blind(match success {
            Ordering::Acquire | Ordering::Relaxed => Ordering::Relaxed,
            _ => Ordering::Release,
        }),
        Some(Change::RelaxFailure) => Exchange::Compare(success, Ordering::Relaxed),
        change => Exchange::Compare(weakened(success, change), failure),
    }
}

pub(super) fn dropped(site: &Location<'_>) -> bool {
    note(site, "fence", &[Ordering::SeqCst]) == Some(Change::DropFence)
}
