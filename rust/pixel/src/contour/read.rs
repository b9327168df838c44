//! The contours of a structure set, and their points.

use std::sync::{Mutex, PoisonError};

use radiogram_core::{Charset, Error, ErrorKind, Result, Tag, try_vec};
use radiogram_data::value::{self, Scalar, Value};
use radiogram_data::{Document, NodeId};

use crate::functional::items;
use crate::render::Executor;

const ROI_CONTOURS: Tag = Tag(0x3006_0039);
const CONTOURS: Tag = Tag(0x3006_0040);
const GEOMETRIC_TYPE: Tag = Tag(0x3006_0042);
const CONTOUR_DATA: Tag = Tag(0x3006_0050);

/// Contours that a thread reads at a time.
const GROUP: usize = 128;

/// What the points of a contour make (PS3.3 C.8.8.6.1, Contour Geometric Type).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Shape {
    /// CLOSED_PLANAR or CLOSEDPLANAR_XOR: a polygon.
    Closed = 0,
    /// OPEN_PLANAR or OPEN_NONPLANAR: a line.
    Open = 1,
    /// POINT.
    Point = 2,
    /// None of them.
    Other = 3,
}

impl Shape {
    /// The shape of a number that stands for it.
    pub fn of(number: u8) -> Self {
        match number {
            0 => Self::Closed,
            1 => Self::Open,
            2 => Self::Point,
            _ => Self::Other,
        }
    }
}

/// The contours of all regions, one after another.
#[derive(Clone, Debug, Default)]
pub struct Contours {
    /// The item of ROI Contour Sequence that each is of.
    pub regions: Vec<i64>,
    /// What each is.
    pub shapes: Vec<u8>,
    /// Where the numbers of each begin; the last is their count.
    pub offsets: Vec<i64>,
    rows: Vec<Option<u32>>,
}

impl Contours {
    /// Lists the contours of a data set and counts their numbers.
    ///
    /// # Errors
    ///
    /// `InvalidValueError` where Contour Data are no numbers; what reading gives.
    pub fn list(document: &Document, node: NodeId) -> Result<Self> {
        let mut found = Self::default();
        let mut total = 0_i64;
        found.offsets.push(0);
        for (region, item) in items(document, node, ROI_CONTOURS).zip(0_i64..) {
            for contour in items(document, region, CONTOURS) {
                let row = document.find(contour, CONTOUR_DATA);
                let count = row.map_or(Ok(0), |row| document.count_numbers(row))?;
                total = total.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
                found.regions.push(item);
                found.shapes.push(shape(document, contour) as u8);
                found.offsets.push(total);
                found.rows.push(row);
            }
        }
        Ok(found)
    }

    /// How many numbers all of them have.
    pub fn count(&self) -> usize {
        self.offsets.last().and_then(|count| usize::try_from(*count).ok()).unwrap_or(0)
    }

    /// Reads the numbers of all contours, NaN for what is none.
    ///
    /// # Errors
    ///
    /// What reading gives.
    pub fn read_into(&self, document: &Document, mut out: &mut [f64], run: Executor) -> Result<()> {
        let mut groups: Vec<Mutex<&mut [f64]>> = try_vec(self.rows.len().div_ceil(GROUP))?;
        let begin = |contour: usize| self.offsets.get(contour.min(self.rows.len())).copied().unwrap_or(0);
        let mut at = 0;
        while at < self.rows.len() {
            let count = usize::try_from(begin(at + GROUP) - begin(at)).unwrap_or(0);
            let (now, later) = std::mem::take(&mut out)
                .split_at_mut_checked(count)
                .ok_or_else(|| Error::new(ErrorKind::Argument, "the array for the result is too small"))?;
            groups.push(Mutex::new(now));
            out = later;
            at += GROUP;
        }
        let failure: Mutex<Option<(usize, Error)>> = Mutex::new(None);
        run(groups.len(), &|number| {
            let Some(group) = groups.get(number) else { return };
            let mut group = group.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = self.group_into(document, number * GROUP, &mut group) {
                let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
                if failure.as_ref().is_none_or(|(first, _)| number < *first) {
                    *failure = Some((number, error));
                }
            }
        });
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    fn group_into(&self, document: &Document, first: usize, mut out: &mut [f64]) -> Result<()> {
        let rows = self.rows.get(first..).unwrap_or_default().iter().take(GROUP);
        let offsets = self.offsets.get(first..).unwrap_or_default();
        for (row, (from, to)) in rows.zip(offsets.iter().zip(offsets.iter().skip(1))) {
            let count = usize::try_from(to - from).unwrap_or(0).min(out.len());
            let (now, later) = std::mem::take(&mut out).split_at_mut(count);
            out = later;
            if let Some(row) = row {
                document.numbers_into(*row, now)?;
            }
        }
        Ok(())
    }
}

fn shape(document: &Document, contour: NodeId) -> Shape {
    let text = document.find(contour, GEOMETRIC_TYPE).and_then(|row| {
        let vr = document.entry(row)?.vr;
        let bytes = document.bytes(row).ok()?;
        match value::decode(vr, bytes, false, &Charset::DEFAULT, &mut |_, _| {}) {
            Value::One(Scalar::Text(text)) => Some(text),
            _ => None,
        }
    });
    match text.as_deref() {
        Some("CLOSED_PLANAR" | "CLOSEDPLANAR_XOR") => Shape::Closed,
        Some("OPEN_PLANAR" | "OPEN_NONPLANAR") => Shape::Open,
        Some("POINT") => Shape::Point,
        _ => Shape::Other,
    }
}
