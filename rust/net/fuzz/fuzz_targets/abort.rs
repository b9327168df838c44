//! `radiogram_net::fuzz::fuzz_abort` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_net::fuzz::fuzz_abort(data));
