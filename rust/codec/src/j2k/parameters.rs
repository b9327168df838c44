//! What headers say of components: defaults, exceptions, and which of them holds (T.800 A.6).

use std::collections::BTreeMap;

use crate::Result;

use super::markers::coding::{self, Coding, CodingDefault};
use super::markers::quantisation::{self, Quantisation};
use super::markers::transforms::{Array, Collection, Kind, Transforms};
use super::markers::{self, Segment, malformed, poc, region};
use super::progression::Volume;

/// What one header says: the main one, or those of a tile.
#[derive(Clone, Default, Debug)]
pub(super) struct Parameters {
    pub(super) default: Option<CodingDefault>,
    coding: BTreeMap<u16, Coding>,
    default_steps: Option<Quantisation>,
    steps: BTreeMap<u16, Quantisation>,
    shifts: BTreeMap<u16, u8>,
    volumes: Vec<Volume>,
    transforms: Option<Transforms>,
}

impl Parameters {
    /// Takes in a segment, if it is one that speaks of components.
    pub(super) fn read(&mut self, segment: &Segment, components: usize) -> Result<()> {
        match segment.marker {
            markers::COD => self.default = Some(CodingDefault::read(segment)?),
            markers::COC => {
                let (component, coding) = coding::read_coc(segment, components)?;
                self.coding.insert(component, coding);
            }
            markers::QCD => self.default_steps = Some(quantisation::read_qcd(segment)?),
            markers::QCC => {
                let (component, steps) = quantisation::read_qcc(segment, components)?;
                self.steps.insert(component, steps);
            }
            markers::RGN => {
                let (component, shift) = region::read(segment, components)?;
                self.shifts.insert(component, shift);
            }
            markers::POC => poc::read(segment, components, &mut self.volumes)?,
            markers::MCT | markers::MCC | markers::MCO | markers::CBD => {
                self.transforms.get_or_insert_default().read(segment)?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Parameters {
    /// Transforms of components together.
    pub(super) const fn transforms(&self) -> Option<&Transforms> {
        self.transforms.as_ref()
    }
}

/// Transforms of components together: what a tile says before what the main header says (T.801 A.3.7 to A.3.9).
#[derive(Clone, Copy, Debug)]
pub(super) struct Together<'a> {
    tile: Option<&'a Transforms>,
    main: Option<&'a Transforms>,
}

impl<'a> Together<'a> {
    fn first<T>(&self, of: impl Fn(&'a Transforms) -> Option<T>) -> Option<T> {
        self.tile.and_then(&of).or_else(|| self.main.and_then(&of))
    }

    /// Stages in the order in which a decoder undoes them, if there are any.
    pub(super) fn order(&self) -> Option<&'a [u8]> {
        self.first(|transforms| transforms.order.as_deref())
    }

    /// A stage's collections.
    pub(super) fn stage_of(&self, index: u8) -> Result<Vec<Collection>> {
        let stage = self.first(|transforms| transforms.stage_of(index));
        stage.unwrap_or(Err(malformed("JPEG 2000: a stage of component transforms is missing")))
    }

    /// An array.
    pub(super) fn array_of(&self, kind: Kind, index: u8) -> Result<&'a Array> {
        let array = self.first(|transforms| transforms.array_of(kind, index));
        array.ok_or(malformed("JPEG 2000: an array is missing"))
    }
}

/// What holds in a tile: its own headers before the main one, and in each of them exceptions before defaults.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effective<'a> {
    pub(super) tile: &'a Parameters,
    pub(super) main: &'a Parameters,
}

impl<'a> Effective<'a> {
    pub(super) fn default(&self) -> Result<&'a CodingDefault> {
        let default = self.tile.default.as_ref().or(self.main.default.as_ref());
        default.ok_or(malformed("JPEG 2000: no default of the coding style"))
    }

    /// T.800 A.6.2: tile COC, tile COD, main COC, main COD.
    pub(super) fn coding(&self, component: u16) -> Result<&'a Coding> {
        let of = |held: &'a Parameters| {
            held.coding.get(&component).or_else(|| held.default.as_ref().map(|default| &default.coding))
        };
        of(self.tile)
            .or_else(|| of(self.main))
            .ok_or(malformed("JPEG 2000: a component without coding style"))
    }

    /// T.800 A.6.5: tile QCC, tile QCD, main QCC, main QCD.
    pub(super) fn steps(&self, component: u16) -> Result<&'a Quantisation> {
        let of = |held: &'a Parameters| held.steps.get(&component).or(held.default_steps.as_ref());
        of(self.tile)
            .or_else(|| of(self.main))
            .ok_or(malformed("JPEG 2000: a component without quantisation"))
    }

    /// By how many planes the region of interest is shifted up.
    pub(super) fn shift(&self, component: u16) -> u8 {
        let of = |held: &Parameters| held.shifts.get(&component).copied();
        of(self.tile).or_else(|| of(self.main)).unwrap_or(0)
    }

    /// The packets' order: changes of progression, or the default one.
    pub(super) fn volumes(&self) -> Result<Vec<Volume>> {
        let default = self.default()?;
        let stated = [&self.tile.volumes, &self.main.volumes].into_iter().find(|volumes| !volumes.is_empty());
        let whole = Volume {
            order: default.order,
            resolutions: (0, 33),
            components: (0, u16::MAX),
            layers: default.layers,
        };
        let mut volumes = stated.cloned().unwrap_or_else(|| vec![whole]);
        for volume in &mut volumes {
            volume.layers = volume.layers.min(default.layers);
        }
        Ok(volumes)
    }

    /// Transforms of components together (T.801 Table A.8: 2 by arrays, 4 by wavelets).
    pub(super) fn together(&self) -> Result<Option<Together<'a>>> {
        let is_used = self.default()?.transform & 6 != 0;
        Ok(is_used
            .then_some(Together { tile: self.tile.transforms.as_ref(), main: self.main.transforms.as_ref() }))
    }
}
