//! Which pixels polygons enclose.
//!
//! **The rule.** A pixel is inside where its centre is: where a ray from it along its row crosses the outlines an odd number of times.
//! So inner outlines are holes, and a bridge that is gone over there and back ("keyhole") encloses nothing. An outline belongs to what
//! is behind it in the order of rows and columns: a centre exactly on an edge is inside where the region goes on towards the next column
//! or row. Hence two regions that share an edge share no pixel and leave none between them.
//!
//! Crossings are calculated from the end with the smaller row, so that an edge gives the same numbers both ways. They are exact where
//! corners lie on a grid of 1/1024 of a pixel, and right to 1e-10 of a pixel elsewhere.

use std::ops::Range;

use radiogram_core::{Error, ErrorKind, Result, try_vec};

/// What becomes of contours of one region that overlap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Combine {
    /// One within another is a hole.
    Xor,
    /// All that any of them encloses.
    Union,
}

/// Crossings that are held at a time.
const BAND: u64 = 1 << 20;
/// Crossings of one slice.
const MOST: u64 = 1 << 26;

/// An edge from the smaller row to the larger.
#[derive(Clone, Copy)]
struct Edge {
    from: [f64; 2],
    to: [f64; 2],
    /// The rows whose centres it crosses.
    first: usize,
    end: usize,
}

impl Edge {
    fn new(one: [f64; 2], other: [f64; 2], rows: usize) -> Option<Self> {
        let (from, to) = if one[0] <= other[0] { (one, other) } else { (other, one) };
        // A row is crossed where from <= row < to.
        let (first, end) = (up(from[0], rows), up(to[0], rows));
        (first < end).then_some(Self { from, to, first, end })
    }

    #[expect(clippy::cast_precision_loss, reason = "rows are below 65536")]
    fn crossing(&self, row: usize) -> f64 {
        let ([from_row, from_column], [to_row, to_column]) = (self.from, self.to);
        from_column + (row as f64 - from_row) * (to_column - from_column) / (to_row - from_row)
    }
}

/// The first whole number that is not below, from 0 to `end`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the range is checked, and ends below 65536"
)]
fn up(value: f64, end: usize) -> usize {
    let value = value.ceil();
    if value >= end as f64 {
        end
    } else if value > 0.0 {
        value as usize
    } else {
        0
    }
}

/// The pixel that a coordinate lies in, if there is one: from half before its centre to half behind.
pub(super) fn index(value: f64, end: usize) -> Option<usize> {
    let value = (value + 0.5).floor();
    (value >= 0.0).then(|| up(value, end)).filter(|index| *index < end)
}

/// Calls `set` with a row and a range of its columns for all pixels that an odd number of closed outlines encloses. Points are (row,
/// column), whole numbers are centres.
///
/// # Errors
///
/// `LimitError` where outlines cross rows more often than a slice of a patient's does.
pub(super) fn fill(
    outlines: &[&[[f64; 2]]],
    rows: usize,
    columns: usize,
    set: &mut dyn FnMut(usize, Range<usize>),
) -> Result<()> {
    let count = outlines.iter().map(|points| points.len()).sum();
    let mut edges: Vec<Edge> = try_vec(count)?;
    for points in outlines {
        let next = points.iter().skip(1).chain(points.first());
        edges.extend(points.iter().zip(next).filter_map(|(one, other)| Edge::new(*one, *other, rows)));
    }
    // How many crossings each row has.
    let mut counts: Vec<u64> = try_vec(rows)?;
    let mut changes: Vec<i64> = try_vec(rows.saturating_add(1))?;
    changes.resize(rows.saturating_add(1), 0);
    for edge in &edges {
        changes.get_mut(edge.first).into_iter().for_each(|change| *change += 1);
        changes.get_mut(edge.end).into_iter().for_each(|change| *change -= 1);
    }
    let mut now = 0_i64;
    counts.extend(changes.iter().take(rows).map(|change| {
        now += change;
        now.unsigned_abs()
    }));
    if counts.iter().sum::<u64>() > MOST {
        let message = format!("the outlines of a slice cross its rows more than {MOST} times");
        return Err(Error::new(ErrorKind::Limit, message));
    }
    let mut begin = edges.iter().map(|edge| edge.first).min().unwrap_or(rows);
    while begin < rows {
        let mut held = 0;
        let more = |count: &&u64| {
            held += **count;
            held <= BAND
        };
        let height = counts.get(begin..).unwrap_or_default().iter().take_while(more).count().max(1);
        band(&edges, &counts, begin..begin + height, columns, set)?;
        begin += height;
    }
    Ok(())
}

/// Some of the rows.
fn band(
    edges: &[Edge],
    counts: &[u64],
    rows: Range<usize>,
    columns: usize,
    set: &mut dyn FnMut(usize, Range<usize>),
) -> Result<()> {
    let mut next: Vec<usize> = try_vec(rows.len())?;
    let mut total = 0_usize;
    for count in counts.get(rows.clone()).unwrap_or_default() {
        next.push(total);
        total = total.saturating_add(usize::try_from(*count).unwrap_or(usize::MAX));
    }
    let mut crossings: Vec<f64> = try_vec(total)?;
    crossings.resize(total, 0.0);
    for edge in edges.iter().filter(|edge| edge.first < rows.end && edge.end > rows.start) {
        for row in edge.first.max(rows.start)..edge.end.min(rows.end) {
            if let Some(at) = next.get_mut(row - rows.start) {
                crossings.get_mut(*at).into_iter().for_each(|slot| *slot = edge.crossing(row));
                *at += 1;
            }
        }
    }
    let mut from = 0;
    for (row, end) in rows.zip(next) {
        let crossings = crossings.get_mut(from..end).unwrap_or_default();
        from = end;
        crossings.sort_unstable_by(f64::total_cmp);
        for pair in crossings.as_chunks::<2>().0 {
            let [open, close] = pair.map(|column| up(column, columns));
            if open < close {
                set(row, open..close);
            }
        }
    }
    Ok(())
}
