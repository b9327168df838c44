//! `radiogram_codec::fuzz::fuzz_j2k_encode` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_codec::fuzz::fuzz_j2k_encode(data));
