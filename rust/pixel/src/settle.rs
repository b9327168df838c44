//! From the samples that a codec gives to the cells of a data set.

use radiogram_codec::Image;
use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Path, Result};

use crate::codec::Process;
use crate::layout::PixelLayout;
use crate::{Dtype, Samples, in_place, tags};

/// Compares the header with the codestream.
pub(crate) fn check(layout: &PixelLayout, image: &Image) -> Result<()> {
    let wrong = |tag, what: String| Err(Error::new(ErrorKind::Pixel, what).in_path(&Path::of(tag)));
    if u32::from(image.components) != layout.samples {
        let what =
            format!("{} components in the codestream, {} samples a pixel", image.components, layout.samples);
        return wrong(tags::SAMPLES_PER_PIXEL, what);
    }
    if (image.rows, image.columns) != (layout.rows, layout.columns) {
        let (rows, columns) = (image.rows, image.columns);
        let what =
            format!("{rows} x {columns} pixels in the codestream, not {} x {}", layout.rows, layout.columns);
        return wrong(tags::ROWS, what);
    }
    if u32::from(image.precision) > layout.bits_allocated {
        let what = format!(
            "{} bits a sample in the codestream, {} allocated",
            image.precision, layout.bits_allocated
        );
        return wrong(tags::BITS_ALLOCATED, what);
    }
    Ok(())
}

/// What a codec gives, as cells with Bits Stored.
pub(crate) fn settle(
    process: Process,
    syntax: Option<&Syntax>,
    layout: &PixelLayout,
    image: &Image,
    cells: &mut [u8],
) {
    let precision = u32::from(image.precision);
    let is_other = if process.is_scalable() {
        // A sign that the codestream has and the header has not, or the other way: the low bits count, as pydicom reads them. Where both
        // have it, it is extended from a narrower sample.
        image.is_signed != layout.signed || (image.is_signed && image.sample_size() < layout.dtype().size())
    } else {
        // JPEG-LS holds the low bits of negative numbers, as many as it says: pydicom reads them so.
        layout.signed && process == Process::JpegLs && precision < layout.bits_stored
    };
    if is_other {
        in_place::unpack(&Samples { bits: precision, ..Samples::whole(layout.dtype()) }, cells);
    }
    let may_lie_past = process.is_scalable() || !layout.signed;
    if may_lie_past && precision > layout.bits_stored && process.may_lose(syntax) {
        // What a lossy codec gives may lie past the largest value that was encoded: it is that value, not another one.
        clamp(layout, cells);
    }
}

/// Samples of one size as samples of a larger one.
pub(crate) fn widen(narrow: &[u8], from: usize, to: usize, cells: &mut [u8]) {
    for (cell, sample) in cells.chunks_exact_mut(to).zip(narrow.chunks_exact(from)) {
        cell.fill(0);
        let place =
            if cfg!(target_endian = "big") { cell.get_mut(to - from..) } else { cell.get_mut(..from) };
        if let Some(place) = place {
            place.copy_from_slice(sample);
        }
    }
}

/// Keeps samples within Bits Stored.
fn clamp(layout: &PixelLayout, cells: &mut [u8]) {
    macro_rules! within {
        ($kind:ty, $least:expr, $most:expr) => {{
            let least = <$kind>::try_from($least).unwrap_or(<$kind>::MIN);
            let most = <$kind>::try_from($most).unwrap_or(<$kind>::MAX);
            for cell in cells.as_chunks_mut::<{ size_of::<$kind>() }>().0 {
                *cell = <$kind>::from_ne_bytes(*cell).clamp(least, most).to_ne_bytes();
            }
        }};
    }
    let unused = 64 - layout.bits_stored.clamp(1, 64);
    let (least, most, highest) = (i64::MIN >> unused, i64::MAX >> unused, u64::MAX >> unused);
    match layout.dtype() {
        Dtype::U8 => within!(u8, 0, highest),
        Dtype::U16 => within!(u16, 0, highest),
        Dtype::U32 => within!(u32, 0, highest),
        Dtype::U64 => within!(u64, 0_u64, highest),
        Dtype::I8 => within!(i8, least, most),
        Dtype::I16 => within!(i16, least, most),
        Dtype::I32 => within!(i32, least, most),
        Dtype::I64 => within!(i64, least, most),
        // No codec gives these.
        Dtype::F32 | Dtype::F64 => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Kind, Photometric};

    fn layout(bits_allocated: u32, bits_stored: u32, signed: bool) -> PixelLayout {
        PixelLayout {
            rows: 1,
            columns: 3,
            frames: 1,
            samples: 1,
            bits_allocated,
            bits_stored,
            high_bit: bits_stored - 1,
            signed,
            planar: false,
            photometric: Photometric::Monochrome2,
            kind: Kind::Integer,
            big_endian: cfg!(target_endian = "big"),
            word_swapped: false,
            subsampled: false,
            is_packed: false,
            findings: Vec::new(),
        }
    }

    fn settled(layout: &PixelLayout, precision: u8, is_signed: bool, uid: &str, cells: [i16; 3]) -> [i16; 3] {
        let image = Image { rows: 1, columns: 3, components: 1, precision, is_signed };
        let mut bytes = cells.map(i16::to_ne_bytes).concat();
        settle(Process::Jpeg2000, Syntax::from_uid(uid), layout, &image, &mut bytes);
        let words = bytes.as_chunks::<2>().0;
        [0, 1, 2].map(|at| i16::from_ne_bytes(words[at]))
    }

    const LOSSLESS: &str = "1.2.840.10008.1.2.4.90";
    const LOSSY: &str = "1.2.840.10008.1.2.4.91";

    #[test]
    fn signs_are_those_of_the_header() {
        let (signed, unsigned) = (layout(16, 13, true), layout(16, 13, false));
        assert_eq!(settled(&signed, 13, false, LOSSLESS, [6192, 0, 4095]), [-2000, 0, 4095]);
        assert_eq!(settled(&unsigned, 13, true, LOSSLESS, [-2000, 0, 4095]), [6192, 0, 4095]);
        assert_eq!(settled(&signed, 13, true, LOSSLESS, [-2000, 0, 4095]), [-2000, 0, 4095]);
        // A byte of a signed codestream in a wider cell.
        assert_eq!(settled(&signed, 8, true, LOSSLESS, [0x00FF, 0, 127]), [-1, 0, 127]);
    }

    #[test]
    fn lossy_samples_past_bits_stored_are_the_nearest_within() {
        assert_eq!(settled(&layout(16, 12, false), 16, false, LOSSY, [4100, -1, 7]), [4095, 4095, 7]);
        assert_eq!(settled(&layout(16, 12, true), 16, true, LOSSY, [2050, -2049, 7]), [2047, -2048, 7]);
        assert_eq!(settled(&layout(16, 12, false), 16, false, LOSSLESS, [4100, -1, 7]), [4100, -1, 7]);
    }
}
