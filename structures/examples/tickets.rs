//! Tickets sold by a pool of clerks: each ticket once, and nobody is told a wrong "sold out".
//!
//! Buyers queue up in one channel, tickets lie in another. A clerk serves whoever is next, and takes a ticket
//! out: there is no moment between looking whether one is left and taking it. The channel of buyers ends
//! when the last buyer has left, the channel of tickets is closed from the beginning: when it is empty, it
//! is sold out for good.

use latchless::channel::{self, Receiver};
use std::collections::BTreeSet;
use std::thread;

const TICKETS: u32 = 100;
const CLERKS: usize = 4;
const GROUPS: u32 = 5;
const BUYERS_EACH: u32 = 30;

/// What a clerk did for one buyer.
#[derive(Debug)]
enum Sale {
    Sold { ticket: u32 },
    SoldOut,
}

fn main() {
    let (printer, tickets) = channel::bounded(TICKETS as usize);
    for ticket in 1..=TICKETS {
        printer.send(ticket).expect("somebody has the other end");
    }
    drop(printer);

    let (entrance, buyers) = channel::bounded::<u32>(8);
    let sales: Vec<Sale> = thread::scope(|scope| {
        let clerks: Vec<_> = (0..CLERKS)
            .map(|clerk| {
                let (buyers, tickets) = (buyers.clone(), tickets.clone());
                scope.spawn(move || serve(clerk, &buyers, &tickets))
            })
            .collect();
        for group in 0..GROUPS {
            let entrance = entrance.clone();
            scope.spawn(move || {
                for buyer in 0..BUYERS_EACH {
                    let buyer = group * BUYERS_EACH + buyer;
                    entrance.send(buyer).expect("the clerks stay to the end");
                }
            });
        }
        // The groups have entrances of their own: the channel ends when all are through.
        drop(entrance);
        (clerks.into_iter())
            .flat_map(|clerk| clerk.join().expect("no clerk panics"))
            .collect()
    });

    let mut sold = BTreeSet::new();
    let mut refused = 0;
    for sale in sales {
        match sale {
            Sale::Sold { ticket } => assert!(sold.insert(ticket), "ticket {ticket} sold twice"),
            Sale::SoldOut => refused += 1,
        }
    }
    assert!(sold.iter().copied().eq(1..=TICKETS));
    assert_eq!(refused, GROUPS * BUYERS_EACH - TICKETS);
    println!(
        "{} tickets sold, each once; {refused} buyers came too late",
        sold.len()
    );
}

fn serve(clerk: usize, buyers: &Receiver<u32>, tickets: &Receiver<u32>) -> Vec<Sale> {
    let mut sales = Vec::new();
    for _buyer in buyers.iter() {
        sales.push(match tickets.try_recv() {
            Ok(ticket) => Sale::Sold { ticket },
            Err(_) => Sale::SoldOut,
        });
    }
    println!("clerk {clerk} served {} buyers", sales.len());
    sales
}
