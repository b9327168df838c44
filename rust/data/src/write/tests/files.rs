//! Preamble, file meta information, and repairing.

use radiogram_core::{Syntax, Tag, Vr, syntax};

use super::material::{bytes, drafts, edited, parse, text, written};
use crate::Document;
use crate::draft::{Change, Draft};
use crate::testing::{element, file};
use crate::write::{Form, WriteOptions};

const INSTANCE: u32 = 0x0008_0018;
const MEDIA_INSTANCE: u32 = 0x0002_0003;

fn plain() -> Vec<u8> {
    let data_set = [
        element(0x0008_0016, Vr::UI, b"1.2"),
        element(INSTANCE, Vr::UI, b"1.2.3"),
        element(0x0010_0020, Vr::LO, b"ID"),
    ];
    let mut bytes = file("1.2", "1.2.3", &data_set.concat());
    bytes[..128].fill(9);
    bytes
}

fn value(document: &Document, tag: u32) -> Option<String> {
    let node = if tag >> 16 == 2 { document.meta() } else { document.root() };
    let bytes = document.bytes(document.find(node, Tag(tag))?).unwrap();
    Some(String::from_utf8_lossy(bytes).trim_end_matches(['\0', ' ']).to_owned())
}

#[test]
fn a_new_data_set_gets_its_meta() {
    let mut data_set = Draft::default();
    data_set.changes.insert(Tag(0x0008_0016), text(Vr::UI, "1.2"));
    data_set.changes.insert(Tag(INSTANCE), text(Vr::UI, "1.2.3"));
    data_set.changes.insert(Tag(0x0010_0020), text(Vr::LO, "ID"));
    let new = written(&data_set, &Draft::default(), &WriteOptions::default()).unwrap();
    let mut expected = plain();
    expected[..128].fill(0);
    assert_eq!(new, expected);
    let bare = WriteOptions { form: Form::DataSet, ..WriteOptions::default() };
    let alone = written(&data_set, &Draft::default(), &bare).unwrap();
    assert!(new.ends_with(&alone) && !alone.starts_with(&[0; 8]));
    let document = parse(&alone);
    let (data_set, meta) = drafts(&document);
    assert_eq!(written(&data_set, &meta, &WriteOptions::default()).unwrap(), alone, "alone it stays");
    let whole = WriteOptions { form: Form::File, ..WriteOptions::default() };
    assert_eq!(written(&data_set, &meta, &whole).unwrap(), new);
    let (data_set, meta) = drafts(&parse(&plain()));
    assert_eq!(written(&data_set, &meta, &bare).unwrap(), alone);
}

#[test]
fn the_preamble_is_kept_or_zeroed() {
    let (data_set, meta) = drafts(&parse(&plain()));
    let zeroed = WriteOptions { preamble: Some([0; 128]), ..WriteOptions::default() };
    let mut expected = plain();
    expected[..128].fill(0);
    assert_eq!(written(&data_set, &meta, &zeroed).unwrap(), expected);
}

#[test]
fn the_instance_uid_is_followed_where_it_was_the_same() {
    let document = parse(&plain());
    let new =
        parse(&edited(&document, &[(INSTANCE, text(Vr::UI, "1.2.99"))], &WriteOptions::default()).unwrap());
    assert_eq!(new.problems(), []);
    assert_eq!(value(&new, MEDIA_INSTANCE).as_deref(), Some("1.2.99"));
    // Where it was another one, or the caller says which, it stays.
    let (mut data_set, mut meta) = drafts(&new);
    data_set.changes.insert(Tag(INSTANCE), text(Vr::UI, "1.2.100"));
    meta.changes.insert(Tag(MEDIA_INSTANCE), text(Vr::UI, "1.5"));
    let other = parse(&written(&data_set, &meta, &WriteOptions::default()).unwrap());
    assert_eq!(value(&other, MEDIA_INSTANCE).as_deref(), Some("1.5"));
    let third = parse(&edited(&other, &[(INSTANCE, text(Vr::UI, "1.7"))], &WriteOptions::default()).unwrap());
    assert_eq!(value(&third, MEDIA_INSTANCE).as_deref(), Some("1.5"));
    assert_eq!(third.problems(), []);
}

#[test]
fn a_syntax_named_in_the_meta_is_written() {
    let document = parse(&plain());
    for uid in [syntax::IMPLICIT_LITTLE, syntax::EXPLICIT_BIG, syntax::DEFLATED_LITTLE] {
        let (data_set, mut meta) = drafts(&document);
        meta.changes.insert(Tag::TRANSFER_SYNTAX, text(Vr::UI, uid));
        let by_meta = written(&data_set, &meta, &WriteOptions::default()).unwrap();
        let options = WriteOptions { syntax: Syntax::from_uid(uid), ..WriteOptions::default() };
        let (data_set, meta) = drafts(&document);
        assert_eq!(written(&data_set, &meta, &options).unwrap(), by_meta);
        let after = parse(&by_meta);
        assert_eq!((after.problems(), after.transfer_syntax()), (&[][..], Some(uid)));
        assert_eq!(after.is_deflated(), uid == syntax::DEFLATED_LITTLE);
    }
}

#[test]
fn deflated_bytes_are_kept_where_only_the_meta_changes() {
    let document = parse(&plain());
    let deflated = Syntax::from_uid(syntax::DEFLATED_LITTLE);
    let file = edited(&document, &[], &WriteOptions { syntax: deflated, ..WriteOptions::default() }).unwrap();
    let document = parse(&file);
    let (data_set, mut meta) = drafts(&document);
    meta.changes.insert(Tag(0x0002_0016), text(Vr::AE, "SENDER"));
    let after = written(&data_set, &meta, &WriteOptions::default()).unwrap();
    let from = usize::try_from(document.body()).unwrap();
    assert!(after.ends_with(&file[from..]) && after.len() == file.len() + 14);
    assert_eq!(parse(&after).problems(), []);
}

#[test]
fn a_repaired_file_has_no_problem() {
    let data_set: Vec<u8> = [
        &b"\x08\0\x60\0CS\x02\0CT"[..],
        b"\x10\0\x20\0LO\x03\0odd",
        b"\x08\0\x70\0ZZ\x02\0AB",
        b"\xFE\xFF\x0D\xE0\0\0\0\0",
        b"\x10\0\x20\0UN\0\0\x02\0\0\x0012",
        b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\x55\x11UI\x04\x001.2\0",
        b"\xFE\xFF\xDD\xE0\0\0\0\0",
        b"\x28\0\x10\0\x02\0\0\0\x04\0\xFC",
    ]
    .concat();
    let broken = parse(&data_set);
    assert!(broken.problems().len() > 5, "{:?}", broken.problems());
    let repair = WriteOptions { repair: true, form: Form::File, ..WriteOptions::default() };
    let repaired = parse(&edited(&broken, &[], &repair).unwrap());
    assert_eq!(repaired.problems(), []);
    assert_eq!(repaired.transfer_syntax(), Some(syntax::EXPLICIT_LITTLE));
    let root = repaired.root();
    let rows = repaired.children(root);
    let shown: Vec<_> =
        rows.iter().map(|row| repaired.entry(*row).unwrap()).map(|e| (e.tag.0, e.vr)).collect();
    let expected = [
        (0x0008_0060, Vr::CS),
        (0x0008_0070, Vr::LO),
        (0x0008_1140, Vr::SQ),
        (0x0010_0020, Vr::LO),
        (0x0028_0010, Vr::US),
    ];
    assert_eq!(shown, expected);
    assert_eq!(value(&repaired, 0x0010_0020).as_deref(), Some("12"));
    let (data_set, meta) = drafts(&repaired);
    let again = WriteOptions { repair: true, ..WriteOptions::default() };
    let bytes = written(&data_set, &meta, &WriteOptions::default()).unwrap();
    assert_eq!(written(&data_set, &meta, &again).unwrap(), bytes, "what is sound is repaired to itself");
}

#[test]
fn group_2_is_not_in_the_data_set() {
    let inside =
        [&b"\x08\0\x60\0CS\x02\0CT"[..], b"\x02\0\x10\0UI\x02\x001\0", b"\x10\0\x20\0LO\x02\0ID"].concat();
    let document = parse(&inside);
    assert_eq!(edited(&document, &[], &WriteOptions::default()).unwrap(), inside);
    let changes = [(0x0008_0070, bytes(Vr::LO, b"X ")), (0x0010_0020, Change::Remove)];
    let new = edited(&document, &changes, &WriteOptions::default()).unwrap();
    assert_eq!(new, [&b"\x08\0\x60\0CS\x02\0CT"[..], b"\x08\0\x70\0LO\x02\0X "].concat());
}
