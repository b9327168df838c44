//! The bytes of one element as its value: what is stripped, what is split, and which numbers the text names.
//!
//! Nothing here fails. What is wrong with a value is reported, and the value comes out as the nearest thing that loses
//! nothing: a DS or IS component that is no number stays text, a binary value that breaks off gives its whole numbers.

use std::borrow::Cow;

use radiogram_core::vr::Storage;
use radiogram_core::{Charset, ProblemKind, Tag, Vr};

mod binary;
mod check;
mod date_time;
pub mod decimal;
pub mod integer;
mod number;
mod text;

pub use decimal::decimals_into;
pub use integer::integers_into;
pub use number::{Filled, count_values};

/// One value of an element.
#[derive(Clone, PartialEq, Debug)]
pub enum Scalar<'a> {
    /// SL, SS or SV.
    Int(i64),
    /// UL, US or UV.
    Uint(u64),
    /// FL or FD.
    Float(f64),
    /// Text, and what stands in a DS or IS without being a number.
    Text(Cow<'a, str>),
    /// A DS number; or what stands in an IS and has a fraction, or does not fit 64 bits.
    Decimal {
        /// The nearest double to what the text says.
        number: f64,
        /// What stands there, without the spaces round it.
        text: Cow<'a, str>,
    },
    /// An IS number.
    Integer {
        /// What the text says.
        number: i64,
        /// What stands there, without the spaces round it.
        text: Cow<'a, str>,
    },
    /// An AT value.
    Tag(Tag),
    /// A PN value: up to three component groups, divided by `=`.
    Name(Cow<'a, str>),
    /// A UI value.
    Uid(Cow<'a, str>),
    /// A DS or IS component without a character: the middle of `1\\3`, or a value of spaces alone.
    Missing,
}

/// The value of an element.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// No value.
    Empty,
    /// A single value.
    One(Scalar<'a>),
    /// Two values or more.
    Many(Vec<Scalar<'a>>),
    /// One block of bytes, in the order of the file (OB, OW, UN and the like; a VR that is still ambiguous).
    Bytes(&'a [u8]),
}

/// Where problems go: the rule, and what was assumed instead.
pub type Report<'r> = dyn FnMut(ProblemKind, Cow<'static, str>) + 'r;

/// The value of an element with this VR and these bytes.
///
/// Each kind of problem is reported once. A sequence (SQ) is the tree's and comes out as its bytes, and so does a list
/// that there is no memory for (with [`ProblemKind::OverlongValue`]).
pub fn decode<'a>(
    vr: Vr,
    bytes: &'a [u8],
    big_endian: bool,
    charset: &Charset,
    report: &mut Report<'_>,
) -> Value<'a> {
    if is_block(vr) {
        return if bytes.is_empty() { Value::Empty } else { Value::Bytes(bytes) };
    }
    let mut list = List { first: None, rest: Vec::new(), starved: false, bound: bound(vr, bytes) };
    each(vr, bytes, big_endian, charset, report, &mut |scalar| list.push(scalar));
    if list.starved {
        report(ProblemKind::OverlongValue, Cow::Borrowed("no memory for this many values: kept as bytes"));
        return Value::Bytes(bytes);
    }
    match list.first {
        _ if !list.rest.is_empty() => Value::Many(list.rest),
        Some(scalar) => Value::One(scalar),
        None => Value::Empty,
    }
}

/// The first value of an element with several: that of LUT Descriptor and of the palettes' descriptors, the number of entries, has no
/// sign whatever the VR (PS3.3 C.7.6.3.1.5, C.11.1.1); any other as it is.
#[must_use]
pub fn first_of(tag: Tag, scalar: Scalar<'_>) -> Scalar<'_> {
    match scalar {
        Scalar::Int(entries @ ..0) if tag.is_lut_descriptor() => Scalar::Int(entries + (1 << 16)),
        other => other,
    }
}

/// Hands the values of an element to `sink` one by one, without a list of them, and returns how many there were.
///
/// The VRs that [`decode`] gives as [`Value::Bytes`] have none.
pub fn each<'a>(
    vr: Vr,
    bytes: &'a [u8],
    big_endian: bool,
    charset: &Charset,
    report: &mut Report<'_>,
    sink: &mut dyn FnMut(Scalar<'a>),
) -> usize {
    if bytes.is_empty() || is_block(vr) {
        return 0;
    }
    let mut count = 0;
    let mut counted = |scalar| {
        count += 1;
        sink(scalar);
    };
    let mut report = check::Once::new(report);
    match vr.storage() {
        Storage::Text => text::each(vr, bytes, charset, &mut report, &mut counted),
        _ => binary::each(vr, bytes, big_endian, &mut report, &mut counted),
    }
    count
}

/// True for what is one block of bytes: the bulk VRs, sequences, and `US/SS` that nobody resolved.
fn is_block(vr: Vr) -> bool {
    vr.is_bulk() || matches!(vr, Vr::SQ | Vr::UsOrSs)
}

/// No value has more components than this.
fn bound(vr: Vr, bytes: &[u8]) -> usize {
    match vr.storage() {
        Storage::Text if vr.is_multi_text() => memchr::memchr_iter(b'\\', bytes).count().saturating_add(1),
        Storage::Text => 1,
        _ => bytes.len() / binary::width(vr),
    }
}

/// The values so far. One value costs no allocation, many cost one.
struct List<'a> {
    first: Option<Scalar<'a>>,
    rest: Vec<Scalar<'a>>,
    starved: bool,
    bound: usize,
}

impl<'a> List<'a> {
    fn push(&mut self, scalar: Scalar<'a>) {
        if self.starved {
            return;
        }
        if self.rest.is_empty() {
            let Some(first) = self.first.take() else {
                self.first = Some(scalar);
                return;
            };
            if self.rest.try_reserve_exact(self.bound.max(2)).is_err() {
                self.starved = true;
                return;
            }
            self.rest.push(first);
        }
        // A multi-byte set can hide a backslash from the count, never add one: the room is there.
        self.rest.push(scalar);
    }
}

#[cfg(test)]
mod tests;
