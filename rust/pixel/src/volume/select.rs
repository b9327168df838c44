//! Which files are slices of the volume: what is set aside, and which series is read.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use radiogram_core::ErrorKind;

use super::geometry::{Plane, angle};
use super::header::{PixelElement, SliceHeader};
use super::verdict::{Choice, Reason, Refusal, code};
use super::{Missing, Options};
use crate::concatenation::{Part, Whole, gathered};

/// An image alone in its plane is a localizer only where it is turned by more than this against all others,
/// in degrees.
const TURNED: f64 = 30.0;
/// And only where at least this many others agree.
const MAJORITY: usize = 3;

/// The headers that are still in, and those that are not.
pub(super) struct Selection<'a> {
    pub(super) slices: Vec<&'a SliceHeader>,
    pub(super) set_aside: Vec<(usize, Reason)>,
}

/// What became of concatenations.
#[derive(Default)]
pub(super) struct Joined {
    /// Parts are missing.
    pub(super) is_incomplete: bool,
    /// What is to be told of them.
    pub(super) notes: Vec<String>,
}

impl<'a> Selection<'a> {
    /// All headers, in an order that does not depend on the caller's where the headers differ at all.
    pub(super) fn new(headers: &'a [SliceHeader]) -> Self {
        let mut slices: Vec<&SliceHeader> = headers.iter().collect();
        // The parts of a concatenation are one object, whose frames follow one another.
        let whole = |slice: &'a SliceHeader| slice.part.as_ref().map(|part| part.uid());
        let name = |slice: &'a SliceHeader| whole(slice).or(slice.sop_instance_uid.as_deref());
        let first = |slice: &SliceHeader| slice.number() - u64::from(slice.frame);
        slices.sort_by(|a, b| {
            (a.instance_number.cmp(&b.instance_number))
                .then_with(|| name(a).cmp(&name(b)))
                .then_with(|| first(a).cmp(&first(b)))
                .then_with(|| (a.index, a.frame).cmp(&(b.index, b.frame)))
        });
        Self { slices, set_aside: Vec::new() }
    }

    /// Sets aside those for which it is true.
    fn drop_where(&mut self, reason: Reason, mut is: impl FnMut(&'a SliceHeader) -> bool) {
        let set_aside = &mut self.set_aside;
        self.slices.retain(|slice| {
            let drop = is(slice);
            if drop {
                set_aside.push((slice.index, reason));
            }
            !drop
        });
    }

    /// Keeps the frames that are asked for, of one series; tells what concatenations lack.
    pub(super) fn choose(&mut self, options: &Options) -> Result<Joined, Refusal> {
        // All parts are looked at, whatever frames of them are asked for.
        let mut parts: BTreeMap<usize, &SliceHeader> = BTreeMap::new();
        parts.extend(
            self.slices.iter().filter(|slice| slice.part.is_some()).map(|slice| (slice.index, *slice)),
        );
        if let Some(frames) = &options.frames {
            let is_asked = |number: u64| u32::try_from(number).is_ok_and(|number| frames.contains(&number));
            self.slices.retain(|slice| is_asked(slice.number()));
            if self.slices.is_empty() {
                return Err(Refusal::new(ErrorKind::Argument, "none of the files has such frames"));
            }
        }
        self.choose_series(options.series_uid.as_deref())?;
        self.join(&parts, options.missing)
    }

    /// Keeps the images of one series: the one asked for, or the only one.
    fn choose_series(&mut self, series_uid: Option<&str>) -> Result<(), Refusal> {
        if self.slices.is_empty() {
            return Err(Refusal::new(ErrorKind::Argument, "there are no files"));
        }
        let files = self.slices.len();
        self.drop_where(Reason::NoPixelData, |slice| slice.pixels == PixelElement::Absent);
        if self.slices.is_empty() {
            return Err(Refusal::new(ErrorKind::NoPixelData, format!("none of {files} files has pixels")));
        }
        if let Some(wanted) = series_uid {
            let all = self.series();
            self.drop_where(Reason::OtherSeries, |slice| {
                slice.series_instance_uid.as_deref() != Some(wanted)
            });
            if self.slices.is_empty() {
                let message = format!("no image belongs to the series asked for{}", listed(&all));
                return Err(Refusal::new(ErrorKind::Argument, message).choose(all));
            }
        }
        self.drop_copies();
        if self.slices.iter().any(|slice| !slice.is_localizer()) {
            self.drop_where(Reason::Localizer, SliceHeader::is_localizer);
        }
        let mut series = self.series();
        if series.len() > 1 {
            let kind = ErrorKind::AmbiguousSeries;
            series.sort_by_key(|choice| Reverse(choice.slices.len()));
            let what = if series_uid.is_some() {
                "one Series Instance UID in several studies".to_owned()
            } else {
                format!("{} series; choose one by series_uid", series.len())
            };
            return Err(Refusal::new(kind, format!("{what}{}", listed(&series))).choose(series));
        }
        Ok(())
    }

    /// Looks whether the parts of each concatenation that is still in are one object. Parts that are missing are refused, or told.
    fn join(&self, files: &BTreeMap<usize, &SliceHeader>, missing: Missing) -> Result<Joined, Refusal> {
        let series =
            |slice: &SliceHeader| (slice.study_instance_uid.clone(), slice.series_instance_uid.clone());
        let here = self.slices.first().map(|slice| series(slice));
        let own = files.iter().filter(|(_, slice)| Some(series(slice)) == here);
        let parts = own.filter_map(|(index, slice)| Some((*index, slice.part.as_deref()?)));
        let mut joined = Joined::default();
        for (uid, parts) in gathered(parts) {
            let is_in = |slice: &&SliceHeader| slice.part.as_ref().is_some_and(|part| part.uid() == uid);
            if !self.slices.iter().any(is_in) {
                continue;
            }
            let mut parts = parts;
            let indices: Vec<usize> = parts.iter().map(|(index, _)| *index).collect();
            // A file that is given twice is set aside as a copy.
            let mut known: BTreeMap<&str, &Part> = BTreeMap::new();
            parts.retain(|(_, part)| match part.instance().map(|name| known.entry(name)) {
                Some(Entry::Occupied(same)) => same.get() != part,
                Some(Entry::Vacant(new)) => {
                    new.insert(part);
                    true
                }
                None => true,
            });
            let (places, parts): (Vec<usize>, Vec<&Part>) = parts.into_iter().unzip();
            let whole = Whole::of(&parts);
            let whole = whole.map_err(|error| {
                let one = error.part().and_then(|part| places.get(part));
                let about = one.map_or_else(|| indices.clone(), |one| vec![*one]);
                Refusal::new(error.kind(), error.message().to_owned()).about(about)
            })?;
            joined.notes.extend(whole.doubt());
            let Some(lack) = whole.lack() else { continue };
            if missing == Missing::Error {
                let message = format!("{lack}; missing=\"warn\" or \"fill\" reads the frames that are there");
                return Err(Refusal::new(ErrorKind::MissingSlice, message).about(indices));
            }
            joined.is_incomplete = true;
            joined.notes.push(lack);
        }
        Ok(joined)
    }

    /// The series that are still in, by study and Series Instance UID.
    fn series(&self) -> Vec<Choice> {
        let mut series: BTreeMap<_, Vec<&SliceHeader>> = BTreeMap::new();
        for slice in &self.slices {
            let key = (&slice.study_instance_uid, &slice.series_instance_uid);
            series.entry(key).or_default().push(slice);
        }
        series.into_values().map(|slices| choice(&slices)).collect()
    }

    /// The same file given twice, or a copy of it: equal in everything that was read.
    fn drop_copies(&mut self) {
        let mut seen: BTreeMap<(&str, u32), Vec<&SliceHeader>> = BTreeMap::new();
        self.drop_where(Reason::Copy, |slice| {
            let Some(uid) = &slice.sop_instance_uid else { return false };
            let same = seen.entry((uid, slice.frame)).or_default();
            let is = |other: &&SliceHeader| **other == SliceHeader { index: other.index, ..slice.clone() };
            // Instances that share a UID and differ are few or none; the bound keeps a hostile folder linear.
            let is_copy = same.iter().take(16).any(is);
            if !is_copy {
                same.push(slice);
            }
            is_copy
        });
    }

    /// Sets aside what is no slice inside the one series: objects of another kind, and a localizer that is
    /// not called one.
    pub(super) fn drop_strangers(&mut self) {
        let mut classes: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for slice in &self.slices {
            *classes.entry(slice.sop_class_uid.as_deref()).or_default() += 1;
        }
        let usual = classes.into_iter().max_by_key(|&(_, count)| count).and_then(|(class, _)| class);
        let usual = usual.map(str::to_owned);
        let placed = |slice: &SliceHeader| slice.position.is_some() || slice.orientation.is_some();
        if self.slices.iter().any(|slice| slice.sop_class_uid == usual && placed(slice)) {
            self.drop_where(Reason::OtherKind, |slice| slice.sop_class_uid != usual && !placed(slice));
        }
        if let Some(lone) = self.lone_plane() {
            self.drop_where(Reason::OtherPlane, |slice| (slice.index, slice.frame) == lone);
        }
    }

    /// The one image that lies in a plane of its own, far from the plane of all others.
    fn lone_plane(&self) -> Option<(usize, u32)> {
        let planes: Vec<((usize, u32), Plane)> = self
            .slices
            .iter()
            .filter_map(|slice| Some(((slice.index, slice.frame), Plane::new(slice.orientation?)?)))
            .collect();
        if planes.len() <= MAJORITY {
            return None;
        }
        // With one stranger among at least four, two of the first three agree on the plane of the majority.
        let mut first = planes.iter().take(3).map(|(_, plane)| plane.normal);
        let (a, b, c) = (first.next()?, first.next()?, first.next()?);
        let usual = if angle(a, b) <= TURNED || angle(a, c) <= TURNED { a } else { b };
        let mut turned = planes.iter().filter(|(_, plane)| angle(plane.normal, usual) > TURNED);
        let (lone, _) = turned.next()?;
        turned.next().is_none().then_some(*lone)
    }
}

/// A series, or a part of one, as something to choose.
pub(super) fn choice(slices: &[&SliceHeader]) -> Choice {
    let first = slices.first();
    let mut indices: Vec<usize> = slices.iter().map(|slice| slice.index).collect();
    indices.sort_unstable();
    let is_one = first.is_some_and(|first| slices.iter().all(|slice| slice.object() == first.object()));
    let numbers = slices.iter().filter_map(|slice| u32::try_from(slice.number()).ok());
    let mut frames: Vec<u32> = numbers.filter(|_| is_one).collect();
    frames.sort_unstable();
    if frames == [0] {
        frames.clear();
    }
    Choice {
        frames,
        series_uid: first.and_then(|slice| slice.series_instance_uid.clone()).unwrap_or_default(),
        modality: code(first.and_then(|slice| slice.modality.as_deref())),
        size: first.and_then(|slice| slice.size()),
        slices: indices,
    }
}

/// The first few choices, for a message.
fn listed(choices: &[Choice]) -> String {
    const SHOWN: usize = 8;
    let mut text = String::new();
    for (number, choice) in choices.iter().take(SHOWN).enumerate() {
        text.push_str(if number == 0 { ": " } else { "; " });
        text.push_str(&choice.to_string());
    }
    if choices.len() > SHOWN {
        text.push_str("; …");
    }
    text
}
