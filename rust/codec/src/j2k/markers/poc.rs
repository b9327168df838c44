//! POC: progressions one after another (T.800 A.6.6).

use crate::Result;
use crate::j2k::progression::{Order, Volume};

use super::Segment;

/// Reads POC, and appends its volumes.
pub(crate) fn read(segment: &Segment, components: usize, volumes: &mut Vec<Volume>) -> Result<()> {
    let mut fields = segment.fields();
    while !fields.is_empty() {
        let first_resolution = fields.u8()?;
        let first_component = fields.component(components)?;
        let layers = fields.u16()?;
        let resolutions = fields.u8()?;
        // One byte of 0 says 256 components (T.800 Table A.32); of two bytes, 16,384 is the most.
        let end = fields.component(components)?;
        let end = if end == 0 && components < 257 { 256 } else { end };
        let order =
            Order::from_byte(fields.u8()?).ok_or(fields.fault("JPEG 2000: an unknown progression"))?;
        volumes.push(Volume {
            order,
            resolutions: (first_resolution, resolutions),
            components: (first_component, end),
            layers,
        });
    }
    Ok(())
}
