//! How a frame is divided: components into blocks, blocks into MCUs (T.81 A.1, A.2).

use crate::jpeg::Frame;

/// One component.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Part {
    /// Blocks of an MCU, across and down.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Samples of a row and rows that the image needs.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Blocks across and down that hold these samples.
    pub(super) blocks_across: usize,
    pub(super) blocks_down: usize,
    /// Blocks from one row of blocks to the next: whole MCUs, and an even number.
    pub(super) stride: usize,
    /// The quantisation table.
    pub(super) quantization: usize,
}

impl Part {
    /// Blocks of one row of MCUs.
    pub(super) const fn row_blocks(&self) -> usize {
        self.stride * self.down
    }
}

/// The frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Plan {
    parts: [Part; 4],
    count: usize,
    /// Rows and columns of the image.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// The largest sampling factors.
    pub(super) most_across: usize,
    pub(super) most_down: usize,
    /// MCUs of a scan of all components.
    pub(super) mcus_across: usize,
    pub(super) mcus_down: usize,
}

impl Plan {
    pub(super) fn new(frame: &Frame) -> Self {
        let components = frame.components();
        // A single component is never interleaved, so its sampling factors mean nothing (T.81 A.2.2).
        let is_single = components.len() == 1;
        let (most_across, most_down) = if is_single { (1, 1) } else { frame.largest_factors() };
        let (most_across, most_down) = (usize::from(most_across), usize::from(most_down));
        let (rows, columns) = (usize::from(frame.rows), usize::from(frame.columns));
        let mcus_across = columns.div_ceil(8 * most_across);
        let mcus_down = rows.div_ceil(8 * most_down);
        let mut parts = [Part::default(); 4];
        for (part, component) in parts.iter_mut().zip(components) {
            let (across, down) = if is_single { (1, 1) } else { (component.horizontal, component.vertical) };
            let (across, down) = (usize::from(across), usize::from(down));
            let width = (columns * across).div_ceil(most_across);
            let height = (rows * down).div_ceil(most_down);
            *part = Part {
                across,
                down,
                width,
                height,
                blocks_across: width.div_ceil(8),
                blocks_down: height.div_ceil(8),
                stride: (mcus_across * across).next_multiple_of(2),
                quantization: usize::from(component.quantization),
            };
        }
        Self {
            parts,
            count: components.len().min(4),
            rows,
            columns,
            most_across,
            most_down,
            mcus_across,
            mcus_down,
        }
    }

    /// The components in the frame's order.
    pub(super) fn parts(&self) -> &[Part] {
        self.parts.get(..self.count).unwrap_or_default()
    }

    /// Blocks of the whole frame, in whole MCUs.
    pub(super) fn blocks(&self) -> usize {
        self.parts().iter().map(Part::row_blocks).sum::<usize>() * self.mcus_down
    }
}
