//! The high-throughput block coder (ITU-T T.814, ISO 15444-15).
//!
//! A clean-up segment holds three streams: `mel` and `quads` (VLC) tell of each quad (two by two samples) which samples are significant and how
//! long their magnitudes are, `magnitudes` (MagSgn) holds the bits. A row of quads takes three steps: `quads` reads it, `line` gives each quad
//! its length and its place in MagSgn, from which every quad can then be read for itself; so the first step of the next row runs beside the last
//! of this one. `refine` adds the two refinement passes, `encode` is the way back.

mod codes;
mod decode;
mod encode;
mod flat;
#[cfg(target_arch = "x86_64")]
mod flat_avx2;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod line;
mod magnitudes;
#[cfg(target_arch = "x86_64")]
mod magnitudes_avx2;
mod mel;
mod quads;
mod refine;
mod sets;
mod tables;

pub use decode::{Scratch, decode};
pub use encode::{Encoder, Planes, encode};
pub(crate) use tables::Code;
