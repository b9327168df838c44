//! SIZ: the image on the reference grid, its tiles, its components (T.800 A.5.1).

use crate::Result;
use crate::j2k::geometry::Area;

use super::{Segment, malformed};

/// A component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Component {
    /// Bits a sample, 1 to 38.
    pub(crate) precision: u8,
    pub(crate) is_signed: bool,
    /// `XRsiz`, `YRsiz`: a sample every so many points of the reference grid.
    pub(crate) dx: u8,
    pub(crate) dy: u8,
}

/// What SIZ says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Size {
    /// `Rsiz`: what a decoder has to be capable of.
    pub(crate) capabilities: u16,
    /// The image on the reference grid.
    pub(crate) image: Area,
    /// The first tile, whole: it may begin left of and above the image.
    pub(crate) tile: Area,
    pub(crate) components: Vec<Component>,
}

impl Size {
    /// Reads the segment.
    pub(crate) fn read(segment: &Segment) -> Result<Self> {
        let mut fields = segment.fields();
        let capabilities = fields.u16()?;
        let [x1, y1, x0, y0] = [fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?];
        let [width, height, tx0, ty0] = [fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?];
        let count = usize::from(fields.u16()?);
        let image = Area { x0, y0, x1, y1 };
        let tile = Area { x0: tx0, y0: ty0, x1: tx0.saturating_add(width), y1: ty0.saturating_add(height) };
        // T.800 B.3: the first tile holds the upper left of the image.
        let is_first = tx0 <= x0 && ty0 <= y0 && tile.x1 > x0 && tile.y1 > y0;
        if image.is_empty() || width == 0 || height == 0 || !is_first {
            return Err(fields.fault("JPEG 2000: an image or tiles of no size"));
        }
        if count == 0 || count > 16_384 || fields.rest.len() < count * 3 {
            return Err(fields.fault("JPEG 2000: the number of components is wrong"));
        }
        let mut components = Vec::new();
        for field in fields.rest.chunks_exact(3).take(count) {
            let &[depth, dx, dy] = field else { continue };
            let component = Component { precision: (depth & 0x7F) + 1, is_signed: depth & 0x80 != 0, dx, dy };
            if dx == 0 || dy == 0 || component.precision > 38 {
                return Err(fields.fault("JPEG 2000: a component's depth or spacing is wrong"));
            }
            components.push(component);
        }
        let size = Self { capabilities, image, tile, components };
        // T.800 A.4.2: Isot has 16 bits, and 65,535 is no tile.
        if size.tiles_across() * size.tiles_down() > 65_535 {
            return Err(malformed("JPEG 2000: more than 65,535 tiles").at(segment.at));
        }
        Ok(size)
    }

    /// Appends the segment.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        super::write(out, super::SIZ, |out| {
            out.extend_from_slice(&self.capabilities.to_be_bytes());
            let (image, tile) = (&self.image, &self.tile);
            for number in
                [image.x1, image.y1, image.x0, image.y0, tile.width(), tile.height(), tile.x0, tile.y0]
            {
                out.extend_from_slice(&number.to_be_bytes());
            }
            let count = u16::try_from(self.components.len()).unwrap_or(u16::MAX);
            out.extend_from_slice(&count.to_be_bytes());
            for component in &self.components {
                let sign = u8::from(component.is_signed) << 7;
                out.extend_from_slice(&[(component.precision - 1) | sign, component.dx, component.dy]);
            }
        })
    }

    /// Tiles in a row (T.800 B-5).
    pub(crate) fn tiles_across(&self) -> u64 {
        u64::from(self.image.x1 - self.tile.x0).div_ceil(u64::from(self.tile.width()))
    }

    /// Rows of tiles.
    pub(crate) fn tiles_down(&self) -> u64 {
        u64::from(self.image.y1 - self.tile.y0).div_ceil(u64::from(self.tile.height()))
    }

    /// The part of the reference grid that tile `index` has (T.800 B-6 to B-10); empty where there is no such tile.
    pub(crate) fn tile_area(&self, index: u64) -> Area {
        let (across, down) = (self.tiles_across(), self.tiles_down());
        let (p, q) = (index % across, (index / across).min(down));
        let edge = |start: u32, step: u32, count: u64, low: u32, high: u32| {
            let at = u64::from(start) + u64::from(step) * count;
            u32::try_from(at).unwrap_or(u32::MAX).clamp(low, high)
        };
        let (image, tile) = (&self.image, &self.tile);
        Area {
            x0: edge(tile.x0, tile.width(), p, image.x0, image.x1),
            y0: edge(tile.y0, tile.height(), q, image.y0, image.y1),
            x1: edge(tile.x0, tile.width(), p + 1, image.x0, image.x1),
            y1: edge(tile.y0, tile.height(), q + 1, image.y0, image.y1),
        }
    }
}
