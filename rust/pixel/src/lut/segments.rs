//! Segmented palettes: discrete, linear and indirect segments unfolded (PS3.3 C.7.9.2).

use radiogram_core::{Error, ErrorKind, Result, try_vec};

/// Which width the segments are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// Bytes.
    Eight,
    /// Words.
    Sixteen,
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Pixel, format!("a segmented palette {what}"))
}

struct Segments<'a> {
    data: &'a [u16],
    at: usize,
}

impl<'a> Segments<'a> {
    fn next(&mut self) -> Result<u16> {
        let value = self.data.get(self.at).copied().ok_or_else(|| wrong("ends inside a segment"))?;
        self.at += 1;
        Ok(value)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u16]> {
        let end = self.at + count;
        let values = self.data.get(self.at..end).ok_or_else(|| wrong("ends inside a segment"))?;
        self.at = end;
        Ok(values)
    }

    /// A segment needs three values; one that is left over is padding.
    fn is_at_end(&self) -> bool {
        self.at + 1 >= self.data.len()
    }
}

/// Unfolds segments to at least `count` entries, of which `count` are returned.
pub fn expand(data: &[u16], width: Width, count: usize) -> Result<Vec<u16>> {
    let mut lut = try_vec(count)?;
    let mut segments = Segments { data, at: 0 };
    while lut.len() < count && !segments.is_at_end() {
        let (code, length) = (segments.next()?, usize::from(segments.next()?));
        match code {
            0 | 1 => simple(code, length, &mut segments, count, &mut lut)?,
            2 => indirect(length, &mut segments, width, count, &mut lut)?,
            _ => return Err(wrong("has a segment of an unknown kind")),
        }
    }
    if lut.len() < count {
        return Err(wrong("unfolds to fewer entries than its descriptor says"));
    }
    Ok(lut)
}

/// PS3.3 C.7.9.2.1 and C.7.9.2.2: entries as they are, or a line from the last entry to the one given.
fn simple(code: u16, length: usize, segments: &mut Segments, count: usize, lut: &mut Vec<u16>) -> Result<()> {
    let room = count - lut.len();
    if code == 0 {
        let values = segments.take(length)?;
        lut.extend(values.iter().take(room));
        return Ok(());
    }
    let Some(start) = lut.last().copied() else { return Err(wrong("begins with a linear segment")) };
    let end = segments.next()?;
    if length == 0 {
        return Err(wrong("has a linear segment without entries"));
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 2^16")]
    let points = length as f64;
    let (start, end) = (f64::from(start), f64::from(end));
    let first = start + (end - start) / points;
    let step = (end - first) / (points - 1.0).max(1.0);
    // Two roundings and ties to even, as numpy draws the line.
    #[expect(clippy::cast_precision_loss, reason = "at most 2^16")]
    let line = (0..length).map(|at| if at + 1 == length { end } else { at as f64 * step + first });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between two 16-bit entries"
    )]
    lut.extend(line.take(room).map(|value| value.round_ties_even() as u16));
    Ok(())
}

/// PS3.3 C.7.9.2.3: segments from an earlier place once more; these may not be indirect themselves.
fn indirect(
    length: usize,
    segments: &mut Segments,
    width: Width,
    count: usize,
    lut: &mut Vec<u16>,
) -> Result<()> {
    if lut.is_empty() {
        return Err(wrong("begins with an indirect segment"));
    }
    let place = match width {
        Width::Eight => {
            let [a, b, c, d] = [segments.next()?, segments.next()?, segments.next()?, segments.next()?];
            [d, c, b, a].into_iter().fold(0_usize, |place, byte| (place << 8) | usize::from(byte))
        }
        // The offset counts bytes.
        Width::Sixteen => {
            let (low, high) = (usize::from(segments.next()?), usize::from(segments.next()?));
            ((high << 16) | low) / 2
        }
    };
    let mut copied = Segments { data: segments.data, at: place };
    for _ in 0..length {
        if lut.len() >= count || copied.is_at_end() {
            break;
        }
        let (code, length) = (copied.next()?, usize::from(copied.next()?));
        if code > 1 {
            return Err(wrong("repeats a segment that is neither discrete nor linear"));
        }
        simple(code, length, &mut copied, count, lut)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn segments_unfold() {
        assert_eq!(expand(&[0, 3, 7, 8, 9], Width::Sixteen, 3).unwrap(), [7, 8, 9]);
        assert_eq!(expand(&[0, 1, 0, 1, 4, 10], Width::Sixteen, 5).unwrap(), [0, 2, 5, 8, 10]);
        assert_eq!(expand(&[0, 1, 9, 1, 3, 9], Width::Sixteen, 4).unwrap(), [9; 4]);
        // One segment from byte 6 (word 3) on: the line to 4, this time from 4.
        let again = [0, 1, 0, 1, 2, 4, 2, 1, 6, 0];
        assert_eq!(expand(&again, Width::Sixteen, 5).unwrap(), [0, 2, 4, 4, 4]);
        let again = [0, 1, 0, 1, 2, 4, 2, 1, 3, 0, 0, 0];
        assert_eq!(expand(&again, Width::Eight, 5).unwrap(), [0, 2, 4, 4, 4]);
    }

    #[test]
    fn damage_is_an_error() {
        for data in [
            &[][..],
            &[1, 2, 3],
            &[2, 1, 0, 0],
            &[0, 9, 1],
            &[3, 1, 1],
            &[0, 1, 5, 1, 0, 3],
            &[0, 1, 5, 2, 1, 6, 0],
            &[0, 1, 5, 2, 1, 0xFFFF, 0xFFFF],
        ] {
            assert_eq!(expand(data, Width::Sixteen, 4).unwrap_err().kind(), ErrorKind::Pixel, "{data:?}");
        }
    }

    #[test]
    fn random_segments_never_pass_the_count() {
        let mut random = Random::new(8);
        let mut sound = 0;
        for _ in 0..20_000 {
            let data: Vec<u16> =
                (0..random.below(40)).map(|_| [0, 1, 2, 3, 5, 300][random.below(6)]).collect();
            let width = if random.below(2) == 0 { Width::Eight } else { Width::Sixteen };
            if let Ok(lut) = expand(&data, width, 64) {
                assert_eq!(lut.len(), 64);
                sound += 1;
            }
        }
        assert!(sound > 50, "{sound}");
    }
}
