//! Queries against data sets, kind by kind of PS3.4 C.2.2.2.

use std::sync::Arc;

use super::{Options, matches};
use crate::{Document, Options as ReadOptions, Source, read};

type Element<'e> = (u16, u16, &'static str, &'e [u8]);

fn bytes(elements: &[Element<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for (group, element, vr, value) in elements {
        let pad: &[u8] = if *vr == "UI" { b"\0" } else { b" " };
        let value = [value, &pad[..value.len() % 2]].concat();
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&element.to_le_bytes());
        out.extend_from_slice(vr.as_bytes());
        if matches!(*vr, "SQ" | "UT" | "UN") {
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
        } else {
            out.extend_from_slice(&u16::try_from(value.len()).unwrap().to_le_bytes());
        }
        out.extend_from_slice(&value);
    }
    out
}

/// Items, for a value of a sequence.
fn items(items: &[Vec<u8>]) -> Vec<u8> {
    let head = |item: &Vec<u8>| {
        [&[0xFE, 0xFF, 0, 0xE0][..], &u32::try_from(item.len()).unwrap().to_le_bytes()].concat()
    };
    items.iter().flat_map(|item| [head(item), item.clone()].concat()).collect()
}

fn document(elements: &[Element<'_>]) -> Document {
    let options = ReadOptions { bare: true, ..ReadOptions::default() };
    read(Source::Memory(Arc::new(bytes(elements))), &options).unwrap()
}

fn is_match(query: &[Element<'_>], data_set: &[Element<'_>]) -> bool {
    matches(&document(query), &document(data_set), Options::default()).unwrap()
}

const PATIENT: (u16, u16) = (0x10, 0x10);

fn study() -> Vec<Element<'static>> {
    vec![
        (8, 0x05, "CS", b"ISO_IR 192"),
        (8, 0x18, "UI", b"1.2.3"),
        (8, 0x20, "DA", b"20200229"),
        (8, 0x50, "SH", b"ACC 1"),
        (8, 0x61, "CS", b"CT\\MR"),
        (PATIENT.0, PATIENT.1, "PN", "M\u{FC}ller^Eva".as_bytes()),
        (0x10, 0x20, "LO", b" ID-7"),
        (0x20, 0x13, "IS", b"+7"),
        (0x28, 0x10, "US", &[0, 2]),
    ]
}

#[test]
fn single_values_lists_and_nothing_at_all() {
    let study = study();
    let one = |group, element, vr, value: &'static [u8]| is_match(&[(group, element, vr, value)], &study);
    assert!(is_match(&[], &study));
    assert!(one(8, 0x50, "SH", b"ACC 1") && !one(8, 0x50, "SH", b"acc 1") && !one(8, 0x50, "SH", b"ACC"));
    assert!(one(8, 0x50, "SH", b"") && one(8, 0x90, "PN", b"") && !one(8, 0x90, "PN", b"A"));
    assert!(one(8, 0x90, "PN", b"*"), "an asterisk alone asks for nothing");
    assert!(
        one(8, 0x18, "UI", b"9.9\\1.2.3\\8")
            && !one(8, 0x18, "UI", b"9.9\\1.2")
            && !one(8, 0x18, "UI", b"1.2.*")
    );
    assert!(one(8, 0x61, "CS", b"MR") && one(8, 0x61, "CS", b"US\\M?") && !one(8, 0x61, "CS", b"US"));
    assert!(one(0x10, 0x20, "LO", b"ID-7 ") && one(0x10, 0x20, "LO", b"*7"));
    assert!(one(0x20, 0x13, "IS", b"7 ") && !one(0x20, 0x13, "IS", b"8") && one(0x28, 0x10, "US", &[0, 2]));
    assert!(one(8, 0x20, "DA", b"20200101-20201231") && !one(8, 0x20, "DA", b"-20200101"));
}

#[test]
fn what_a_query_says_of_itself_is_no_key() {
    let query: [Element<'_>; 4] = [
        (8, 0x05, "CS", b"ISO_IR 100"),
        (8, 0x52, "CS", b"STUDY"),
        (8, 0x201, "SH", b"+0100"),
        // The same name in another character set.
        (PATIENT.0, PATIENT.1, "PN", b"m\xFCller*"),
    ];
    assert!(is_match(&query, &study()));
}

#[test]
fn all_keys_of_a_sequence_match_one_item() {
    let step = |station: &'static [u8], date: &'static [u8]| {
        bytes(&[(8, 0x60, "CS", b"CT"), (0x40, 1, "AE", station), (0x40, 2, "DA", date)])
    };
    let held = items(&[step(b"A", b"20200101"), step(b"B", b"20200202")]);
    let data_set: [Element<'_>; 1] = [(0x40, 0x100, "SQ", &held)];
    let asks = |keys: &[Element<'_>]| {
        let key = items(&[bytes(keys)]);
        is_match(&[(0x40, 0x100, "SQ", &key)], &data_set)
    };
    assert!(!asks(&[(0x40, 2, "DA", b"202002-")]), "half of a date is none");
    assert!(asks(&[(0x40, 1, "AE", b"B"), (0x40, 2, "DA", b"20200201-")]));
    assert!(!asks(&[(0x40, 1, "AE", b"A"), (0x40, 2, "DA", b"20200201-")]), "no item has both");
    assert!(asks(&[]) && asks(&[(0x40, 1, "AE", b"")]));
    assert!(is_match(&[(0x40, 0x100, "SQ", b"")], &study()), "no item asks for nothing");
    let empty = items(&[bytes(&[(0x40, 1, "AE", b""), (0x40, 2, "DA", b"")])]);
    assert!(is_match(&[(0x40, 0x100, "SQ", &empty)], &study()), "keys that only ask to be returned");
    let nested = items(&[bytes(&[(0x40, 8, "SQ", &empty), (0x40, 1, "AE", b"*")])]);
    assert!(is_match(&[(0x40, 0x100, "SQ", &nested)], &study()), "at any depth");
    let key = items(&[bytes(&[(0x40, 1, "AE", b"A")])]);
    assert!(!is_match(&[(0x40, 0x100, "SQ", &key)], &study()), "and a key for something");
}

#[test]
fn what_was_agreed_on() {
    let study = [study(), vec![(8, 0x30, "TM", &b"0830"[..])]].concat();
    let asks =
        |query: &[Element<'_>], options| matches(&document(query), &document(&study), options).unwrap();
    let plain = Options::default();
    let days: [Element<'_>; 2] = [(8, 0x20, "DA", b"20200228-20200301"), (8, 0x30, "TM", b"10-18")];
    assert!(!asks(&days, plain) && asks(&days, Options { combines_date_and_time: true, ..plain }));
    let name: [Element<'_>; 1] = [(0x10, 0x10, "PN", b"eva mueller")];
    assert!(!asks(&name, plain) && asks(&name, Options { names_are_fuzzy: true, ..plain }));
    let none: [Element<'_>; 1] = [(8, 0x90, "PN", b"\"\"")];
    assert!(!asks(&none, plain) && asks(&none, Options { empty_values: true, ..plain }));
    // Half past eight in UTC is half past twenty-three of the day before, nine hours behind it.
    let zone: [Element<'_>; 2] = [(8, 0x20, "DA", b"20200228"), (8, 0x201, "SH", b"-0900")];
    assert!(!asks(&zone, plain) && asks(&zone, Options { zone: Some(0), ..plain }));
    assert!(!asks(&zone, Options { zone: Some(-540), ..plain }));
}

/// PS3.5 7.8.1: the block of a creator may be another one in each data set, and in each item.
#[test]
fn private_keys_are_those_of_their_creator() {
    let inner = items(&[bytes(&[(9, 0x30, "LO", b"ACME"), (9, 0x3001, "LO", b"in it")])]);
    let study = document(&[
        (8, 0x60, "CS", b"CT"),
        (9, 0x10, "LO", b"OTHER"),
        (9, 0x11, "LO", b"ACME"),
        (9, 0x1001, "LO", b"theirs"),
        (9, 0x1101, "LO", b"ours"),
        (0x40, 0x100, "SQ", &inner),
    ]);
    let asks = |query: &[Element<'_>]| matches(&document(query), &study, Options::default()).unwrap();
    for (creator, value, expected) in [
        (&b"ACME"[..], &b""[..], true),
        (b"ACME", b"ours", true),
        (b"ACME", b"theirs", false),
        (b"OTHER", b"theirs", true),
        (b"NOBODY", b"", true),
        (b"NOBODY", b"ours", false),
    ] {
        let query = [(9, 0x10, "LO", creator), (9, 0x1001, "LO", value)];
        assert_eq!(asks(&query), expected, "{creator:?} {value:?}");
    }
    assert!(asks(&[(9, 0x1101, "LO", b"ours")]) && !asks(&[(9, 0x1001, "LO", b"ours")]));
    for (value, expected) in [(&b"in it"[..], true), (b"", true), (b"ours", false)] {
        let keys = items(&[bytes(&[(9, 0x10, "LO", b"ACME"), (9, 0x1001, "LO", value)])]);
        assert_eq!(asks(&[(0x40, 0x100, "SQ", &keys)]), expected, "{value:?}");
    }
    let keys = items(&[bytes(&[(9, 0x10, "LO", b"NOBODY"), (9, 0x1001, "LO", b"")])]);
    assert!(asks(&[(0x40, 0x100, "SQ", &keys)]), "who asks for nothing");
}

#[test]
fn sequences_of_any_depth() {
    let nest = |value: &'static [u8]| {
        let mut inner = bytes(&[(8, 0x60, "CS", value)]);
        for _ in 0..200 {
            let held = items(&[bytes(&[(8, 0x60, "CS", b"XX")]), inner]);
            inner = bytes(&[(0x40, 0x100, "SQ", &held)]);
        }
        inner
    };
    let key = |value: &'static [u8]| {
        let mut inner = bytes(&[(8, 0x60, "CS", value)]);
        for _ in 0..200 {
            inner = bytes(&[(0x40, 0x100, "SQ", &items(&[inner]))]);
        }
        inner
    };
    let read = |bytes: Vec<u8>| {
        let options = ReadOptions { bare: true, ..ReadOptions::default() };
        read(Source::Memory(Arc::new(bytes)), &options).unwrap()
    };
    for (asked, expected) in [(&b"CT"[..], true), (b"MR", false)] {
        assert_eq!(matches(&read(key(asked)), &read(nest(b"CT")), Options::default()).unwrap(), expected);
    }
}
