//! `radiogram_core::fuzz::fuzz_charset` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_core::fuzz::fuzz_charset(data));
