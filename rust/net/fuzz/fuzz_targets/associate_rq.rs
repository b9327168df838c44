//! `radiogram_net::fuzz::fuzz_associate_rq` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| radiogram_net::fuzz::fuzz_associate_rq(data));
