//! RLE: any bytes decode to what the plainest decoder makes of them, or to an error where that finds one; any bytes as an image come back.

use crate::rle::Rle;
use crate::{Decoder, Encoder, Image};

/// Takes five bytes as an image's description and the others as its codestream, then as its samples.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_rle(data: &[u8]) {
    let Some((&[rows, columns, components, precision, _], data)) = data.split_first_chunk::<5>() else {
        return;
    };
    let image = Image {
        rows: u32::from(rows) + 1,
        columns: 8 * u32::from(columns) + 1,
        components: u16::from(components % 5),
        precision: precision % 65,
        is_signed: false,
    };
    let size = image.len().unwrap_or(0);
    let mut out = vec![0; size];
    let decoded = Rle.decode_into(data, &image, &mut out);
    if let Some(plain) = plainly(data, &image) {
        assert!(decoded.is_ok_and(|decoded| decoded.used <= data.len()));
        assert!(plain == out, "both decoders give the same");
    } else {
        assert!(decoded.is_err());
    }
    let mut samples = data.to_vec();
    samples.resize(size, 7);
    let mut encoded = Vec::new();
    if Rle.encode_into(&samples, &image, &mut encoded).is_ok() {
        let decoded = Rle.decode_into(&encoded, &image, &mut out);
        assert!(decoded.is_ok_and(|decoded| decoded.fault.is_none() && encoded.len() - decoded.used < 2));
        assert!(samples == out, "what was encoded comes back");
        assert!(encoded.len() % 2 == 0);
    }
}

/// The plainest decoder: a segment after the other, a byte after the other.
fn plainly(data: &[u8], image: &Image) -> Option<Vec<u8>> {
    let (header, size) = (data.first_chunk::<64>()?, image.sample_size());
    let planes = size * usize::from(image.components);
    let pixels = image.rows as usize * image.columns as usize;
    if planes == 0 || planes > 15 {
        return None;
    }
    let mut out = vec![0; planes * pixels];
    for plane in 0..planes {
        let offset = header.as_chunks::<4>().0.get(plane + 1)?;
        let mut rest = data
            .get(u32::from_le_bytes(*offset) as usize..)
            .filter(|_| u32::from_le_bytes(*offset) >= 64)?
            .iter();
        let mut bytes = Vec::new();
        while bytes.len() < pixels {
            match *rest.next()? {
                control @ 0..128 => {
                    for _ in 0..=control {
                        if bytes.len() < pixels {
                            bytes.push(*rest.next()?);
                        }
                    }
                }
                128 => {}
                control => {
                    let byte = *rest.next()?;
                    bytes.extend(std::iter::repeat_n(byte, 257 - usize::from(control)));
                }
            }
        }
        let (sample, byte) = (plane / size, plane % size);
        let byte = if cfg!(target_endian = "little") { size - 1 - byte } else { byte };
        for (place, value) in out.iter_mut().skip(sample * size + byte).step_by(planes).zip(bytes) {
            *place = value;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::mutator::{Random, mutate, rounds};

    const PIECES: [&[u8]; 6] =
        [b"\x80\x80\x80", b"\x81\x07", b"\x7F", b"\x40\0\0\0", b"\xFF\xFF\xFF\xFF", b"\0\0\0\0"];

    #[test]
    fn fuzz_rle_frames() {
        let mut random = Random(20_261_124);
        for _ in rounds(3_000) {
            let precision = [8, 16, 32, 64][random.below(4)];
            let head = [random.byte() % 24, random.byte() % 40, 1 + random.byte() % 3, precision, 0];
            let image = Image {
                rows: u32::from(head[0]) + 1,
                columns: 8 * u32::from(head[1]) + 1,
                components: head[2].into(),
                precision,
                is_signed: false,
            };
            // Runs and noise in turn.
            let mut samples = Vec::new();
            while samples.len() < image.len().unwrap() {
                let (byte, length) = (random.byte(), 1 + random.below(300));
                let is_run = random.below(2) == 0;
                samples.extend((0..length).map(|_| if is_run { byte } else { random.byte() % 4 }));
            }
            samples.truncate(image.len().unwrap());
            let mut data = head.to_vec();
            if Rle.encode_into(&samples, &image, &mut data).is_err() {
                continue;
            }
            fuzz_rle(&data);
            mutate(&mut random, &mut data, &PIECES);
            fuzz_rle(&data);
        }
    }
}
