use latchless::queue::Bounded;
use std::sync::Arc;

/// Two consumers and one item: exactly one of them gets it.
pub fn each_item_is_taken_once() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let queue = Bounded::builder(2).threads(2).handles(2).build();
        let queue = Arc::new(queue.expect("a small queue"));
        queue.try_push(7).expect("there is room");
        let other = {
            let queue = Arc::clone(&queue);
            loom::thread::spawn(move || queue.try_pop().ok())
        };
        let mine = queue.try_pop().ok();
        let others = other.join().expect("it does not panic");
        assert!(matches!((mine, others), (Some(7), None) | (None, Some(7))));
    });
}
