//! The pixels of tiles without anything.

use crate::j2k::colour::{self, Place};
use crate::j2k::geometry::Area;
use crate::j2k::markers::size::Component;

use super::tile::Context;

impl Context<'_> {
    /// The pixels that the samples of a component in a tile give: columns and rows.
    fn pixels(&self, area: &Area, component: Component) -> ((u32, u32), (u32, u32)) {
        let samples = area.spaced(component.dx, component.dy).reduced(self.canvas.reduce);
        let (across, down) = self.canvas.axes(component);
        (across.pixels((samples.x0, samples.x1)), down.pixels((samples.y0, samples.y1)))
    }

    /// True where a tile has some.
    pub(super) fn has_pixels(&self, number: u16) -> bool {
        let area = self.header.size.tile_area(number.into());
        (0..self.canvas.depths().len()).any(|index| {
            let component = self.header.component(index);
            let ((x0, x1), (y0, y1)) = self.pixels(&area, component);
            x1 > x0 && y1 > y0
        })
    }

    /// Fills the pixels of a tile with what samples of nothing give.
    pub(super) fn blank(&self, number: u16, out: &mut [u8]) {
        let (size, image) = (&self.header.size, &self.canvas.image);
        let area = size.tile_area(number.into());
        let (bytes, components) = (image.sample_size(), usize::from(image.components));
        let row_bytes = image.columns as usize * components * bytes;
        let mut zeros: Vec<i64> = Vec::new();
        for (index, &depth) in self.canvas.depths().iter().enumerate() {
            let component = self.header.component(index);
            let ((x0, x1), (y0, y1)) = self.pixels(&area, component);
            zeros.resize((x1 - x0) as usize, 0);
            let shown = &self.canvas.shown;
            let start = (x0 - shown.x0) as usize * components * bytes;
            let rows = out.chunks_exact_mut(row_bytes.max(1));
            for row in rows.skip((y0 - shown.y0) as usize).take((y1 - y0) as usize) {
                let place = Place { size: bytes, components, component: index };
                let end = start + zeros.len() * components * bytes;
                colour::store(self.level, &zeros, depth, place, row.get_mut(start..end).unwrap_or_default());
            }
        }
    }
}
