//! Where decoded lines go: into the pixels of the image, through a mapping table, repeated where a component is subsampled.

use crate::{Error, ErrorKind, Image, Result};

use super::tables::Table;

const OUTSIDE: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: a sample that is not in the mapping table");

/// How the lines of one component lie in the image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Which sample of a pixel comes first.
    pub(super) first: usize,
    /// Sampling factors of the component, and the largest of the frame: horizontally, vertically.
    pub(super) sampling: [(u32, u32); 2],
    pub(super) table: Option<&'a Table>,
}

impl Place<'_> {
    fn is_full(&self) -> bool {
        self.sampling.iter().all(|(own, largest)| own == largest)
    }
}

/// The pixels of the image.
#[derive(Debug)]
pub(super) struct Target<'a> {
    out: &'a mut [u8],
    pub(super) image: Image,
}

impl<'a> Target<'a> {
    pub(super) const fn new(out: &'a mut [u8], image: Image) -> Self {
        Self { out, image }
    }

    fn row(&mut self, row: u32) -> &mut [u8] {
        let samples = self.image.columns as usize * usize::from(self.image.components);
        let length = samples * self.image.sample_size();
        let start = row as usize * length;
        self.out.get_mut(start..start + length).unwrap_or_default()
    }

    /// Whole pixels of a line.
    pub(super) fn put_pixels(&mut self, line: u32, samples: &[u16]) {
        let size = self.image.sample_size();
        copy(self.row(line), samples, size);
    }

    /// A line of one component; `samples` are its own every `step`.
    pub(super) fn put(&mut self, line: u32, samples: &[u16], step: usize, place: &Place<'_>) -> Result<()> {
        if self.image.components == 1 && step == 1 && place.is_full() && place.table.is_none() {
            self.put_pixels(line, samples);
            return Ok(());
        }
        let [across, (own, largest)] = place.sampling;
        let first_row = |line: u64| {
            (line * u64::from(largest)).div_ceil(u64::from(own)).min(self.image.rows.into()) as u32
        };
        let (from, to) = (first_row(line.into()), first_row(u64::from(line) + 1));
        for row in from..to {
            self.spread(row, samples, step, across, place)?;
        }
        Ok(())
    }

    fn spread(
        &mut self,
        row: u32,
        samples: &[u16],
        step: usize,
        (own, largest): (u32, u32),
        place: &Place<'_>,
    ) -> Result<()> {
        let (size, components) = (self.image.sample_size(), usize::from(self.image.components));
        let pixels = self.row(row).chunks_exact_mut(components * size);
        let of_column = |column: usize| {
            let own_column = if own == largest { column } else { column * own as usize / largest as usize };
            samples.get(own_column * step).copied().unwrap_or_default()
        };
        for (column, pixel) in pixels.enumerate() {
            let sample = of_column(column);
            let slots = pixel.get_mut(place.first * size..).unwrap_or_default();
            match place.table {
                Some(table) => map(table, sample, slots, size)?,
                None => put_one(slots, sample, size),
            }
        }
        Ok(())
    }
}

fn map(table: &Table, sample: u16, slots: &mut [u8], size: usize) -> Result<()> {
    let start = usize::from(sample) * table.width;
    let entry = table.entries.get(start..start + table.width).ok_or(OUTSIDE)?;
    match *entry {
        [value] => put_one(slots, u16::from(value), size),
        [high, low] => put_one(slots, u16::from_be_bytes([high, low]), size),
        _ => slots.iter_mut().zip(entry).for_each(|(slot, &value)| *slot = value),
    }
    Ok(())
}

fn put_one(slots: &mut [u8], sample: u16, size: usize) {
    if size == 1 {
        slots.iter_mut().take(1).for_each(|slot| *slot = sample as u8);
    } else if let Some(slot) = slots.first_chunk_mut() {
        *slot = sample.to_ne_bytes();
    }
}

fn copy(row: &mut [u8], samples: &[u16], size: usize) {
    if size == 1 {
        row.iter_mut().zip(samples).for_each(|(slot, &sample)| *slot = sample as u8);
    } else {
        row.as_chunks_mut()
            .0
            .iter_mut()
            .zip(samples)
            .for_each(|(slot, &sample)| *slot = sample.to_ne_bytes());
    }
}
