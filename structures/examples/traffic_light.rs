//! A traffic light: cars wait for green, and one that is in a hurry runs the red light.
//!
//! The light is an event. Green sets it, red resets it. However short a green is, all cars that waited for it pass:
//! those that come after it has turned red wait for the next. A driver without patience waits for a moment only, and
//! then goes, whatever the light shows.

use latchless::Event;
use std::thread;
use std::time::Duration;

const PATIENT: usize = 6;
const PHASES: usize = 3;

#[derive(Debug)]
struct Crossing {
    green: Event,
    /// All cars of a phase have come to the line.
    queued: Event,
}

fn main() {
    let crossing = Crossing {
        green: Event::new(),
        queued: Event::new(),
    };
    // The light is red, and stays so until the one in a hurry is gone.
    let ran_the_red_light = !crossing.green.wait_timeout(Duration::from_millis(5));
    assert!(ran_the_red_light);
    println!("a car in a hurry runs the red light");

    let passed: usize = thread::scope(|scope| {
        let lane = scope.spawn(|| (0..PHASES).map(|_| drive(&crossing)).sum());
        for phase in 0..PHASES {
            crossing.queued.wait();
            crossing.queued.reset();
            println!("phase {phase}: green, and red again at once");
            crossing.green.set();
            crossing.green.reset();
        }
        lane.join().expect("no car breaks down")
    });
    assert!(!crossing.green.is_set());
    println!("{passed} cars waited for green and passed, 1 ran the red light");
}

/// The cars of one phase come to the line, and wait. How many passed.
fn drive(crossing: &Crossing) -> usize {
    // A wait begins with this call, so from here on no green can be missed, however late the driver looks up.
    let waits = [(); PATIENT].map(|()| crossing.green.wait_async());
    crossing.queued.set();
    waits.map(smol::block_on).len()
}
