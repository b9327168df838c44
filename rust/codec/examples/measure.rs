//! Decodes or encodes again and again, prints the best MB/s of samples, and writes the last result to OUT:
//! `measure jpegls STREAM ROUNDS [OUT]`, `measure jpegls-encode SAMPLES ROUNDS OUT ROWS COLUMNS COMPONENTS PRECISION INTERLEAVE NEAR`.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a program for the terminal")]

use std::error::Error;
use std::time::Instant;

use radiogram_codec::jpegls::{Interleave, JpegLs, JpegLsEncoder};
use radiogram_codec::{Decoder, Image};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let text = |place: usize| arguments.get(place).map(String::as_str);
    let number = |place: usize| text(place).unwrap_or("1").parse::<u32>();
    let data = std::fs::read(text(2).ok_or("no file")?)?;
    let (mut best, mut out) = (0.0_f64, Vec::new());
    for _ in 0..number(3)? {
        let start = Instant::now();
        let samples = match text(1) {
            Some("jpegls") => decode(&JpegLs, &data, &mut out)?,
            Some("jpegls-encode") => {
                let (precision, components) = (u8::try_from(number(8)?)?, u16::try_from(number(7)?)?);
                let image =
                    Image { rows: number(5)?, columns: number(6)?, components, precision, is_signed: false };
                let interleave = [Interleave::None, Interleave::Line, Interleave::Sample];
                let interleave = *interleave.get(number(9)? as usize).ok_or("interleave")?;
                out.clear();
                let encoder = JpegLsEncoder {
                    near: u8::try_from(number(10)?)?,
                    interleave,
                    ..JpegLsEncoder::default()
                };
                encoder.encode_into(&image, &data, &mut out)?;
                data.len()
            }
            _ => return Err("no such codec".into()),
        };
        best = best.max(samples as f64 / start.elapsed().as_secs_f64() / 1e6);
    }
    println!("{best:.1}");
    text(4).map_or(Ok(()), |path| Ok(std::fs::write(path, &out)?))
}

fn decode(decoder: &dyn Decoder, data: &[u8], out: &mut Vec<u8>) -> Result<usize, Box<dyn Error>> {
    let image = decoder.describe(data)?;
    out.resize(image.len()?, 0);
    decoder.decode_into(data, &image, out)?;
    Ok(out.len())
}
