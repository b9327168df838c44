//! `radiogram_pixel::fuzz::fuzz_parts` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_pixel::fuzz::fuzz_parts(data));
