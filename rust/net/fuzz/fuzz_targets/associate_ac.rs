//! `radiogram_net::fuzz::fuzz_associate_ac` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_net::fuzz::fuzz_associate_ac(data));
