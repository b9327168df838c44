//! RGN: a region of interest by max-shift (T.800 A.6.3).

use crate::Result;

use super::{Segment, unsupported};

/// Reads RGN: a component and the shift of its region.
pub(crate) fn read(segment: &Segment, components: usize) -> Result<(u16, u8)> {
    let mut fields = segment.fields();
    let component = fields.component(components)?;
    let [style, shift] = fields.bytes()?;
    if style != 0 {
        return Err(unsupported("JPEG 2000: a region of interest that is not max-shift").at(segment.at));
    }
    Ok((component, shift))
}
