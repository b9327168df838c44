//! What is taken out on the way is what the whole file says, in every encoding and however it is cut.
use std::sync::Arc;

use radiogram_core::syntax::Syntax;
use radiogram_core::{Tag, Vr};

use super::{Excerpt, Taken, Wanted};
use crate::meta::Meta;
use crate::testing::{element, file, item};
use crate::write::{Lengths, WriteOptions, plan};
use crate::{Draft, Options, Source, read};

const UIDS: [&str; 4] = [super::IMPLICIT, super::EXPLICIT, super::BIG, "1.2.840.10008.1.2.1.99"];
const CREATOR: Tag = Tag::new(0x0009, 0x0010);
const SMALLEST: Tag = Tag::new(0x0028, 0x0106);

fn take(bytes: &[u8], uid: &str, tags: &[Tag], chunk: usize) -> Taken {
    let wanted = Arc::new(Wanted::new(tags).unwrap());
    let syntax = Syntax::from_uid(uid).unwrap();
    let mut excerpt = Excerpt::new(wanted, syntax, "1.2", "1.2.3");
    for chunk in bytes.chunks(chunk) {
        if !excerpt.take(chunk) {
            break;
        }
    }
    excerpt.finish()
}

/// Tag, VR and bytes of the elements at the root of a file.
fn root(file: &[u8]) -> Vec<(Tag, Vr, Vec<u8>)> {
    let document = read(Source::Memory(Arc::new(file.to_vec())), &Options::default()).unwrap();
    let rows = document.children(document.root());
    rows.into_iter()
        .map(|row| {
            let entry = document.entry(row).unwrap();
            (entry.tag, entry.vr, document.bytes(row).unwrap().to_vec())
        })
        .collect()
}

fn undefined(tag: u32, vr: Vr, content: &[u8]) -> Vec<u8> {
    let mut out = element(tag, vr, b"");
    let length = out.len() - 4;
    out.truncate(length);
    out.extend_from_slice(&[0xFF; 4]);
    out.extend_from_slice(content);
    out.extend_from_slice(&[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    out
}

fn open_item(content: &[u8]) -> Vec<u8> {
    [&[0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF], content, &[0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0]]
        .concat()
}

/// A data set with all that makes it hard to find one's way, in explicit VR little endian.
fn data_set() -> Vec<u8> {
    let inner = element(0x0008_1155, Vr::UI, b"1.2.9");
    // Implicit, behind UN.
    let hidden = [&[0x08, 0, 0x55, 0x11, 4, 0, 0, 0], b"1.2\0".as_slice()].concat();
    let sequence = [item(&inner), open_item(&undefined(0x0008_1199, Vr::SQ, &open_item(&inner)))].concat();
    [
        element(0x0008_0005, Vr::CS, b"ISO_IR 192"),
        element(0x0008_0018, Vr::UI, b"1.2.3"),
        undefined(0x0008_1140, Vr::SQ, &sequence),
        element(0x0009_0010, Vr::LO, b"SOMEBODY"),
        element(0x0009_1001, Vr::LO, b"private"),
        undefined(0x0009_1002, Vr::UN, &open_item(&hidden)),
        element(0x0010_0010, Vr::PN, "Müller^Äpfel".as_bytes()),
        element(0x0010_0020, Vr::LO, b""),
        element(0x0020_0013, Vr::IS, b"7"),
        element(0x0028_0103, Vr::US, &[1, 0]),
        element(0x0028_0106, Vr::SS, &[0xFE, 0xFF]),
        element(0x7FE0_0010, Vr::OW, &vec![7; 5000]),
    ]
    .concat()
}

/// The same as a file in another transfer syntax, by our writer, with lengths or without: the data set, and the whole.
fn encoded(uid: &str, lengths: Lengths) -> (Vec<u8>, Vec<u8>) {
    let source = Source::Memory(Arc::new(file("1.2", "1.2.3", &data_set())));
    let document = Arc::new(read(source, &Options::default()).unwrap());
    let draft = |node| Draft::of(Arc::clone(&document), node);
    let options = WriteOptions { syntax: Syntax::from_uid(uid), lengths, ..WriteOptions::default() };
    let whole = plan(&draft(document.root()), &draft(document.meta()), &options).unwrap().to_vec().unwrap();
    let (_, begin) = Meta::find(&whole).unwrap();
    (whole.get(begin..).unwrap().to_vec(), whole)
}

#[test]
fn what_is_taken_out_is_what_a_file_says() {
    let all: Vec<Tag> = root(&file("1.2", "1.2.3", &data_set())).iter().map(|(tag, ..)| *tag).collect();
    let some = [Tag::new(0x0009, 0x1001), Tag::new(0x0010, 0x0010), SMALLEST, Tag::new(0x0040, 0x0275)];
    for uid in UIDS {
        for lengths in [Lengths::AsRead, Lengths::Defined, Lengths::Undefined] {
            let (bytes, whole) = encoded(uid, lengths);
            for tags in [&all, &some.to_vec()] {
                let mut expected = root(&whole);
                let beside = [Tag::CHARACTER_SET, CREATOR, Tag::PIXEL_REPRESENTATION];
                expected.retain(|(tag, ..)| tags.contains(tag) || beside.contains(tag));
                for chunk in [1, 2, 7, 64, 100_000] {
                    let taken = take(&bytes, uid, tags, chunk);
                    assert!(taken.is_complete && taken.left_out.is_empty(), "{uid} {lengths:?} {chunk}");
                    assert_eq!(root(&taken.file), expected, "{uid} {lengths:?} by {chunk}");
                }
            }
        }
    }
}

#[test]
fn nothing_is_looked_at_behind_what_is_wanted() {
    let wanted = Arc::new(Wanted::new(&[Tag::new(0x0010, 0x0020)]).unwrap());
    let mut excerpt = Excerpt::new(wanted, Syntax::from_uid(UIDS[1]).unwrap(), "1.2", "1.2.3");
    assert!(!excerpt.take(&data_set()));
    let taken = excerpt.finish();
    assert!(taken.is_complete);
    let tags: Vec<Tag> = root(&taken.file).iter().map(|(tag, ..)| *tag).collect();
    assert_eq!(tags, [Tag::CHARACTER_SET, Tag::new(0x0010, 0x0020)]);
    assert!(
        !Excerpt::new(Arc::new(Wanted::new(&[]).unwrap()), Syntax::from_uid(UIDS[1]).unwrap(), "", "")
            .take(b"")
    );
}

#[test]
fn what_is_too_long_is_left_out_and_told() {
    let comments = Tag::new(0x0010, 0x4000);
    let long =
        [element(comments.0, Vr::UT, &vec![b'x'; 100_000]), element(0x0020_0013, Vr::IS, b"7")].concat();
    let taken = take(&long, UIDS[1], &[comments, Tag::new(0x0020, 0x0013)], 1000);
    assert_eq!((taken.left_out, taken.is_complete), (vec![comments], true));
    assert_eq!(root(&taken.file).len(), 1);
}

#[test]
fn what_cannot_be_followed_is_not_guessed() {
    let broken = [element(0x0008_0018, Vr::UI, b"1.2.3"), vec![0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0]].concat();
    let tags = [Tag::new(0x0008, 0x0018), Tag::new(0x0010, 0x0020)];
    let taken = take(&broken, UIDS[1], &tags, 100);
    assert!(!taken.is_complete);
    assert_eq!(root(&taken.file).len(), 1, "what was there before is there");
    let whole = data_set();
    for cut in 0..whole.len() - 5100 {
        let taken = take(&whole[..cut], UIDS[1], &[Tag::new(0x0010, 0x0020), Tag::new(0x0020, 0x0013)], 9);
        root(&taken.file);
    }
    // Nested without end.
    let deep = undefined(0x0008_1140, Vr::SQ, b"");
    let nest = [&deep[..12], &[0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]].concat().repeat(20_000);
    assert!(!take(&nest, UIDS[1], &tags, 1 << 20).is_complete);
    // A deflated stream that is none.
    assert!(!take(&whole, UIDS[3], &tags, 1 << 20).is_complete);
}

#[test]
fn wanted_tags_have_bounds() {
    assert!(Wanted::new(&vec![SMALLEST; Wanted::MOST + 1]).is_err());
    assert!(Wanted::new(&[Tag::ITEM]).is_err() && Wanted::new(&[Tag(0x0002_0010)]).is_err());
    assert!(Wanted::new(&[]).unwrap().is_empty());
}
