//! Frames of any bytes as slices of a volume: refused, or where the affine matrix says, and read in part as in whole.

use crate::volume::{Arrangement, Options, SliceHeader, SliceReader, Slot, Stride, Units, arrange, wanted};
use crate::{Dtype, Scratch};

/// More samples than this are not rendered.
const MOST: usize = 1 << 16;

/// Reads any bytes as a file, arranges its frames, and renders them.
///
/// # Panics
///
/// Where an arrangement depends on the order of the headers, does not put a slice where its position is, or a part of a slice is not
/// what the whole has there.
pub fn fuzz_volume(data: &[u8]) {
    let Some(document) = super::opened(data, &wanted()) else { return };
    let Ok(mut headers) = SliceHeader::all_of(&document, 0) else { return };
    let arranged = arrange(&headers, &Options::default());
    headers.reverse();
    let again = arrange(&headers, &Options::default());
    assert_eq!(arranged.is_ok(), again.is_ok(), "the order of frames decides");
    let (Ok(arranged), Ok(again)) = (arranged, again) else { return };
    assert_eq!(arranged.slots, again.slots, "the order of frames decides");
    let places: usize = arranged.axes.iter().map(|axis| axis.length).product();
    assert_eq!(places * arranged.depth, arranged.slots.len());
    check_places(&arranged, &headers);
    let size = arranged.rows as usize * arranged.columns as usize * usize::from(arranged.samples);
    if size.saturating_mul(arranged.slots.len()) > MOST {
        return;
    }
    for units in [Units::Stored, Units::Modality] {
        let wish = Options { units, ..Options::default() };
        let Ok(volume) = arrange(&headers, &wish) else { continue };
        let dtype = volume.report.dtype;
        let Ok(whole) = SliceReader::new(&document, units, dtype, None) else { continue };
        let (rows, columns) = (half(volume.rows), half(volume.columns));
        let Ok(part) = SliceReader::new(&document, units, dtype, Some((rows, columns))) else { continue };
        for slot in &volume.slots {
            if let Slot::Slice { frame, .. } = slot {
                compare(&whole, &part, *frame, (rows, columns), (&volume, dtype));
            }
        }
    }
}

/// Every second of the later two thirds.
fn half(count: u32) -> Stride {
    let start = count / 3;
    Stride { start, step: 2, count: (count - start).div_ceil(2) }
}

#[expect(clippy::cast_precision_loss, reason = "places are few")]
fn check_places(volume: &Arrangement, headers: &[SliceHeader]) {
    for (place, slot) in volume.slots.iter().enumerate() {
        let Slot::Slice { frame, .. } = slot else { continue };
        let header = headers.iter().find(|header| header.frame == *frame).expect("a frame of the file");
        let position = header.position.expect("a slice has a position");
        let along = (place % volume.depth.max(1)) as f64;
        let off =
            volume.affine.iter().zip(position).map(|([step, _, _, origin], at)| step * along + origin - at);
        let off = off.map(|off| off * off).sum::<f64>().sqrt();
        assert!(off <= volume.report.deviation + 1e-6, "a slice is {off} mm off its place");
    }
}

fn compare(
    whole: &SliceReader<'_>,
    part: &SliceReader<'_>,
    frame: u32,
    (rows, columns): (Stride, Stride),
    (volume, dtype): (&Arrangement, Dtype),
) {
    let pixel = dtype.size() * usize::from(volume.samples);
    let width = volume.columns as usize * pixel;
    let mut scratch = Scratch::default();
    let mut all = vec![0; volume.rows as usize * width];
    let mut some = vec![0; rows.count as usize * columns.count as usize * pixel];
    if whole.read_into(frame, &mut scratch, &mut all).is_err() {
        return;
    }
    part.read_into(frame, &mut scratch, &mut some).expect("a part of what is read as a whole");
    let lines = all.chunks_exact(width).skip(rows.start as usize).step_by(rows.step as usize);
    let cells = lines.flat_map(|line| {
        line.chunks_exact(pixel).skip(columns.start as usize).step_by(columns.step as usize).flatten()
    });
    assert!(cells.eq(&some), "a part is not what the whole has there");
}
