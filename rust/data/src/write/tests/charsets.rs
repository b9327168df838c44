//! Text in a character set that changes, and text that a character set cannot say.

use std::sync::Arc;

use radiogram_core::{ErrorKind, Tag, Vr};

use super::material::{drafts, edited, parse, text, written};
use crate::draft::{Change, Draft};
use crate::write::WriteOptions;
use crate::{Document, NodeId};

const CHARSET: u32 = 0x0008_0005;
const NAME: u32 = 0x0010_0010;
const SEQUENCE: u32 = 0x0040_A730;
const TEXT: u32 = 0x0040_A160;

/// A data set in Latin-1: a name, an item that inherits the character set, one with its own.
fn latin() -> Arc<Document> {
    let item = |own: Option<&str>, value: &str| {
        let mut item = Draft::default();
        own.map(|term| item.changes.insert(Tag(CHARSET), text(Vr::CS, term)));
        item.changes.insert(Tag(TEXT), text(Vr::UT, value));
        item
    };
    let mut data_set = Draft::default();
    data_set.changes.insert(Tag(CHARSET), text(Vr::CS, "ISO_IR 100"));
    data_set.changes.insert(Tag(NAME), text(Vr::PN, "Müller^Jürgen\\Plain"));
    let items = vec![item(None, "Größe"), item(Some("ISO_IR 144"), "Рост"), item(None, "ASCII")];
    data_set.changes.insert(Tag(SEQUENCE), Change::Items { row: None, items });
    parse(&written(&data_set, &Draft::default(), &WriteOptions::default()).unwrap())
}

fn string(document: &Document, node: NodeId, tag: u32) -> String {
    let row = document.find(node, Tag(tag)).unwrap();
    let charset = document.charset(row);
    charset.decode(document.bytes(row).unwrap()).0.trim_end().to_owned()
}

fn items(document: &Document) -> Vec<NodeId> {
    document.items(document.find(document.root(), Tag(SEQUENCE)).unwrap()).collect()
}

#[test]
fn text_follows_its_character_set() {
    let before = latin();
    for term in ["ISO_IR 192", "GB18030", "\\ISO 2022 IR 100"] {
        let new = edited(&before, &[(CHARSET, text(Vr::CS, term))], &WriteOptions::default()).unwrap();
        let after = parse(&new);
        assert_eq!(after.problems(), []);
        let name = after.find(after.root(), Tag(NAME)).unwrap();
        let mut names = Vec::new();
        after.charset(name).decode_person_names(after.bytes(name).unwrap(), &mut |name| {
            names.push(name.trim_end().to_owned());
        });
        assert_eq!(names, ["Müller^Jürgen", "Plain"], "{term}");
        let inside: Vec<_> = items(&after).into_iter().map(|item| string(&after, item, TEXT)).collect();
        assert_eq!(inside, ["Größe", "Рост", "ASCII"], "{term}");
        // What has its own character set is not touched.
        let bytes = |document: &Document, at: usize| {
            document.bytes(document.find(items(document)[at], Tag(TEXT)).unwrap()).unwrap().to_vec()
        };
        assert_eq!(bytes(&before, 1), bytes(&after, 1));
        // And back again.
        let back =
            edited(&after, &[(CHARSET, text(Vr::CS, "ISO_IR 100"))], &WriteOptions::default()).unwrap();
        let back = parse(&back);
        assert_eq!(
            (bytes(&back, 0), string(&back, back.root(), NAME)),
            (bytes(&before, 0), string(&before, before.root(), NAME))
        );
    }
}

#[test]
fn what_cannot_be_said_is_an_error_without_the_text() {
    let refused = |document: &Arc<Document>, tag, change: Change| {
        let error = edited(document, &[(tag, change)], &WriteOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Value);
        assert!(error.message().contains("SpecificCharacterSet"), "{error}");
        assert!(!error.to_string().contains("ller"), "{error}");
        error.path().to_string()
    };
    let document = latin();
    assert_eq!(refused(&document, NAME, text(Vr::PN, "山田")), "(0010,0010)");
    assert_eq!(refused(&document, CHARSET, Change::Remove), "(0010,0010)");
    let plain = edited(&document, &[(NAME, Change::Remove)], &WriteOptions::default()).unwrap();
    assert_eq!(refused(&parse(&plain), CHARSET, text(Vr::CS, "ISO_IR 144")), "(0040,A730)[0].(0040,A160)");
    let error = edited(&document, &[(0x0008_0060, text(Vr::CS, "Ü"))], &WriteOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.path().to_string().as_str()), (ErrorKind::Value, "(0008,0060)"));
}

#[test]
fn an_item_from_elsewhere_is_said_anew() {
    let cyrillic =
        edited(&latin(), &[(CHARSET, text(Vr::CS, "ISO_IR 192"))], &WriteOptions::default()).unwrap();
    let (from, into) = (parse(&cyrillic), latin());
    let item = Draft::of(Arc::clone(&from), items(&from)[0]);
    let change = Change::Items { row: None, items: vec![item] };
    let after = parse(&edited(&into, &[(0x0040_A170, change)], &WriteOptions::default()).unwrap());
    let row = after.find(after.root(), Tag(0x0040_A170)).unwrap();
    let item = after.items(row).next().unwrap();
    assert_eq!(string(&after, item, TEXT), "Größe");
    let bytes = after.bytes(after.find(item, Tag(TEXT)).unwrap()).unwrap();
    assert_eq!(bytes, b"Gr\xF6\xDFe ");
}

#[test]
fn the_callers_word_decodes() {
    // Latin-1 bytes that nothing names.
    let bytes = b"\x10\0\x10\0PN\x06\0M\xFCller\x10\0\x20\0LO\x02\0AB";
    let document = parse(bytes);
    let (mut data_set, meta) = drafts(&document);
    let word = radiogram_core::Charset::from_value(b"ISO_IR 100").0;
    data_set.base.as_mut().unwrap().charset = Some(word);
    assert_eq!(written(&data_set, &meta, &WriteOptions::default()).unwrap(), bytes);
    data_set.changes.insert(Tag(CHARSET), text(Vr::CS, "ISO_IR 192"));
    let after = parse(&written(&data_set, &meta, &WriteOptions::default()).unwrap());
    assert_eq!(string(&after, after.root(), NAME), "Müller");
}
