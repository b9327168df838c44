//! One value as a column has it: from what an element says to the column's type, or the news that it does not fit.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::values::Kind;
use super::{date_from, moment_from, time_from};
use crate::value::Scalar;

/// A value of a column.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
    Int(i128),
    Float(f64),
    Date(i32),
    Time(i64),
    Moment(i64),
    Stamp(i64),
}

/// What a component of an element is in a column.
pub(super) enum Component<'a> {
    Value(Cell<'a>),
    /// A value that says more than its column has room for.
    Shortened(Cell<'a>),
    /// The middle of `1\\3`.
    Missing,
    /// It does not fit the column's type.
    Unfit,
}

/// A value to compare with.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// Text, codes, UIDs, names.
    Text(String),
    /// A whole number.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970 by a clock.
    Moment(i64),
    /// Nanoseconds since 1970, UTC.
    Stamp(i64),
}

pub(super) fn component(kind: Kind, scalar: Scalar<'_>) -> Component<'_> {
    let cell = match kind {
        Kind::Text | Kind::Code => Some(Cell::Text(text(scalar))),
        Kind::Date | Kind::Time => match &scalar {
            Scalar::Text(text) if text.trim().is_empty() => return Component::Missing,
            Scalar::Text(text) if kind == Kind::Date => date_from(text.as_bytes()).map(Cell::Date),
            Scalar::Text(text) => time_from(text.as_bytes()).map(Cell::Time),
            _ => None,
        },
        Kind::Moment => match &scalar {
            Scalar::Text(text) if text.trim().is_empty() => return Component::Missing,
            Scalar::Text(text) => match moment_from(text.as_bytes()) {
                Some(moment) if moment.offset.is_some() => {
                    return Component::Shortened(Cell::Moment(moment.clock));
                }
                moment => moment.map(|moment| Cell::Moment(moment.clock)),
            },
            _ => None,
        },
        Kind::F32 | Kind::F64 => match scalar {
            Scalar::Missing => return Component::Missing,
            other => float(&other).map(Cell::Float),
        },
        _ => match scalar {
            Scalar::Missing => return Component::Missing,
            other => int(&other).filter(|number| kind.holds(*number)).map(Cell::Int),
        },
    };
    cell.map_or(Component::Unfit, Component::Value)
}

fn text(scalar: Scalar<'_>) -> Cow<'_, str> {
    match scalar {
        Scalar::Text(text)
        | Scalar::Name(text)
        | Scalar::Uid(text)
        | Scalar::Decimal { text, .. }
        | Scalar::Integer { text, .. } => text,
        Scalar::Tag(tag) => Cow::Owned(tag.to_string()),
        Scalar::Int(number) => Cow::Owned(number.to_string()),
        Scalar::Uint(number) => Cow::Owned(number.to_string()),
        Scalar::Float(number) => Cow::Owned(number.to_string()),
        Scalar::Missing => Cow::Borrowed(""),
    }
}

#[expect(clippy::cast_precision_loss, reason = "only numbers that a double holds exactly")]
fn float(scalar: &Scalar<'_>) -> Option<f64> {
    const EXACT: u64 = 1 << 53;
    match scalar {
        Scalar::Float(number) | Scalar::Decimal { number, .. } => Some(*number),
        Scalar::Int(number) | Scalar::Integer { number, .. } if number.unsigned_abs() <= EXACT => {
            Some(*number as f64)
        }
        Scalar::Uint(number) if *number <= EXACT => Some(*number as f64),
        _ => None,
    }
}

fn int(scalar: &Scalar<'_>) -> Option<i128> {
    match scalar {
        Scalar::Int(number) | Scalar::Integer { number, .. } => Some(i128::from(*number)),
        Scalar::Uint(number) => Some(i128::from(*number)),
        _ => None,
    }
}

impl Cell<'_> {
    /// How it compares; `None` for what does not compare (a NaN).
    pub(super) fn compare(&self, literal: &Literal) -> Option<Ordering> {
        match (self, literal) {
            (Self::Text(text), Literal::Text(other)) => Some(text.as_ref().cmp(other)),
            (Self::Int(number), Literal::Int(other)) => Some(number.cmp(other)),
            (Self::Date(number), Literal::Date(other)) => Some(number.cmp(other)),
            (Self::Time(number), Literal::Time(other))
            | (Self::Moment(number), Literal::Moment(other))
            | (Self::Stamp(number), Literal::Stamp(other)) => Some(number.cmp(other)),
            (Self::Float(number), Literal::Float(other)) => number.partial_cmp(other),
            (Self::Float(number), Literal::Int(other)) => against_int(*number, *other),
            (Self::Int(number), Literal::Float(other)) => against_int(*other, *number).map(Ordering::reverse),
            _ => None,
        }
    }
}

/// A double and an integer, compared as the numbers they are.
#[expect(clippy::cast_possible_truncation, reason = "whole, and inside of the bounds")]
fn against_int(number: f64, other: i128) -> Option<Ordering> {
    const BOUND: f64 = 1e38;
    if number.is_nan() {
        return None;
    }
    if number.abs() >= BOUND {
        return Some(if number > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let floor = number.floor();
    Some((floor as i128).cmp(&other).then(if number > floor { Ordering::Greater } else { Ordering::Equal }))
}
