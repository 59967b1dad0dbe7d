//! A signal handler, as the steps build can have one: a hook that calls what its thread is just calling.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::LazyLock;

use latchless::sync::set_hook;
use model_tests::history::{Clock, Order};

/// All histories share it, for a hook must own what it writes to.
pub static CLOCK: LazyLock<Clock> = LazyLock::new(|| Clock::new(Order::RealTime));

/// Does `call`, and `handler` before its step number `at`; whether it had so many.
pub fn interrupted(at: usize, handler: impl FnOnce() + 'static, call: impl FnOnce()) -> bool {
    let (mut handler, came) = (Some(handler), Rc::new(Cell::new(false)));
    let (mut step, comes) = (0, Rc::clone(&came));
    set_hook(Some(Box::new(move |_| {
        if step == at
            && let Some(handler) = handler.take()
        {
            comes.set(true);
            handler();
        }
        step += 1;
    })));
    call();
    set_hook(None);
    came.get()
}

/// What a hook owned is not needed by it any more.
pub fn back<T>(shared: Rc<RefCell<T>>) -> T {
    let alone = Rc::try_unwrap(shared).unwrap_or_else(|_| unreachable!("the hook is gone"));
    alone.into_inner()
}
