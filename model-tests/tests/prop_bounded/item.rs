//! What the queue carries in these tests: values of several shapes, of which a ledger knows which are alive.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// Which items of this thread's test case are alive, and what went wrong with them.
#[derive(Debug, Default)]
struct Ledger {
    alive: usize,
    ids: BTreeSet<u64>,
    faults: Vec<String>,
}

thread_local! {
    static LEDGER: RefCell<Ledger> = RefCell::default();
}

/// Begins a test case: nothing is alive.
pub fn clear_ledger() {
    LEDGER.with_borrow_mut(|ledger| *ledger = Ledger::default());
}

/// How many items are alive.
///
/// # Panics
/// If one was dropped that was not alive, or was damaged.
pub fn alive() -> usize {
    LEDGER.with_borrow(|ledger| {
        assert_eq!(ledger.faults, Vec::<String>::new());
        ledger.alive
    })
}

/// A value for the queue.
pub trait Item: Sized {
    /// A new one, known by `id`.
    fn new(id: u64) -> Self;
    /// Its id, if it has room for one; checks that it is whole.
    fn id(&self) -> Option<u64>;
}

/// A plain number, whose drops nobody counts.
impl Item for u64 {
    fn new(id: u64) -> Self {
        id
    }
    fn id(&self) -> Option<u64> {
        Some(*self)
    }
}

fn born(id: Option<u64>) {
    LEDGER.with_borrow_mut(|ledger| {
        ledger.alive += 1;
        if let Some(id) = id
            && !ledger.ids.insert(id)
        {
            ledger.faults.push(format!("{id} made twice"));
        }
    });
}

fn died(id: Option<u64>) {
    // Not a panic: this may run while another one unwinds.
    LEDGER.with_borrow_mut(|ledger| {
        match ledger.alive.checked_sub(1) {
            Some(alive) => ledger.alive = alive,
            None => ledger.faults.push("more drops than items".to_owned()),
        }
        if let Some(id) = id
            && !ledger.ids.remove(&id)
        {
            ledger
                .faults
                .push(format!("{id} dropped twice, or never made"));
        }
    });
}

/// An item on the heap, so that a double drop is also a double free.
#[derive(Debug)]
pub struct Boxed(Box<u64>);

impl Item for Boxed {
    fn new(id: u64) -> Self {
        born(Some(id));
        Boxed(Box::new(id))
    }
    fn id(&self) -> Option<u64> {
        Some(*self.0)
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        died(self.id());
    }
}

/// An item without any bytes.
#[derive(Debug)]
pub struct Empty;

impl Item for Empty {
    fn new(_: u64) -> Self {
        born(None);
        Empty
    }
    fn id(&self) -> Option<u64> {
        None
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        died(None);
    }
}

/// An item of a page, each byte of which says whose it is.
#[derive(Debug)]
pub struct Page([u8; 4096]);

impl Item for Page {
    fn new(id: u64) -> Self {
        born(Some(id));
        let bytes = id.to_le_bytes();
        Page(std::array::from_fn(|i| bytes[i % 8]))
    }
    fn id(&self) -> Option<u64> {
        let (words, _) = self.0.as_chunks::<8>();
        assert!(words.iter().all(|word| *word == words[0]), "a torn page");
        Some(u64::from_le_bytes(words[0]))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        died(self.id());
    }
}

/// An item that must lie on a line of its own.
#[derive(Debug)]
#[repr(align(128))]
pub struct Aligned(u64);

impl Item for Aligned {
    fn new(id: u64) -> Self {
        born(Some(id));
        Aligned(id)
    }
    fn id(&self) -> Option<u64> {
        assert_eq!(
            std::ptr::from_ref(self).addr() % 128,
            0,
            "a misaligned item"
        );
        Some(self.0)
    }
}

impl Drop for Aligned {
    fn drop(&mut self) {
        died(self.id());
    }
}
