//! The stream of PDUs: chunks of any size give the same, and nothing is held that need not be.

use radiogram_core::fuzz::mutator::Random;

use crate::pdu::DataHead;
use crate::{Fault, Framer, Limits, Unit};

const LIMITS: Limits = Limits { associate: 4096, data: 1 << 20, command: 4096 };

/// Reads a stream in one chunk and in chunks whose sizes its first byte decides on.
///
/// # Panics
///
/// Where the two differ, or a fragment is not what its head says.
pub fn fuzz_data_tf(data: &[u8]) {
    let Some((seed, stream)) = data.split_first() else { return };
    let whole = read([stream].into_iter());
    let mut random = Random(u64::from(*seed));
    let mut rest = stream;
    let chunks = std::iter::from_fn(|| {
        let size = 1 + random.below(1 + usize::from(*seed) % 40);
        let (chunk, behind) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        rest = behind;
        Some(chunk).filter(|chunk| !chunk.is_empty())
    });
    assert_eq!(read(chunks), whole, "chunks make a difference");
}

/// Puts any bytes between two PDUs that say nothing but that the association ends.
///
/// # Panics
///
/// Where the first one is not read.
pub fn fuzz_release(data: &[u8]) {
    let mut stream = Vec::new();
    crate::pdu::release_rq::encode(&mut stream);
    stream.extend_from_slice(data);
    crate::pdu::release_rp::encode(&mut stream);
    let (found, _) = read([stream.as_slice()].into_iter());
    assert!(matches!(found.first(), Some(Found::Unit(unit)) if unit == "ReleaseRq"), "{found:?}");
    if data.is_empty() {
        assert_eq!(found.len(), 2);
    }
}

/// What a stream says, whatever its chunks are.
#[derive(PartialEq, Eq, Debug)]
enum Found {
    Unit(String),
    Data { context: u8, is_command: bool, is_last: bool, bytes: Vec<u8> },
}

fn read<'b>(chunks: impl Iterator<Item = &'b [u8]>) -> (Vec<Found>, Option<Fault>) {
    let mut framer = Framer::new(LIMITS);
    let mut found = Vec::new();
    for chunk in chunks {
        let mut input = chunk;
        loop {
            match framer.next(&mut input) {
                Ok(Some(Unit::Fragment(piece))) => {
                    let long = u32::try_from(piece.bytes.len()).expect("a chunk is short");
                    let length =
                        DataHead { context: piece.context, is_command: false, is_last: false, length: long };
                    assert_eq!(length.encode().len(), DataHead::LEN);
                    put(&mut found, &piece);
                }
                Ok(Some(unit)) => found.push(Found::Unit(format!("{unit:?}"))),
                Ok(None) => break,
                Err(fault) => {
                    assert_eq!(framer.next(&mut input), Ok(None));
                    return (found, Some(fault));
                }
            }
        }
        assert!(input.is_empty(), "something was left");
    }
    (found, None)
}

/// Pieces that belong together are one.
fn put(found: &mut Vec<Found>, piece: &crate::Fragment<'_>) {
    if let Some(Found::Data { context, is_command, is_last, bytes }) = found.last_mut()
        && (*context, *is_command, *is_last) == (piece.context, piece.is_command, false)
    {
        bytes.extend_from_slice(piece.bytes);
        *is_last = piece.is_last;
        return;
    }
    let crate::Fragment { context, is_command, is_last, bytes } = *piece;
    found.push(Found::Data { context, is_command, is_last, bytes: bytes.to_vec() });
}
