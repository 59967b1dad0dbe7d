//! A room for two, and guests who come in crowds: the patient ones wait in line, the impatient ones give up.
//!
//! ```sh
//! cargo run --example room_for_two
//! ```

use latchless::Semaphore;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

const ROOM: usize = 2;
const PATIENT: usize = 6;
const IMPATIENT: usize = 4;

/// Who is inside, and how many there were at most.
#[derive(Default)]
struct Inside {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Inside {
    fn come(&self) {
        let now = self.now.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(now, Relaxed);
    }

    fn go(&self) {
        self.now.fetch_sub(1, Relaxed);
    }
}

fn main() {
    let room = Semaphore::with_max(ROOM, ROOM);
    let inside = Inside::default();
    let (mut visits, mut gave_up) = (0, 0);

    // Two have come early, and stay.
    let early = room.acquire_many(ROOM).expect("the room is open");
    thread::scope(|scope| {
        let patient = [(); PATIENT].map(|()| {
            scope.spawn(|| {
                let _permit = room.acquire().expect("the room is open");
                inside.come();
                thread::sleep(Duration::from_millis(20));
                inside.go();
            })
        });
        let impatient = [(); IMPATIENT].map(|()| {
            let (room, inside) = (&room, &inside);
            scope.spawn(
                move || match room.acquire_timeout(Duration::from_millis(5)) {
                    Ok(_permit) => {
                        inside.come();
                        inside.go();
                        true
                    }
                    Err(error) => {
                        println!("gave up: {error}");
                        false
                    }
                },
            )
        });
        for guest in impatient {
            match guest.join().expect("nobody panics") {
                true => visits += 1,
                false => gave_up += 1,
            }
        }
        // Only now the early ones leave, one after the other: whoever waits in line goes in.
        let mut early = early;
        drop(early.split(1));
        drop(early);
        for guest in patient {
            guest.join().expect("nobody panics");
            visits += 1;
        }
    });

    // A mistake: somebody leaves who never came.
    let mistake = room.add_permits(1).expect_err("nobody is inside");
    println!("refused: {mistake}");

    let most = inside.most.into_inner();
    assert!(most <= ROOM, "{most} were inside");
    println!("{visits} visits, {gave_up} gave up, never more than {ROOM} inside");
}
