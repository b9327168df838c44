//! `radiogram_net::fuzz::fuzz_release` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_net::fuzz::fuzz_release(data));
