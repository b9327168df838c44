//! Frames of small data sets, made byte by byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use radiogram_core::fuzz::mutator::{Random, rounds};
use radiogram_core::{ErrorKind, ReadAt, Result};

use super::{FrameTable, Signs};
use crate::{Document, Options, Source, read};

/// A source that counts the bytes that are read.
struct Counting(Vec<u8>, AtomicU64);

impl ReadAt for Counting {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        let rest = self.0.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.1.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

const SIGNS: Signs = Signs {
    begins: |bytes| bytes.first() == Some(&b'<'),
    length: |bytes| bytes.iter().position(|b| *b == b'>').map(|at| at + 1),
};

fn item(bytes: &[u8]) -> Vec<u8> {
    let mut item = b"\xFE\xFF\x00\xE0".to_vec();
    item.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    item.extend(bytes);
    item
}

fn element(tag: [u8; 4], vr: [u8; 2], length: u32, value: &[u8]) -> Vec<u8> {
    let mut element = tag.to_vec();
    element.extend(vr);
    element.extend([0, 0]);
    element.extend(length.to_le_bytes());
    element.extend(value);
    element
}

/// A data set of pixel data with these items, the offset table first.
fn file(items: &[&[u8]], extended: Option<(&[u64], &[u64])>) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM\x02\0\x10\0UI\x16\x001.2.840.10008.1.2.4.50");
    if let Some((offsets, lengths)) = extended {
        for (tag, numbers) in [([0xE0, 0x7F, 1, 0], offsets), ([0xE0, 0x7F, 2, 0], lengths)] {
            let value: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            bytes.extend(element(tag, *b"OV", u32::try_from(value.len()).unwrap(), &value));
        }
    }
    let content: Vec<u8> = items.iter().flat_map(|bytes| item(bytes)).collect();
    bytes.extend(element([0xE0, 0x7F, 0x10, 0], *b"OB", u32::MAX, &content));
    bytes.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    bytes
}

fn open(bytes: Vec<u8>) -> Document {
    read(Source::Memory(Arc::new(bytes)), &Options::default()).unwrap()
}

fn table(document: &Document, expected: u64) -> Result<FrameTable> {
    let row = document.find(document.root(), radiogram_core::Tag::PIXELS).unwrap();
    FrameTable::read(document, document.root(), row, expected, SIGNS)
}

/// The frames, and how many faults were read past.
fn frames(
    items: &[&[u8]],
    extended: Option<(&[u64], &[u64])>,
    expected: u64,
) -> Result<(Vec<Vec<u8>>, usize)> {
    let document = open(file(items, extended));
    let table = table(&document, expected)?;
    let mut scratch = Vec::new();
    let frames = (0..table.count()).map(|at| table.bytes(&document, at, &mut scratch).unwrap().to_vec());
    Ok((frames.collect(), table.faults().len()))
}

fn offsets(offsets: &[u32]) -> Vec<u8> {
    offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect()
}

#[test]
fn a_right_table_is_believed() {
    let (two, four) = (offsets(&[0, 20]), offsets(&[0, 10, 20, 32]));
    let parts: [&[u8]; 4] = [b"<a", b"b>", b"<cd", b">"];
    let items = |table| [table, parts[0], parts[1], parts[2], parts[3]];
    assert_eq!(frames(&items(&two), None, 2).unwrap(), (vec![b"<ab>".to_vec(), b"<cd>".to_vec()], 0));
    assert_eq!(frames(&items(&four), None, 4).unwrap().0.len(), 4);
}

#[test]
fn codestreams_that_a_table_does_not_name_are_told() {
    let told = |table: &[u32], last: &[u8]| {
        frames(&[&offsets(table), b"<a", b"b>", b"<cd>", last], None, 2).unwrap()
    };
    assert_eq!(told(&[0, 20], b"<>"), (vec![b"<ab>".to_vec(), b"<cd><>".to_vec()], 1));
    assert_eq!(told(&[0, 32], b"<>"), (vec![b"<ab><cd>".to_vec(), b"<>".to_vec()], 1));
    assert_eq!(told(&[0, 20], b">").1, 0);
}

#[test]
fn no_table_and_a_wrong_one() {
    let wrong = offsets(&[0, 21, 30]);
    for (first, faults) in [(&[][..], 0), (&wrong[..], 1), (b"odd", 1)] {
        // One a frame; by beginnings; several in one; all in one.
        let found = frames(&[first, b"<a>", b"<b>", b"<c>"], None, 3).unwrap();
        assert_eq!(found, (vec![b"<a>".to_vec(), b"<b>".to_vec(), b"<c>".to_vec()], faults));
        let found = frames(&[first, b"<a", b"a>", b"<b>", b"<c>"], None, 3).unwrap();
        assert_eq!(found, (vec![b"<aa>".to_vec(), b"<b>".to_vec(), b"<c>".to_vec()], faults));
        let found = frames(&[first, b"<a>\0<b><c>\0"], None, 3).unwrap();
        assert_eq!(found, (vec![b"<a>".to_vec(), b"<b>".to_vec(), b"<c>".to_vec()], faults));
        assert_eq!(frames(&[first, b"<a", b"", b"b>"], None, 1).unwrap(), (vec![b"<ab>".to_vec()], faults));
    }
    // No item for the table at all.
    assert_eq!(frames(&[b"<a>", b"<b>"], None, 2).unwrap(), (vec![b"<a>".to_vec(), b"<b>".to_vec()], 1));
}

#[test]
fn the_extended_table() {
    let (places, lengths) = ([0, 12], [3, 4]);
    let items: [&[u8]; 3] = [&[], b"<a>\0", b"<bc>"];
    let expected = vec![b"<a>".to_vec(), b"<bc>".to_vec()];
    assert_eq!(frames(&items, Some((&places, &lengths)), 2).unwrap(), (expected, 0));
    for broken in [([0, 13], [3, 4]), ([0, 12], [3, 5]), ([12, 0], [3, 3])] {
        let (found, faults) = frames(&items, Some((&broken.0, &broken.1)), 2).unwrap();
        assert_eq!((found.len(), found[0].len(), faults), (2, 4, 1));
    }
}

#[test]
fn another_number_of_frames() {
    let items: [&[u8]; 4] = [&[], b"<a>", b"<b>", b"<c>"];
    assert_eq!(frames(&items, None, 2).unwrap().1, 1);
    assert_eq!(frames(&items, None, 2).unwrap().0.len(), 3);
    assert_eq!(frames(&items, None, 4).unwrap_err().kind(), ErrorKind::Pixel);
    assert_eq!(frames(&items, None, u64::MAX).unwrap_err().kind(), ErrorKind::Pixel);
    assert_eq!(frames(&[&[], b"abc", b"def"], None, 5).unwrap_err().kind(), ErrorKind::Pixel);
    assert_eq!(frames(&[&[]], None, 1).unwrap_err().kind(), ErrorKind::Pixel);
}

#[test]
fn only_the_bytes_of_a_frame_are_read() {
    let large: Vec<Vec<u8>> =
        (0..20_u8).map(|at| [b"<".as_slice(), &vec![at; 100_000], b">"].concat()).collect();
    let starts: Vec<u32> = (0..20).map(|at| at * 100_010).collect();
    for table_bytes in [offsets(&starts), Vec::new()] {
        let mut items: Vec<&[u8]> = vec![&table_bytes];
        items.extend(large.iter().map(Vec::as_slice));
        let source = Arc::new(Counting(file(&items, None), AtomicU64::new(0)));
        let document =
            read(Source::File { source: source.clone(), reader: source.clone() }, &Options::default())
                .unwrap();
        let table = table(&document, 20).unwrap();
        let before = source.1.swap(0, Ordering::Relaxed);
        assert!(before < 400_000, "{before}");
        let mut scratch = Vec::new();
        assert_eq!(table.bytes(&document, 17, &mut scratch).unwrap(), large[17]);
        assert_eq!(source.1.load(Ordering::Relaxed), 100_002);
    }
}

#[test]
fn fuzz_damaged_bytes() {
    use crate::fuzz::fuzz_frames;
    let (two, parts): (_, [&[u8]; 3]) = (offsets(&[0, 12]), [b"<a>\0", b"<bc>", b"<d>\0"]);
    let sound = file(&[&two, parts[0], parts[1], parts[2]], Some((&[0, 12], &[3, 4])));
    let split = file(&[&[], b"<a", b"a>", b"<b>", b"<c>"], None);
    for seed in [&sound, &split] {
        for at in 150..seed.len() {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut bytes = seed.clone();
                bytes[at] = value;
                fuzz_frames(&bytes);
            }
            fuzz_frames(&seed[..at]);
        }
    }
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in rounds(5_000) {
        let mut bytes = [&sound, &split][random.below(2)].clone();
        for _ in 0..=random.below(4) {
            let at = 150 + random.below(bytes.len() - 150);
            bytes[at] = b"\0\x01\x02\x0C<>\xFE\xFF\xE0"[random.below(9)];
        }
        fuzz_frames(&bytes);
    }
}
