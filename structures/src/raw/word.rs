//! Packed words of the ring: positions that count for ever, and what a slot holds.
//!
//! ```text
//!  Position  [ 2·lap            | 0 | 0 | index         ]     lap = how often the ring was gone round
//!  Word      [ stamp = 2·lap+full | R | C | cell XOR index ]     C = closed, R = reserved (always 0)
//!              64-B-2 bits                  B bits
//! ```
//!
//! Both have the same shape on purpose: `word XOR position` is less than 2^B exactly when the stamp is
//! the position's own and no flag is set, and then it *is* the cell. (Of a full slot, whose stamp is
//! one more than the even one of its position, the lowest bit of the stamp is turned over first.) One
//! comparison tests everything, and neither a mask nor a division is needed. A cell is stored XOR the
//! slot's own index, so that zeroed memory means "slot j holds cell j, empty, lap 0".
//!
//! Stamps wrap. All comparisons of positions are wrapping ones; they err only between positions
//! more than 2^(60-B) laps apart, and [`Layout::new`] refuses a ring in which an idle
//! participant could fall that far behind in less than 2^50 operations.

#![forbid(unsafe_code)]

/// Where the next operation of one kind goes: lap and index in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position(u64);

/// What a slot holds: stamp, CLOSED flag and cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(u64);

/// How far a slot's stamp is from the one that makes it ready for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The slot is not ready yet: its stamp belongs to the lap before.
    Behind,
    /// The slot is ready.
    Ready,
    /// Somebody has been here already.
    Ahead,
}

/// The widths of the fields, and with them all arithmetic on positions and words.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    capacity: u64,
    /// The low B bits.
    cell_mask: u64,
    /// One stamp: 2^(B+2).
    one_stamp: u64,
}

/// Hints are given at every position whose index is a multiple of this power of two.
const HINT_EVERY: u64 = 8;
const _: () = assert!(HINT_EVERY <= 8, "see `is_milestone`");

/// The fewest operations after which an idle participant could mistake a stamp.
const FEWEST_OPERATIONS_TO_WRAP: u128 = 1 << 50;

impl Layout {
    /// The layout for `capacity` slots and `cells` cells; `None` when the stamps that are left
    /// would wrap too soon or the indices do not fit into 32 bits.
    pub fn new(capacity: usize, cells: usize) -> Option<Self> {
        let cells = u32::try_from(cells).ok()?;
        let bits = cell_bits(cells);
        let to_wrap = (capacity as u128) << (60 - bits);
        (capacity > 0 && to_wrap >= FEWEST_OPERATIONS_TO_WRAP)
            .then(|| Self::with_cell_bits(capacity, bits))
    }

    /// A layout with stamps of `64 - 2 - cell_bits` bits: models use narrow stamps to reach
    /// their wrap.
    pub fn with_cell_bits(capacity: usize, cell_bits: u32) -> Self {
        debug_assert!(cell_bits <= 58, "at least four bits of stamp");
        Self {
            capacity: capacity as u64,
            cell_mask: (1 << cell_bits) - 1,
            one_stamp: 1 << (cell_bits + 2),
        }
    }

    /// Number of slots.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.capacity as usize
    }

    /// The position at which `lap` begins.
    pub fn lap_start(&self, lap: u64) -> Position {
        Position(lap.wrapping_mul(2 * self.one_stamp))
    }

    /// The word of a slot that has been empty since `lap` began and holds the cell of its own
    /// index.
    pub fn empty_at_start(&self, lap: u64) -> Word {
        Word(self.lap_start(lap).0)
    }

    /// The slot of `at`.
    #[inline(always)]
    pub fn index(&self, at: Position) -> usize {
        (at.0 & self.cell_mask) as usize
    }

    /// The position after `at`.
    #[inline(always)]
    pub fn next(&self, at: Position) -> Position {
        self.next_after(at, self.index(at))
    }

    /// The position after `at`, of which the index is known.
    #[inline(always)]
    pub fn next_after(&self, at: Position, index: usize) -> Position {
        let index = index as u64;
        if index + 1 == self.capacity {
            Position((at.0 - index).wrapping_add(2 * self.one_stamp))
        } else {
            Position(at.0 + 1)
        }
    }

    /// Whether a participant that has come to `at` tells the others: at least once a lap.
    #[inline(always)]
    pub fn is_milestone(&self, at: Position) -> bool {
        // However few bits an index has: above it lie two flags, which no position has, and the lowest
        // bit of an even stamp.
        at.0 & (HINT_EVERY - 1) == 0
    }

    /// The position `distance` after `at`, if it is of the same lap, and a lap is four times as long at least.
    pub fn ahead_within_lap(&self, at: Position, distance: usize) -> Option<Position> {
        let fits = self.capacity() / 4 >= distance && self.index(at) + distance < self.capacity();
        fits.then(|| Position(at.0 + distance as u64))
    }

    /// The position one lap before `at`.
    pub fn lap_before(&self, at: Position) -> Position {
        Position(at.0.wrapping_sub(2 * self.one_stamp))
    }

    #[inline(always)]
    fn empty_stamp(&self, at: Position) -> u64 {
        at.0 & !self.cell_mask
    }

    #[inline(always)]
    fn full_stamp(&self, at: Position) -> u64 {
        self.empty_stamp(at) | self.one_stamp
    }

    /// The cell of an open slot that is empty for a push at `at`.
    #[inline(always)]
    pub fn cell_to_fill(&self, word: Word, at: Position) -> Option<u32> {
        let cell = word.0 ^ at.0;
        (cell <= self.cell_mask).then_some(cell as u32)
    }

    /// The cell of an open slot that is full for a pop at `at`.
    #[inline(always)]
    pub fn cell_to_take_open(&self, word: Word, at: Position) -> Option<u32> {
        let cell = word.0 ^ at.0 ^ self.one_stamp;
        (cell <= self.cell_mask).then_some(cell as u32)
    }

    /// The cell of a slot, open or closed, that is full for a pop at `at`.
    #[inline(always)]
    pub fn cell_to_take(&self, word: Word, at: Position) -> Option<u32> {
        let cell = word.0 ^ at.0 ^ self.one_stamp;
        // C lies just above the cell, so twice the range accepts the slot with C and without.
        (cell <= 2 * self.cell_mask + 1).then_some((cell & self.cell_mask) as u32)
    }

    /// The word after a push of `cell` at `at`.
    #[inline(always)]
    pub fn filled(&self, at: Position, cell: u32) -> Word {
        Word(at.0 ^ self.one_stamp ^ u64::from(cell))
    }

    /// The word after a pop from a slot that held `word` and in it the cell `taken`, for which
    /// `cell` was left; C is kept.
    #[inline(always)]
    pub fn emptied(&self, word: Word, taken: u32, cell: u32) -> Word {
        // Both cells stand there XOR the same index.
        Word((word.0 ^ u64::from(taken ^ cell)).wrapping_add(self.one_stamp))
    }

    /// The word after a pop at `at` from an open slot, for whose cell `cell` was left.
    #[inline(always)]
    pub fn emptied_open(&self, at: Position, cell: u32) -> Word {
        Word(at.0.wrapping_add(2 * self.one_stamp) ^ u64::from(cell))
    }

    /// The cell in the slot of `at`, whatever its stamp.
    pub fn cell(&self, word: Word, at: Position) -> u32 {
        ((word.0 ^ at.0) & self.cell_mask) as u32
    }

    /// Whether C is set.
    pub fn is_closed(&self, word: Word) -> bool {
        word.0 & self.closed_bit() != 0
    }

    /// `word` with C set.
    pub fn closed(&self, word: Word) -> Word {
        Word(word.0 | self.closed_bit())
    }

    fn closed_bit(&self) -> u64 {
        self.cell_mask + 1
    }

    fn stamp(&self, word: Word) -> u64 {
        word.0 & !(self.one_stamp - 1)
    }

    /// How a slot's word stands to a push at `at`.
    pub fn for_push(&self, word: Word, at: Position) -> Relation {
        Relation::of(self.stamp(word).wrapping_sub(self.empty_stamp(at)))
    }

    /// How a slot's word stands to a pop at `at`.
    pub fn for_pop(&self, word: Word, at: Position) -> Relation {
        Relation::of(self.stamp(word).wrapping_sub(self.full_stamp(at)))
    }

    /// The position after the last one that `word`, found at the slot of `at`, shows as filled.
    pub fn after_filled(&self, word: Word, at: Position) -> Position {
        // Stamp 2L+1: L is filled here. Stamp 2L: L-1 was. Both are lap (stamp - 1) / 2.
        let lap = self.stamp(word).wrapping_sub(self.one_stamp) & !self.one_stamp;
        self.next(Position(lap | (at.0 & self.cell_mask)))
    }

    /// The position after the last one that `word`, found at the slot of `at`, shows as taken.
    pub fn after_taken(&self, word: Word, at: Position) -> Position {
        // Stamp 2L: L-1 was taken here. Stamp 2L+1: L-1 too. Both are lap (stamp - 2) / 2.
        let lap = self.stamp(word).wrapping_sub(2 * self.one_stamp) & !self.one_stamp;
        self.next(Position(lap | (at.0 & self.cell_mask)))
    }

    /// How many positions lie between `from` and `to`, which is not before it and at most one
    /// lap ahead.
    pub fn distance(&self, from: Position, to: Position) -> usize {
        let (first, last) = (from.0 & self.cell_mask, to.0 & self.cell_mask);
        if self.empty_stamp(from) == self.empty_stamp(to) {
            (last - first) as usize
        } else {
            (self.capacity + last - first) as usize
        }
    }
}

impl Relation {
    fn of(difference: u64) -> Self {
        match difference as i64 {
            0 => Self::Ready,
            1.. => Self::Ahead,
            _ => Self::Behind,
        }
    }
}

impl Position {
    /// The later of two positions.
    pub fn max(self, other: Self) -> Self {
        if (other.0.wrapping_sub(self.0) as i64) > 0 {
            other
        } else {
            self
        }
    }

    /// As it is kept in an atomic.
    #[inline(always)]
    pub fn to_bits(self) -> u64 {
        self.0
    }

    /// Back from an atomic.
    #[inline(always)]
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

impl Word {
    /// As it is kept in a slot.
    #[inline(always)]
    pub fn to_bits(self) -> u64 {
        self.0
    }

    /// Back from a slot.
    #[inline(always)]
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// Bits that hold any index below `cells`.
fn cell_bits(cells: u32) -> u32 {
    u32::BITS - cells.saturating_sub(1).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_means_an_empty_slot_with_its_own_cell() {
        let layout = Layout::with_cell_bits(7, 4);
        let mut at = layout.lap_start(0);
        for index in 0..7 {
            assert_eq!(layout.cell_to_fill(Word::from_bits(0), at), Some(index));
            at = layout.next(at);
        }
        assert_eq!(at, layout.lap_start(1));
    }

    #[test]
    fn a_slot_goes_through_its_states_and_keeps_c() {
        let layout = Layout::with_cell_bits(3, 4);
        let at = layout.next(layout.lap_start(u64::MAX));
        let empty = layout.empty_at_start(u64::MAX);
        assert_eq!(layout.for_push(empty, at), Relation::Ready);
        assert_eq!(layout.for_pop(empty, at), Relation::Behind);
        let full = layout.filled(at, 9);
        assert_eq!(layout.for_push(full, at), Relation::Ahead);
        assert_eq!(layout.cell_to_take(full, at), Some(9));
        let sealed = layout.closed(full);
        assert_eq!(layout.cell_to_take(sealed, at), Some(9));
        let taken = layout.emptied(sealed, 9, 5);
        assert!(layout.is_closed(taken));
        assert_eq!(layout.cell(taken, at), 5);
        assert_eq!(layout.for_pop(taken, at), Relation::Ahead);
        let next_lap = layout.next(layout.lap_start(0));
        assert_eq!(layout.for_push(taken, next_lap), Relation::Ready);
        assert_eq!(layout.cell_to_fill(taken, next_lap), None, "closed");
    }

    #[test]
    fn a_stamp_says_how_far_the_world_has_moved() {
        let layout = Layout::with_cell_bits(5, 8);
        let at = layout.next(layout.lap_start(3));
        let later = layout.next(layout.lap_start(40));
        let full = layout.filled(later, 1);
        assert_eq!(layout.after_filled(full, at), layout.next(later));
        let empty = layout.emptied(full, 1, 2);
        assert_eq!(layout.after_filled(empty, at), layout.next(later));
        assert_eq!(layout.after_taken(empty, at), layout.next(later));
        let before = layout.next(layout.lap_start(39));
        assert_eq!(layout.after_taken(full, at), layout.next(before));
    }

    #[test]
    fn distances_cross_the_lap() {
        let layout = Layout::with_cell_bits(5, 8);
        let mut to = layout.lap_start(u64::MAX);
        let from = layout.next(layout.next(to));
        to = from;
        for distance in 0..=5 {
            assert_eq!(layout.distance(from, to), distance);
            to = layout.next(to);
        }
    }

    #[test]
    fn a_position_ahead_is_of_the_same_lap() {
        let layout = Layout::with_cell_bits(35, 8);
        let start = layout.lap_start(7);
        let mut eight_on = start;
        for _ in 0..8 {
            eight_on = layout.next(eight_on);
        }
        assert_eq!(layout.ahead_within_lap(start, 8), Some(eight_on));
        assert_eq!(layout.ahead_within_lap(start, 9), None, "too short a lap");
        let mut at = start;
        for index in 0..35 {
            let ahead = layout.ahead_within_lap(at, 8);
            assert_eq!(ahead.is_some(), index + 8 < 35, "at {index}");
            at = layout.next(at);
        }
    }

    #[test]
    fn a_ring_whose_stamps_wrap_too_soon_is_refused() {
        assert!(Layout::new(1, 1 << 10).is_some());
        assert!(Layout::new(1, (1 << 10) + 1).is_none());
        assert!(Layout::new(1 << 22, u32::MAX as usize).is_some());
        assert!(Layout::new(1 << 21, u32::MAX as usize).is_none());
        assert!(Layout::new(0, 8).is_none());
        assert!(Layout::new(usize::MAX, usize::MAX).is_none());
    }
}
