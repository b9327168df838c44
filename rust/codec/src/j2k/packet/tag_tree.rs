//! Tag trees: the numbers of a grid, of which only so much is told as has to be known (T.800 B.10.2).

use crate::Result;

use super::bits::{BitReader, BitWriter};

/// Once the value is known; below stands what it is at least.
const KNOWN: u32 = 1 << 31;

/// Levels of the largest tree: a grid of 2^15 by 2^15.
const MAX_LEVELS: usize = 16;

/// The shape of a tree over a grid; its nodes lie in memory of the caller's, leaves first.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Shape {
    across: u32,
    down: u32,
}

impl Shape {
    pub(crate) const fn new(across: u32, down: u32) -> Self {
        Self { across, down }
    }

    /// Nodes of the whole tree.
    pub(crate) fn nodes(self) -> usize {
        let (mut sum, mut level) = (0_usize, self);
        loop {
            sum = sum.saturating_add((level.across as usize).saturating_mul(level.down as usize));
            if level.across <= 1 && level.down <= 1 {
                return sum;
            }
            level = level.parent();
        }
    }

    const fn parent(self) -> Self {
        Self { across: self.across.div_ceil(2), down: self.down.div_ceil(2) }
    }

    /// The indexes of the nodes from a leaf to the root, and how many they are.
    fn path(self, column: u32, row: u32) -> ([usize; MAX_LEVELS], usize) {
        let (mut path, mut count, mut start, mut level) = ([0; MAX_LEVELS], 0, 0_usize, self);
        let (mut x, mut y) = (column as usize, row as usize);
        for node in &mut path {
            *node = start + y * level.across as usize + x;
            count += 1;
            if level.across <= 1 && level.down <= 1 {
                break;
            }
            start += level.across as usize * level.down as usize;
            (x, y, level) = (x / 2, y / 2, level.parent());
        }
        (path, count)
    }

    /// Reads as much as tells whether the number at a leaf is below `threshold`: none where it is, else for how many columns from this one on it
    /// is not, which needs no more bits.
    pub(crate) fn read(
        self,
        nodes: &mut [u32],
        column: u32,
        row: u32,
        threshold: u32,
        bits: &mut BitReader,
    ) -> Result<Option<u32>> {
        let (path, count) = self.path(column, row);
        let mut low = 0;
        for (level, &index) in path.iter().enumerate().take(count).rev() {
            let Some(node) = nodes.get_mut(index) else { return Ok(Some(1)) };
            low = low.max(*node & !KNOWN);
            let mut is_known = *node & KNOWN != 0;
            while !is_known && low < threshold {
                if bits.bit()? {
                    is_known = true;
                } else {
                    low += 1;
                }
            }
            *node = low | if is_known { KNOWN } else { 0 };
            // What is below it is no less.
            if low >= threshold {
                return Ok(Some((((column >> level) + 1) << level) - column));
            }
        }
        Ok(None)
    }

    /// The number at a leaf, if it is below `bound`.
    pub(crate) fn value(
        self,
        nodes: &mut [u32],
        column: u32,
        row: u32,
        bound: u32,
        bits: &mut BitReader,
    ) -> Result<Option<u32>> {
        let is_below = self.read(nodes, column, row, bound, bits)?.is_none();
        let (path, _) = self.path(column, row);
        let [leaf, ..] = path;
        Ok(nodes.get(leaf).filter(|_| is_below).map(|node| node & !KNOWN))
    }

    /// Sets the inner nodes of `values` to the least of their children. The leaves are there already.
    pub(crate) fn fill(self, values: &mut [u32]) {
        let (mut start, mut level) = (0_usize, self);
        while level.across > 1 || level.down > 1 {
            let (across, parent) = (level.across as usize, level.parent());
            let end = start + across * level.down as usize;
            let Some((children, parents)) =
                values.get_mut(start..).and_then(|rest| rest.split_at_mut_checked(end - start))
            else {
                return;
            };
            parents
                .iter_mut()
                .take(parent.across as usize * parent.down as usize)
                .for_each(|node| *node = u32::MAX);
            for (row, children) in children.chunks_exact(across.max(1)).enumerate() {
                for (column, &child) in children.iter().enumerate() {
                    if let Some(node) = parents.get_mut(row / 2 * parent.across as usize + column / 2) {
                        *node = child.min(*node);
                    }
                }
            }
            (start, level) = (end, parent);
        }
    }

    /// Writes as much as tells whether the number at a leaf is below `threshold`. `told` has what was told before, at first zeros;
    /// `values` has what [`Shape::fill`] gave.
    pub(crate) fn write(
        self,
        values: &[u32],
        told: &mut [u32],
        column: u32,
        row: u32,
        threshold: u32,
        bits: &mut BitWriter,
    ) {
        let (path, count) = self.path(column, row);
        let mut low = 0;
        for &index in path.iter().take(count).rev() {
            let (Some(node), Some(&value)) = (told.get_mut(index), values.get(index)) else { return };
            low = low.max(*node & !KNOWN);
            let mut is_known = *node & KNOWN != 0;
            while !is_known && low < threshold {
                is_known = low >= value;
                bits.bit(is_known);
                low += u32::from(!is_known);
            }
            *node = low | if is_known { KNOWN } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use crate::fuzz::mutator::Random;
    use crate::j2k::packet::bits::{BitReader, BitWriter};

    #[test]
    fn numbers_read_back_whole_and_by_thresholds() {
        let mut random = Random(1_021);
        for (across, down) in [(1, 1), (2, 1), (1, 5), (3, 2), (6, 3), (17, 9)] {
            let shape = Shape::new(across, down);
            let mut values: Vec<u32> =
                (0..shape.nodes()).map(|_| u32::try_from(random.below(9)).unwrap()).collect();
            shape.fill(&mut values);
            let (mut told, mut out) = (vec![0; values.len()], Vec::new());
            let mut writer = BitWriter::new(&mut out);
            let leaves = |visit: &mut dyn FnMut(u32, u32, u32)| {
                for threshold in [1, 3, 4, 9] {
                    for row in 0..down {
                        (0..across).for_each(|column| visit(column, row, threshold));
                    }
                }
            };
            leaves(&mut |column, row, threshold| {
                shape.write(&values, &mut told, column, row, threshold, &mut writer);
            });
            writer.finish();
            let (mut nodes, mut reader) = (vec![0; values.len()], BitReader::new(&out, 0));
            leaves(&mut |column, row, threshold| {
                let value = values[(row * across + column) as usize];
                let read = shape.read(&mut nodes, column, row, threshold, &mut reader).unwrap();
                assert_eq!(read.is_none(), value < threshold);
                let beyond = (row * across + column..).take(read.unwrap_or(0) as usize);
                let mut beyond = beyond.zip(column..across).map(|(at, _)| values[at as usize]);
                assert!(beyond.all(|value| value >= threshold));
                if threshold == 9 {
                    let read = shape.value(&mut nodes, column, row, 9, &mut reader);
                    assert_eq!(read, Ok(Some(value).filter(|value| *value < 9)));
                }
            });
            assert_eq!(reader.finish(), out.len());
        }
    }

    #[test]
    fn the_example_of_the_standard() {
        // T.800 B.10.2, figure B.12: 1 3 2 3 2 3 / 2 2 1 4 3 2 / 2 2 2 2 1 2; the first leaf reads 01111, the second 001.
        let shape = Shape::new(6, 3);
        let mut values = vec![1, 3, 2, 3, 2, 3, 2, 2, 1, 4, 3, 2, 2, 2, 2, 2, 1, 2];
        values.resize(shape.nodes(), 0);
        shape.fill(&mut values);
        let (mut told, mut out) = (vec![0; values.len()], Vec::new());
        let mut writer = BitWriter::new(&mut out);
        shape.write(&values, &mut told, 0, 0, u32::MAX >> 1, &mut writer);
        shape.write(&values, &mut told, 1, 0, u32::MAX >> 1, &mut writer);
        writer.finish();
        assert_eq!(out, [0b0111_1001]);
    }
}
