//! `radiogram_codec::fuzz::fuzz_rle` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_codec::fuzz::fuzz_rle(data));
