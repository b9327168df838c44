//! What is open while the walk goes on.

use radiogram_core::charset::Charset;
use radiogram_core::{Tag, Vr};

use crate::header::Encoding;
use crate::{Entry, Flags};

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Context {
    /// Elements, in ascending order of their tags.
    Data,
    /// Items of a sequence.
    Items,
    /// Fragments of encapsulated data (PS3.5 A.4).
    Fragments,
}

/// An open data set, sequence or run of fragments.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that do not depend on each other; the state is `context`"
)]
pub(super) struct Frame {
    /// Its row in the index.
    pub(super) row: u32,
    pub(super) context: Context,
    pub(super) encoding: Encoding,
    /// Where it ends at the latest.
    pub(super) end: u64,
    /// The length field said FFFFFFFF: a delimiter is to come.
    pub(super) undefined: bool,
    /// The delimiter came.
    pub(super) delimited: bool,
    /// Where the content ended, if that is not where the walk is when it closes.
    pub(super) content_end: Option<u64>,
    /// Its rows are not wanted.
    pub(super) discard: bool,
    /// Items opened in it.
    pub(super) items: u32,
    /// The tag before.
    pub(super) last: Tag,
    pub(super) unsorted: bool,
    /// How many ambiguous rows and creators were there when it opened.
    pub(super) ambiguous: usize,
    pub(super) creators: usize,
    /// Its own Specific Character Set.
    pub(super) charset: Option<Charset>,
    /// Its own Pixel Representation, Bits Allocated and Waveform Bits Allocated, and the first value of LUT Descriptor.
    pub(super) pixel_representation: Option<u16>,
    pub(super) bits_allocated: Option<u16>,
    pub(super) waveform_bits: Option<u16>,
    pub(super) lut_entries: Option<u16>,
}

impl Frame {
    pub(super) fn new(row: u32, context: Context, encoding: Encoding, end: u64, undefined: bool) -> Self {
        Self {
            row,
            context,
            encoding,
            end,
            undefined,
            delimited: false,
            content_end: None,
            discard: false,
            items: 0,
            last: Tag(0),
            unsorted: false,
            ambiguous: 0,
            creators: 0,
            charset: None,
            pixel_representation: None,
            bits_allocated: None,
            waveform_bits: None,
            lut_entries: None,
        }
    }

    /// Elements whose values say how others are to be read.
    pub(super) const GOVERNING: [Tag; 4] =
        [Tag::PIXEL_REPRESENTATION, Tag::BITS_ALLOCATED, Tag::LUT_DESCRIPTOR, Tag::WAVEFORM_BITS];

    /// True where the value of this element says how others are to be read.
    pub(super) fn governs(tag: Tag) -> bool {
        Self::GOVERNING.contains(&tag)
    }

    /// Takes note of such a value.
    pub(super) fn govern(&mut self, tag: Tag, value: Option<u16>) {
        match tag {
            Tag::PIXEL_REPRESENTATION => self.pixel_representation = value,
            Tag::BITS_ALLOCATED => self.bits_allocated = value,
            Tag::LUT_DESCRIPTOR => self.lut_entries = value,
            Tag::WAVEFORM_BITS => self.waveform_bits = value,
            _ => {}
        }
    }

    /// The VR of an ambiguous element, as far as this data set tells (PS3.5 annex A, PS3.6 note on US or SS). `None`:
    /// ask the data set around it; the outermost always answers.
    pub(super) fn resolve(&self, entry: &Entry, outermost: bool) -> Option<Vr> {
        match entry.vr {
            // PS3.3 C.7.6.3.1: Pixel Representation 1 is two's complement.
            Vr::UsOrSs => match self.pixel_representation {
                Some(1) => Some(Vr::SS),
                Some(_) => Some(Vr::US),
                None => outermost.then_some(Vr::US),
            },
            // PS3.3 C.11.1.1: LUT Data with one entry is US, else OW.
            Vr::UsOrOw => Some(if self.lut_entries == Some(1) { Vr::US } else { Vr::OW }),
            Vr::UsOrSsOrOw => Some(match (self.lut_entries, self.pixel_representation) {
                (Some(1), Some(1)) => Vr::SS,
                (Some(1), _) => Vr::US,
                _ => Vr::OW,
            }),
            Vr::ObOrOw if entry.flags.has(Flags::FRAGMENTS) => Some(Vr::OB),
            // PS3.5 A.1: implicit pixel and overlay data are OW.
            Vr::ObOrOw if matches!(entry.tag.group() & 0xFF00, 0x7F00 | 0x6000 | 0x5000) => Some(Vr::OW),
            Vr::ObOrOw => match self.waveform_bits {
                Some(8) => Some(Vr::OB),
                Some(_) => Some(Vr::OW),
                None => outermost.then_some(Vr::OW),
            },
            known => Some(known),
        }
    }
}
