//! Which passes of which block belong to which layer: after every layer, each block is cut where a byte more would lower the error by less than
//! a threshold (T.800 J.14).

use crate::Result;
use crate::j2k::block::Pass;
use crate::j2k::packet::write::Coded;

/// A place where a block may be cut: by how much the error falls for each byte since the place before it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    passes: u8,
    slope: f32,
    /// What the error would yet fall by with all passes.
    left: f64,
}

/// The places of all blocks, slopes of each block falling.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    list: Vec<Cut>,
    /// The places of each block end here; and what its error falls by with all passes.
    ends: Vec<(usize, f64)>,
}

impl Cuts {
    /// Finds the convex hull of lengths and errors of each block.
    pub(super) fn new(coded: &[Coded], passes: &[Pass]) -> Self {
        let mut cuts = Self::default();
        let mut hull: Vec<(u8, u32, f64)> = Vec::new();
        for block in coded {
            hull.clear();
            hull.push((0, 0, 0.0));
            let mut fall = 0.0;
            for (number, pass) in (1..=u8::MAX).zip(block.of(passes)) {
                fall += f64::from(pass.distortion);
                while let &[.., before, last] = hull.as_slice()
                    && slope(before, (number, pass.length, fall)) >= slope(before, last)
                {
                    hull.pop();
                }
                if let Some(&last) = hull.last()
                    && fall > last.2
                {
                    if pass.length > last.1 {
                        hull.push((number, pass.length, fall));
                    } else if let Some(slot) = hull.last_mut().filter(|slot| slot.0 > 0) {
                        *slot = (number, pass.length, fall);
                    }
                }
            }
            for pair in hull.windows(2) {
                if let &[before, last] = pair {
                    let rest = block.of(passes).get(usize::from(last.0)..).unwrap_or_default();
                    let left = rest.iter().rev().map(|pass| f64::from(pass.distortion)).sum();
                    cuts.list.push(Cut { passes: last.0, slope: slope(before, last), left });
                }
            }
            cuts.ends.push((cuts.list.len(), fall));
        }
        cuts
    }

    /// Passes of each block whose slopes are at least `threshold`, but no less than it had.
    pub(super) fn choose(&self, threshold: f32, had: &[u8], now: &mut [u8]) {
        let mut start = 0;
        for ((&(end, _), &had), now) in self.ends.iter().zip(had).zip(now) {
            let own = self.list.get(start..end).unwrap_or_default();
            let count = own.iter().take_while(|cut| cut.slope >= threshold).count();
            let passes = count.checked_sub(1).and_then(|last| own.get(last)).map_or(0, |cut| cut.passes);
            *now = passes.max(had);
            start = end;
        }
    }

    /// The error at a threshold that all passes together would not leave.
    fn error(&self, threshold: f32) -> f64 {
        let mut start = 0;
        let mut sum = 0.0;
        for &(end, whole) in &self.ends {
            let own = self.list.get(start..end).unwrap_or_default();
            sum += own.iter().take_while(|cut| cut.slope >= threshold).last().map_or(whole, |cut| cut.left);
            start = end;
        }
        sum
    }

    /// All slopes, the steepest first, each once.
    fn thresholds(&self) -> Vec<f32> {
        let mut slopes: Vec<f32> = self.list.iter().map(|cut| cut.slope).collect();
        slopes.sort_unstable_by(|a, b| b.total_cmp(a));
        slopes.dedup();
        slopes
    }

    /// The lowest threshold at which `fits` still holds; it holds of none lower than one of which it does not hold.
    pub(super) fn lowest(&self, mut fits: impl FnMut(f32) -> Result<bool>) -> Result<f32> {
        let thresholds = self.thresholds();
        let (mut low, mut high) = (0, thresholds.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if let Some(&threshold) = thresholds.get(middle) {
                if fits(threshold)? {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
        }
        Ok(low.checked_sub(1).and_then(|last| thresholds.get(last)).copied().unwrap_or(f32::INFINITY))
    }

    /// The highest threshold at which no more error is left than so much, or the lowest there is.
    pub(super) fn leaving(&self, error: f64) -> f32 {
        let thresholds = self.thresholds();
        let at = thresholds.partition_point(|&threshold| self.error(threshold) > error);
        thresholds.get(at).or(thresholds.last()).copied().unwrap_or(f32::INFINITY)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an estimate")]
fn slope(from: (u8, u32, f64), to: (u8, u32, f64)) -> f32 {
    let length = f64::from(to.1) - f64::from(from.1);
    let fall = to.2 - from.2;
    if fall <= 0.0 {
        0.0
    } else if length <= 0.0 {
        f32::MAX
    } else {
        (fall / length) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::Cuts;
    use crate::j2k::block::Pass;
    use crate::j2k::packet::write::Coded;

    #[test]
    fn blocks_are_cut_on_their_hulls() {
        let passes: Vec<Pass> = [(10, 100.0), (20, 10.0), (25, 95.0), (25, 5.0), (40, 0.0), (50, 20.0)]
            .map(|(length, distortion)| Pass { length, distortion })
            .into();
        let coded = [Coded { zero_planes: 0, first_pass: 0, passes: 6 }, Coded::default()];
        let cuts = Cuts::new(&coded, &passes);
        let mut now = [9; 2];
        let chosen = [f32::INFINITY, 9.0, 6.0, 0.5].map(|threshold| {
            cuts.choose(threshold, &[0, 0], &mut now);
            now
        });
        assert_eq!(chosen, [[0, 0], [1, 0], [4, 0], [6, 0]]);
        assert!((cuts.leaving(80.0) - 110.0 / 15.0).abs() < 1e-3);
        let lowest = cuts.lowest(|threshold| Ok(threshold > 5.0)).unwrap();
        assert!((lowest - 110.0 / 15.0).abs() < 1e-3);
    }
}
