//! The seven predictors of T.81 H.1.2.1, both ways: from differences to samples in place, and from samples to differences.
//!
//! In a row, `step` samples lie between a sample and its neighbour of the same component.

/// What predicts a sample from Ra (left), Rb (above) and Rc (above left). All is modulo 65536, halves are of the whole number.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "prediction is modulo 65536")]
fn predict<const PREDICTOR: u8>(left: u16, above: u16, corner: u16) -> u16 {
    let (a, b, c) = (i32::from(left), i32::from(above), i32::from(corner));
    (match PREDICTOR {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    }) as u16
}

/// Differences of whole rows, each as long as `above`, become samples. `above` is the row before, if `is_known`; else the first row begins an
/// image or an interval, and `first` predicts its first sample (T.81 H.1.2.1).
pub(super) fn undo(predictor: u8, step: usize, first: u16, above: &[u16], is_known: bool, rows: &mut [u16]) {
    let width = above.len();
    let (mut above, mut rest) = (above, rows);
    if !is_known {
        let (row, after) = rest.split_at_mut_checked(width).unwrap_or_default();
        for place in row.iter_mut().take(step) {
            *place = place.wrapping_add(first);
        }
        sum(step, row);
        (above, rest) = (row, after);
    }
    while !rest.is_empty() {
        let is_serial = predictor >= 6 && rest.len() >= 4 * width;
        let (some, after) =
            rest.split_at_mut_checked(if is_serial { 4 * width } else { width }).unwrap_or_default();
        match predictor {
            1 => undo_sum::<1>(step, above, some),
            2 => undo_apart::<2>(step, above, some),
            3 => undo_apart::<3>(step, above, some),
            4 => undo_sum::<4>(step, above, some),
            5 => undo_sum::<5>(step, above, some),
            6 => undo_serial::<6>(step, above, some),
            _ => undo_serial::<7>(step, above, some),
        }
        above = some.get(some.len().saturating_sub(width)..).unwrap_or_default();
        rest = after;
    }
}

/// Running sums, component by component.
fn sum(step: usize, row: &mut [u16]) {
    match step {
        1 => super::sum::sum(row),
        2 => sum_of::<2>(row),
        3 => sum_of::<3>(row),
        _ => sum_of::<4>(row),
    }
}

fn sum_of<const STEP: usize>(row: &mut [u16]) {
    let mut sums = [0_u16; STEP];
    let (pixels, _) = row.as_chunks_mut::<STEP>();
    for pixel in pixels {
        for (place, sum) in pixel.iter_mut().zip(&mut sums) {
            *sum = sum.wrapping_add(*place);
            *place = *sum;
        }
    }
}

/// The first sample of each component, which the one above predicts.
fn undo_start(step: usize, above: &[u16], row: &mut [u16]) {
    for (place, &above) in row.iter_mut().zip(above).take(step) {
        *place = place.wrapping_add(above);
    }
}

/// Predictors that do not look to the left.
fn undo_apart<const PREDICTOR: u8>(step: usize, above: &[u16], row: &mut [u16]) {
    undo_start(step, above, row);
    let rest = row.get_mut(step..).unwrap_or_default();
    for ((place, &b), &c) in rest.iter_mut().zip(above.get(step..).unwrap_or_default()).zip(above) {
        *place = place.wrapping_add(predict::<PREDICTOR>(0, b, c));
    }
}

/// Predictors that add the sample to the left to something else.
fn undo_sum<const PREDICTOR: u8>(step: usize, above: &[u16], row: &mut [u16]) {
    if PREDICTOR == 1 {
        undo_start(step, above, row);
    } else {
        undo_apart::<PREDICTOR>(step, above, row);
    }
    sum(step, row);
}

/// Predictors that halve what is to the left: each sample waits for the one before it. So four rows go on side by side.
fn undo_serial<const PREDICTOR: u8>(step: usize, above: &[u16], rows: &mut [u16]) {
    match step {
        1 => undo_serial_of::<PREDICTOR, 1>(above, rows),
        2 => undo_serial_of::<PREDICTOR, 2>(above, rows),
        3 => undo_serial_of::<PREDICTOR, 3>(above, rows),
        _ => undo_serial_of::<PREDICTOR, 4>(above, rows),
    }
}

fn undo_serial_of<const PREDICTOR: u8, const STEP: usize>(above: &[u16], rows: &mut [u16]) {
    let (above, _) = above.as_chunks::<STEP>();
    let (pixels, _) = rows.as_chunks_mut::<STEP>();
    let mut parts = pixels.chunks_exact_mut(above.len().max(1));
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(one), Some(two), Some(three), Some(four)) => {
            let rows = one.iter_mut().zip(two).zip(three.iter_mut().zip(four));
            let rows = rows.map(|((one, two), (three, four))| [one, two, three, four]);
            side_by_side::<PREDICTOR, STEP, 4>(above, rows);
        }
        (Some(one), ..) => side_by_side::<PREDICTOR, STEP, 1>(above, one.iter_mut().map(|pixel| [pixel])),
        _ => {}
    }
}

/// Goes over the pixels of `ROWS` rows, from the left, the uppermost first.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "components and rows are constants")]
fn side_by_side<'a, const PREDICTOR: u8, const STEP: usize, const ROWS: usize>(
    above: &[[u16; STEP]],
    rows: impl Iterator<Item = [&'a mut [u16; STEP]; ROWS]>,
) {
    // What is to the left of the pixel in each row, and above that.
    let (mut lefts, mut corner, mut is_first) = ([[0_u16; STEP]; ROWS], [0; STEP], true);
    for (above, column) in above.iter().zip(rows) {
        for component in 0..STEP {
            let (mut b, mut c) = (above[component], corner[component]);
            corner[component] = b;
            for row in 0..ROWS {
                let a = lefts[row][component];
                let predicted = if is_first { b } else { predict::<PREDICTOR>(a, b, c) };
                let sample = column[row][component].wrapping_add(predicted);
                column[row][component] = sample;
                lefts[row][component] = sample;
                (b, c) = (sample, a);
            }
        }
        is_first = false;
    }
}

/// Samples of `row` become differences in `out`.
pub(super) fn apply(
    predictor: u8,
    step: usize,
    first: u16,
    above: Option<&[u16]>,
    row: &[u16],
    out: &mut [u16],
) {
    let Some(above) = above else {
        out.iter_mut().zip(row).take(step).for_each(|(place, &sample)| *place = sample.wrapping_sub(first));
        return apply_of::<1>(step, row, row, out);
    };
    let starts = out.iter_mut().zip(row).zip(above).take(step);
    starts.for_each(|((place, &sample), &above)| *place = sample.wrapping_sub(above));
    match predictor {
        1 => apply_of::<1>(step, above, row, out),
        2 => apply_of::<2>(step, above, row, out),
        3 => apply_of::<3>(step, above, row, out),
        4 => apply_of::<4>(step, above, row, out),
        5 => apply_of::<5>(step, above, row, out),
        6 => apply_of::<6>(step, above, row, out),
        _ => apply_of::<7>(step, above, row, out),
    }
}

fn apply_of<const PREDICTOR: u8>(step: usize, above: &[u16], row: &[u16], out: &mut [u16]) {
    let rest = out.iter_mut().zip(row).zip(above).skip(step);
    for (((place, &sample), &b), (&a, &c)) in rest.zip(row.iter().zip(above)) {
        *place = sample.wrapping_sub(predict::<PREDICTOR>(a, b, c));
    }
}
