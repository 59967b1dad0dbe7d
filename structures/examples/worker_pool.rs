//! A pool of workers that ends by closing its queue.
//!
//! With a queue that cannot be closed, each worker must be sent a sentinel ("no more jobs"), exactly one for
//! each, after all jobs. Here the queue is closed once: workers finish what was pushed before, then each of
//! them sees the end, however many there are.

use latchless::queue::Bounded;
use std::thread;

type Job = Box<dyn FnOnce() -> u64 + Send>;

const WORKERS: usize = 4;
const JOBS: u64 = 20;
const NUMBERS_EACH: u64 = 5000;

fn main() {
    let jobs: Bounded<Job> = Bounded::new(8);
    let primes = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let jobs = &jobs;
                scope.spawn(move || work(worker, jobs))
            })
            .collect();
        for job in 0..JOBS {
            let numbers = job * NUMBERS_EACH..(job + 1) * NUMBERS_EACH;
            let count: Job = Box::new(|| numbers.filter(|&number| is_prime(number)).count() as u64);
            assert!(jobs.push(count).is_ok(), "it is closed below");
        }
        jobs.close();
        (workers.into_iter())
            .map(|worker| worker.join().expect("no job panics"))
            .sum::<u64>()
    });

    assert_eq!(primes, 9592);
    println!("{primes} primes below {}", JOBS * NUMBERS_EACH);
}

/// Does jobs until there will be no more, and returns the sum of their results.
fn work(worker: usize, jobs: &Bounded<Job>) -> u64 {
    let (mut done, mut sum) = (0, 0);
    while let Ok(job) = jobs.pop() {
        sum += job();
        done += 1;
    }
    println!("worker {worker} did {done} jobs and found {sum} primes");
    sum
}

fn is_prime(number: u64) -> bool {
    let mut divisors = (2..).take_while(|divisor| divisor * divisor <= number);
    number >= 2 && divisors.all(|divisor| !number.is_multiple_of(divisor))
}
