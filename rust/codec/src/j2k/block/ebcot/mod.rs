//! The block coder of JPEG 2000 part 1 (T.800 Annexes C and D): embedded block coding with the MQ coder.
//!
//! `decode` walks through segments and passes, `passes` are the three of them, on the sets of a `board`, with contexts from `labels`;
//! `mq` and `raw` read symbols from what `unstuff` makes of the bytes; `assemble` makes words of bit planes.
//!
//! `encode` goes the same way back: `planes` makes bit planes of words, `encode_passes` are the passes, `mq_encode` and `raw_encode` write
//! symbols, `distortion` says what a pass is worth.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "registers, indexes of samples and bits: all have bounds of the standard"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "indexes of fixed tables and sets, masked or checked by `check`"
)]
#![expect(clippy::inline_always, reason = "a symbol is decoded within its pass")]

mod assemble;
mod board;
mod decode;
mod distortion;
mod encode;
mod encode_passes;
mod labels;
mod mq;
mod mq_encode;
mod passes;
mod planes;
mod raw;
mod raw_encode;
mod states;
#[cfg(test)]
mod tests;
mod unstuff;

pub use decode::{Scratch, decode};
pub use encode::{EncodeScratch, encode};
