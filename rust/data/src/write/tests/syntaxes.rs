//! The same data set in another transfer syntax.

use std::sync::Arc;

use radiogram_core::{Syntax, Tag, Vr, syntax};

use super::material::{bytes, drafts, integers, parse, parse_file, text, written};
use crate::draft::{Change, Draft, Value};
use crate::value::decode;
use crate::write::{Lengths, Piece, WriteOptions, plan};
use crate::{Document, Flags};

const NATIVE: [&str; 4] =
    [syntax::EXPLICIT_LITTLE, syntax::IMPLICIT_LITTLE, syntax::EXPLICIT_BIG, syntax::DEFLATED_LITTLE];

fn to(uid: &str) -> WriteOptions {
    WriteOptions { syntax: Syntax::from_uid(uid), ..WriteOptions::default() }
}

/// Every VR, in tags that the dictionary knows to have it, and in items as well.
fn every_vr() -> Draft {
    let mut flat = Draft::default();
    let floats = |vr, numbers: &[f64]| Change::Set { vr, value: Value::Floats(numbers.to_vec()) };
    let values = [
        (0x0008_0054, text(Vr::AE, "STORE")),
        (0x0010_1010, text(Vr::AS, "042Y")),
        (0x0028_0009, integers(Vr::AT, &[0x0018_1063])),
        (0x0008_0060, text(Vr::CS, "CT")),
        (0x0008_0020, text(Vr::DA, "20260101")),
        (0x0028_0030, floats(Vr::DS, &[0.7, 0.25])),
        (0x0008_002A, text(Vr::DT, "20260101120000")),
        (0x0018_6028, floats(Vr::FD, &[0.1])),
        (0x0018_0013, floats(Vr::FL, &[0.5])),
        (0x0020_0013, integers(Vr::IS, &[7])),
        (0x0010_0020, text(Vr::LO, "ID")),
        (0x0010_4000, text(Vr::LT, "long")),
        (0x0042_0011, bytes(Vr::OB, b"document")),
        (0x0014_410B, floats(Vr::OF, &[0.5])),
        (0x0066_0040, integers(Vr::OL, &[1, 2])),
        (0x7FE0_0003, integers(Vr::UV, &[1])),
        (0x0010_0010, text(Vr::PN, "Doe^Jane")),
        (0x0008_0050, text(Vr::SH, "A1")),
        (0x0018_6020, integers(Vr::SL, &[-2])),
        (0x0018_9219, integers(Vr::SS, &[-3])),
        (0x0008_2111, text(Vr::ST, "short")),
        (0x0008_0040, integers(Vr::US, &[9])),
        (0x0008_0030, text(Vr::TM, "1200")),
        (0x0018_9367, text(Vr::UC, "unlimited")),
        (0x0008_0018, text(Vr::UI, "1.2.3")),
        (0x0008_1161, integers(Vr::UL, &[4, 5])),
        (0x0008_1190, text(Vr::UR, "http://x")),
        (0x0040_A160, text(Vr::UT, "text")),
        (0x0028_0100, integers(Vr::US, &[16])),
        (0x0028_0103, integers(Vr::US, &[1])),
        (0x0028_0106, Change::Set { vr: Vr::UsOrSs, value: Value::Integers(vec![-1]) }),
        (0x7FE0_0010, bytes(Vr::OW, &[1, 2, 3, 4])),
    ];
    flat.changes.extend(values.map(|(tag, change)| (Tag(tag), change)));
    let mut around = flat.clone();
    flat.changes.remove(&Tag::PIXELS);
    let mut middle = Draft::default();
    middle.changes.insert(Tag(0x0040_A730), Change::Items { row: None, items: vec![flat, Draft::default()] });
    around
        .changes
        .insert(Tag(0x0040_A730), Change::Items { row: None, items: vec![middle, Draft::default()] });
    around
}

/// Every element with its VR and value, items and all.
fn listed(document: &Document) -> Vec<String> {
    let from = document.root().0 + 1;
    let rows = (from..).zip(document.rows().get(from as usize..).unwrap());
    rows.map(|(row, entry)| {
        let bytes = document.bytes(row).unwrap();
        let big_endian = entry.flags.has(Flags::BIG_ENDIAN);
        let mut bytes = bytes.to_vec();
        // Blocks of words are compared in one order.
        match entry.vr {
            Vr::OW if big_endian => bytes.chunks_exact_mut(2).for_each(<[u8]>::reverse),
            Vr::OF | Vr::OL if big_endian => bytes.chunks_exact_mut(4).for_each(<[u8]>::reverse),
            Vr::SQ => bytes.clear(),
            _ if entry.tag == Tag::ITEM => bytes.clear(),
            _ => {}
        }
        let value = decode(entry.vr, &bytes, big_endian, &document.charset(row), &mut |_, _| {});
        format!("{} {} {} {value:?}", entry.depth, entry.tag, entry.vr)
    })
    .collect()
}

#[test]
fn every_value_survives_every_change_of_syntax() {
    let first = parse(&written(&every_vr(), &Draft::default(), &WriteOptions::default()).unwrap());
    assert_eq!(first.problems(), []);
    let expected = listed(&first);
    for from in NATIVE {
        for lengths in [Lengths::Defined, Lengths::Undefined] {
            let (data_set, meta) = drafts(&first);
            let one = written(&data_set, &meta, &WriteOptions { lengths, ..to(from) }).unwrap();
            let one = parse(&one);
            assert_eq!((one.problems(), one.transfer_syntax()), (&[][..], Some(from)));
            assert_eq!(listed(&one), expected, "{from}");
            for other in NATIVE {
                let (data_set, meta) = drafts(&one);
                let two = parse_file(&written(&data_set, &meta, &to(other)).unwrap());
                assert_eq!((two.problems(), two.transfer_syntax()), (&[][..], Some(other)));
                assert_eq!(listed(&two), expected, "{from} {other}");
            }
        }
    }
}

#[test]
fn there_and_back_is_the_same_file() {
    let (data_set, meta) = (every_vr(), Draft::default());
    for uid in NATIVE {
        let file = written(&data_set, &meta, &to(uid)).unwrap();
        let document = parse(&file);
        for other in NATIVE {
            let (there, its_meta) = drafts(&document);
            let there = parse(&written(&there, &its_meta, &to(other)).unwrap());
            let (back, its_meta) = drafts(&there);
            assert!(written(&back, &its_meta, &to(uid)).unwrap() == file, "{uid} {other}");
        }
    }
}

#[test]
fn a_private_sequence_stays_one_without_vrs() {
    let mut item = Draft::default();
    item.changes.insert(Tag(0x0008_1155), text(Vr::UI, "1.2"));
    let mut data_set = Draft::default();
    data_set.changes.insert(Tag(0x0009_0010), text(Vr::LO, "NOBODY KNOWS"));
    data_set.changes.insert(Tag(0x0009_1001), Change::Items { row: None, items: vec![item] });
    let explicit = parse(&written(&data_set, &Draft::default(), &WriteOptions::default()).unwrap());
    let (data_set, meta) = drafts(&explicit);
    let implicit = parse(&written(&data_set, &meta, &to(syntax::IMPLICIT_LITTLE)).unwrap());
    assert_eq!(listed(&implicit), listed(&explicit));
}

#[test]
fn bytes_of_pixels_are_not_turned_round() {
    let mut data_set = every_vr();
    data_set.changes.insert(Tag::BITS_ALLOCATED, integers(Vr::US, &[8]));
    data_set.changes.insert(Tag::PIXELS, bytes(Vr::OW, &[1, 2, 3, 4]));
    let pixels = |document: &Document| {
        let row = document.find(document.root(), Tag::PIXELS).unwrap();
        (document.entry(row).unwrap().vr, document.bytes(row).unwrap().to_vec())
    };
    let made = parse(&written(&data_set, &Draft::default(), &to(syntax::EXPLICIT_BIG)).unwrap());
    let little = parse(&written(&data_set, &Draft::default(), &WriteOptions::default()).unwrap());
    let (data_set, meta) = drafts(&little);
    let turned = parse(&written(&data_set, &meta, &to(syntax::EXPLICIT_BIG)).unwrap());
    assert_eq!(pixels(&little), (Vr::OW, vec![1, 2, 3, 4]));
    for big in [made, turned] {
        assert_eq!(pixels(&big), (Vr::OB, vec![1, 2, 3, 4]));
    }
}

#[test]
fn cells_of_pixels_are_turned_round_as_a_whole() {
    for (bits, expected) in [(16, [2, 1, 4, 3]), (32, [4, 3, 2, 1])] {
        let mut data_set = Draft::default();
        data_set.changes.insert(Tag::BITS_ALLOCATED, integers(Vr::US, &[bits]));
        data_set.changes.insert(Tag::PIXELS, bytes(Vr::OW, &[1, 2, 3, 4]));
        let file = written(&data_set, &Draft::default(), &to(syntax::EXPLICIT_BIG)).unwrap();
        assert!(file.ends_with(&expected));
        let (data_set, meta) = drafts(&parse(&file));
        assert!(written(&data_set, &meta, &to(syntax::EXPLICIT_LITTLE)).unwrap().ends_with(&[1, 2, 3, 4]));
    }
}

#[test]
fn an_item_from_another_encoding_is_written_anew() {
    let (data_set, meta) = (every_vr(), Draft::default());
    for from in NATIVE {
        for into in NATIVE {
            let source = parse(&written(&data_set, &meta, &to(from)).unwrap());
            let row = source.find(source.root(), Tag(0x0040_A730)).unwrap();
            let item = source.items(row).next().unwrap();
            let mut new = Draft::default();
            new.changes.insert(Tag(0x0028_0103), integers(Vr::US, &[1]));
            let empty = parse(&written(&new, &meta, &to(into)).unwrap());
            let (mut around, its_meta) = drafts(&empty);
            let items = vec![Draft::of(Arc::clone(&source), item)];
            around.changes.insert(Tag(0x0040_A730), Change::Items { row: None, items });
            let after = parse(&written(&around, &its_meta, &WriteOptions::default()).unwrap());
            assert_eq!(after.problems(), [], "{from} {into}");
            let inner = |document: &Document| -> Vec<String> {
                listed(document).into_iter().filter(|line| line.starts_with('2')).collect()
            };
            assert_eq!(inner(&after), inner(&source), "{from} {into}");
        }
    }
}

#[test]
fn large_pixels_stay_in_the_file_until_they_are_written() {
    let mut data_set = every_vr();
    let pixels: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    data_set.changes.insert(Tag::PIXELS, bytes(Vr::OW, &pixels));
    let file = written(&data_set, &Draft::default(), &WriteOptions::default()).unwrap();
    let document = parse_file(&file);
    let held = document.held();
    let (mut edit, meta) = drafts(&document);
    edit.changes.insert(Tag(0x0010_0020), text(Vr::LO, "OTHER"));
    let planned = plan(&edit, &meta, &WriteOptions::default()).unwrap();
    let sources: Vec<u64> = planned
        .pieces()
        .filter_map(|piece| match piece {
            Piece::Source { length, .. } => Some(length),
            _ => None,
        })
        .collect();
    assert_eq!(sources.len(), 2, "what is in front and what is behind are one piece each");
    let mut largest = 0;
    let mut out = Vec::new();
    planned
        .write_to(&mut |bytes: &[u8]| {
            largest = largest.max(bytes.len());
            out.extend_from_slice(bytes);
            Ok(())
        })
        .unwrap();
    assert_eq!(document.held(), held, "nothing was kept");
    assert!(largest <= 4 << 20);
    let big = written(&drafts(&document).0, &meta, &to(syntax::EXPLICIT_BIG)).unwrap();
    assert_eq!(listed(&parse(&big)), listed(&document));
    assert_eq!(
        parse(&out).bytes(parse(&out).find(parse(&out).root(), Tag::PIXELS).unwrap()).unwrap(),
        pixels
    );
}
