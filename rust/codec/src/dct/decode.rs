//! From a codestream to samples: the walk over its segments, and which way its scans take.
//!
//! A sequential frame whose first scan has all its components is decoded row by row. Every other frame first gathers its coefficients.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "coefficients wrap at 16 bits, shifts are below 14"
)]

use super::dispatch;
use super::idct::Block;
use super::plan::{Part, Plan};
use super::planes::Canvas;
use super::progressive::{Pass, Store};
use super::sample::Sample;
use super::scan::{Channel, Steps, steps};
use super::segments::Segments;
use super::tables::Tables;
use super::zeroed;
use crate::jpeg::markers::{DHT, DNL, DQT, DRI, EOI, SOF2, SOS, is_frame};
use crate::jpeg::{Frame, Markers, Scan, Segment};
use crate::simd::Level;
use crate::{Decoded, Error, ErrorKind, Result};

/// Blocks that the scans of a frame may visit, as a multiple of its blocks: a frame whose every coefficient has a scan of its own, twice.
const VISITS: usize = 128;

/// One frame on its way.
pub(super) struct Job<'a, 'o, T> {
    markers: Markers<'a>,
    frame: Frame,
    plan: Plan,
    level: Level,
    tables: Tables,
    has_frame: bool,
    /// The quantisation of each component, as it was at its first scan.
    steps: [Option<Steps>; 4],
    canvas: Canvas<'o, T>,
    store: [Store; 4],
    /// The bits still missing of each coefficient of each component in zigzag order; `UNSEEN` before its first scan.
    missing: [[u8; 64]; 4],
    /// Whether the picture is to be made of what there is of them.
    is_partial: bool,
    visits: usize,
    /// Memory for entropy-coded bytes without stuffing.
    clean: Vec<u8>,
}

const UNSEEN: u8 = 0xFF;

impl<'a, 'o, T: Sample> Job<'a, 'o, T> {
    pub(super) fn new(
        codestream: &'a [u8],
        frame: &Frame,
        converts: bool,
        level: Level,
        out: &'o mut [u8],
    ) -> Result<Self> {
        let plan = Plan::new(frame);
        Ok(Self {
            markers: Markers::new(codestream)?,
            frame: *frame,
            plan,
            level,
            tables: Tables::default(),
            has_frame: false,
            steps: [None; 4],
            canvas: Canvas::new(&plan, converts, level, out)?,
            store: Default::default(),
            missing: [[UNSEEN; 64]; 4],
            is_partial: false,
            visits: plan.blocks().saturating_mul(VISITS),
            clean: Vec::new(),
        })
    }

    /// Decodes the frame.
    pub(super) fn run(mut self) -> Result<Decoded> {
        while let Some(segment) = self.markers.segment()? {
            match segment.marker {
                DHT | DQT | DRI => self.tables.read(&segment)?,
                DNL => self.frame.read_lines(&segment)?,
                SOS => {
                    let scan = Scan::read(&segment, &self.frame)?;
                    let is_finished = self.scan(&segment, &scan)?;
                    if is_finished {
                        return Ok(self.end());
                    }
                }
                EOI => break,
                marker if is_frame(marker) && self.has_frame => {
                    return Err(segment.error(ErrorKind::Malformed, "a second frame"));
                }
                marker => self.has_frame |= is_frame(marker),
            }
        }
        self.write_stored()?;
        Ok(Decoded { used: self.markers.at(), fault: self.markers.fault(), is_partial: self.is_partial })
    }

    /// Decodes one scan; true where the frame is finished by it.
    fn scan(&mut self, segment: &Segment<'_>, scan: &Scan) -> Result<bool> {
        let pass = self.pass(segment, scan)?;
        for component in scan.components() {
            self.latch(segment, component.index)?;
        }
        let is_whole = pass == Pass::Whole;
        let is_first = self.missing.iter().all(|missing| missing[0] == UNSEEN);
        let streams = is_whole && is_first && scan.components().len() == self.plan.parts().len();
        if !streams {
            self.reserve()?;
            self.count_visits(segment, scan)?;
        }
        let ones = steps(&[1; 64]);
        let mut channels = Vec::new();
        for component in scan.components() {
            let (dc, ac) = self.tables.find(segment, component, pass)?;
            let own = self.steps.get(component.index).and_then(Option::as_ref).filter(|_| streams);
            let steps = own.unwrap_or(&ones);
            channels.push(Channel { index: component.index, dc, ac, steps, prediction: 0 });
        }
        let clean = std::mem::take(&mut self.clean);
        let mut segments =
            Segments::new(self.markers.data(), self.markers.at(), self.tables.interval, clean)?;
        if streams {
            stream(&mut self.canvas, self.level, &self.plan, &mut segments, &mut channels)?;
        } else {
            dispatch::decode_scan(
                self.level,
                &mut segments,
                &mut channels,
                &self.plan,
                &mut self.store,
                pass,
            )?;
        }
        let at = segments.finish()?;
        if let Some((at, message)) = segments.fault {
            self.markers.note(at, message);
        }
        self.is_partial |= segments.overrun() > 0;
        self.clean = segments.clean;
        self.markers.seek(at);
        self.see(scan, pass);
        let is_complete =
            self.missing.iter().take(self.plan.parts().len()).all(|missing| *missing == [0; 64]);
        if is_whole && is_complete && !streams {
            self.write_stored()?;
        }
        Ok(is_whole && is_complete)
    }

    /// What kind of scan it is (T.81 B.2.3, G.1.1.1).
    fn pass(&mut self, segment: &Segment<'_>, scan: &Scan) -> Result<Pass> {
        if self.frame.marker != SOF2 {
            if (scan.start, scan.end, scan.high, scan.low) != (0, 63, 0, 0) {
                self.markers.note(
                    segment.offset,
                    "a sequential scan of a part of the coefficients was taken as one of all",
                );
            }
            return Ok(Pass::Whole);
        }
        let (start, end, low) = (usize::from(scan.start), usize::from(scan.end), u32::from(scan.low));
        let is_band =
            if start == 0 { end == 0 } else { start <= end && end < 64 && scan.components().len() == 1 };
        if !is_band || low > 13 {
            return Err(segment.error(ErrorKind::Malformed, "a progressive scan of no possible band"));
        }
        Ok(match (start, scan.high) {
            (0, 0) => Pass::DcFirst { low },
            (0, _) => Pass::DcNext { low },
            (_, 0) => Pass::AcFirst { start, end, low },
            _ => Pass::AcNext { start, end, low },
        })
    }

    /// Holds a component's quantisation table from its first scan on.
    fn latch(&mut self, segment: &Segment<'_>, index: usize) -> Result<()> {
        let Some(part) = self.plan.parts().get(index) else { return Ok(()) };
        if let Some(held @ None) = self.steps.get_mut(index) {
            *held = Some(steps(self.tables.quantization(segment, part.quantization)?));
        }
        Ok(())
    }

    /// Memory for all coefficients, once.
    fn reserve(&mut self) -> Result<()> {
        for (store, part) in self.store.iter_mut().zip(self.plan.parts()) {
            if store.blocks.is_empty() {
                let count = part.row_blocks() * self.plan.mcus_down;
                (store.blocks, store.has_ac) = (zeroed_blocks(count)?, zeroed(count)?);
            }
        }
        Ok(())
    }

    fn count_visits(&mut self, segment: &Segment<'_>, scan: &Scan) -> Result<()> {
        let parts = scan.components().iter().filter_map(|component| self.plan.parts().get(component.index));
        let blocks = parts.map(Part::row_blocks).sum::<usize>() * self.plan.mcus_down;
        let left = self.visits.checked_sub(blocks);
        self.visits = left.ok_or(segment.error(ErrorKind::Limit, "more scans than a frame can need"))?;
        Ok(())
    }

    /// Notes what a scan brought.
    fn see(&mut self, scan: &Scan, pass: Pass) {
        let (band, low) = match pass {
            Pass::Whole => (0..=63, 0),
            Pass::DcFirst { low } | Pass::DcNext { low } => (0..=0, low),
            Pass::AcFirst { start, end, low } | Pass::AcNext { start, end, low } => (start..=end, low),
        };
        for component in scan.components() {
            if let Some(missing) =
                self.missing.get_mut(component.index).and_then(|held| held.get_mut(band.clone()))
            {
                missing.fill(low as u8);
            }
        }
    }

    /// Writes the picture from the stored coefficients.
    fn write_stored(&mut self) -> Result<()> {
        let count = self.plan.parts().len();
        let seen = self.missing.iter().take(count);
        if seen.clone().any(|missing| missing[0] == UNSEEN) {
            let message = "a component without a scan";
            return Err(Error::new(ErrorKind::Truncated, message).at(self.markers.at()));
        }
        if seen.clone().any(|missing| *missing != [0; 64]) {
            self.is_partial = true;
            self.markers.note(self.markers.at(), "the scans end before the last bits of all coefficients");
        }
        let mut rows: [(Vec<Block>, Vec<u8>); 4] = Default::default();
        for ((blocks, lasts), part) in rows.iter_mut().zip(self.plan.parts()) {
            (*blocks, *lasts) = (zeroed_blocks(part.row_blocks())?, zeroed(part.row_blocks())?);
        }
        for mcu in 0..self.plan.mcus_down {
            let components =
                self.store.iter().zip(&mut rows).zip(self.plan.parts()).zip(&self.steps).enumerate();
            for (component, (((store, (blocks, lasts)), part), steps)) in components {
                let (first, count) = (mcu * part.row_blocks(), part.row_blocks());
                let range = first..first + count;
                let stored = (store.blocks.get(range.clone()), store.has_ac.get(range), steps);
                let (Some(stored), Some(has_ac), Some(steps)) = stored else { continue };
                let places = stored.iter().zip(has_ac).zip(&mut *blocks).zip(&mut *lasts);
                for (((stored, has_ac), block), last) in places {
                    *last = scale(stored, *has_ac, steps, block);
                }
                self.canvas.transform(mcu, component, blocks, lasts);
            }
            self.canvas.finish_row(mcu);
        }
        Ok(())
    }

    /// Reads what follows a finished sequential frame: EOI, or DNL before it.
    fn end(mut self) -> Decoded {
        loop {
            let before = self.markers.clone();
            match self.markers.segment() {
                Ok(Some(segment)) if segment.marker == EOI => break,
                Ok(Some(segment)) if segment.marker == SOS || is_frame(segment.marker) => {
                    self.markers = before;
                    self.markers.note(segment.offset, "what follows the finished image was not read");
                    break;
                }
                Ok(Some(_)) => {}
                Ok(None) => {
                    let fault = self.markers.fault();
                    return Decoded { used: before.at(), fault, is_partial: self.is_partial };
                }
                Err(error) => {
                    self.markers = before;
                    self.markers.note(
                        error.offset.unwrap_or_default(),
                        "what follows the finished image was not read",
                    );
                    break;
                }
            }
        }
        Decoded { used: self.markers.at(), fault: self.markers.fault(), is_partial: self.is_partial }
    }
}

/// Decodes a scan of all components row by row.
fn stream<T: Sample>(
    canvas: &mut Canvas<'_, T>,
    level: Level,
    plan: &Plan,
    segments: &mut Segments<'_>,
    channels: &mut [Channel<'_>],
) -> Result<()> {
    let (mut blocks, mut lasts): ([Vec<Block>; 4], [Vec<u8>; 4]) = Default::default();
    for ((blocks, lasts), part) in blocks.iter_mut().zip(&mut lasts).zip(plan.parts()) {
        (*blocks, *lasts) = (zeroed_blocks(part.row_blocks())?, zeroed(part.row_blocks())?);
    }
    for mcu in 0..plan.mcus_down {
        dispatch::decode_row(level, segments, channels, plan, &mut blocks, &mut lasts)?;
        for (component, (blocks, lasts)) in blocks.iter().zip(&lasts).enumerate().take(plan.parts().len()) {
            canvas.transform(mcu, component, blocks, lasts);
        }
        canvas.finish_row(mcu);
    }
    Ok(())
}

/// Takes coefficients times their steps; gives 0 where all but the first are zero.
fn scale(stored: &Block, has_ac: bool, steps: &Steps, block: &mut Block) -> u8 {
    if !has_ac {
        *block = [0; 64];
        block[0] = scaled(stored[0], steps[0]);
        return 0;
    }
    let mut any = 0;
    for step in steps.iter().take(64) {
        let place = (step & 63) as usize;
        let (Some(from), Some(to)) = (stored.get(place), block.get_mut(place)) else { continue };
        any |= if place == 0 { 0 } else { *from };
        *to = scaled(*from, *step);
    }
    if any == 0 { 0 } else { 63 }
}

const fn scaled(coefficient: i16, step: u32) -> i16 {
    (coefficient as i32).wrapping_mul((step >> 8) as i32) as i16
}

pub(super) fn zeroed_blocks(count: usize) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let message = "no memory for the coefficients";
    blocks.try_reserve_exact(count).map_err(|_| Error::new(ErrorKind::Limit, message))?;
    blocks.resize(count, [0; 64]);
    Ok(blocks)
}
