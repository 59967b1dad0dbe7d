//! Cooks and guests at one table: who cooks learns when everything was eaten.
//!
//! The table is a joinable queue. A dish is unfinished until a guest has done with it, and a dish that was
//! put back on the table is unfinished still; so `join` returns when nothing is left to be eaten, whoever
//! ate it. Then the table is closed, and the guests go home.

use latchless::queue::{Joinable, Task};
use std::thread;

const COOKS: [(&str, &str); 2] = [("Anna", "soup"), ("Bruno", "dumplings")];
const GUESTS: [&str; 3] = ["Clara", "David", "Emma"];
const DISHES_EACH: usize = 6;

#[derive(Debug)]
struct Dish {
    food: &'static str,
    number: usize,
    is_cold: bool,
}

/// What a guest tells at home.
#[derive(Debug, Default)]
struct Evening {
    eaten: usize,
    sent_back: usize,
}

fn main() {
    let table = Joinable::new(4);
    let evenings = thread::scope(|scope| {
        let guests = GUESTS.map(|guest| {
            let table = &table;
            scope.spawn(move || dine(guest, table))
        });
        let cooks = COOKS.map(|(cook, food)| {
            let table = &table;
            scope.spawn(move || serve(cook, food, table))
        });
        for cook in cooks {
            cook.join().expect("nobody burns the kitchen down");
        }
        table.join();
        println!("the plates are empty, the table is closed");
        table.close();
        guests.map(|guest| guest.join().expect("nobody chokes"))
    });

    let eaten: usize = evenings.iter().map(|evening| evening.eaten).sum();
    let sent_back: usize = evenings.iter().map(|evening| evening.sent_back).sum();
    let cooked = COOKS.len() * DISHES_EACH;
    assert_eq!(eaten, cooked);
    assert_eq!(table.unfinished(), 0);
    println!("{cooked} dishes cooked, {eaten} eaten, {sent_back} of them warmed up before");
}

/// Every third dish has become cold on its way.
fn serve(cook: &str, food: &'static str, table: &Joinable<Dish>) {
    for number in 1..=DISHES_EACH {
        let is_cold = number % 3 == 0;
        let dish = Dish {
            food,
            number,
            is_cold,
        };
        println!("{cook} serves {food} {number}");
        table.push(dish).expect("the table is closed after dinner");
    }
}

fn dine(guest: &str, table: &Joinable<Dish>) -> Evening {
    let mut evening = Evening::default();
    while let Ok(dish) = table.pop() {
        if dish.is_cold {
            evening.sent_back += 1;
            let Err(warm) = send_back(guest, dish) else {
                continue;
            };
            eat(guest, warm);
        } else {
            eat(guest, dish);
        }
        evening.eaten += 1;
    }
    evening
}

/// Puts a dish on the table again, warm; if there is no room, the guest keeps it.
fn send_back<'t>(guest: &str, mut dish: Task<'t, Dish>) -> Result<(), Task<'t, Dish>> {
    println!("{guest} finds {} {} cold", dish.food, dish.number);
    dish.is_cold = false;
    dish.try_retry().map_err(|error| error.into_inner())
}

fn eat(guest: &str, dish: Task<'_, Dish>) {
    println!("{guest} eats {} {}", dish.food, dish.number);
    dish.done();
}
