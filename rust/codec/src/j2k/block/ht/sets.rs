//! Which bytes of a block are decoded: the last clean-up segment and the refinement behind it (T.814 7.1.1, B.2).

use super::super::{CodedBlock, Segment};

/// The passes that give the finest image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Set<'a> {
    /// The clean-up segment.
    pub(super) cleanup: Cleanup<'a>,
    /// Planes above the one that the clean-up pass ends with (S_blk).
    pub(super) skipped: u32,
    /// SigProp and MagRef, as far as there are bytes for them.
    pub(super) refinement: Refinement<'a>,
}

/// A clean-up segment, its three streams told apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Cleanup<'a> {
    /// MagSgn.
    pub(super) magnitudes: &'a [u8],
    /// MEL from its beginning and VLC from its end, without the segment's last byte.
    pub(super) tail: &'a [u8],
}

/// A refinement segment.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Refinement<'a> {
    pub(super) data: &'a [u8],
    /// 0 to 2: SigProp, then MagRef.
    pub(super) passes: u32,
}

impl<'a> Cleanup<'a> {
    /// T.814 7.1.2: the last twelve bits say how long MEL and VLC are.
    fn new(segment: &'a [u8]) -> Result<Self, &'static str> {
        let Some((_, &[low, high])) = segment.split_last_chunk::<2>() else {
            return Err("a clean-up segment of less than two bytes");
        };
        let length = usize::from(high) << 4 | usize::from(low & 0xF);
        if !(2..=4079).contains(&length) {
            return Err("a clean-up segment whose suffix has an impossible length");
        }
        let parts = segment.len().checked_sub(length).and_then(|at| segment.split_at_checked(at));
        match parts.map(|(magnitudes, tail)| (magnitudes, tail.split_last())) {
            Some((magnitudes, Some((_, tail)))) => Ok(Self { magnitudes, tail }),
            _ => Err("a clean-up segment whose suffix is longer than itself"),
        }
    }
}

/// The passes in the order of their numbers: each third one, from the first on, is a clean-up pass; those without bytes stand for planes that
/// are skipped (placeholders). A fault is what made the result less than the block's header promises.
pub(super) fn last_set<'a>(block: &CodedBlock<'a>) -> (Option<Set<'a>>, Option<&'static str>) {
    let (mut set, mut fault): (Option<Set<'a>>, _) = (None, None);
    let (mut at, mut pass) = (0_usize, 0_u32);
    for &Segment { length, passes } in block.segments {
        let (length, last) = (length as usize, pass + u32::from(passes));
        let whole = block.data.get(at..).and_then(|rest| rest.get(..length));
        let data = whole.unwrap_or_else(|| block.data.get(at..).unwrap_or_default());
        // A segment with a clean-up pass ends with it.
        if passes > 0 && (last - 1).is_multiple_of(3) && length > 0 {
            let found = whole.ok_or("a clean-up segment is cut off").and_then(Cleanup::new);
            match found {
                Ok(cleanup) => {
                    let skipped = u32::from(block.zero_planes) + (last - 1) / 3;
                    set = Some(Set { cleanup, skipped, refinement: Refinement::default() });
                }
                Err(message) => fault = fault.or(Some(message)),
            }
        } else if let Some(set) = set.as_mut().filter(|_| passes > 0 && pass % 3 != 0 && length > 0) {
            // SigProp goes forward from the beginning, MagRef backward from the end: of what is cut off only the first can be read.
            let (before, is_cut) = (set.refinement, whole.is_none());
            let begin = if before.passes == 0 { at } else { at - before.data.len() };
            set.refinement = Refinement {
                data: block.data.get(begin..at + data.len()).unwrap_or_default(),
                passes: if is_cut { 1 } else { (pass % 3 - 1 + u32::from(passes)).min(2) },
            };
            if is_cut {
                fault = fault.or(Some("a refinement segment is cut off"));
            }
        }
        at = at.saturating_add(length);
        pass = last;
    }
    (set, fault)
}
