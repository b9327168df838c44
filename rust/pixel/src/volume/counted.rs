//! Series whose images are told apart by Instance Number alone.
//!
//! It is believed where the header counts the volumes as well, and where the numbers run through the images in one of the two orders in
//! which scanners count: volume after volume, or position after position. Anything else could mix two volumes.

use super::header::SliceHeader;

/// The volume of each image; `None` where numbers and header do not say it together. `positions`: which images share one.
pub(super) fn counted(slices: &[&SliceHeader], positions: &[usize]) -> Option<Vec<usize>> {
    let count = positions.iter().max()? + 1;
    let mut images: Vec<(i64, usize, usize)> = Vec::new();
    for (image, (slice, position)) in slices.iter().zip(positions).enumerate() {
        images.push((slice.instance_number?, image, *position));
    }
    images.sort_unstable();
    let is_single = images.windows(2).all(|pair| matches!(pair, [a, b] if a.0 < b.0));
    let volumes = slices.len() / count;
    if !is_single || volumes * count != slices.len() || !is_told(slices, count, volumes) {
        return None;
    }
    let mut seen = vec![0; count];
    let mut volume = vec![0; slices.len()];
    for &(_, image, position) in &images {
        let nth = seen.get_mut(position)?;
        *volume.get_mut(image)? = *nth;
        *nth += 1;
    }
    let in_order: Vec<(usize, usize)> =
        images.iter().filter_map(|&(_, image, position)| Some((*volume.get(image)?, position))).collect();
    let is_by_volume = in_order
        .chunks(count)
        .enumerate()
        .all(|(number, part)| part.iter().all(|(volume, _)| *volume == number));
    let is_by_position = in_order
        .chunks(volumes)
        .all(|part| part.iter().all(|(_, position)| Some(*position) == part.first().map(|first| first.1)));
    (is_by_volume || is_by_position).then_some(volume)
}

/// True where the header counts volumes, or the images of one: Number of Temporal Positions is what was planned, and a scan that was
/// stopped has fewer.
fn is_told(slices: &[&SliceHeader], count: usize, volumes: usize) -> bool {
    let shared = |value: fn(&SliceHeader) -> Option<i64>| {
        let first = slices.first().and_then(|slice| value(slice))?;
        slices.iter().all(|slice| value(slice) == Some(first)).then(|| usize::try_from(first).ok())?
    };
    let planned = shared(|slice| slice.temporal_positions);
    let images = shared(|slice| slice.images_in_acquisition);
    planned == Some(volumes)
        || planned.is_some_and(|planned| planned > volumes) && images == Some(count)
        || images == Some(count) && volumes > 1 && planned.is_none()
}
