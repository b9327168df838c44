//! `radiogram_data::fuzz::fuzz_excerpt` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_data::fuzz::fuzz_excerpt(data));
