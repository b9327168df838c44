//! Concatenations: objects that were divided into several files (PS3.3 7.5.1, C.7.6.16), put together again from their headers.
//!
//! [`Part::of`] takes from a file what is said of its place and what all parts must share; [`Whole::of`] puts parts in their order, whatever
//! order they came in, and refuses what does not make one object. Frames stay where they are: who reads them asks for the part that has them.
//! Volumes, segmentations and slides are all joined here.

mod make;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag};
use radiogram_data::{Document, NodeId};

use crate::attributes::{Attributes, integer};
use crate::{DataSet, tags};

use make::Make;
pub use make::compared;

const SOP_INSTANCE: Tag = Tag(0x0008_0018);
const SOURCE: Tag = Tag(0x0020_0242);
const UID: Tag = Tag(0x0020_9161);
const NUMBER: Tag = Tag(0x0020_9162);
pub(crate) const TOTAL: Tag = Tag(0x0020_9163);
const OFFSET: Tag = Tag(0x0020_9228);

/// The elements that say where a part belongs, ascending.
pub const WANTED: [Tag; 5] = [SOURCE, UID, NUMBER, TOTAL, OFFSET];

/// Parts that a message names.
const NAMED: usize = 8;

/// A file that is a part of a concatenation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Concatenation UID.
    uid: String,
    /// SOP Instance UID.
    instance: Option<String>,
    /// In-concatenation Number, which counts from 1.
    number: Option<u32>,
    /// In-concatenation Total Number.
    total: Option<u32>,
    /// Concatenation Frame Offset Number: frames of the parts in front of it.
    offset: Option<u64>,
    /// Number of Frames.
    frames: u64,
    make: Make,
}

impl Part {
    /// What a data set says of its place in a concatenation; `None` where it is no part of one, or all of it.
    ///
    /// # Errors
    ///
    /// `MalformedError` for a data set that counts itself among several parts and does not say of what; what reading a value gives.
    pub fn of(document: &Document, node: NodeId) -> Result<Option<Self>> {
        if [UID, NUMBER, TOTAL, OFFSET].into_iter().all(|tag| document.find(node, tag).is_none()) {
            return Ok(None);
        }
        let set = DataSet::new(document, node);
        let number = |tag| integer(&set, tag).and_then(|value| u64::try_from(value).ok());
        let small = |tag| number(tag).and_then(|value| u32::try_from(value).ok());
        let (place, total, offset) = (small(NUMBER), small(TOTAL), number(OFFSET));
        let is_first = place.is_none_or(|place| place == 1) && offset.is_none_or(|offset| offset == 0);
        let Some(uid) = set.text(UID).filter(|uid| !uid.trim_matches([' ', '\0']).is_empty()) else {
            if is_first && total.is_none_or(|total| total == 1) {
                return Ok(None);
            }
            return wrong(UID, "the file is a part of a concatenation, and does not say of which");
        };
        if is_first && total == Some(1) {
            return Ok(None);
        }
        Ok(Some(Self {
            uid,
            instance: set.text(SOP_INSTANCE),
            number: place,
            total,
            offset,
            frames: number(tags::FRAMES).unwrap_or(1).max(1),
            make: Make::of(document, &set)?,
        }))
    }

    /// A part of which nothing else is known.
    pub(crate) fn said(number: Option<u32>, total: Option<u32>, offset: Option<u64>, frames: u64) -> Self {
        Self {
            uid: "1.2.3".to_owned(),
            instance: number.map(|number| format!("1.2.3.{number}")),
            number,
            total,
            offset,
            frames,
            make: Make::none(),
        }
    }

    /// Concatenation UID.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// Where its first frame comes in the whole.
    pub fn first(&self) -> u64 {
        self.offset.unwrap_or(0)
    }

    /// SOP Instance UID: a part of the same instance that is equal in all is a copy.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// How many frames it says it has.
    pub fn frames(&self) -> u64 {
        self.frames
    }
}

/// The parts of one object in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whole {
    /// Places in the caller's list, each with where its first frame comes.
    pub order: Vec<(usize, u64)>,
    /// The numbers of parts that are not there, as far as that is known.
    pub missing: Vec<u32>,
    /// How many parts there should be, where that is said.
    pub total: Option<u32>,
    /// The number of the last part that is there.
    last: u32,
}

fn wrong<T>(tag: Tag, message: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorKind::Malformed, message).in_path(&Path::of(tag)))
}

impl Whole {
    /// Puts parts in their order.
    ///
    /// # Errors
    ///
    /// `MalformedError` for parts of several concatenations, one that is there twice, parts that disagree in what they share, and numbers of
    /// frames that do not follow one another.
    pub fn of(parts: &[&Part]) -> Result<Self> {
        let mut order: Vec<(usize, &Part)> = parts.iter().copied().enumerate().collect();
        // PS3.3 C.7.6.16: numbers run from 1, offsets from 0.
        order.sort_by_key(|(at, part)| (part.number, part.offset, *at));
        let Some(&(_, first)) = order.first() else {
            return wrong(UID, "a concatenation without parts");
        };
        if order.iter().any(|(_, part)| part.uid != first.uid) {
            return wrong(UID, "the files are parts of several concatenations");
        }
        let total = order.iter().find_map(|(_, part)| part.total);
        let places = radiogram_core::try_vec(order.len())?;
        let mut whole = Self { order: places, missing: Vec::new(), total, last: 0 };
        let (mut number, mut end) = (0_u32, 0_u64);
        for (place, part) in &order {
            let next = whole.join((number, end), first, part).map_err(|error| error.of_part(*place))?;
            let (own, offset) = next;
            whole.order.push((*place, offset));
            (number, end) = (own, offset.saturating_add(part.frames));
        }
        whole.last = number;
        whole.miss(number.saturating_add(1)..total.map_or(0, |total| total.saturating_add(1)));
        Ok(whole)
    }

    /// Looks whether a part is one of the whole, behind those in front of it; gives its number, and where its first frame comes.
    fn join(&mut self, (number, end): (u32, u64), first: &Part, part: &Part) -> Result<(u32, u64)> {
        // Where numbers are left out, offsets alone tell the order.
        let own = part.number.unwrap_or_else(|| number.saturating_add(1));
        if let Some(tag) = first.make.differs(&part.make) {
            let what = make::name(tag);
            return wrong(tag, format!("parts of one concatenation differ in {what}, as part {own} shows"));
        }
        if part.total.is_some() && part.total != self.total {
            return wrong(TOTAL, "the parts of a concatenation do not agree in how many they are");
        }
        if own == 0 || self.total.is_some_and(|total| own > total) {
            let message = format!("a part of a concatenation has the number {own}, which no part has");
            return wrong(NUMBER, message);
        }
        if own <= number {
            return wrong(NUMBER, format!("part {own} of a concatenation is there twice"));
        }
        let Some(offset) = part.offset else {
            let message = format!("part {own} of a concatenation does not say at which frame it begins");
            return wrong(OFFSET, message);
        };
        let own = self.follow((number, end), (own, offset), part.number.is_some())?;
        Ok((own, offset))
    }

    /// Compares where a part begins with where those in front of it end; gives its number.
    fn follow(
        &mut self,
        (number, end): (u32, u64),
        (own, offset): (u32, u64),
        is_numbered: bool,
    ) -> Result<u32> {
        let skipped = u64::from(own - number - 1);
        // A part that is missing has a frame at least.
        let fits = if skipped == 0 { offset == end } else { offset >= end.saturating_add(skipped) };
        if fits {
            self.miss(number + 1..own);
            return Ok(own);
        }
        if !is_numbered && offset > end {
            self.miss(own..own.saturating_add(1));
            return Ok(own.saturating_add(1));
        }
        let message = format!(
            "part {own} of a concatenation begins at frame {}, where {end} frames are in front of it",
            offset.saturating_add(1)
        );
        wrong(OFFSET, message)
    }

    fn miss(&mut self, numbers: std::ops::Range<u32>) {
        // Those that are named, and whether there are more.
        let room = (NAMED + 1).saturating_sub(self.missing.len());
        self.missing.extend(numbers.take(room));
    }

    /// Refuses a whole that lacks parts; gives what is not known of it, [`Whole::doubt`].
    ///
    /// # Errors
    ///
    /// `MissingSliceError`, with the numbers of the parts.
    pub fn complete(&self) -> Result<Option<String>> {
        match self.lack() {
            Some(message) => Err(Error::new(ErrorKind::MissingSlice, message)),
            None => Ok(self.doubt()),
        }
    }

    /// What is not known of the whole, in words: where no part says how many there are, some may be missing behind the last one
    /// (PS3.3 C.7.6.16.2.2.4).
    pub fn doubt(&self) -> Option<String> {
        let parts = if self.last == 1 { "part" } else { "parts" };
        let told = || format!("nothing says that a concatenation has no more than {} {parts}", self.last);
        self.total.is_none().then(told)
    }

    /// Which parts are missing, in words.
    pub fn lack(&self) -> Option<String> {
        if self.missing.is_empty() {
            return None;
        }
        let shown: Vec<String> = self.missing.iter().take(NAMED).map(ToString::to_string).collect();
        let more = if self.missing.len() > NAMED { ", …" } else { "" };
        let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
        let (what, are) = if self.missing.len() == 1 { ("part", "is") } else { ("parts", "are") };
        Some(format!("{what} {}{more}{of} of a concatenation {are} missing", shown.join(", ")))
    }
}

/// The concatenations among files: the places of the parts of each, by Concatenation UID.
pub fn gathered<'p>(
    parts: impl IntoIterator<Item = (usize, &'p Part)>,
) -> BTreeMap<&'p str, Vec<(usize, &'p Part)>> {
    let mut found: BTreeMap<&str, Vec<(usize, &Part)>> = BTreeMap::new();
    for (place, part) in parts {
        found.entry(part.uid()).or_default().push((place, part));
    }
    found
}
