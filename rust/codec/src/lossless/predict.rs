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

/// Differences become samples. `above` is the row before; without it the row begins an image or an interval, and `first` predicts its
/// first sample (T.81 H.1.2.1).
pub(super) fn undo(predictor: u8, step: usize, first: u16, above: Option<&[u16]>, row: &mut [u16]) {
    let Some(above) = above else {
        row.iter_mut().take(step).for_each(|place| *place = place.wrapping_add(first));
        return sum(step, row);
    };
    row.iter_mut().zip(above).take(step).for_each(|(place, &above)| *place = place.wrapping_add(above));
    match predictor {
        1 => sum(step, row),
        2 => undo_apart::<2>(step, above, row),
        3 => undo_apart::<3>(step, above, row),
        4 => undo_sum::<4>(step, above, row),
        5 => undo_sum::<5>(step, above, row),
        6 => undo_serial::<6>(step, above, row),
        _ => undo_serial::<7>(step, above, row),
    }
}

/// Running sums, component by component.
fn sum(step: usize, row: &mut [u16]) {
    match step {
        1 => sum_of::<1>(row),
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

/// Predictors that do not look to the left.
fn undo_apart<const PREDICTOR: u8>(step: usize, above: &[u16], row: &mut [u16]) {
    let rest = row.get_mut(step..).unwrap_or_default();
    for ((place, &b), &c) in rest.iter_mut().zip(above.get(step..).unwrap_or_default()).zip(above) {
        *place = place.wrapping_add(predict::<PREDICTOR>(0, b, c));
    }
}

/// Predictors that add the sample to the left to something else.
fn undo_sum<const PREDICTOR: u8>(step: usize, above: &[u16], row: &mut [u16]) {
    undo_apart::<PREDICTOR>(step, above, row);
    sum(step, row);
}

/// Predictors that halve what is to the left.
fn undo_serial<const PREDICTOR: u8>(step: usize, above: &[u16], row: &mut [u16]) {
    match step {
        1 => undo_serial_of::<PREDICTOR, 1>(above, row),
        2 => undo_serial_of::<PREDICTOR, 2>(above, row),
        3 => undo_serial_of::<PREDICTOR, 3>(above, row),
        _ => undo_serial_of::<PREDICTOR, 4>(above, row),
    }
}

fn undo_serial_of<const PREDICTOR: u8, const STEP: usize>(above: &[u16], row: &mut [u16]) {
    let (pixels, _) = row.as_chunks_mut::<STEP>();
    let (aboves, _) = above.as_chunks::<STEP>();
    let (Some(mut left), Some(mut corner)) = (pixels.first().copied(), aboves.first().copied()) else {
        return;
    };
    for (pixel, above) in pixels.iter_mut().zip(aboves).skip(1) {
        let around = left.iter_mut().zip(above).zip(&corner);
        for (place, ((left, &above), &corner)) in pixel.iter_mut().zip(around) {
            *left = place.wrapping_add(predict::<PREDICTOR>(*left, above, corner));
            *place = *left;
        }
        corner = *above;
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
