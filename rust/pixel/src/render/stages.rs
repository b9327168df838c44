//! From the header to the steps of a plan, one function a kind of units.

use super::{
    Builder, Built, Cow, Grey, Linear, Mapping, Modality, Model, Padding, Palette, Photometric, Presentation,
    Range, RealWorld, Result, Step, Transfer, Voi, grey_mapping, palette, unsupported,
};
use crate::grey::rescale::Choice;
use crate::sample::Dtype;

impl Builder<'_> {
    /// The samples as they lie, or straight into another type.
    pub(super) fn samples(&self, reason: &'static str) -> Built {
        let natural = self.layout.dtype();
        let step = match self.options.dtype {
            Some(dtype) if dtype != natural => Step::Linear(Linear::IDENTITY),
            _ => Step::Samples,
        };
        Built::one(step, natural, self.layout.samples as usize, reason)
    }

    /// RGB in the samples' own type, or grey as it is stored; in 8 bits for the display.
    pub(super) fn colour(&mut self, to_bytes: bool) -> Result<Built> {
        let layout = self.layout;
        if layout.samples == 1 {
            return match layout.photometric {
                Photometric::PaletteColor => self.palette(to_bytes),
                Photometric::Monochrome1 | Photometric::Monochrome2 => {
                    Ok(self.samples("grey as it is stored"))
                }
                _ => Err(unsupported("one sample a pixel that is neither grey nor palette colour")),
            };
        }
        let model = Model::of(layout)?;
        if to_bytes && layout.signed {
            return Err(unsupported("signed colour cannot be displayed"));
        }
        let natural = if to_bytes { Dtype::U8 } else { layout.dtype() };
        Ok(Built::one(Step::Rgb { model, to_bytes }, natural, 3, "colour has the type of its samples"))
    }

    fn palette(&mut self, to_bytes: bool) -> Result<Built> {
        let layout = self.layout;
        let palette = Palette::read(self.groups.root(), layout.sample().range())?;
        let (dtype, channels) = if to_bytes { (Dtype::U8, 3) } else { (palette.dtype, palette.channels) };
        let transfer: Transfer = if to_bytes {
            Box::new(move |sample, out| palette.put_bytes(sample, out))
        } else {
            Box::new(move |sample, out| palette.put(sample, out))
        };
        let mapping = Mapping::new(layout.sample(), channels * dtype.size(), self.uses(), transfer)?;
        Ok(Built::one(Step::Map(mapping), dtype, channels, "colour has the type of the palette's entries"))
    }

    pub(super) fn modality(&mut self) -> Result<Built> {
        let layout = self.layout;
        let modalities = self.modalities()?;
        if layout.samples != 1 {
            if modalities.iter().any(|modality| !modality.is_identity()) {
                return Err(unsupported("a modality transformation of more than one sample a pixel"));
            }
            return self.colour(false);
        }
        let mut chooser = crate::grey::rescale::Chooser::default();
        for modality in &modalities {
            chooser.add(&layout.sample(), modality);
        }
        let Choice { dtype, reason } = chooser.choose();
        let table = modalities.iter().find_map(|modality| match modality {
            Modality::Table(lut) => Some(lut.clone()),
            Modality::Linear(_) => None,
        });
        if let Some(lut) = table {
            let natural = if dtype == Dtype::I16 { Dtype::I16 } else { Dtype::U16 };
            let transfer: Transfer =
                Box::new(move |sample, out| out.copy_from_slice(&lut.at(sample).to_ne_bytes()));
            let mapping = Mapping::new(layout.sample(), 2, self.uses(), transfer)?;
            return Ok(Built { reason: reason.into(), ..Built::one(Step::Map(mapping), natural, 1, "") });
        }
        let (lines, step_of) = distinct(&modalities);
        let steps = lines
            .into_iter()
            .map(|modality| match modality {
                Modality::Linear(line) => Step::Linear(*line),
                Modality::Table(_) => Step::Samples,
            })
            .collect();
        let reason = if self.options.dtype.is_some() { Cow::Borrowed("as asked for") } else { reason.into() };
        Ok(Built { steps, step_of, natural: dtype, channels: 1, reason })
    }

    pub(super) fn real_world(&mut self) -> Result<Built> {
        let layout = self.layout;
        if layout.samples != 1 {
            return Err(unsupported("real world values of more than one sample a pixel"));
        }
        let maps: Vec<RealWorld> = self
            .frame_numbers()
            .map(|frame| RealWorld::read(&self.groups, frame, self.options.mapping))
            .collect::<Result<_>>()?;
        let (distinct, step_of) = distinct(&maps);
        let mut steps = radiogram_core::try_vec(distinct.len())?;
        for map in distinct {
            let map = map.clone();
            let transfer: Transfer =
                Box::new(move |sample, out| out.copy_from_slice(&map.at(sample).to_ne_bytes()));
            // Tables would be half a megabyte each: one serves all frames, many are computed sample by sample.
            let uses = if step_of.is_empty() { self.uses() } else { 0 };
            steps.push(Step::Map(Mapping::new(layout.sample(), 8, uses, transfer)?));
        }
        let reason = "real world slopes and intercepts have 64 bits".into();
        Ok(Built { steps, step_of, natural: Dtype::F64, channels: 1, reason })
    }

    pub(super) fn display(&mut self) -> Result<Built> {
        let layout = self.layout;
        if layout.samples != 1 || !layout.photometric.is_grey() {
            return self.colour(true);
        }
        let presentation = Presentation::read(self.groups.root(), &layout.photometric)?;
        let padding = Padding::read(self.groups.root(), layout);
        let mut greys = radiogram_core::try_vec(self.frame_numbers().len())?;
        for (frame, modality) in self.modalities()?.into_iter().enumerate() {
            let values = modality.range(&layout.sample());
            let voi = match self.options.window {
                Some((center, width)) => Voi::chosen(&self.groups, frame, center, width)?,
                None => Voi::read(&self.groups, frame, self.options.view, values)?,
            };
            greys.push(Grey { modality, voi, presentation: presentation.clone() });
        }
        // As many bits as were asked for where greys are made of more.
        let (natural, reason) = match self.options.dtype {
            Some(Dtype::U16) => (Dtype::U16, "as asked for"),
            _ => (Dtype::U8, "the display has 8 bits"),
        };
        if palette::is_supplemental(self.groups.root()) {
            return self.supplemental(&greys, "the display has 8 bits");
        }
        let (distinct, step_of) = distinct(&greys);
        if let ([grey], true) = (distinct.as_slice(), step_of.is_empty())
            && let Some(span) = grey.fixed_span(layout)
        {
            let mapping = grey_mapping(layout, (*grey).clone(), span, natural)?;
            return Ok(Built::one(Step::Map(mapping), natural, 1, reason));
        }
        let steps = distinct.into_iter().map(|grey| Step::Grey(grey.clone(), padding)).collect();
        Ok(Built { steps, step_of, natural, channels: 1, reason: reason.into() })
    }

    /// Colours for the samples from the palette's first on, grey below (PS3.3 C.8.16.2.1.1.1).
    fn supplemental(&self, greys: &[Grey], reason: &'static str) -> Result<Built> {
        let layout = self.layout;
        let palette = Palette::read(self.groups.root(), layout.sample().range())?;
        // Without a view the greys span what the palette leaves to them.
        let span = layout.sample().range().unwrap_or(Range { low: 0, high: 1 });
        #[expect(clippy::cast_precision_loss, reason = "samples beside a palette have at most 16 bits")]
        let (low, first) = (span.low as f64, palette.first as f64);
        let (distinct, step_of) = distinct(greys);
        let mut steps = radiogram_core::try_vec(distinct.len())?;
        for grey in distinct {
            let (grey, palette) = (grey.clone(), palette.clone());
            let span = (grey.modality.at(low), grey.modality.at(first - 1.0));
            let transfer: Transfer = Box::new(move |sample, out| {
                if sample >= first {
                    palette.put_bytes(sample, out);
                } else {
                    out.fill(grey.level(sample, span));
                }
            });
            let uses = if step_of.is_empty() { self.uses() } else { 0 };
            steps.push(Step::Map(Mapping::new(layout.sample(), 3, uses, transfer)?));
        }
        Ok(Built { steps, step_of, natural: Dtype::U8, channels: 3, reason: reason.into() })
    }

    /// Frames that may differ: those with groups of their own, else the first for all.
    fn frame_numbers(&self) -> std::ops::Range<usize> {
        let frames = usize::try_from(self.layout.frames).unwrap_or(usize::MAX);
        0..self.groups.frames().clamp(1, frames.max(1))
    }

    fn modalities(&mut self) -> Result<Vec<Modality>> {
        let mut modalities = radiogram_core::try_vec(self.frame_numbers().len())?;
        let mut found = Vec::new();
        for frame in self.frame_numbers() {
            modalities.push(Modality::read(&self.groups, frame, &self.layout.sample(), &mut found)?);
            // What is said of one frame is said of all.
            if self.findings.is_empty() {
                self.findings.append(&mut found);
            }
            found.clear();
        }
        Ok(modalities)
    }

    /// Samples that a mapping will be used on.
    fn uses(&self) -> u64 {
        self.layout.frame_pixels().saturating_mul(self.layout.frames)
    }
}

/// The different ones of a list, and which each entry is; no numbers where all are the same.
fn distinct<T: PartialEq>(all: &[T]) -> (Vec<&T>, Vec<u32>) {
    let mut different: Vec<&T> = Vec::new();
    let mut number_of = Vec::new();
    for one in all {
        // Neighbours are alike more often than not; more than a few kinds are not worth looking for.
        let known = different.iter().rev().take(8).position(|other| *other == one);
        let number = known.map_or(different.len(), |back| different.len() - 1 - back);
        if known.is_none() {
            different.push(one);
        }
        number_of.push(u32::try_from(number).unwrap_or(u32::MAX));
    }
    if different.len() == 1 {
        number_of.clear();
    }
    (different, number_of)
}
