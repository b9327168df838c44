//! What is known of a block's samples while it is coded, as sets of bits in the order of the scan (T.800 D.1).
//!
//! A *tile* is sixteen columns of a stripe: sixty-four samples, sample `4 * column + row` in bit `4 * column + row`, so that the lowest bit
//! of a set is the sample that comes next. Around the tiles of the block lies a margin of empty ones. Beside the sets stands a word for
//! every column of a stripe, with the significance of all that touches it, from which contexts are looked up.

/// Tiles with their margin: blocks 4 to 1024 wide and high with 4096 samples have at most 517.
pub(super) const TILES: usize = 1024;
/// Columns of stripes with their margin: at most 3,096.
pub(super) const COLUMNS: usize = 4096;

/// The upper row of every column of a tile.
const TOP: u64 = 0x1111_1111_1111_1111;
/// The lower row.
const BOTTOM: u64 = TOP << 3;

/// The sets and the columns.
#[derive(Clone, Debug)]
pub(super) struct Board {
    /// Tiles across.
    pub(super) across: usize,
    /// Stripes.
    pub(super) stripes: usize,
    /// From a tile to the one below it.
    pub(super) pitch: usize,
    /// From a column to the one below it.
    pub(super) column_pitch: usize,
    /// Samples that exist.
    pub(super) present: [u64; TILES],
    /// Significant samples.
    pub(super) significant: [u64; TILES],
    /// Negative samples among them.
    pub(super) negative: [u64; TILES],
    /// Samples that the significance propagation of this plane has coded.
    pub(super) visited: [u64; TILES],
    /// Samples whose magnitude has been refined.
    pub(super) refined: [u64; TILES],
    /// Bits 0 to 17: what is significant in the six rows from the one above the stripe, three bits a row: left, middle, right. Bits 18 to
    /// 23: which samples of the middle are negative.
    pub(super) columns: [u32; COLUMNS],
}

/// A tile's place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its index among the sets.
    pub(super) tile: usize,
    /// Its first column's index.
    pub(super) column: usize,
}

impl Board {
    pub(super) const EMPTY: Self = Self {
        across: 0,
        stripes: 0,
        pitch: 0,
        column_pitch: 0,
        present: [0; TILES],
        significant: [0; TILES],
        negative: [0; TILES],
        visited: [0; TILES],
        refined: [0; TILES],
        columns: [0; COLUMNS],
    };

    /// Clears it for a block; the caller has checked that it is one.
    pub(super) fn start(&mut self, width: usize, height: usize) {
        self.across = width.div_ceil(16);
        self.stripes = height.div_ceil(4);
        self.pitch = self.across + 1;
        self.column_pitch = width + 2;
        let tiles = self.tiles();
        for set in [
            &mut self.present,
            &mut self.significant,
            &mut self.negative,
            &mut self.visited,
            &mut self.refined,
        ] {
            set[..tiles].fill(0);
        }
        self.columns[..(self.stripes + 2) * self.column_pitch].fill(0);
        let last_rows = TOP * ((1 << (height - (self.stripes - 1) * 4)) - 1);
        let last_columns = u64::MAX >> (64 - 4 * (width - (self.across - 1) * 16));
        for stripe in 0..self.stripes {
            let rows = if stripe + 1 == self.stripes { last_rows } else { u64::MAX };
            for across in 0..self.across {
                let columns = if across + 1 == self.across { last_columns } else { u64::MAX };
                self.present[self.place(stripe, across).tile] = rows & columns;
            }
        }
    }

    /// How many tiles there are with the margin.
    pub(super) const fn tiles(&self) -> usize {
        (self.stripes + 2) * self.pitch + 1
    }

    #[inline(always)]
    pub(super) const fn place(&self, stripe: usize, across: usize) -> Place {
        Place {
            tile: ((stripe + 1) * self.pitch + 1 + across) & (TILES - 1),
            column: (stripe + 1) * self.column_pitch + 1 + 16 * across,
        }
    }

    /// Samples of the tile that have a significant neighbour.
    #[inline(always)]
    pub(super) fn near<const CAUSAL: bool>(&self, tile: usize) -> u64 {
        let (sides, rows) = self.rows(tile);
        let (_, above) = self.rows(tile.wrapping_sub(self.pitch));
        let vertical = (rows << 1 & !TOP) | (rows >> 1 & !BOTTOM) | (above >> 3 & TOP);
        let below = if CAUSAL { 0 } else { self.rows(tile + self.pitch).1 << 3 & BOTTOM };
        sides | vertical | below
    }

    /// Samples of the tile with a significant one left or right, and with one there or themselves.
    #[inline(always)]
    fn rows(&self, tile: usize) -> (u64, u64) {
        let at = |tile: usize| self.significant[tile & (TILES - 1)];
        let own = at(tile);
        let sides = own << 4 | own >> 4 | at(tile.wrapping_sub(1)) >> 60 | at(tile + 1) << 60;
        (sides, sides | own)
    }

    /// What the columns know of a sample's neighbourhood: nine bits.
    #[inline(always)]
    pub(super) const fn around(&self, place: Place, sample: u32) -> usize {
        let column = self.columns[(place.column + (sample >> 2) as usize) & (COLUMNS - 1)];
        (column >> (3 * (sample & 3)) & 511) as usize
    }

    /// The index of a sample's context of sign.
    #[inline(always)]
    pub(super) const fn signs_around(&self, place: Place, sample: u32) -> usize {
        let at = place.column + (sample >> 2) as usize;
        let row = sample & 3;
        let own = self.columns[at & (COLUMNS - 1)];
        let left = self.columns[at.wrapping_sub(1) & (COLUMNS - 1)];
        let right = self.columns[(at + 1) & (COLUMNS - 1)];
        let significance = own >> (3 * row) & 0b1010_1010;
        // The sign of the upper neighbour is bit 0, that of the lower one bit 6.
        let vertical = own >> (18 + row);
        let vertical = (vertical & 1) | (vertical & 4) << 4;
        let horizontal = (left >> (19 + row) & 1) << 2 | (right >> (19 + row) & 1) << 4;
        (significance | vertical | horizontal) as usize
    }

    /// Tells the columns that a sample is significant now.
    #[inline(always)]
    pub(super) const fn mark<const CAUSAL: bool>(&mut self, place: Place, sample: u32, negative: u32) {
        let at = place.column + (sample >> 2) as usize;
        let row = sample & 3;
        let shift = 3 * row;
        self.columns[at.wrapping_sub(1) & (COLUMNS - 1)] |= 1 << 5 << shift;
        self.columns[at & (COLUMNS - 1)] |= 1 << 4 << shift | negative << 19 << row;
        self.columns[(at + 1) & (COLUMNS - 1)] |= 1 << 3 << shift;
        if row == 0 && !CAUSAL {
            let at = at.wrapping_sub(self.column_pitch);
            self.columns[at.wrapping_sub(1) & (COLUMNS - 1)] |= 1 << 17;
            self.columns[at & (COLUMNS - 1)] |= 1 << 16 | negative << 23;
            self.columns[(at + 1) & (COLUMNS - 1)] |= 1 << 15;
        }
        if row == 3 {
            let at = at + self.column_pitch;
            self.columns[at.wrapping_sub(1) & (COLUMNS - 1)] |= 1 << 2;
            self.columns[at & (COLUMNS - 1)] |= 1 << 1 | negative << 18;
            self.columns[(at + 1) & (COLUMNS - 1)] |= 1;
        }
    }
}

/// The neighbours of a sample within its tile that come later in the scan.
pub(super) const LATER: [u64; 64] = {
    let mut later = [0; 64];
    let mut sample = 0;
    while sample < 64 {
        let row = sample % 4;
        let mut neighbours = 1_u128 << (sample + 4);
        if row > 0 {
            neighbours |= 1 << (sample + 3);
        }
        if row < 3 {
            neighbours |= 1 << (sample + 1) | 1 << (sample + 5);
        }
        later[sample] = neighbours as u64;
        sample += 1;
    }
    later
};
