//! `radiogram_codec::fuzz::fuzz_jxl` under libFuzzer.
#![no_main]

// The crates that read JPEG XL panic at some damaged codestreams, which the codec makes an error of: these are no finding.
libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|panic| {
        if !panic.location().is_some_and(|place| place.file().contains("/registry/src/")) {
            eprintln!("{panic}");
            std::process::abort();
        }
    })),
    |data: &[u8]| radiogram_codec::fuzz::fuzz_jxl(data)
);
