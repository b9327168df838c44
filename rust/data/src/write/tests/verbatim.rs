//! What an edit may change, and what it may not.

use std::sync::Arc;

use radiogram_core::{ErrorKind, Tag, Vr};

use super::material::{bytes, drafts, edited, integers, parse, parse_file, text, written};
use crate::draft::{Change, Draft, Value};
use crate::write::{Form, WriteOptions};
use crate::{Options, Source, read};

/// An element in explicit VR little endian; text of an even length.
fn element(tag: u32, vr: &str, value: &[u8]) -> Vec<u8> {
    let [a, b, c, d] = tag.to_be_bytes();
    let mut out = vec![b, a, d, c];
    out.extend(vr.bytes());
    let long = Vr::from_bytes(vr.as_bytes().try_into().unwrap()).is_none_or(Vr::has_long_length);
    if long {
        out.extend([0; 2]);
        out.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    } else {
        out.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
    }
    out.extend(value);
    out
}

fn item(content: &[u8], undefined: bool) -> Vec<u8> {
    let length = if undefined { u32::MAX } else { u32::try_from(content.len()).unwrap() };
    let end: &[u8] = if undefined { b"\xFE\xFF\x0D\xE0\0\0\0\0" } else { b"" };
    [b"\xFE\xFF\0\xE0", &length.to_le_bytes()[..], content, end].concat()
}

fn sequence(tag: u32, items: &[u8], undefined: bool) -> Vec<u8> {
    let mut out = element(tag, "SQ", if undefined { b"" } else { items });
    if undefined {
        let at = out.len() - 4;
        out[at..].copy_from_slice(&[0xFF; 4]);
        out.extend([items, b"\xFE\xFF\xDD\xE0\0\0\0\0"].concat());
    }
    out
}

/// Meta information and a data set with nearly every fault that a reader passes over.
fn faulty() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let meta = [
        vec![7; 128],
        b"DICM".to_vec(),
        element(0x0002_0000, "UL", &[28, 0, 0, 0]),
        element(0x0002_0010, "UI", b"1.2.840.10008.1.2.1\0"),
    ]
    .concat();
    let front = [
        element(0x0008_0000, "UL", &[1, 2, 3, 4]),
        element(0x0008_0060, "CS", b"CT"),
        element(0x0008_0070, "ZZ", b"AB"),
        element(0x0008_0080, "LO", b"odd"),
        b"\xFE\xFF\x0D\xE0\0\0\0\0".to_vec(),
        element(0x0009_0010, "LO", b"ACME"),
        element(0x0010_0010, "PN", b"Doe\0"),
    ]
    .concat();
    let back = [
        element(0x0010_0030, "DA", b"20260101"),
        element(0x0008_0090, "PN", b"late"),
        b"\x28\0\x10\0\x02\0\0\0\x04\0".to_vec(),
        element(0x7FE0_0010, "OW", &[1, 2, 3, 4]),
        b"\xFC\xFF".to_vec(),
    ]
    .concat();
    (meta, front, back)
}

#[test]
fn unedited_it_is_as_it_was() {
    let (meta, front, back) = faulty();
    let file = [meta.clone(), front.clone(), back.clone()].concat();
    for whole in [file.clone(), file[132..].to_vec(), file[128..].to_vec(), [front, back].concat()] {
        for document in [parse(&whole), parse_file(&whole)] {
            let (data_set, meta) = drafts(&document);
            assert_eq!(written(&data_set, &meta, &WriteOptions::default()).unwrap(), whole);
        }
    }
}

#[test]
fn a_new_element_moves_nothing_else() {
    let (meta, front, back) = faulty();
    let file = [meta.clone(), front.clone(), back.clone()].concat();
    let new = edited(&parse(&file), &[(0x0010_0020, text(Vr::LO, "1"))], &WriteOptions::default()).unwrap();
    assert_eq!(new, [meta, front, element(0x0010_0020, "LO", b"1 "), back].concat());
}

#[test]
fn a_changed_element_moves_nothing_else() {
    let (meta, mut front, back) = faulty();
    let document = parse(&[meta.clone(), front.clone(), back.clone()].concat());
    let new =
        edited(&document, &[(0x0010_0010, text(Vr::PN, "Roe^Jane"))], &WriteOptions::default()).unwrap();
    front.truncate(front.len() - 12);
    assert_eq!(new, [meta, front, element(0x0010_0010, "PN", b"Roe^Jane"), back].concat());
}

#[test]
fn a_group_length_follows_its_group() {
    let before = [
        element(0x0008_0000, "UL", &[10, 0, 0, 0]),
        element(0x0008_0060, "CS", b"CT"),
        element(0x0010_0000, "UL", &[99, 0, 0, 0]),
        element(0x0010_0020, "LO", b"12"),
    ]
    .concat();
    let new =
        edited(&parse(&before), &[(0x0008_0070, text(Vr::LO, "ACME"))], &WriteOptions::default()).unwrap();
    let expected = [
        element(0x0008_0000, "UL", &[22, 0, 0, 0]),
        element(0x0008_0060, "CS", b"CT"),
        element(0x0008_0070, "LO", b"ACME"),
        // The group that did not change keeps its wrong length.
        element(0x0010_0000, "UL", &[99, 0, 0, 0]),
        element(0x0010_0020, "LO", b"12"),
    ];
    assert_eq!(new, expected.concat());
}

#[test]
fn all_of_a_tag_that_occurs_twice_goes() {
    let [a, b, c] = [b"AA", b"BB", b"CC"].map(|id| element(0x0010_0020, "LO", id));
    let name = element(0x0010_0010, "PN", b"X^");
    let before = [name.clone(), a, b, element(0x0010_0030, "DA", b""), c].concat();
    let removed =
        edited(&parse(&before), &[(0x0010_0020, Change::Remove)], &WriteOptions::default()).unwrap();
    assert_eq!(removed, [name.clone(), element(0x0010_0030, "DA", b"")].concat());
    let set =
        edited(&parse(&before), &[(0x0010_0020, text(Vr::LO, "DD"))], &WriteOptions::default()).unwrap();
    let expected = [name, element(0x0010_0020, "LO", b"DD"), element(0x0010_0030, "DA", b"")];
    assert_eq!(set, expected.concat());
}

/// The change of one element of the first item of a sequence, all the way down.
fn nested(document: &Arc<crate::Document>, way: &[u32], tag: u32, change: &Change) -> Draft {
    let mut draft = Draft::of(Arc::clone(document), document.root());
    let mut nodes = vec![document.root()];
    let mut rows = Vec::new();
    for tag in way {
        let row = document.find(*nodes.last().unwrap(), Tag(*tag)).unwrap();
        rows.push(row);
        nodes.push(document.items(row).next().unwrap());
    }
    let mut inner = Draft::of(Arc::clone(document), *nodes.last().unwrap());
    inner.changes.insert(Tag(tag), change.clone());
    for ((tag, row), node) in way.iter().zip(rows).zip(&nodes).rev() {
        let mut items: Vec<Draft> =
            document.items(row).map(|item| Draft::of(Arc::clone(document), item)).collect();
        items[0] = inner;
        inner = Draft::of(Arc::clone(document), *node);
        inner.changes.insert(Tag(*tag), Change::Items { row: Some(row), items });
    }
    draft.changes = inner.changes;
    draft
}

#[test]
fn sequences_and_items_keep_the_way_they_end() {
    for styles in 0..16_u8 {
        let style = |bit: u8| styles >> bit & 1 == 1;
        let build = |id: &[u8]| {
            let inner = item(&element(0x0008_1155, "UI", id), style(0));
            let other = item(&element(0x0008_1155, "UI", b"1.9\0"), !style(0));
            let middle = item(&sequence(0x0008_1140, &[inner, other].concat(), style(1)), style(2));
            [
                element(0x0008_0060, "CS", b"MR"),
                sequence(0x0008_1115, &[middle, item(b"", style(3))].concat(), style(3)),
                element(0x0010_0020, "LO", b"12"),
            ]
            .concat()
        };
        let document = parse(&build(b"1.2\0"));
        let draft = nested(&document, &[0x0008_1115, 0x0008_1140], 0x0008_1155, &text(Vr::UI, "1.2.345"));
        let new = written(&draft, &drafts(&document).1, &WriteOptions::default()).unwrap();
        assert_eq!(new, build(b"1.2.345\0"), "{styles:04b}");
    }
}

#[test]
fn items_move_and_go() {
    let items: Vec<Vec<u8>> = [b"1.1\0", b"1.2\0", b"1.3\0"]
        .map(|id| item(&element(0x0008_1155, "UI", id), id[2] == b'2'))
        .to_vec();
    let build = |order: &[usize]| {
        let chosen: Vec<u8> = order.iter().flat_map(|at| items[*at].clone()).collect();
        [
            element(0x0008_0060, "CS", b"MR"),
            sequence(0x0008_1140, &chosen, false),
            element(0x0010_0020, "LO", b"12"),
        ]
        .concat()
    };
    let document = parse(&build(&[0, 1, 2]));
    let row = document.find(document.root(), Tag(0x0008_1140)).unwrap();
    let nodes: Vec<_> = document.items(row).collect();
    for order in [&[2, 0, 1][..], &[1], &[], &[0, 0, 1, 2]] {
        let members = order.iter().map(|at| Draft::of(Arc::clone(&document), nodes[*at])).collect();
        let change = Change::Items { row: Some(row), items: members };
        let new = edited(&document, &[(0x0008_1140, change)], &WriteOptions::default()).unwrap();
        assert_eq!(new, build(order));
    }
}

#[test]
fn what_was_cut_is_closed_before_something_follows() {
    let (meta, ..) = faulty();
    let cut = [element(0x0010_0010, "PN", b"X^"), b"\x10\0\x20\0LO\x20\0ABCD".to_vec()].concat();
    let file = [meta.clone(), cut].concat();
    let document = parse(&file);
    let changes = [(0x0010_0010, text(Vr::PN, "Y^"))];
    let same = edited(&document, &changes, &WriteOptions::default()).unwrap();
    assert!(same.ends_with(b"\x10\0\x20\0LO\x20\0ABCD"), "nothing follows: the fault stays");
    let changes = [(0x0010_0030, text(Vr::DA, "20260101"))];
    let closed = parse(&edited(&document, &changes, &WriteOptions::default()).unwrap());
    let value = |tag| closed.bytes(closed.find(closed.root(), Tag(tag)).unwrap()).unwrap().to_vec();
    assert_eq!((value(0x0010_0020), value(0x0010_0030)), (b"ABCD".to_vec(), b"20260101".to_vec()));
}

#[test]
fn a_part_of_a_data_set_is_written_alone() {
    let (meta, front, back) = faulty();
    let file: Arc<Vec<u8>> = Arc::new([meta, front, back].concat());
    let few =
        Options { only: Some([Tag(0x0010_0010), Tag(0x0028_0010)].into()), ..super::material::options() };
    let document = Arc::new(read(Source::Memory(file), &few).unwrap());
    let (data_set, meta) = drafts(&document);
    let alone = WriteOptions { form: Form::DataSet, ..WriteOptions::default() };
    let expected = [element(0x0010_0010, "PN", b"Doe\0"), b"\x28\0\x10\0\x02\0\0\0\x04\0".to_vec()].concat();
    assert_eq!(written(&data_set, &meta, &alone).unwrap(), expected);
    let row = document.find(document.root(), Tag(0x0028_0010)).unwrap();
    let mut part = data_set;
    part.base.as_mut().unwrap().part = Some(vec![row]);
    assert_eq!(written(&part, &meta, &alone).unwrap(), expected[12..]);
}

#[test]
fn what_has_no_place_is_refused() {
    let document = parse(&element(0x0008_0060, "CS", b"CT"));
    let refused = |tag, change: Change, kind| {
        let error = edited(&document, &[(tag, change)], &WriteOptions::default()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.path().0.first().map(|step| step.tag), Some(Tag(tag)));
    };
    refused(0x0002_0010, text(Vr::UI, "1.2"), ErrorKind::Value);
    refused(0xFFFE_E000, bytes(Vr::UN, b""), ErrorKind::Value);
    refused(0x0008_0060, bytes(Vr::SQ, b"x"), ErrorKind::Value);
    refused(0x0028_0010, integers(Vr::US, &[70_000]), ErrorKind::Value);
    let mut deep = Draft::default();
    for _ in 0..300 {
        let mut around = Draft::default();
        around.changes.insert(Tag(0x0040_A730), Change::Items { row: None, items: vec![deep] });
        deep = around;
    }
    let error = written(&deep, &Draft::default(), &WriteOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let mut lent = Draft::default();
    lent.changes.insert(Tag(0x0008_0060), Change::Set { vr: Vr::CS, value: Value::Empty });
    assert!(written(&lent, &Draft::default(), &WriteOptions::default()).is_ok());
}
