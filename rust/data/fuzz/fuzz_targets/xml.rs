//! `radiogram_data::fuzz::fuzz_xml` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_data::fuzz::fuzz_xml(data));
