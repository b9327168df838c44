//! Whether a data set that goes out as it is goes to its end: it is walked through once, and nothing of it is kept.

use std::sync::Arc;

use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, ProblemKind, ReadAt, Result, Vr};

use crate::header::Encoding;
use crate::inflate::{Flow, Inflater};
use crate::input::Input;
use crate::store::Store;
use crate::walk::Walk;
use crate::{Options, part10};

/// Bytes that are read at once behind those that are there: small fragments share a reading.
const AHEAD: usize = 4 << 10;
/// Deflated bytes that are read at once.
const STEP: usize = 64 << 10;

/// What is missing of the data set that begins at `begin` of a file: `Truncated` where it breaks off, `BadDeflate` where its deflated stream
/// does, or is damaged. `first` are the bytes of the file that were read already. `None` also where it cannot be told: the transfer syntax is not
/// known, or the data set is beyond what is read at all. Where there is no file, `first` is all of it.
pub fn missing(
    first: &[u8],
    file: Option<&dyn ReadAt>,
    begin: usize,
    transfer_syntax: &str,
) -> Result<Option<ProblemKind>> {
    let Some(syntax) = Syntax::from_uid(transfer_syntax) else { return Ok(None) };
    let start = begin as u64;
    let size = file.map_or(first.len() as u64, ReadAt::size);
    let mut input = Passing { first, file, size, start: 0, near: Vec::new() };
    let options = Options::default();
    if syntax.deflated {
        return deflated(&mut input, start, options.limits.inflated);
    }
    let said = Encoding { implicit: syntax.implicit, big_endian: syntax.big_endian };
    let shown = part10::guess(&mut input, start, Some(said))?;
    let mut walk = Walk::new(input, &options);
    walk.pos = start;
    let end = walk.input.size;
    match walk.data_set(end, shown) {
        Ok(_) => Ok(walk.damaged.then_some(ProblemKind::Truncated)),
        Err(error) if error.kind() == ErrorKind::Limit => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a stream ends as it should (PS3.5 A.5).
fn deflated(input: &mut Passing<'_>, start: u64, limit: u64) -> Result<Option<ProblemKind>> {
    let mut inflater = Inflater::new(limit);
    let (mut at, mut made) = (start, 0_u64);
    while at < input.size {
        let bytes = input.window(at, STEP)?;
        at += bytes.len() as u64;
        let mut count = |inflated: &[u8]| {
            made += inflated.len() as u64;
            true
        };
        match inflater.push(bytes, &mut count) {
            Flow::On => {}
            Flow::Broken if made < limit => break,
            Flow::Ended | Flow::Enough | Flow::Broken => return Ok(None),
        }
    }
    Ok(Some(ProblemKind::BadDeflate))
}

/// A file of which the beginning was read, and little more is looked at.
struct Passing<'a> {
    first: &'a [u8],
    file: Option<&'a dyn ReadAt>,
    size: u64,
    /// Where `near` begins.
    start: u64,
    /// Bytes further on.
    near: Vec<u8>,
}

impl Input for Passing<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn window(&mut self, offset: u64, want: usize) -> Result<&[u8]> {
        let rest = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = want.min(rest);
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        if want == 0 || self.first.get(from..).is_some_and(|bytes| bytes.len() >= want) {
            return Ok(self.first.get(from..).unwrap_or_default());
        }
        let has = |at: usize| self.near.get(at..).is_some_and(|bytes| bytes.len() >= want);
        let inside = offset.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        if let Some(at) = inside.filter(|at| has(*at)) {
            return Ok(self.near.get(at..).unwrap_or_default());
        }
        self.near.clear();
        self.start = offset;
        let count = want.max(AHEAD).min(rest);
        let read = self.file.map_or(Ok(0), |file| file.append_at(offset, count, &mut self.near))?;
        if read < count {
            let message = "the file became shorter while it was read";
            return Err(Error::new(ErrorKind::SourceChanged, message).at(offset + read as u64));
        }
        Ok(&self.near)
    }

    fn peek(&mut self, offset: u64, into: &mut [u8]) -> Result<usize> {
        let window = self.window(offset, into.len())?;
        let count = into.len().min(window.len());
        let bytes = window.get(..count).unwrap_or_default();
        into.get_mut(..count).unwrap_or_default().copy_from_slice(bytes);
        Ok(count)
    }

    fn keep(&mut self, _offset: u64, _length: u64, _vr: Vr) -> Result<bool> {
        Ok(true)
    }

    fn into_store(self) -> Store {
        Store::Memory(Arc::new(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{element, item};

    const EXPLICIT: &str = "1.2.840.10008.1.2.1";
    const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
    const RLE: &str = "1.2.840.10008.1.2.5";

    struct File(Vec<u8>);

    impl ReadAt for File {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
            self.0.read_at(offset, into)
        }
    }

    struct Shrunk;

    impl ReadAt for Shrunk {
        fn size(&self) -> u64 {
            90_000
        }

        fn read_at(&self, _: u64, _: &mut [u8]) -> Result<usize> {
            Ok(0)
        }
    }

    fn plain() -> Vec<u8> {
        [
            element(0x0008_0018, Vr::UI, b"1.2.3\0"),
            element(0x0008_1140, Vr::SQ, &item(&element(0x0008_1155, Vr::UI, b"1.2.3.4\0"))),
            element(0x0010_0020, Vr::LO, b"ID"),
        ]
        .concat()
    }

    fn native() -> Vec<u8> {
        [plain(), element(0x7FE0_0010, Vr::OW, &vec![7; 40_000])].concat()
    }

    fn fragments() -> Vec<u8> {
        let mut out = plain();
        out.extend_from_slice(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF");
        for size in [0, 10_000, 2, 6_000] {
            out.extend_from_slice(&item(&vec![9; size]));
        }
        out.extend_from_slice(b"\xFE\xFF\xDD\xE0\0\0\0\0");
        out
    }

    fn verdict(file: &[u8], first: usize, syntax: &str) -> Option<ProblemKind> {
        let first = file.get(..first.min(file.len())).unwrap();
        missing(first, Some(&File(file.to_vec())), 0, syntax).unwrap()
    }

    /// However much of it was read before, and wherever it was cut off: but between two elements of the root nothing shows it.
    #[test]
    fn what_breaks_off_is_known() {
        let mut stream = Vec::new();
        let mut deflater = crate::inflate::Deflater::new().unwrap();
        let mut take = |bytes: &[u8]| {
            stream.extend_from_slice(bytes);
            Ok(())
        };
        deflater.push(&native(), &mut take).unwrap();
        deflater.finish(&mut take).unwrap();
        for (file, syntax, kind) in [
            (native(), EXPLICIT, ProblemKind::Truncated),
            (fragments(), RLE, ProblemKind::Truncated),
            (stream, DEFLATED, ProblemKind::BadDeflate),
        ] {
            let pixels = if syntax == DEFLATED { 2 } else { plain().len() + 12 };
            for first in [64, 5_000, file.len()] {
                assert_eq!(verdict(&file, first, syntax), None, "{syntax} {first}");
                for end in [pixels, pixels + 20, file.len() - 20, file.len() - 9, file.len() - 4] {
                    let cut = file.get(..end).unwrap();
                    assert_eq!(verdict(cut, first, syntax), Some(kind), "{syntax} {first} {end}");
                }
            }
        }
        assert_eq!(missing(&native(), None, 0, EXPLICIT).unwrap(), None);
        assert_eq!(missing(&native()[..300], None, 0, EXPLICIT).unwrap(), Some(ProblemKind::Truncated));
    }

    /// An error is kept for what cannot be read; what is not known, or too deep, is not said to be missing.
    #[test]
    fn what_cannot_be_told_is_not_said() {
        assert_eq!(verdict(&native()[..300], 300, "1.2.3.4"), None);
        let deep = (0..1000).fold(Vec::new(), |inner, _| element(0x0008_1140, Vr::SQ, &item(&inner)));
        assert_eq!(verdict(&deep, 64, EXPLICIT), None);
        let error = missing(&fragments()[..200], Some(&Shrunk), 0, RLE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SourceChanged);
    }
}
