//! The step explorer on programs whose interleavings can be counted by hand.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use model_tests::explore::{Explorer, Failure, Outcome, Program};

/// `threads` threads of `steps` steps each, on one shared value.
fn steps(threads: usize, steps: usize) -> impl Fn(&mut Program) {
    move |program| {
        let value = program.shared("value", 0);
        for thread in 0..threads {
            let value = value.clone();
            program.thread(&format!("thread {thread}"), |_| async move {
                for _ in 0..steps {
                    value.load().await;
                }
            });
        }
    }
}

fn lost_update(program: &mut Program) {
    let balance = program.shared("balance", 100);
    for (teller, deposit) in [("teller A", 5), ("teller B", 8)] {
        let balance = balance.clone();
        program.thread(teller, |_| async move {
            let seen = balance.load().await;
            balance.store(seen + deposit).await;
        });
    }
    program.claim(move || match balance.peek() {
        113 => Ok(()),
        other => Err(format!("expected 113, got {other}")),
    });
}

fn guarded_update(program: &mut Program) {
    let balance = program.shared("balance", 100);
    let till = program.mutex("till");
    for (teller, deposit) in [("teller A", 5), ("teller B", 8)] {
        let (balance, till) = (balance.clone(), till.clone());
        program.thread(teller, |_| async move {
            till.lock().await;
            let seen = balance.load().await;
            balance.store(seen + deposit).await;
            till.unlock().await;
        });
    }
    program.claim(move || match balance.peek() {
        113 => Ok(()),
        other => Err(format!("expected 113, got {other}")),
    });
}

/// Two mutexes, taken by the two threads in the orders given.
fn two_locks(orders: [[usize; 2]; 2]) -> impl Fn(&mut Program) {
    move |program| {
        let locks = [program.mutex("fork"), program.mutex("knife")];
        for (name, [first, second]) in ["left", "right"].into_iter().zip(orders) {
            let locks = locks.clone();
            program.thread(name, |_| async move {
                locks[first].lock().await;
                locks[second].lock().await;
                locks[second].unlock().await;
                locks[first].unlock().await;
            });
        }
    }
}

#[test]
fn interleavings_are_counted_as_the_multinomial_says() {
    let counts = [
        (1, 5, 1),
        (2, 1, 2),
        (2, 2, 6),
        (2, 3, 20),
        (3, 2, 90),
        (4, 2, 2520),
    ];
    for (threads, length, expected) in counts {
        let found = Explorer::new().explore(steps(threads, length));
        assert_eq!(found.schedules, expected, "{threads} threads of {length}");
        assert!(found.complete);
        assert_eq!(found.failures, 0);
    }
}

#[test]
fn a_program_without_steps_has_one_schedule() {
    for program in [steps(0, 0), steps(3, 0)] {
        let found = Explorer::new().explore(program);
        assert_eq!((found.schedules, found.complete), (1, true));
    }
}

#[test]
fn a_preemption_bound_leaves_out_what_it_says() {
    // Two threads of two steps: AABB BBAA need no preemption; ABBA BAAB need one; the other two
    // need two.
    let counts = [(0, 2), (1, 4), (2, 6), (3, 6)];
    for (bound, expected) in counts {
        let found = Explorer::new().preemption_bound(bound).explore(steps(2, 2));
        assert_eq!(found.schedules, expected, "bound {bound}");
        assert!(found.complete);
    }
}

#[test]
fn a_lost_update_is_found_and_shown() {
    let found = Explorer::new().explore(lost_update);
    assert_eq!((found.schedules, found.failures), (6, 4));
    assert!(found.complete);
    let failing = found.failing.expect("four schedules fail");
    assert_eq!(
        failing.failure,
        Failure::Claim("expected 113, got 108".into())
    );
    assert_eq!(
        failing.schedule.to_string(),
        concat!(
            "      teller A        teller B        balance\n",
            " 1    load  -> 100                        100\n",
            " 2                    load  -> 100        100\n",
            " 3    store <- 105                        105\n",
            " 4                    store <- 108        108  <- teller A's 105 is lost\n",
        )
    );
}

#[test]
fn a_failing_schedule_fails_again_when_replayed() {
    let failing = Explorer::new().explore(lost_update).failing.unwrap();
    let replay = Explorer::new().replay(&failing.choices, lost_update);
    assert_eq!(replay.outcome, Outcome::Failed(failing.failure));
    assert_eq!(replay.schedule, failing.schedule);
    let in_turn = Explorer::new().replay(&[0, 0, 1, 1], lost_update);
    assert_eq!(in_turn.outcome, Outcome::Held);
}

#[test]
fn a_mutex_leaves_two_orders_and_no_failure() {
    let found = Explorer::new().explore(guarded_update);
    assert_eq!((found.schedules, found.failures), (2, 0));
    assert!(found.complete);
}

#[test]
fn fetch_add_and_a_retried_compare_exchange_lose_nothing() {
    for with_cas in [false, true] {
        let found = Explorer::new().explore(move |program: &mut Program| {
            let value = program.shared("value", 0);
            for name in ["a", "b", "c"] {
                let value = value.clone();
                program.thread(name, |_| async move {
                    if !with_cas {
                        value.fetch_add(1).await;
                        return;
                    }
                    let mut seen = value.load().await;
                    while let Err(other) = value.compare_exchange(seen, seen + 1).await {
                        seen = other;
                    }
                });
            }
            program.claim(move || (value.peek() == 3).then_some(()).ok_or("lost".into()));
        });
        assert_eq!(found.failures, 0);
        assert!(found.complete);
        if !with_cas {
            assert_eq!(found.schedules, 6);
        }
    }
}

#[test]
fn locks_taken_in_opposite_orders_deadlock_in_two_schedules() {
    let found = Explorer::new().explore(two_locks([[0, 1], [1, 0]]));
    assert_eq!((found.failures, found.complete), (2, true));
    let failing = found.failing.expect("a deadlock");
    assert_eq!(failing.choices, [0, 1]);
    assert_eq!(
        failing.failure,
        Failure::Deadlock("left waits for knife, right waits for fork".into())
    );
    let same_order = Explorer::new().explore(two_locks([[0, 1], [0, 1]]));
    assert_eq!((same_order.failures, same_order.complete), (0, true));
}

#[test]
fn a_wakeup_between_check_and_sleep_is_lost() {
    // The flag is looked at, then the sleeper lies down; a wake in between wakes nobody.
    let found = Explorer::new().explore(|program: &mut Program| {
        let ready = program.shared("ready", false);
        let asleep = program.shared("asleep", false);
        let (ready2, asleep2) = (ready.clone(), asleep.clone());
        program.thread("sleeper", |_| async move {
            if !ready.load().await {
                asleep.store(true).await;
                asleep.wait_for(false).await;
            }
        });
        program.thread("waker", |_| async move {
            ready2.store(true).await;
            asleep2.store(false).await;
        });
    });
    let failing = found.failing.expect("the wake is lost");
    assert_eq!(
        failing.failure,
        Failure::Deadlock("sleeper waits for asleep to be false".into())
    );
}

#[test]
fn of_the_failing_schedules_the_shortest_is_kept() {
    // Found first: `a` spends five steps before it fails. Shortest: `b` goes first, `a` sees it.
    let found = Explorer::new().explore(|program: &mut Program| {
        let flag = program.shared("flag", 0);
        let other = flag.clone();
        program.thread("a", |_| async move {
            if flag.load().await == 0 {
                for _ in 0..4 {
                    flag.load().await;
                }
            }
        });
        program.thread("b", |_| async move { other.store(1).await });
        program.claim(|| Err("always".into()));
    });
    assert_eq!(found.failing.unwrap().choices, [1, 0]);
    assert_eq!(found.failures, found.schedules);
}

#[test]
fn a_call_is_one_step_and_one_that_waits_costs_no_schedules() {
    let found = Explorer::new().explore(|program: &mut Program| {
        let queue = Rc::new(RefCell::new(VecDeque::new()));
        let sum = Rc::new(RefCell::new(0));
        for (name, value) in [("a", 5), ("b", 8)] {
            let queue = Rc::clone(&queue);
            program.thread(name, |me| async move {
                me.call("push", || queue.borrow_mut().push_back(value))
                    .await;
            });
        }
        let total = Rc::clone(&sum);
        program.thread("owner", |me| async move {
            for _ in 0..2 {
                let ready = Rc::clone(&queue);
                let ready = move || !ready.borrow().is_empty();
                let pop = || queue.borrow_mut().pop_front();
                let value = me.call_when("pop", ready, pop).await;
                *total.borrow_mut() += value.expect("it is not scheduled before there is one");
            }
        });
        program.claim(move || (*sum.borrow() == 13).then_some(()).ok_or("lost".into()));
    });
    // push push pop pop and push pop push pop, each with `a` or `b` first.
    assert_eq!((found.schedules, found.failures), (4, 0));
    assert!(found.complete);
}

#[test]
fn limits_are_admitted() {
    let few = Explorer::new().most_schedules(5).explore(steps(2, 2));
    assert_eq!((few.schedules, few.complete), (5, false));
    let all = Explorer::new().most_schedules(6).explore(steps(2, 2));
    assert_eq!((all.schedules, all.complete), (6, true));

    let spin = |program: &mut Program| {
        let flag = program.shared("flag", false);
        program.thread("spinner", |_| async move { while !flag.load().await {} });
    };
    let cut = Explorer::new().most_steps(100).explore(spin);
    assert_eq!((cut.schedules, cut.complete, cut.failures), (1, false, 0));
    assert_eq!(
        Explorer::new().most_steps(100).replay(&[], spin).outcome,
        Outcome::CutOff
    );
}

#[test]
#[should_panic(expected = "did not take the same steps")]
fn a_replay_with_a_thread_that_cannot_go_on_is_refused() {
    Explorer::new().replay(&[0, 0, 0], steps(2, 2));
}

#[test]
#[should_panic(expected = "something that is not a step")]
fn awaiting_something_foreign_is_refused() {
    Explorer::new().explore(|program: &mut Program| {
        program.thread("a", |_| std::future::pending());
    });
}

#[test]
fn thousands_of_schedules_run_in_a_second() {
    // 12,870 schedules of 16 steps.
    let started = Instant::now();
    let found = Explorer::new().explore(steps(2, 8));
    assert_eq!(found.schedules, 12_870);
    let spent = started.elapsed();
    println!("{} schedules in {spent:?}", found.schedules);
    // Two orders of magnitude of room for a debug build on a busy machine.
    assert!(spent.as_secs() < 12, "12,870 schedules took {spent:?}");
}
