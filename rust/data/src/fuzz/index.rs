//! The index: whatever the bytes, rows are in order and inside the source, every value is decoded, and a file that is read
//! piece by piece gives the rows that the same bytes in memory give.

use std::sync::Arc;

use radiogram_core::{Limits, ReadAt, Result, Tag};

use crate::value::decode;
use crate::{Document, Entry, Flags, NodeId, Options, Source, read};

/// Bytes as a file that is read piece by piece.
pub(super) struct Pieces(pub(super) Vec<u8>);

impl ReadAt for Pieces {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.0.as_slice().read_at(offset, into)
    }
}

/// Reads any bytes as a file: all of it, and a part of its elements.
///
/// # Panics
///
/// Where a promise of the index does not hold.
pub fn fuzz_read(data: &[u8]) {
    let limits = Limits { inflated: 1 << 20, ..Limits::DEFAULT };
    let all = Options { force: true, limits, ..Options::default() };
    let few = Options { only: Some([Tag(0x0008_1140), Tag(0x0028_0010)].into()), ..all.clone() };
    for options in [all, few] {
        let memory = read(Source::Memory(Arc::new(data.to_vec())), &options);
        let file: Arc<dyn ReadAt> = Arc::new(Pieces(data.to_vec()));
        let pieces = read(Source::File { source: Arc::clone(&file), reader: file }, &options);
        match (memory, pieces) {
            (Ok(memory), Ok(pieces)) => {
                is_sound(&memory);
                is_sound(&pieces);
                assert!(memory.rows().iter().map(shown).eq(pieces.rows().iter().map(shown)));
                assert_eq!(memory.problems(), pieces.problems());
            }
            (Err(memory), Err(pieces)) => assert_eq!(memory, pieces),
            (memory, pieces) => panic!("one reading fails: {:?} {:?}", memory.err(), pieces.err()),
        }
    }
}

/// A row without what differs between memory and file: whether the value waits for its first touch.
fn shown(entry: &Entry) -> (Tag, &'static str, u8, u64, u32, u32) {
    let flags = entry.flags.0 & !Flags::DEFERRED.0;
    (entry.tag, entry.vr.as_str(), flags, entry.offset, entry.length, entry.end)
}

fn is_sound(document: &Document) {
    let count = u32::try_from(document.rows().len()).unwrap_or(u32::MAX);
    for (row, entry) in (0..count).zip(document.rows()) {
        assert!(entry.end > row && entry.end <= count, "a row ends after itself and inside the index");
        let bytes = document.bytes(row).expect("every value is there");
        let is_root = [document.meta(), document.root()].contains(&NodeId(row));
        if !is_root {
            let path = document.path(row);
            let last = path.0.last().expect("a row has a place");
            assert!(last.tag == entry.tag || entry.tag == Tag::ITEM, "the path leads to the row");
        }
        if entry.is_container() || entry.tag == Tag::ITEM {
            let children = document.children(NodeId(row));
            let tag = |row: &u32| document.entry(*row).map(|entry| entry.tag);
            assert!(entry.is_container() || children.is_sorted_by(|a, b| tag(a) < tag(b)));
            continue;
        }
        let big_endian = entry.flags.has(Flags::BIG_ENDIAN);
        decode(entry.vr, bytes, big_endian, &document.charset(row), &mut |_, _| {});
    }
}

#[cfg(test)]
pub(super) mod tests {
    use radiogram_core::Vr;
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::fuzz_read;
    use crate::testing::{element, file, item};

    pub(in crate::fuzz) const PIECES: [&[u8]; 14] = [
        b"\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF",
        b"\xFE\xFF\x00\xE0\x08\0\0\0",
        b"\xFE\xFF\x0D\xE0\0\0\0\0",
        b"\xFE\xFF\xDD\xE0\0\0\0\0",
        b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF",
        b"\x08\0\x40\x11UN\0\0\xFF\xFF\xFF\xFF",
        b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF",
        b"\x28\0\x03\x01US\x02\0\x01\0",
        b"\x08\0\x05\0CS\x0E\0ISO 2022 IR 87",
        b"\xFF\xFF\xFF\xFF",
        b"\0\0\0\0\0\0\0\0",
        b"\x02\0\x10\0UI\x16\x001.2.840.10008.1.2.1.99",
        b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.2\0",
        b"\x29\0\x10\0LO\x04\0ACME",
    ];

    pub(in crate::fuzz) fn sound() -> Vec<u8> {
        let items = ["1.2.3", "1.2.4"].map(|uid| item(&element(0x0008_1155, Vr::UI, uid.as_bytes())));
        let data_set = [
            element(0x0008_0005, Vr::CS, b"ISO_IR 100"),
            element(0x0008_1140, Vr::SQ, &items.concat()),
            element(0x0010_0010, Vr::PN, b"Doe^Jane"),
            element(0x0028_0010, Vr::US, &[4, 0]),
            element(0x0028_0030, Vr::DS, b"0.5\\0.5"),
            element(0x7FE0_0010, Vr::OW, &[1; 64]),
        ];
        file("1.2.840.10008.5.1.4.1.1.2", "1.2.3", &data_set.concat())
    }

    #[test]
    fn fuzz_the_index() {
        let sound = sound();
        fuzz_read(&sound);
        let mut random = Random(20_261_123);
        for _ in rounds(20_000) {
            let mut data = sound.clone();
            if random.below(3) == 0 {
                // Without preamble and meta information.
                data.drain(..132 + random.below(100));
            }
            mutate(&mut random, &mut data, &PIECES);
            fuzz_read(&data);
        }
    }
}
