//! COD and COC: how components are transformed and coded (T.800 A.6.1, A.6.2).

use crate::Result;
use crate::j2k::block::{Style, Throughput};
use crate::j2k::progression::Order;

use super::{Fields, Segment, malformed, unsupported};

/// The most decomposition levels.
pub(crate) const MAX_LEVELS: u8 = 32;

/// How a component is coded (SPcod, SPcoc).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Coding {
    /// Decomposition levels, 0 to 32.
    pub(crate) levels: u8,
    /// log2 of the width and height of code blocks, 2 to 10 each, together at most 12.
    pub(crate) block: (u8, u8),
    pub(crate) style: Style,
    /// True for 5/3, false for 9/7.
    pub(crate) is_reversible: bool,
    /// log2 of the width and height of precincts of each resolution, the lowest first.
    pub(crate) precincts: [(u8, u8); MAX_LEVELS as usize + 1],
    /// Whether `precincts` are stated; they are the largest where not.
    pub(crate) has_precincts: bool,
}

impl Default for Coding {
    fn default() -> Self {
        Self {
            levels: 5,
            block: (6, 6),
            style: Style::default(),
            is_reversible: true,
            precincts: [(15, 15); MAX_LEVELS as usize + 1],
            has_precincts: false,
        }
    }
}

impl Coding {
    /// Reads the fields from the number of levels on.
    fn read(fields: &mut Fields, has_precincts: bool) -> Result<Self> {
        let [levels, width, height, style, kernel] = fields.bytes()?;
        // T.800 Tables A.15, A.18: four bits are the width less 2; the others are reserved.
        let block = ((width & 15) + 2, (height & 15) + 2);
        if levels > MAX_LEVELS || block.0 > 10 || block.1 > 10 || block.0 + block.1 > 12 {
            return Err(fields.fault("JPEG 2000: levels or code blocks out of range"));
        }
        if kernel > 1 {
            return Err(unsupported("JPEG 2000: a wavelet that is neither 5/3 nor 9/7"));
        }
        let mut coding =
            Self { levels, block, style: read_style(style)?, is_reversible: kernel == 1, ..Self::default() };
        coding.has_precincts = has_precincts;
        if has_precincts {
            for (resolution, size) in (0..=levels).zip(&mut coding.precincts) {
                let byte = fields.u8()?;
                *size = (byte & 15, byte >> 4);
                // T.800 Table A.21: a precinct of one sample may only be had at the lowest resolution.
                if resolution > 0 && (size.0 == 0 || size.1 == 0) {
                    return Err(fields.fault("JPEG 2000: precincts of half a sample"));
                }
            }
        }
        Ok(coding)
    }

    fn write(&self, out: &mut Vec<u8>) {
        let kernel = u8::from(self.is_reversible);
        out.extend_from_slice(&[
            self.levels,
            self.block.0 - 2,
            self.block.1 - 2,
            write_style(self.style),
            kernel,
        ]);
        if self.has_precincts {
            let sizes = self.precincts.iter().take(usize::from(self.levels) + 1);
            out.extend(sizes.map(|size| size.0 | size.1 << 4));
        }
    }

    /// log2 of the precincts of a resolution.
    pub(crate) fn precinct(&self, resolution: u8) -> (u8, u8) {
        self.precincts.get(usize::from(resolution)).copied().unwrap_or((15, 15))
    }
}

/// T.800 Table A.19, T.814 Table A.4.
fn read_style(byte: u8) -> Result<Style> {
    let ht = match byte >> 6 {
        0 => Throughput::Off,
        1 => Throughput::Only,
        3 => Throughput::Mixed,
        _ => return Err(malformed("JPEG 2000: a reserved style of code blocks")),
    };
    Ok(Style {
        bypass: byte & 1 != 0,
        reset: byte & 2 != 0,
        termall: byte & 4 != 0,
        causal: byte & 8 != 0,
        predictable: byte & 16 != 0,
        symbols: byte & 32 != 0,
        ht,
    })
}

fn write_style(style: Style) -> u8 {
    let ht = match style.ht {
        Throughput::Off => 0,
        Throughput::Only => 0x40,
        Throughput::Mixed => 0xC0,
    };
    let flags = [style.bypass, style.reset, style.termall, style.causal, style.predictable, style.symbols];
    flags.iter().rev().fold(0, |byte, &flag| byte << 1 | u8::from(flag)) | ht
}

/// COD: what holds for all components.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct CodingDefault {
    pub(crate) order: Order,
    /// 1 to 65,535.
    pub(crate) layers: u16,
    /// 0 for none, 1 for RCT or ICT over the first three components; T.801: 2 for arrays.
    pub(crate) transform: u8,
    /// SOP marker segments may stand before packets.
    pub(crate) has_sop: bool,
    /// EPH markers stand behind packet headers.
    pub(crate) has_eph: bool,
    pub(crate) coding: Coding,
}

impl CodingDefault {
    /// Reads the segment.
    pub(crate) fn read(segment: &Segment) -> Result<Self> {
        let mut fields = segment.fields();
        let style = fields.u8()?;
        let order =
            Order::from_byte(fields.u8()?).ok_or(fields.fault("JPEG 2000: an unknown progression"))?;
        let layers = fields.u16()?;
        let transform = fields.u8()?;
        if layers == 0 {
            return Err(fields.fault("JPEG 2000: no layers"));
        }
        let coding = Coding::read(&mut fields, style & 1 != 0)?;
        Ok(Self { order, layers, transform, has_sop: style & 2 != 0, has_eph: style & 4 != 0, coding })
    }

    /// Appends the segment.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        super::write(out, super::COD, |out| {
            let style = u8::from(self.coding.has_precincts)
                | u8::from(self.has_sop) << 1
                | u8::from(self.has_eph) << 2;
            let [high, low] = self.layers.to_be_bytes();
            out.extend_from_slice(&[style, self.order.to_byte(), high, low, self.transform]);
            self.coding.write(out);
        })
    }
}

/// Reads COC: a component and its coding.
pub(crate) fn read_coc(segment: &Segment, components: usize) -> Result<(u16, Coding)> {
    let mut fields = segment.fields();
    let component = fields.component(components)?;
    let style = fields.u8()?;
    Ok((component, Coding::read(&mut fields, style & 1 != 0)?))
}
