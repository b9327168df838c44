//! `radiogram_net::fuzz::fuzz_data_tf` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_net::fuzz::fuzz_data_tf(data));
