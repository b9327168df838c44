//! Decodes a codestream again and again and prints MB/s of samples: `measure KIND FILE [TIMES [OUT]]`; OUT gets the samples.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for the terminal")]

use std::time::Instant;

use radiogram_codec::Decoder;
use radiogram_codec::jpegls::JpegLs;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, kind, file, rest @ ..] = arguments.as_slice() else {
        return println!("measure KIND FILE [TIMES [OUT]]");
    };
    let times = rest.first().and_then(|text| text.parse().ok()).unwrap_or(10_usize);
    let data = std::fs::read(file).expect("a file");
    let (rate, out) = match kind.as_str() {
        "jpegls" => decode(&JpegLs, &data, times),
        _ => return println!("no such kind"),
    };
    println!("{rate:.1}");
    if let Some(path) = rest.get(1) {
        std::fs::write(path, out).expect("a place for the samples");
    }
}

fn decode(decoder: &dyn Decoder, data: &[u8], times: usize) -> (f64, Vec<u8>) {
    let image = decoder.describe(data).expect("a header");
    let mut out = vec![0; image.len().expect("a size")];
    let mut best: f64 = 0.0;
    for _ in 0..times {
        let start = Instant::now();
        decoder.decode_into(data, &image, &mut out).expect("an image");
        best = best.max(out.len() as f64 / start.elapsed().as_secs_f64() / 1e6);
    }
    (best, out)
}
