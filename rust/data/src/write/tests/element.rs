//! What is written, byte by byte, and what is refused.

use std::sync::Arc;

use radiogram_core::{ErrorKind, Tag, Vr};

use crate::write::{FileMeta, Writer, file};
use crate::{Options, Source};

fn written(write: impl FnOnce(&mut Writer) -> radiogram_core::Result<()>) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer).unwrap();
    writer.finish().unwrap()
}

#[test]
fn short_and_long_lengths() {
    let rows = written(|writer| writer.integers(Tag::new(0x0028, 0x0010), Vr::US, &[512]));
    assert_eq!(rows, [0x28, 0, 0x10, 0, b'U', b'S', 2, 0, 0, 2]);
    let pixels = written(|writer| writer.bytes(Tag::PIXELS, Vr::OW, &[1, 2, 3, 4]));
    assert_eq!(pixels, [0xE0, 0x7F, 0x10, 0, b'O', b'W', 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]);
}

#[test]
fn every_vr_pads_with_its_own_byte() {
    for (vr, pad) in [(Vr::LO, b' '), (Vr::PN, b' '), (Vr::UI, 0), (Vr::OB, 0), (Vr::UN, 0), (Vr::UT, b' ')] {
        let bytes = written(|writer| writer.bytes(Tag::new(0x0008, 0x0018), vr, b"123"));
        assert_eq!(bytes.len() % 2, 0);
        assert_eq!(bytes[bytes.len() - 4..], [b'1', b'2', b'3', pad], "{vr}");
    }
}

#[test]
fn numbers_take_the_form_of_their_vr() {
    let tail = |vr, values: &[i64]| {
        written(|writer| writer.integers(Tag::new(0x0028, 0x0009), vr, values))[8..].to_vec()
    };
    assert_eq!(tail(Vr::AT, &[0x0018_1063]), [0x18, 0, 0x63, 0x10]);
    assert_eq!(tail(Vr::SS, &[-2]), [0xFE, 0xFF]);
    assert_eq!(tail(Vr::IS, &[-2, 11]), b"-2\\11 ");
    assert_eq!(tail(Vr::DS, &[-1024]), b"-1024 ");
    assert_eq!(tail(Vr::FL, &[1]), 1.0_f32.to_le_bytes());
    let floats = |vr, values: &[f64]| {
        written(|writer| writer.floats(Tag::new(0x0028, 0x0030), vr, values))[8..].to_vec()
    };
    assert_eq!(floats(Vr::DS, &[0.7, 0.25]), b"0.7\\0.25");
    assert_eq!(floats(Vr::FD, &[0.7]), 0.7_f64.to_le_bytes());
}

#[test]
fn sequences_and_items_have_defined_lengths() {
    let bytes = written(|writer| {
        writer.begin_sequence(Tag::new(0x0008, 0x1140))?;
        writer.begin_item()?;
        writer.text(Tag::new(0x0008, 0x1150), Vr::UI, "1.2")?;
        writer.begin_sequence(Tag::new(0x0040, 0xA170))?;
        writer.end_sequence()?;
        writer.end_item()?;
        writer.begin_item()?;
        writer.end_item()?;
        writer.end_sequence()?;
        writer.integers(Tag::new(0x0028, 0x0010), Vr::US, &[1])
    });
    let expected: Vec<u8> = [
        &[8, 0, 0x40, 0x11, b'S', b'Q', 0, 0, 40, 0, 0, 0][..],
        &[0xFE, 0xFF, 0, 0xE0, 24, 0, 0, 0],
        &[8, 0, 0x50, 0x11, b'U', b'I', 4, 0, b'1', b'.', b'2', 0],
        &[0x40, 0, 0x70, 0xA1, b'S', b'Q', 0, 0, 0, 0, 0, 0],
        &[0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0],
        &[0x28, 0, 0x10, 0, b'U', b'S', 2, 0, 1, 0],
    ]
    .concat();
    assert_eq!(bytes, expected);
}

#[test]
fn a_file_begins_with_its_meta() {
    let mut writer =
        file(&FileMeta { sop_class_uid: "1.2.840.10008.5.1.4.1.1.2", sop_instance_uid: "1.2.3" }).unwrap();
    writer.text(Tag::new(0x0008, 0x0060), Vr::CS, "CT").unwrap();
    let bytes = writer.finish().unwrap();
    assert_eq!(bytes[..128], [0; 128]);
    assert_eq!(&bytes[128..132], b"DICM");
    assert_eq!(bytes[132..140], [2, 0, 0, 0, b'U', b'L', 4, 0]);
    let length = u32::from_le_bytes(bytes[140..144].try_into().unwrap()) as usize;
    assert_eq!(bytes[144 + length..144 + length + 6], [8, 0, 0x60, 0, b'C', b'S']);
    let mut writer = file(&FileMeta { sop_class_uid: "1.2", sop_instance_uid: "1.2.3" }).unwrap();
    assert!(writer.text(Tag(0x0002_0016), Vr::AE, "X").is_err());
}

#[test]
fn what_would_be_wrong_is_refused() {
    type Write = fn(&mut Writer) -> radiogram_core::Result<()>;
    let wrongs: [Write; 16] = [
        |writer| writer.integers(Tag(0x0028_0010), Vr::US, &[65536]),
        |writer| writer.integers(Tag(0x0028_0010), Vr::US, &[-1]),
        |writer| writer.integers(Tag(0x0028_0010), Vr::SS, &[32768]),
        |writer| writer.integers(Tag(0x0028_0010), Vr::OB, &[256]),
        |writer| writer.integers(Tag(0x0028_0010), Vr::UV, &[-1]),
        |writer| writer.integers(Tag(0x0028_0010), Vr::IS, &[1 << 31]),
        |writer| writer.integers(Tag(0x0028_0010), Vr::LO, &[1]),
        |writer| writer.floats(Tag(0x0028_0010), Vr::US, &[1.0]),
        |writer| writer.floats(Tag(0x0028_0010), Vr::DS, &[f64::NAN]),
        |writer| writer.floats(Tag(0x0028_0010), Vr::FL, &[1e300]),
        |writer| writer.text(Tag(0x0028_0010), Vr::LO, "Müller"),
        |writer| writer.text(Tag(0x0028_0010), Vr::US, "1"),
        |writer| writer.bytes(Tag(0x0028_0010), Vr::US, &[1]),
        |writer| writer.bytes(Tag(0x0028_0010), Vr::UsOrSs, &[1, 0]),
        |writer| writer.bytes(Tag(0x0028_0010), Vr::LO, &vec![b'a'; 65535]),
        |writer| writer.bytes(Tag(0x0028_0010), Vr::SQ, &[]),
    ];
    for (number, wrong) in wrongs.into_iter().enumerate() {
        let error = wrong(&mut Writer::new()).expect_err("what is wrong was written");
        assert_eq!(error.kind(), ErrorKind::Value, "{number}: {error}");
    }
}

#[test]
fn order_and_nesting_are_kept() {
    let mut writer = Writer::new();
    writer.integers(Tag(0x0028_0010), Vr::US, &[1]).unwrap();
    assert!(writer.integers(Tag(0x0028_0010), Vr::US, &[1]).is_err());
    assert!(writer.integers(Tag(0x0008_0010), Vr::US, &[1]).is_err());
    assert!(writer.begin_item().is_err());
    assert!(writer.end_sequence().is_err());
    writer.begin_sequence(Tag(0x0040_A730)).unwrap();
    assert!(writer.integers(Tag(0x0040_A731), Vr::US, &[1]).is_err());
    writer.begin_item().unwrap();
    // An item is a data set of its own: its tags begin anew.
    writer.integers(Tag(0x0008_0010), Vr::US, &[1]).unwrap();
    assert!(writer.finish().is_err());
}

#[test]
fn what_is_written_is_read_without_a_problem() {
    let mut writer = file(&FileMeta { sop_class_uid: "1.2", sop_instance_uid: "1.2.3" }).unwrap();
    writer.text(Tag(0x0008_0060), Vr::CS, "CT").unwrap();
    writer.begin_sequence(Tag(0x0008_1140)).unwrap();
    writer.begin_item().unwrap();
    writer.text(Tag(0x0008_1155), Vr::UI, "1.2.4").unwrap();
    writer.end_item().unwrap();
    writer.end_sequence().unwrap();
    writer.floats(Tag(0x0028_0030), Vr::DS, &[0.7, 0.25]).unwrap();
    writer.bytes(Tag::PIXELS, Vr::OW, &[1, 2, 3, 4]).unwrap();
    let bytes = Arc::new(writer.finish().unwrap());
    let document = crate::read(Source::Memory(bytes), &Options::default()).unwrap();
    assert_eq!(document.problems(), []);
    assert_eq!(document.transfer_syntax(), Some(radiogram_core::syntax::EXPLICIT_LITTLE));
    let root = document.root();
    let value = |node, tag| document.bytes(document.find(node, tag).unwrap()).unwrap().to_vec();
    assert_eq!(value(root, Tag(0x0008_0060)), b"CT");
    assert_eq!(value(root, Tag(0x0028_0030)), b"0.7\\0.25");
    assert_eq!(value(root, Tag::PIXELS), [1, 2, 3, 4]);
    let items: Vec<_> = document.items(document.find(root, Tag(0x0008_1140)).unwrap()).collect();
    assert_eq!(items.len(), 1);
    assert_eq!(value(items[0], Tag(0x0008_1155)), b"1.2.4\0");
}
