//! Statics and thread-locals, which live as long as one execution of a model and one of its threads.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A static that each execution of a model makes anew.
macro_rules! global {
    (static $name:ident: $kind:ty = $value:expr;) => {
        loom::lazy_static! {
            static ref $name: $crate::sync::Global<$kind> = $crate::sync::Global::new($value);
        }
    };
}
pub(crate) use global;

/// What a [`global!`] holds.
///
/// loom drops its statics when the main thread's closure returns. Threads that were joined may still
/// run their destructors then (a join waits for the closure only), and may be inside the static. So
/// its value is kept until the next execution, and destructors that begin later do not run: with
/// the execution over, nobody is left to see what they would do.
#[derive(Debug)]
pub(crate) struct Global<T: 'static>(Option<Box<T>>);

std::thread_local! {
    static IS_OVER: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

impl<T> Global<T> {
    pub(crate) fn new(value: T) -> Self {
        if IS_OVER.replace(false) {
            KEPT.take();
        }
        Self(Some(Box::new(value)))
    }
}

impl<T> core::ops::Deref for Global<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_deref().expect("until it is dropped")
    }
}

impl<T> Drop for Global<T> {
    fn drop(&mut self) {
        IS_OVER.set(true);
        if let Some(value) = self.0.take() {
            KEPT.with_borrow_mut(|kept| kept.push(value));
        }
    }
}

/// A thread-local of the model's threads.
macro_rules! local {
    (static $name:ident: $kind:ty = $value:expr;) => {
        static $name: $crate::sync::Local<$kind> = $crate::sync::Local { start: || $value };
    };
}
pub(crate) use local;

/// What a [`local!`] is: as in `std`, a value without a destructor can still be reached by the
/// destructors of the others. (loom takes all of a thread's locals away before it drops the first.)
#[derive(Debug)]
pub(crate) struct Local<T: 'static> {
    pub(crate) start: fn() -> T,
}

/// The locals of one thread, found by the addresses of their statics.
type Values = Rc<RefCell<Vec<Value>>>;

#[derive(Clone)]
struct Value {
    of: usize,
    needs_drop: bool,
    value: Rc<dyn Any>,
}

#[derive(Default)]
struct Locals {
    values: Values,
}

loom::thread_local! {
    static LOCALS: Locals = Locals::default();
}

std::thread_local! {
    /// The locals of the model's thread that began to end last: its destructors must be through
    /// with them when they come to an atomic, where another thread may go on.
    static ENDING: RefCell<Values> = RefCell::default();
}

impl<T: 'static> Local<T> {
    fn value(&'static self, values: &Values) -> Rc<T> {
        let of = core::ptr::from_ref(self).addr();
        let found = values
            .borrow()
            .iter()
            .find_map(|value| (value.of == of).then(|| value.value.clone()));
        let value = found.unwrap_or_else(|| {
            let value: Rc<dyn Any> = Rc::new((self.start)());
            values.borrow_mut().push(Value {
                of,
                needs_drop: core::mem::needs_drop::<T>(),
                value: value.clone(),
            });
            value
        });
        value.downcast().expect("one type a static")
    }

    pub(crate) fn with<R>(&'static self, act: impl FnOnce(&T) -> R) -> R {
        let value = LOCALS
            .try_with(|locals| self.value(&locals.values))
            .unwrap_or_else(|_| ENDING.with_borrow(|values| self.value(values)));
        act(&value)
    }

    pub(crate) fn try_with<R>(
        &'static self,
        act: impl FnOnce(&T) -> R,
    ) -> Result<R, loom::thread::AccessError> {
        let value = LOCALS.try_with(|locals| self.value(&locals.values))?;
        Ok(act(&value))
    }
}

impl Drop for Locals {
    fn drop(&mut self) {
        let all = self.values.take();
        let (destructors, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|value| value.needs_drop);
        self.values.replace(rest);
        if IS_OVER.get() || std::thread::panicking() {
            core::mem::forget(destructors);
        } else {
            ENDING.set(self.values.clone());
            drop(destructors);
        }
    }
}
