//! Atomics, each with its ghost, and cells.

use std::cell::Cell;
use std::panic::Location;

use loom::sync::atomic::{self as stock, Ordering};

use super::mutation;

std::thread_local! {
    static GHOSTS: Cell<bool> = const { Cell::new(true) };
}

/// Switches the ghost accesses on or off for the models that this thread runs from now on.
pub fn ghosts(on: bool) {
    GHOSTS.set(on);
}

macro_rules! modelled_atomic {
    ($name:ident, $integer:ty) => {
        /// An atomic integer of the model, with its ghost.
        #[derive(Debug)]
        pub struct $name {
            value: stock::$name,
            ghost: stock::AtomicUsize,
        }

        #[allow(dead_code, reason = "each integer uses the methods that it needs")]
        impl $name {
            /// A new one.
            pub fn new(value: $integer) -> Self {
                Self {
                    value: stock::$name::new(value),
                    ghost: stock::AtomicUsize::new(0),
                }
            }
            fn ghost(&self) {
                if GHOSTS.get() {
                    self.ghost.fetch_add(1, Ordering::Relaxed);
                }
            }
            /// See `core`.
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "load", order);
                self.ghost();
                self.value.load(order)
            }
            /// See `core`.
            #[track_caller]
            pub fn store(&self, value: $integer, order: Ordering) {
                let order = mutation::ordering(Location::caller(), "store", order);
                self.ghost();
                self.value.store(value, order);
            }
            /// See `core`.
            #[track_caller]
            pub fn swap(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "swap", order);
                self.ghost();
                self.value.swap(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn fetch_add(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_add", order);
                self.ghost();
                self.value.fetch_add(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn fetch_sub(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_sub", order);
                self.ghost();
                self.value.fetch_sub(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn fetch_and(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_and", order);
                self.ghost();
                self.value.fetch_and(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn fetch_or(&self, value: $integer, order: Ordering) -> $integer {
                let order = mutation::ordering(Location::caller(), "fetch_or", order);
                self.ghost();
                self.value.fetch_or(value, order)
            }
            /// See `core`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $integer,
                new: $integer,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$integer, $integer> {
                let site = Location::caller();
                let weakened = mutation::exchange(site, success, failure);
                self.ghost();
                match weakened {
                    mutation::Exchange::Compare(success, failure) => {
                        self.value.compare_exchange(current, new, success, failure)
                    }
                    mutation::Exchange::Blind(order) => {
                        self.value.store(new, order);
                        Ok(current)
                    }
                }
            }
            /// The value, for an owner that is alone.
            pub fn with_mut<R>(&mut self, act: impl FnOnce(&mut $integer) -> R) -> R {
                self.value.with_mut(act)
            }
        }
    };
}

impl Default for AtomicU64 {
    fn default() -> Self {
        Self::new(0)
    }
}

modelled_atomic!(AtomicU32, u32);
modelled_atomic!(AtomicU64, u64);

/// An atomic pointer of the model, with its ghost.
#[derive(Debug)]
pub struct AtomicPtr<T> {
    value: stock::AtomicPtr<T>,
    ghost: stock::AtomicUsize,
}

impl<T> AtomicPtr<T> {
    /// A new one.
    pub fn new(value: *mut T) -> Self {
        Self {
            value: stock::AtomicPtr::new(value),
            ghost: stock::AtomicUsize::new(0),
        }
    }
    fn ghost(&self) {
        if GHOSTS.get() {
            self.ghost.fetch_add(1, Ordering::Relaxed);
        }
    }
    /// See `core`.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> *mut T {
        let order = mutation::ordering(Location::caller(), "load", order);
        self.ghost();
        self.value.load(order)
    }
    /// See `core`.
    #[track_caller]
    pub fn store(&self, value: *mut T, order: Ordering) {
        let order = mutation::ordering(Location::caller(), "store", order);
        self.ghost();
        self.value.store(value, order);
    }
    /// See `core`.
    #[track_caller]
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        let order = mutation::ordering(Location::caller(), "swap", order);
        self.ghost();
        self.value.swap(value, order)
    }
    /// See `core`.
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        let site = Location::caller();
        let weakened = mutation::exchange(site, success, failure);
        self.ghost();
        match weakened {
            mutation::Exchange::Compare(success, failure) => {
                self.value.compare_exchange(current, new, success, failure)
            }
            mutation::Exchange::Blind(order) => {
                self.value.store(new, order);
                Ok(current)
            }
        }
    }
}

/// A cell whose accesses loom checks for races.
#[derive(Debug)]
pub struct UnsafeCell<T: ?Sized>(loom::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A new one.
    pub fn new(value: T) -> Self {
        Self(loom::cell::UnsafeCell::new(value))
    }
    /// The value.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
    pub(crate) fn address(&self) -> *const T {
        core::ptr::null()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Lends a pointer to read through.
    #[track_caller]
    pub fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        self.0.with(read)
    }
    /// Lends a pointer to write through.
    #[track_caller]
    pub fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        self.0.with_mut(write)
    }
}
