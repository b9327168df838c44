//! Targets for fuzzing: each takes any bytes and panics where a law of this crate does not hold.

mod dct;
mod ebcot;
mod ht;
mod ht_plain;
mod j2k;
mod j2k_encode;
mod jpegls;
mod jxl;
mod lossless;
mod rle;

pub use dct::fuzz_dct;
pub use ebcot::fuzz_ebcot;
pub use ht::fuzz_ht;
pub use j2k::fuzz_j2k;
pub use j2k_encode::fuzz_j2k_encode;
pub use jpegls::fuzz_jpegls;
pub use jxl::fuzz_jxl;
pub use lossless::fuzz_lossless;
pub use rle::fuzz_rle;

#[cfg(test)]
pub(crate) use radiogram_mutator as mutator;
