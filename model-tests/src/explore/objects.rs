//! The instrumented objects: every use is one step.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Add;
use std::rc::Rc;

use super::program::{Core, Gate};

/// A shared value with the operations of an atomic.
#[derive(Clone)]
pub struct Shared<T> {
    core: Rc<Core>,
    cell: Rc<SharedCell<T>>,
}

struct SharedCell<T> {
    name: Rc<str>,
    /// How many shared values the program has: a lone one is not named in its steps.
    siblings: Rc<Cell<usize>>,
    value: Cell<T>,
    /// How often the value was written, and by whom last: a store that follows a load of an
    /// older version overwrites a value that its thread never saw.
    version: Cell<u64>,
    writer: Cell<Option<usize>>,
    /// The version that each thread read last.
    read: RefCell<Vec<Option<u64>>>,
}

impl<T: fmt::Debug + Copy> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("name", &self.cell.name)
            .field("value", &self.cell.value.get())
            .finish()
    }
}

impl<T: Copy + PartialEq + fmt::Debug + 'static> Shared<T> {
    pub(super) fn new(core: Rc<Core>, siblings: Rc<Cell<usize>>, name: &str, value: T) -> Self {
        let cell = SharedCell {
            name: name.into(),
            siblings,
            value: Cell::new(value),
            version: Cell::new(0),
            writer: Cell::new(None),
            read: RefCell::default(),
        };
        Shared {
            core,
            cell: Rc::new(cell),
        }
    }

    pub(super) fn gauge(&self) -> impl Fn() -> String + 'static {
        let cell = Rc::clone(&self.cell);
        move || format!("{:?}", cell.value.get())
    }

    /// The value now. No step: for claims and notes, not for the program itself.
    pub fn peek(&self) -> T {
        self.cell.value.get()
    }

    /// Reads the value.
    pub async fn load(&self) -> T {
        self.core.turn(Gate::Open).await;
        let value = self.peek();
        self.remember_version();
        self.core
            .record(|| format!("load{}  -> {value:?}", self.named()));
        value
    }

    /// Writes `value`, whatever was there.
    pub async fn store(&self, value: T) {
        self.core.turn(Gate::Open).await;
        self.note_lost_update();
        self.write(value);
        self.core
            .record(|| format!("store{} <- {value:?}", self.named()));
    }

    /// Writes `new` if the value is `expected`; either way answers what it found.
    pub async fn compare_exchange(&self, expected: T, new: T) -> Result<T, T> {
        self.core.turn(Gate::Open).await;
        let found = self.peek();
        self.remember_version();
        let name = || self.named();
        if found == expected {
            self.write(new);
            self.core
                .record(|| format!("cas{} {expected:?} to {new:?}: done", name()));
            Ok(found)
        } else {
            self.core
                .record(|| format!("cas{} {expected:?} to {new:?}: is {found:?}", name()));
            Err(found)
        }
    }

    /// Waits until the value is `wanted`, as a thread that sleeps on it would.
    pub async fn wait_for(&self, wanted: T) {
        let cell = Rc::clone(&self.cell);
        let gate = Gate::When {
            waits_for: format!("{} to be {wanted:?}", self.cell.name).into(),
            holds: Box::new(move || cell.value.get() == wanted),
        };
        self.core.turn(gate).await;
        self.remember_version();
        self.core
            .record(|| format!("wait{}  -> {wanted:?}", self.named()));
    }

    fn named(&self) -> String {
        match self.cell.siblings.get() {
            1 => String::new(),
            _ => format!(" {}", self.cell.name),
        }
    }

    fn write(&self, value: T) {
        self.cell.value.set(value);
        self.cell.version.set(self.cell.version.get() + 1);
        self.cell.writer.set(Some(self.core.running()));
        self.remember_version();
    }

    fn remember_version(&self) {
        let thread = self.core.running();
        let mut read = self.cell.read.borrow_mut();
        if read.len() <= thread {
            read.resize(thread + 1, None);
        }
        read[thread] = Some(self.cell.version.get());
    }

    /// To be called before the write.
    fn note_lost_update(&self) {
        let thread = self.core.running();
        let read = self.cell.read.borrow().get(thread).copied().flatten();
        let stale = read.is_some_and(|version| version < self.cell.version.get());
        if let (true, Some(writer)) = (stale, self.cell.writer.get()) {
            self.core.note(|| {
                let lost = self.peek();
                format!("{}'s {lost:?} is lost", self.core.name_of(writer))
            });
        }
    }
}

impl<T: Copy + PartialEq + fmt::Debug + Add<Output = T> + 'static> Shared<T> {
    /// Adds `value` in one step and answers what was there before.
    pub async fn fetch_add(&self, value: T) -> T {
        self.core.turn(Gate::Open).await;
        let before = self.peek();
        self.write(before + value);
        self.core
            .record(|| format!("add{} {value:?}: was {before:?}", self.named()));
        before
    }
}

/// A mutual exclusion lock: [`lock`](Mutex::lock) and [`unlock`](Mutex::unlock) are steps.
#[derive(Clone)]
pub struct Mutex {
    core: Rc<Core>,
    name: Rc<str>,
    holder: Rc<Cell<Option<usize>>>,
}

impl fmt::Debug for Mutex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex")
            .field("name", &self.name)
            .field("holder", &self.holder.get())
            .finish()
    }
}

impl Mutex {
    pub(super) fn new(core: Rc<Core>, name: &str) -> Mutex {
        Mutex {
            core,
            name: name.into(),
            holder: Rc::default(),
        }
    }

    /// Waits until the mutex is free and takes it. A thread that holds it already waits for ever.
    pub async fn lock(&self) {
        let holder = Rc::clone(&self.holder);
        let gate = Gate::When {
            waits_for: Rc::clone(&self.name),
            holds: Box::new(move || holder.get().is_none()),
        };
        self.core.turn(gate).await;
        self.holder.set(Some(self.core.running()));
        self.core.record(|| format!("lock {}", self.name));
    }

    /// Gives the mutex back.
    ///
    /// # Panics
    ///
    /// When the thread does not hold it.
    pub async fn unlock(&self) {
        self.core.turn(Gate::Open).await;
        assert!(
            self.holder.get() == Some(self.core.running()),
            "{} is unlocked by a thread that does not hold it",
            self.name
        );
        self.holder.set(None);
        self.core.record(|| format!("unlock {}", self.name));
    }
}
