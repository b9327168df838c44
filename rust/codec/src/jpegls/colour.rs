//! The colour transforms of Hewlett-Packard's encoder, undone in place: three components, modulo their range.

use super::header::Transform;

/// Undoes `transform` on the pixels of `out`, samples of `precision` bits.
pub(super) fn undo(transform: Transform, precision: u8, out: &mut [u8]) {
    let half = 1 << (precision - 1);
    match transform {
        Transform::None => {}
        Transform::Hp1 => pixels(precision, out, |[x, y, z]| [x + y - half, y, z + y - half]),
        Transform::Hp2 => {
            let mask = 2 * half - 1;
            pixels(precision, out, |[x, y, z]| {
                let red = (x + y - half) & mask;
                [red, y, z + ((red + y) >> 1) - half]
            });
        }
        Transform::Hp3 => {
            let mask = 2 * half - 1;
            pixels(precision, out, |[x, y, z]| {
                let green = (x - ((y + z) >> 2) + half / 2) & mask;
                [z + green - half, green, y + green - half]
            });
        }
    }
}

fn pixels(precision: u8, out: &mut [u8], colour: impl Fn([i32; 3]) -> [i32; 3]) {
    let mask = (1 << precision) - 1;
    if precision <= 8 {
        for pixel in out.chunks_exact_mut(3) {
            if let [x, y, z] = pixel {
                let samples = colour([*x, *y, *z].map(i32::from)).map(|sample| (sample & mask) as u8);
                [*x, *y, *z] = samples;
            }
        }
    } else {
        for pixel in out.chunks_exact_mut(6) {
            if let [a, b, c, d, e, f] = pixel {
                let words = [[*a, *b], [*c, *d], [*e, *f]].map(|bytes| i32::from(u16::from_ne_bytes(bytes)));
                let [x, y, z] = colour(words).map(|sample| ((sample & mask) as u16).to_ne_bytes());
                [[*a, *b], [*c, *d], [*e, *f]] = [x, y, z];
            }
        }
    }
}
