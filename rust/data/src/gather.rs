//! One kind of number from all over a data set, in one array: `ROIContourSequence/*/ContourSequence/*/ContourData`.

use radiogram_core::vr::Storage;
use radiogram_core::{Error, ErrorKind, Result, Tag, Vr, dictionary, try_vec};

use crate::value::{self, Scalar, count_values, decimals_into};
use crate::{Document, Flags, NodeId};

/// One step down: a sequence, and one item of it or all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Down {
    tag: Tag,
    item: Option<usize>,
}

/// A path with its last element apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    downs: Vec<Down>,
    leaf: Tag,
}

/// The elements that a pattern leads to, and how many numbers they hold: the plan of a gathering.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Leaves {
    /// Rows in the order of the bytes; `None` for items that lack the element.
    rows: Vec<Option<u32>>,
    /// Where the numbers of each element begin; the last is their count.
    pub offsets: Vec<i64>,
}

impl Leaves {
    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.offsets.last().and_then(|count| usize::try_from(*count).ok()).unwrap_or(0)
    }
}

impl Pattern {
    /// Reads `Sequence/*/Sequence/0/Element`; names are keywords or tags such as `30060039`.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::new(ErrorKind::Argument, what.to_owned());
        let mut parts = text.split('/');
        let mut downs = Vec::new();
        loop {
            let name = parts.next().unwrap_or_default();
            let tag = dictionary::by_keyword(name)
                .or_else(|| (name.len() == 8).then(|| u32::from_str_radix(name, 16).ok().map(Tag)).flatten())
                .ok_or_else(|| wrong("a path is made of keywords or tags of eight digits"))?;
            match parts.next() {
                None => return Ok(Self { downs, leaf: tag }),
                Some("*") => downs.push(Down { tag, item: None }),
                Some(number) => {
                    let item = number
                        .parse()
                        .map_err(|_| wrong("after a sequence comes * or the number of an item"))?;
                    downs.push(Down { tag, item: Some(item) });
                }
            }
        }
    }
}

impl Document {
    /// Finds the elements that a pattern names and counts their numbers. An item without the element has none.
    pub fn leaves(&self, node: NodeId, pattern: &Pattern) -> Result<Leaves> {
        let rows = self.leaf_rows(node, pattern);
        let mut offsets = try_vec(rows.len() + 1)?;
        let mut total = 0_i64;
        offsets.push(total);
        for row in &rows {
            let count = row.map_or(Ok(0), |row| self.count_numbers(row))?;
            total = total.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
            offsets.push(total);
        }
        Ok(Leaves { rows, offsets })
    }

    /// Writes the numbers of all leaves, NaN for a component that is none; gives how many are none.
    pub fn gather_into(&self, leaves: &Leaves, mut out: &mut [f64]) -> Result<usize> {
        let mut bad = 0;
        for (row, bounds) in leaves.rows.iter().zip(leaves.offsets.windows(2)) {
            let &[from, to] = bounds else { continue };
            let count = usize::try_from(to - from).unwrap_or(0).min(out.len());
            let (now, later) = std::mem::take(&mut out).split_at_mut(count);
            out = later;
            if let Some(row) = row {
                bad += self.numbers_into(*row, now)?;
            }
        }
        Ok(bad)
    }

    /// The rows that a pattern leads to, in the order of the bytes; `None` for items that lack the element.
    fn leaf_rows(&self, node: NodeId, pattern: &Pattern) -> Vec<Option<u32>> {
        let mut found = Vec::new();
        // Data sets still to be looked at, the next one last, and how many steps lead to each.
        let mut waiting = vec![(node, 0_usize)];
        while let Some((node, depth)) = waiting.pop() {
            let Some(down) = pattern.downs.get(depth) else {
                found.push(self.find(node, pattern.leaf));
                continue;
            };
            let Some(row) = self.find(node, down.tag).filter(|row| self.is_sequence(*row)) else { continue };
            let from = waiting.len();
            let chosen = |number: usize| down.item.is_none_or(|item| item == number);
            let items = self.items(row).enumerate().filter(|(number, _)| chosen(*number));
            waiting.extend(items.map(|(_, item)| (item, depth + 1)));
            if let Some(new) = waiting.get_mut(from..) {
                new.reverse();
            }
        }
        found
    }

    fn is_sequence(&self, row: u32) -> bool {
        self.entry(row).is_some_and(|entry| entry.vr == Vr::SQ)
    }

    /// How many numbers the element in a row holds.
    pub fn count_numbers(&self, row: u32) -> Result<usize> {
        let Some(entry) = self.entry(row) else { return Ok(0) };
        let bytes = self.bytes(row)?;
        match (entry.vr, entry.vr.storage()) {
            (Vr::DS | Vr::IS, _) => Ok(count_values(bytes)),
            (_, Storage::Unsigned(size) | Storage::Signed(size) | Storage::Float(size)) => {
                Ok(bytes.len() / usize::from(size))
            }
            (vr, _) => {
                let path = self.path(row);
                Err(Error::new(ErrorKind::Value, format!("{vr} values are no numbers")).in_path(&path))
            }
        }
    }

    /// Writes the numbers of the element in a row, as many as there is room for; NaN for those that are none, whose number is given.
    #[expect(
        clippy::cast_precision_loss,
        reason = "the result is float64 by contract; integers past 2**53 are rounded"
    )]
    pub fn numbers_into(&self, row: u32, out: &mut [f64]) -> Result<usize> {
        let Some(entry) = self.entry(row).copied() else { return Ok(0) };
        let bytes = self.bytes(row)?;
        if matches!(entry.vr, Vr::DS | Vr::IS) {
            let filled = decimals_into(bytes, out);
            out.get_mut(filled.count..).unwrap_or_default().fill(f64::NAN);
            return Ok(filled.bad);
        }
        // Bulk VRs (OF, OD, OL …) hold numbers too; here they are read as what they are made of.
        let vr = match entry.vr {
            Vr::OD => Vr::FD,
            Vr::OF => Vr::FL,
            Vr::OL => Vr::UL,
            Vr::OV => Vr::UV,
            Vr::OW => Vr::US,
            vr => vr,
        };
        let big_endian = entry.flags.has(Flags::BIG_ENDIAN);
        let charset = radiogram_core::Charset::DEFAULT;
        let mut slots = out.iter_mut();
        value::each(vr, bytes, big_endian, &charset, &mut |_, _| {}, &mut |scalar| {
            if let Some(slot) = slots.next() {
                *slot = match scalar {
                    Scalar::Int(number) => number as f64,
                    Scalar::Uint(number) => number as f64,
                    Scalar::Float(number) => number,
                    _ => f64::NAN,
                };
            }
        });
        slots.for_each(|slot| *slot = f64::NAN);
        Ok(0)
    }
}
