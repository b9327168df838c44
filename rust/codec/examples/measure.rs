//! Decodes a codestream again and again, or decodes it once and encodes it again and again:
//! `measure KIND FILE [ROUNDS [OUT]]` prints MB/s of samples (the faster quarter) and writes what came out to OUT.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Instant;

use radiogram_codec::Decoder;
use radiogram_codec::dct::{Colour, Conversion, JpegDct, JpegOptions, Subsampling, encode_jpeg};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let text = |place: usize| arguments.get(place).map(String::as_str);
    let kind = text(1).ok_or("measure dct|dct-rgb|dct-encode|dct-encode-420 FILE [ROUNDS [OUT]]")?;
    let decoder =
        JpegDct { colour: if kind == "dct" { Colour::AsCoded } else { Colour::Rgb }, ..JpegDct::default() };
    let codestream = std::fs::read(text(2).ok_or("no file")?)?;
    let rounds = text(3).map_or(Ok(1), str::parse::<usize>)?.max(1);
    let image = decoder.describe(&codestream)?;
    let mut samples = vec![0; image.len()?];
    let mut out = Vec::new();
    let rate = if kind.starts_with("dct-encode") {
        decoder.decode_into(&codestream, &image, &mut samples)?;
        let subsampling = if kind.ends_with("420") { Subsampling::Quarter } else { Subsampling::Full };
        let options =
            JpegOptions { subsampling, conversion: Conversion::RgbToYCbCr, ..JpegOptions::default() };
        median(rounds, || {
            out = encode_jpeg(&image, &samples, &options)?;
            Ok(())
        })?
    } else {
        let rate = median(rounds, || {
            let decoded = decoder.decode_into(&codestream, &image, &mut samples)?;
            decoded.fault.iter().filter(|_| rounds == 1).for_each(|fault| println!("Some {fault:?}"));
            Ok(())
        })?;
        out.extend_from_slice(&samples);
        rate
    };
    println!("{image:?}: {:.0} MB/s", samples.len() as f64 / rate / 1e6);
    if let Some(path) = text(4) {
        std::fs::write(path, &out)?;
    }
    Ok(())
}

fn median(rounds: usize, mut step: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        step()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(rounds / 4).copied().unwrap_or_default())
}
