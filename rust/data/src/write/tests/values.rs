//! New values: their VR, their padding, and what is refused.

use std::sync::Arc;

use radiogram_core::{ErrorKind, Syntax, Tag, Vr, syntax};

use super::material::{bytes, drafts, edited, integers, parse, text, written};
use crate::draft::{Change, Draft, Value};
use crate::header::Encoding;
use crate::write::output::Output;
use crate::write::{Form, WriteOptions, header, plan};

/// The elements of a new data set, explicit VR little endian, without the file meta information.
fn made(changes: &[(u32, Change)]) -> radiogram_core::Result<Vec<u8>> {
    let mut draft = Draft::default();
    draft.changes.extend(changes.iter().map(|(tag, change)| (Tag(*tag), change.clone())));
    let options = WriteOptions { form: Form::DataSet, ..WriteOptions::default() };
    written(&draft, &Draft::default(), &options)
}

fn floats(vr: Vr, numbers: &[f64]) -> Change {
    Change::Set { vr, value: Value::Floats(numbers.to_vec()) }
}

/// The letters and the value of a new element.
fn one(tag: u32, change: Change) -> (Vec<u8>, Vec<u8>) {
    let bytes = made(&[(tag, change)]).unwrap();
    let long = Vr::from_bytes([bytes[4], bytes[5]]).unwrap().has_long_length();
    (bytes[4..6].to_vec(), bytes[if long { 12 } else { 8 }..].to_vec())
}

#[test]
fn every_vr_has_its_form_and_padding() {
    let value = |change| one(0x0009_1001, change).1;
    assert_eq!(value(text(Vr::LO, "abc")), b"abc ");
    assert_eq!(value(text(Vr::UI, "1.2")), b"1.2\0");
    assert_eq!(value(bytes(Vr::OB, &[1])), [1, 0]);
    assert_eq!(value(integers(Vr::AT, &[0x0018_1063])), [0x18, 0, 0x63, 0x10]);
    assert_eq!(value(integers(Vr::SV, &[-2])), (-2_i64).to_le_bytes());
    assert_eq!(value(integers(Vr::UV, &[u64::MAX.into()])), [0xFF; 8]);
    assert_eq!(value(integers(Vr::IS, &[-1, 20])), b"-1\\20 ");
    assert_eq!(value(floats(Vr::DS, &[0.1, -1.0 / 3.0])), b"0.1\\-0.3333333333333");
    assert_eq!(value(floats(Vr::OD, &[0.1])), 0.1_f64.to_le_bytes());
    let several = Change::Set { vr: Vr::CS, value: Value::Text(vec!["A".into(), "B".into()]) };
    assert_eq!(value(several), b"A\\B ");
}

#[test]
fn what_a_vr_cannot_hold_is_refused() {
    let two = |vr| Change::Set { vr, value: Value::Text(vec!["a".into(), "b".into()]) };
    let wrongs = [
        integers(Vr::US, &[-1]),
        integers(Vr::SS, &[32768]),
        integers(Vr::OB, &[256]),
        integers(Vr::UV, &[1 << 64]),
        integers(Vr::SV, &[1 << 63]),
        integers(Vr::IS, &[1 << 31]),
        integers(Vr::AT, &[1 << 32]),
        integers(Vr::LO, &[1]),
        floats(Vr::US, &[1.5]),
        floats(Vr::DS, &[f64::NAN]),
        floats(Vr::FL, &[1e300]),
        text(Vr::US, "1"),
        text(Vr::CS, "Ü"),
        two(Vr::LT),
        two(Vr::UR),
    ];
    for (number, wrong) in wrongs.into_iter().enumerate() {
        let error = made(&[(0x0009_1001, wrong)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value, "{number}");
        assert_eq!(error.path().0[0].tag, Tag(0x0009_1001));
    }
}

#[test]
fn a_long_value_of_a_short_vr_is_unknown() {
    let (letters, value) = one(0x0028_3006, bytes(Vr::US, &vec![1; 65_536]));
    assert_eq!((letters.as_slice(), value.len()), (&b"UN"[..], 65_536));
    assert_eq!(one(0x0028_3006, bytes(Vr::US, &vec![1; 65_534])).0, b"US");
    let (letters, _) = one(0x0010_4000, text(Vr::LT, &"x".repeat(65_535)));
    assert_eq!(letters, b"UN");
}

#[test]
fn a_value_of_4_gib_is_refused() {
    let head = |length| {
        let mut out = Output::default();
        let done = header::value(&mut out, Encoding::EXPLICIT_LITTLE, Tag::PIXELS, Vr::OW, length);
        done.map(|()| out.arena)
    };
    assert_eq!(head(0xFFFF_FFFE).unwrap(), b"\xE0\x7F\x10\0OW\0\0\xFE\xFF\xFF\xFF");
    let error = head(0xFFFF_FFFF).unwrap_err();
    assert!(error.kind() == ErrorKind::Value && error.message().contains("4 GiB"), "{error}");
}

#[test]
fn ambiguous_vrs_follow_the_data_set() {
    let letters = |changes: &[(u32, Change)]| {
        let bytes = made(changes).unwrap();
        let document = parse(&bytes);
        let (tag, _) = changes.last().unwrap();
        document.entry(document.find(document.root(), Tag(*tag)).unwrap()).unwrap().vr
    };
    let ambiguous = |vr| Change::Set { vr, value: Value::Integers(vec![7]) };
    let us = |number| integers(Vr::US, &[number]);
    assert_eq!(letters(&[(0x0028_0103, us(1)), (0x0028_0106, ambiguous(Vr::UsOrSs))]), Vr::SS);
    assert_eq!(letters(&[(0x0028_0103, us(0)), (0x0028_0106, ambiguous(Vr::UsOrSs))]), Vr::US);
    assert_eq!(letters(&[(0x0028_0106, ambiguous(Vr::UsOrSs))]), Vr::US);
    assert_eq!(letters(&[(0x0028_0100, us(8)), (0x7FE0_0010, bytes(Vr::ObOrOw, &[1, 2]))]), Vr::OB);
    assert_eq!(letters(&[(0x0028_0100, us(16)), (0x7FE0_0010, bytes(Vr::ObOrOw, &[1, 2]))]), Vr::OW);
    assert_eq!(letters(&[(0x0028_0100, us(16)), (0x7FE0_0010, bytes(Vr::OB, &[1, 2]))]), Vr::OW);
    assert_eq!(letters(&[(0x6000_3000, bytes(Vr::ObOrOw, &[1, 2]))]), Vr::OW);
    assert_eq!(letters(&[(0x5400_1004, us(8)), (0x5400_1010, bytes(Vr::ObOrOw, &[1, 2]))]), Vr::OB);
    let lut = |entries| integers(Vr::US, &[entries, 0, 8]);
    assert_eq!(letters(&[(0x0028_3002, lut(1)), (0x0028_3006, ambiguous(Vr::UsOrOw))]), Vr::US);
    assert_eq!(letters(&[(0x0028_3002, lut(256)), (0x0028_3006, ambiguous(Vr::UsOrOw))]), Vr::OW);
}

#[test]
fn a_changed_pixel_representation_changes_what_depends_on_it() {
    let item = |own: Option<i128>| {
        let mut item = Draft::default();
        own.map(|own| item.changes.insert(Tag(0x0028_0103), integers(Vr::US, &[own])));
        item.changes
            .insert(Tag(0x0028_0106), Change::Set { vr: Vr::UsOrSs, value: Value::Integers(vec![5]) });
        item
    };
    let sequence = Change::Items { row: None, items: vec![item(None), item(Some(0))] };
    let us = |number| integers(Vr::US, &[number]);
    let least = Change::Set { vr: Vr::UsOrSs, value: Value::Integers(vec![3]) };
    let before = made(&[(0x0028_0103, us(0)), (0x0028_0106, least), (0x0040_A730, sequence)]).unwrap();
    let document = parse(&before);
    let after = parse(&edited(&document, &[(0x0028_0103, us(1))], &WriteOptions::default()).unwrap());
    let vr = |node| after.entry(after.find(node, Tag(0x0028_0106)).unwrap()).unwrap().vr;
    let items: Vec<_> = after.items(after.find(after.root(), Tag(0x0040_A730)).unwrap()).collect();
    assert_eq!([vr(after.root()), vr(items[0]), vr(items[1])], [Vr::SS, Vr::SS, Vr::US]);
    let back = edited(&after, &[(0x0028_0103, us(0))], &WriteOptions::default()).unwrap();
    assert_eq!(back, before);
}

#[test]
fn encapsulated_pixel_data_have_a_delimiter() {
    let fragments = b"\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\0\xE0\x02\0\0\0\xFF\xD8";
    let rle = Syntax::from_uid("1.2.840.10008.1.2.5");
    let options = WriteOptions { syntax: rle, ..WriteOptions::default() };
    let native =
        WriteOptions { syntax: Syntax::from_uid(syntax::EXPLICIT_LITTLE), ..WriteOptions::default() };
    let draft = |value: &[u8]| {
        let mut draft = Draft::default();
        draft.changes.insert(Tag::PIXELS, bytes(Vr::ObOrOw, value));
        draft
    };
    let meta = Draft::default();
    let file = written(&draft(fragments), &meta, &options).unwrap();
    let end = [b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF", &fragments[..], b"\xFE\xFF\xDD\xE0\0\0\0\0"].concat();
    assert!(file.ends_with(&end));
    // A delimiter that came with them is written once.
    let with = [&fragments[..], b"\xFE\xFF\xDD\xE0\0\0\0\0"].concat();
    assert_eq!(written(&draft(&with), &meta, &options).unwrap(), file);
    for (value, options) in [(&fragments[..], &native), (&[1, 2, 3, 4], &options)] {
        let error = written(&draft(value), &meta, options).unwrap_err();
        assert_eq!((error.kind(), error.path().0[0].tag), (ErrorKind::Value, Tag::PIXELS));
    }
    // What was read is not written as what it is not.
    let document = parse(&file);
    let (data_set, meta) = drafts(&document);
    let jpeg = WriteOptions { syntax: Syntax::from_uid("1.2.840.10008.1.2.4.50"), ..options };
    for options in [native, jpeg] {
        let error = written(&data_set, &meta, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    let gone = edited(&document, &[(Tag::PIXELS.0, Change::Remove)], &native).unwrap();
    assert_eq!(parse(&gone).transfer_syntax(), Some(syntax::EXPLICIT_LITTLE));
}

#[test]
fn large_values_are_lent_and_not_copied() {
    let mut draft = Draft::default();
    let value: crate::store::Shared = Arc::new(vec![7_u8; 1 << 20]);
    draft.changes.insert(Tag::PIXELS, Change::Set { vr: Vr::OW, value: Value::Bytes(Arc::clone(&value)) });
    let plan = plan(&draft, &Draft::default(), &WriteOptions::default()).unwrap();
    let lent = plan.pieces().any(|piece| match piece {
        crate::write::Piece::Bytes(bytes) => std::ptr::eq(bytes, (*value).as_ref()),
        _ => false,
    });
    assert!(lent);
}
