//! Decodes a codestream again and again: `measure CODEC FILE [ROUNDS [OUT]]` prints the median MB/s of samples, and writes them to OUT.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Instant;

use radiogram_codec::Decoder;
use radiogram_codec::dct::{Colour, JpegDct};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let text = |place: usize| arguments.get(place).map(String::as_str);
    let decoder: Box<dyn Decoder> = match text(1) {
        Some("dct") => Box::new(JpegDct::default()),
        Some("dct-rgb") => Box::new(JpegDct { colour: Colour::Rgb, ..JpegDct::default() }),
        _ => return Err("measure dct|dct-rgb FILE [ROUNDS [OUT]]".into()),
    };
    let codestream = std::fs::read(text(2).ok_or("no file")?)?;
    let rounds = text(3).map_or(Ok(1), str::parse::<usize>)?.max(1);
    let image = decoder.describe(&codestream)?;
    let mut out = vec![0; image.len()?];
    let mut times = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        let decoded = decoder.decode_into(&codestream, &image, &mut out)?;
        times.push(start.elapsed().as_secs_f64());
        if times.len() == rounds && decoded.fault.is_some() {
            println!("{decoded:?}");
        }
    }
    times.sort_by(f64::total_cmp);
    let median = times.get(rounds / 4).copied().unwrap_or_default();
    println!("{image:?}: {:.0} MB/s", out.len() as f64 / median / 1e6);
    if let Some(path) = text(4) {
        std::fs::write(path, &out)?;
    }
    Ok(())
}
