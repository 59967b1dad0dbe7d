//! `data.json`: the run with every raw round, and what is needed to show it again.

use std::{fs, io, path::Path};

use latchless_bench::{contender, primitive, record::Run};
use serde::{Deserialize, Serialize};

use crate::kill_matrix::KillMatrix;

/// The version of the file's layout; a file of another version is refused, not guessed at.
const FORMAT: u32 = 1;

/// Everything that the pages are made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Document {
    /// See [`FORMAT`].
    pub format: u32,
    /// How much was measured.
    pub scope: Scope,
    /// Whether the run was ended before everything had been measured.
    pub interrupted: bool,
    /// What each contender promises.
    pub cards: Vec<Card>,
    /// What each semaphore, event and lock promises.
    #[serde(default)]
    pub primitive_cards: Vec<PrimitiveCard>,
    /// What each pipe promises, and each queue that is used as one.
    #[serde(default)]
    pub pipe_cards: Vec<Card>,
    /// What each unbounded queue and channel promises.
    #[serde(default)]
    pub unbounded_cards: Vec<Card>,
    /// Which mutants of each structure its models kill, where that was recorded.
    pub kill_matrix: Vec<KillMatrix>,
    /// The measurements.
    pub run: Run,
}

/// What is to be known of a run on a single core.
pub const ONE_CORE: &str = "This run had one core: no two threads ran at the same time, so its figures tell how often threads give \
     way to each other, and rounds differ widely.";

/// How much a run measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Enough to see that everything works; no conclusion may be drawn.
    Smoke,
    /// The core set with fewer rounds.
    Quick,
    /// One capacity, one payload, the closest contenders.
    #[default]
    Core,
    /// Every capacity, payload and contender.
    Full,
}

/// A [`contender::Card`] that can be read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    pub origin: String,
    pub algorithm: String,
    pub order: String,
    pub exactness: String,
    pub stopped_peer: String,
    pub blocking: bool,
    pub asynchronous: bool,
    pub timeout: bool,
    #[serde(default)]
    pub waiting: String,
}

impl From<&contender::Card> for Card {
    fn from(card: &contender::Card) -> Self {
        Self {
            name: card.name.into(),
            origin: card.origin.into(),
            algorithm: card.algorithm.into(),
            order: card.order.into(),
            exactness: card.exactness.into(),
            stopped_peer: card.stopped_peer.into(),
            blocking: card.blocking,
            asynchronous: card.asynchronous,
            timeout: card.timeout,
            waiting: card.waiting.into(),
        }
    }
}

/// A [`primitive::Card`] that can be read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrimitiveCard {
    pub name: String,
    pub origin: String,
    pub kind: String,
    pub algorithm: String,
    pub fair: bool,
    pub order: String,
    pub stopped_peer: String,
    pub blocking: bool,
    pub asynchronous: bool,
    pub timeout: bool,
    pub waiting: String,
}

impl From<&primitive::Card> for PrimitiveCard {
    fn from(card: &primitive::Card) -> Self {
        Self {
            name: card.name.into(),
            origin: card.origin.into(),
            kind: card.kind.into(),
            algorithm: card.algorithm.into(),
            fair: card.fair,
            order: card.order.into(),
            stopped_peer: card.stopped_peer.into(),
            blocking: card.blocking,
            asynchronous: card.asynchronous,
            timeout: card.timeout,
            waiting: card.waiting.into(),
        }
    }
}

/// What a contender is to this report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The form that claims are made about: the handle.
    Ours,
    /// Another form of ours.
    OurOther,
    /// Somebody else's, the baselines among them.
    Peer,
    /// What nobody can be below: shown, and compared with, but no competitor.
    Floor,
}

impl Document {
    /// A document of the present format.
    pub fn new(scope: Scope, cards: Vec<Card>, kill_matrix: Vec<KillMatrix>, run: Run) -> Self {
        Self {
            format: FORMAT,
            scope,
            interrupted: false,
            cards,
            primitive_cards: Vec::new(),
            pipe_cards: Vec::new(),
            unbounded_cards: Vec::new(),
            kill_matrix,
            run,
        }
    }

    /// Reads a recorded run.
    pub fn read(path: &Path) -> io::Result<Self> {
        let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
        let document: Self =
            serde_json::from_slice(&fs::read(path)?).map_err(|error| invalid(error.to_string()))?;
        if document.format != FORMAT {
            let found = document.format;
            return Err(invalid(format!(
                "format {found}, and this program reads {FORMAT}"
            )));
        }
        Ok(document)
    }

    /// The name of the form that claims are made about.
    pub fn our_name(&self) -> Option<&str> {
        our_name(&self.cards)
    }

    /// The crate that a contender comes from.
    pub fn origin(&self, contender: &str) -> Option<&str> {
        let card = self.cards.iter().find(|card| card.name == contender);
        card.map(|card| card.origin.as_str())
    }

    /// The card of a semaphore, event or lock.
    pub fn primitive(&self, contender: &str) -> Option<&PrimitiveCard> {
        let mut cards = self.primitive_cards.iter();
        cards.find(|card| card.name == contender)
    }

    /// The crate that a semaphore, event or lock comes from.
    pub fn primitive_origin(&self, contender: &str) -> Option<&str> {
        let card = self.primitive(contender)?;
        Some(&card.origin)
    }

    /// The crate that a pipe comes from.
    pub fn pipe_origin(&self, contender: &str) -> Option<&str> {
        let mut cards = self.pipe_cards.iter();
        let card = cards.find(|card| card.name == contender)?;
        Some(&card.origin)
    }

    /// The crate that an unbounded queue or channel comes from.
    pub fn unbounded_origin(&self, contender: &str) -> Option<&str> {
        let mut cards = self.unbounded_cards.iter();
        let card = cards.find(|card| card.name == contender)?;
        Some(&card.origin)
    }

    /// Whether a semaphore, event or lock serves those who wait in their order.
    pub fn is_fair(&self, contender: &str) -> bool {
        self.primitive(contender).is_some_and(|card| card.fair)
    }

    /// What `contender` is to this report.
    pub fn side(&self, contender: &str) -> Side {
        if self.our_name() == Some(contender) {
            Side::Ours
        } else if self.origin(contender) == Some("latchless") {
            Side::OurOther
        } else if self.origin(contender) == Some("floor") {
            Side::Floor
        } else {
            Side::Peer
        }
    }
}

/// The name of the form that claims are made about: the first card of ours that says "handle",
/// or else our first.
pub fn our_name(cards: &[Card]) -> Option<&str> {
    let ours = || cards.iter().filter(|card| card.origin == "latchless");
    let handle = ours().find(|card| card.name.contains("handle"));
    handle
        .or_else(|| ours().next())
        .map(|card| card.name.as_str())
}
