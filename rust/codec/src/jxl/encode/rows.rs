//! From samples to residuals: a row of a group, taken apart into channels and predicted from the row above (18181-1 H.5).

use super::header::GROUP;
use crate::{Error, ErrorKind, Image, Result};

/// A channel of two rows. In front of each is a place for what stands left of it.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    above: [i32; GROUP + 1],
    own: [i32; GROUP + 1],
    /// What the prediction missed, small whatever the sign (18181-1 B.2.6).
    pub(super) residuals: [u32; GROUP],
}

impl Channel {
    const EMPTY: Self = Self { above: [0; GROUP + 1], own: [0; GROUP + 1], residuals: [0; GROUP] };

    /// Predicts the first `width` samples. Beside the first column and above the first row stands what makes the rules for these edges
    /// (18181-1 H.3) those of all others.
    #[inline(always)]
    fn predict(&mut self, width: usize, is_first: bool) {
        if is_first {
            self.above = [0; GROUP + 1];
            self.own[0] = 0;
        } else {
            self.above[0] = self.above[1];
            self.own[0] = self.above[1];
        }
        let above = self.above.iter().zip(self.above.iter().skip(1));
        let own = self.own.iter().zip(self.own.iter().skip(1));
        let places = self.residuals.iter_mut().take(width);
        for (place, ((&corner, &top), (&left, &sample))) in places.zip(above.zip(own)) {
            let predicted = (left + top - corner).clamp(left.min(top), left.max(top));
            let missed = sample - predicted;
            *place = ((missed << 1) ^ (missed >> 31)).cast_unsigned();
        }
    }
}

/// The samples of an image, a row of a group at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    samples: &'a [u8],
    columns: usize,
    mask: i32,
    /// The bits that no sample may have.
    beyond: i32,
}

impl<'a> Rows<'a> {
    pub(super) const fn new(image: &Image, samples: &'a [u8]) -> Self {
        let mask = (1 << image.precision) - 1;
        let beyond = if image.is_signed { 0 } else { !mask };
        Self { samples, columns: image.columns as usize, mask, beyond }
    }

    /// Fills the channels with a row from a column on, without its residuals. Gives the bits that are beyond the precision.
    #[inline(always)]
    fn load<const C: usize, const SIZE: usize>(
        &self,
        row: usize,
        column: usize,
        width: usize,
        channels: &mut [Channel; C],
    ) -> i32 {
        let start = (row * self.columns + column) * C * SIZE;
        let bytes = self.samples.get(start..start + width * C * SIZE).unwrap_or_default();
        let mut all = 0;
        let samples = bytes.as_chunks::<SIZE>().0.as_chunks::<C>().0;
        let read = |sample: &[u8; SIZE]| -> i32 {
            match *sample.as_slice() {
                [byte] => byte.into(),
                [first, second] => u16::from_ne_bytes([first, second]).into(),
                _ => 0,
            }
        };
        match channels.as_mut_slice() {
            [only] => {
                for (place, pixel) in only.own.iter_mut().skip(1).zip(samples) {
                    let value = pixel.first().map_or(0, read);
                    all |= value;
                    *place = value & self.mask;
                }
            }
            [first, second, third] => {
                let places = first.own.iter_mut().zip(second.own.iter_mut().zip(&mut third.own)).skip(1);
                for ((y, (co, cg)), pixel) in places.zip(samples) {
                    let [Some(r), Some(g), Some(b)] = [0, 1, 2].map(|at| pixel.get(at).map(read)) else {
                        continue;
                    };
                    all |= r | g | b;
                    let [r, g, b] = [r & self.mask, g & self.mask, b & self.mask];
                    // 18181-1 H.6.3, type 6, the other way round.
                    *co = r - b;
                    let middle = b + (*co >> 1);
                    *cg = g - middle;
                    *y = middle + (*cg >> 1);
                }
            }
            _ => {}
        }
        all & self.beyond
    }
}

/// A group: its place, and its rows in turn.
pub(super) struct Group<'a, const C: usize> {
    rows: Rows<'a>,
    top: usize,
    left: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) channels: Box<[Channel; C]>,
    beyond: i32,
}

impl<'a, const C: usize> Group<'a, C> {
    pub(super) fn new(rows: Rows<'a>) -> Self {
        let channels = Box::new([const { Channel::EMPTY }; C]);
        Self { rows, top: 0, left: 0, width: 0, height: 0, channels, beyond: 0 }
    }

    /// Goes to the group that begins at a row and a column.
    pub(super) fn enter(&mut self, image: &Image, top: usize, left: usize) {
        (self.top, self.left) = (top, left);
        self.width = (image.columns as usize - left).min(GROUP);
        self.height = (image.rows as usize - top).min(GROUP);
    }

    /// Reads and predicts the next row after `row - 1`.
    #[inline(always)]
    pub(super) fn next<const SIZE: usize>(&mut self, row: usize) {
        for channel in &mut *self.channels {
            std::mem::swap(&mut channel.above, &mut channel.own);
        }
        self.beyond |= self.rows.load::<C, SIZE>(self.top + row, self.left, self.width, &mut self.channels);
        for channel in &mut *self.channels {
            channel.predict(self.width, row == 0);
        }
    }

    /// Reads and predicts a row that the last one does not lead to.
    #[inline(always)]
    pub(super) fn jump<const SIZE: usize>(&mut self, row: usize) {
        if let Some(above) = row.checked_sub(1) {
            self.rows.load::<C, SIZE>(self.top + above, self.left, self.width, &mut self.channels);
        }
        self.next::<SIZE>(row);
    }

    /// Refuses samples that the codestream would not hold.
    pub(super) const fn check(&self) -> Result<()> {
        if self.beyond == 0 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Argument, "JPEG XL: a sample of more bits than the precision says"))
    }
}
