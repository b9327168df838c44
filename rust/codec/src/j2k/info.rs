//! What the main header says of an image, for those who choose by it.

use crate::{Image, Result};

use super::block::Throughput;
use super::codestream::Header;
use super::decode::{DecodeOptions, describe};
use super::parameters::{Effective, Parameters};
use super::progression::Order;

/// One component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ComponentInfo {
    /// Bits a sample.
    pub precision: u8,
    /// True where samples are signed.
    pub is_signed: bool,
    /// A sample every so many columns and rows of the reference grid.
    pub spacing: (u8, u8),
}

/// What the main header says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Info {
    /// The image that comes out.
    pub image: Image,
    /// Its components.
    pub components: Vec<ComponentInfo>,
    /// Columns and rows of a tile.
    pub tile: (u32, u32),
    /// How many tiles.
    pub tiles: u32,
    /// Decomposition levels: the least of all components.
    pub levels: u8,
    /// Quality layers.
    pub layers: u16,
    /// The order of packets.
    pub order: Order,
    /// log2 of columns and rows of a code block of the first component.
    pub block: (u8, u8),
    /// True where all components are coded by 5/3: without loss, unless layers were cut off.
    pub is_reversible: bool,
    /// True where code blocks are coded by T.814.
    pub is_high_throughput: bool,
    /// True where the first three components are transformed together (RCT or ICT).
    pub is_colour_transformed: bool,
}

impl Info {
    pub(super) fn read(codestream: &[u8]) -> Result<Self> {
        let header = Header::read(codestream)?;
        let tile = Parameters::default();
        let effective = Effective { tile: &tile, main: &header.main };
        let default = effective.default()?;
        let (mut levels, mut is_reversible, mut is_high_throughput) = (u8::MAX, true, false);
        for (index, _) in (0..=u16::MAX).zip(&header.size.components) {
            let coding = effective.coding(index)?;
            levels = levels.min(coding.levels);
            is_reversible &= coding.is_reversible;
            is_high_throughput |= coding.style.ht != Throughput::Off;
        }
        let depths = header.depths();
        let components = depths.iter().enumerate().map(|(index, depth)| {
            let component = header.component(index);
            ComponentInfo {
                precision: depth.precision,
                is_signed: depth.is_signed,
                spacing: (component.dx, component.dy),
            }
        });
        let size = &header.size;
        Ok(Self {
            image: describe(codestream, &DecodeOptions::default())?,
            components: components.collect(),
            tile: (size.tile.width(), size.tile.height()),
            tiles: u32::try_from(size.tiles_across() * size.tiles_down()).unwrap_or(u32::MAX),
            levels,
            layers: default.layers,
            order: default.order,
            block: effective.coding(0)?.block,
            is_reversible,
            is_high_throughput,
            is_colour_transformed: default.transform & 1 != 0 && size.components.len() >= 3,
        })
    }
}
