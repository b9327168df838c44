//! Text of each VR: which padding is stripped, where a backslash splits, and which set decodes it.

use std::borrow::Cow;

use radiogram_core::{Charset, ProblemKind, Vr};

use super::Scalar;
use super::check::{self, Once};
use super::decimal::{self, Decimal};
use super::integer::{self, Integer};
use super::number::{is_space, trim, trim_component, trim_end_by};

type Sink<'s, 'a> = &'s mut dyn FnMut(Scalar<'a>);

/// Hands over the values of a text element that has at least one byte.
pub(super) fn each<'a>(
    vr: Vr,
    bytes: &'a [u8],
    charset: &Charset,
    report: &mut Once<'_, '_>,
    sink: Sink<'_, 'a>,
) {
    check::repertoire(vr, bytes, report);
    match vr {
        Vr::AE => entities(bytes, report, sink),
        Vr::DS => decimals(bytes, charset, report, sink),
        Vr::IS => integers(bytes, charset, report, sink),
        Vr::LT | Vr::ST | Vr::UT => block(vr, bytes, charset, report, sink),
        Vr::UR => {
            let uri = trim_end_by(bytes, is_space);
            if !uri.is_empty() {
                sink(Scalar::Text(latin(uri)));
            }
        }
        Vr::PN => names(bytes, charset, report, sink),
        Vr::LO | Vr::SH | Vr::UC => strings(vr, bytes, charset, report, sink),
        _ => codes(vr, bytes, report, sink),
    }
}

/// NUL or space, which pad text to an even length.
const fn is_padding(byte: u8) -> bool {
    matches!(byte, b' ' | 0)
}

fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\\')
}

/// Latin-1, which is how pydicom reads what should be the default repertoire.
fn latin(bytes: &[u8]) -> Cow<'_, str> {
    match ascii(bytes) {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

fn ascii(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() { std::str::from_utf8(bytes).ok() } else { None }
}

/// AE: spaces in front of every value and behind it have no meaning (PS3.5 table 6.2-1).
fn entities<'a>(bytes: &'a [u8], report: &mut Once<'_, '_>, sink: Sink<'_, 'a>) {
    if trim(bytes).is_empty() {
        return;
    }
    for value in split(bytes) {
        let value = trim(value);
        check::component(Vr::AE, value, report);
        sink(Scalar::Text(latin(value)));
    }
}

/// AS, CS, DA, DT, TM, UI: padding is stripped from the end of the whole, spaces between values stay, but in UIDs.
fn codes<'a>(vr: Vr, bytes: &'a [u8], report: &mut Once<'_, '_>, sink: Sink<'_, 'a>) {
    let stripped = trim_end_by(bytes, is_padding);
    if stripped.is_empty() || vr == Vr::UI && trim(stripped).is_empty() {
        return;
    }
    for value in split(stripped) {
        let trimmed = trim(value);
        check::component(vr, trimmed, report);
        sink(match vr {
            Vr::UI => Scalar::Uid(latin(trimmed)),
            _ => Scalar::Text(latin(value)),
        });
    }
}

fn decimals<'a>(bytes: &'a [u8], charset: &Charset, report: &mut Once<'_, '_>, sink: Sink<'_, 'a>) {
    let mut at = 0;
    while at <= bytes.len() {
        let (decimal, end) = decimal::read_at(bytes, at);
        let component = bytes.get(at..end).unwrap_or_default();
        let text = trim_component(component);
        check::component(Vr::DS, text, report);
        sink(match decimal {
            Decimal::Missing => Scalar::Missing,
            Decimal::Number { value, conforms } => {
                if !conforms {
                    report.say(ProblemKind::BadDecimal, || "read as Python's float does".into());
                }
                Scalar::Decimal { number: value, text: latin(text) }
            }
            Decimal::Bad => {
                report.say(ProblemKind::BadDecimal, || "kept as text".into());
                kept(component, charset)
            }
        });
        at = end.saturating_add(1);
    }
}

fn integers<'a>(bytes: &'a [u8], charset: &Charset, report: &mut Once<'_, '_>, sink: Sink<'_, 'a>) {
    for component in split(bytes) {
        let text = trim_component(component);
        check::component(Vr::IS, text, report);
        sink(match integer::parse(text) {
            Integer::Missing => Scalar::Missing,
            Integer::Number { value, conforms } => {
                if !conforms {
                    report.say(ProblemKind::BadInteger, || "read as a whole number all the same".into());
                }
                Scalar::Integer { number: value, text: latin(text) }
            }
            Integer::Fraction(number) => {
                report.say(ProblemKind::BadInteger, || "kept as a decimal number".into());
                Scalar::Decimal { number, text: latin(text) }
            }
            Integer::Bad => {
                report.say(ProblemKind::BadInteger, || "kept as text".into());
                kept(component, charset)
            }
        });
    }
}

/// A component that is no number, as the text it is.
fn kept<'a>(component: &'a [u8], charset: &Charset) -> Scalar<'a> {
    Scalar::Text(charset.decode(trim_end_by(component, is_padding)).0)
}

/// LT, ST, UT: one value, in which a backslash is a character.
fn block<'a>(vr: Vr, bytes: &'a [u8], charset: &Charset, report: &mut Once<'_, '_>, sink: Sink<'_, 'a>) {
    let (text, outside) = charset.decode(bytes);
    check::outside(outside, report);
    let text = without_padding(text);
    check::characters(vr, &text, report);
    if !text.is_empty() {
        sink(Scalar::Text(text));
    }
}

/// LO, SH, UC: padding is stripped from the end of every value.
fn strings<'a>(vr: Vr, bytes: &'a [u8], charset: &Charset, report: &mut Once<'_, '_>, sink: Sink<'_, 'a>) {
    if bytes.iter().all(|&byte| is_padding(byte)) {
        return;
    }
    let outside = charset.decode_values(bytes, &mut |value| {
        let value = without_padding(value);
        check::characters(vr, &value, report);
        sink(Scalar::Text(value));
    });
    check::outside(outside, report);
}

/// PN: padding is stripped from the end of the whole, and `=` with nothing behind it from every name.
fn names<'a>(bytes: &'a [u8], charset: &Charset, report: &mut Once<'_, '_>, sink: Sink<'_, 'a>) {
    let stripped = trim_end_by(bytes, is_padding);
    if stripped.iter().all(|&byte| byte == b'=') {
        return;
    }
    let outside = charset.decode_person_names(stripped, &mut |name| {
        check::name(&name, report);
        sink(Scalar::Name(without(name, ['='])));
    });
    check::outside(outside, report);
}

/// Without these characters at the end.
fn without<const N: usize>(text: Cow<'_, str>, characters: [char; N]) -> Cow<'_, str> {
    let end = text.trim_end_matches(characters).len();
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

fn without_padding(text: Cow<'_, str>) -> Cow<'_, str> {
    without(text, [' ', '\0'])
}
