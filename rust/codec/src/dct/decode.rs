//! From a codestream to samples: the walk over its segments, and which way its scans take.
//!
//! A sequential frame whose first scan has all its components is decoded row by row. Every other frame first gathers its coefficients.

use super::dispatch;
use super::huffman::Table;
use super::idct::Block;
use super::pace::Pace;
use super::plan::Plan;
use super::planes::Planes;
use super::progressive::Pass;
use super::sample::Sample;
use super::scan::{Channel, Steps, steps};
use super::zeroed;
use crate::jpeg::header::restart_interval;
use crate::jpeg::huffman::{read_huffman, read_quantization};
use crate::jpeg::markers::{DHT, DNL, DQT, DRI, EOI, SOF2, SOS, is_frame};
use crate::jpeg::{Frame, Markers, Scan, Segment};
use crate::simd::Level;
use crate::{Decoded, Error, ErrorKind, Result};

/// Blocks that the scans of a frame may visit, as a multiple of its blocks: a frame whose every coefficient has a scan of its own, twice.
const VISITS: usize = 128;

/// What the segments before a scan leave behind.
struct Tables {
    dc: [Option<Box<Table>>; 4],
    ac: [Option<Box<Table>>; 4],
    quantization: [Option<[u16; 64]>; 4],
    interval: u16,
}

/// One frame on its way.
pub(super) struct Job<'a, 'o, T> {
    markers: Markers<'a>,
    frame: Frame,
    plan: Plan,
    level: Level,
    tables: Tables,
    /// The quantisation of each component, as it was at its first scan.
    steps: [Option<Steps>; 4],
    planes: Planes<'o, T>,
    store: [Vec<Block>; 4],
    /// The bits still missing of each coefficient of each component in zigzag order; `UNSEEN` before its first scan.
    missing: [[u8; 64]; 4],
    visits: usize,
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
            tables: Tables {
                dc: Default::default(),
                ac: Default::default(),
                quantization: [None; 4],
                interval: 0,
            },
            steps: [None; 4],
            planes: Planes::new(&plan, converts, level, out)?,
            store: Default::default(),
            missing: [[UNSEEN; 64]; 4],
            visits: plan.blocks().saturating_mul(VISITS),
        })
    }

    /// Decodes the frame.
    pub(super) fn run(mut self) -> Result<Decoded> {
        while let Some(segment) = self.markers.segment()? {
            match segment.marker {
                DHT => self.read_tables(&segment)?,
                DQT => read_quantization(&segment, |place, table| {
                    if let Some(held) = self.tables.quantization.get_mut(usize::from(place)) {
                        *held = Some(table.0);
                    }
                })?,
                DRI => self.tables.interval = restart_interval(&segment)?,
                DNL => Frame::read_lines(&mut self.frame.clone(), &segment)?,
                SOS => {
                    let scan = Scan::read(&segment, &self.frame)?;
                    if self.scan(&segment, &scan)? {
                        return self.end();
                    }
                }
                EOI => break,
                _ => {}
            }
        }
        self.write_stored()?;
        Ok(Decoded { used: self.markers.at(), fault: self.markers.fault() })
    }

    fn read_tables(&mut self, segment: &Segment<'_>) -> Result<()> {
        let mut result = Ok(());
        let (dc, ac) = (&mut self.tables.dc, &mut self.tables.ac);
        read_huffman(segment, |class, place, spec| {
            let tables = if class == 0 { &mut *dc } else { &mut *ac };
            match (Table::new(&spec), tables.get_mut(usize::from(place))) {
                (Ok(table), Some(held)) => *held = Some(Box::new(table)),
                (Err(error), _) => result = Err(error.at(segment.offset)),
                _ => {}
            }
        })?;
        result
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
            self.count_visits(segment)?;
        }
        let ones = steps(&[1; 64]);
        let mut channels = Vec::new();
        for component in scan.components() {
            let (needs_dc, needs_ac) = pass.needs();
            let dc = self.tables.dc.get(usize::from(component.dc)).and_then(Option::as_deref);
            let ac = self.tables.ac.get(usize::from(component.ac)).and_then(Option::as_deref);
            let (dc, ac) = match (dc, ac) {
                (Some(dc), Some(ac)) => (dc, ac),
                (Some(dc), None) if !needs_ac => (dc, dc),
                (None, Some(ac)) if !needs_dc => (ac, ac),
                _ if !needs_ac && !needs_dc => {
                    let any = self.tables.dc.iter().chain(&self.tables.ac).find_map(Option::as_deref);
                    let any =
                        any.ok_or(segment.error(ErrorKind::Malformed, "a frame without Huffman tables"))?;
                    (any, any)
                }
                _ => return Err(segment.error(ErrorKind::Malformed, "a scan without its Huffman table")),
            };
            let own = self.steps.get(component.index).and_then(Option::as_ref).filter(|_| streams);
            channels.push(Channel {
                index: component.index,
                dc,
                ac,
                steps: own.unwrap_or(&ones),
                prediction: 0,
            });
        }
        let mut pace = Pace::new(self.markers.data(), self.markers.at(), self.tables.interval)?;
        if streams {
            stream(&mut self.planes, self.level, &self.plan, &mut pace, &mut channels)?;
        } else {
            dispatch::decode_scan(self.level, &mut pace, &mut channels, &self.plan, &mut self.store, pass)?;
        }
        let at = pace.finish()?;
        if let Some((at, message)) = pace.fault {
            self.markers.note(at, message);
        }
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
        let table = self.tables.quantization.get(part.quantization).copied().flatten();
        let Some(held) = self.steps.get_mut(index) else { return Ok(()) };
        if held.is_none() {
            let message = "a scan without its quantisation table";
            *held = Some(steps(&table.ok_or(segment.error(ErrorKind::Malformed, message))?));
        }
        Ok(())
    }

    /// Memory for all coefficients, once.
    fn reserve(&mut self) -> Result<()> {
        for (store, part) in self.store.iter_mut().zip(self.plan.parts()) {
            if store.is_empty() {
                *store = zeroed_blocks(part.row_blocks() * self.plan.mcus_down)?;
            }
        }
        Ok(())
    }

    fn count_visits(&mut self, segment: &Segment<'_>) -> Result<()> {
        let left = self.visits.checked_sub(self.plan.blocks());
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
                let (Some(stored), Some(steps)) = (store.get(first..first + count), steps) else { continue };
                for ((stored, block), last) in stored.iter().zip(&mut *blocks).zip(&mut *lasts) {
                    *last = scale(stored, steps, block);
                }
                self.planes.transform(mcu, component, blocks, lasts);
            }
            self.planes.finish_row(mcu);
        }
        Ok(())
    }

    /// Reads what follows a finished sequential frame: EOI, or DNL before it.
    fn end(mut self) -> Result<Decoded> {
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
                    return Ok(Decoded { used: before.at(), fault });
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
        Ok(Decoded { used: self.markers.at(), fault: self.markers.fault() })
    }
}

impl Pass {
    /// True where DC codes, where AC codes are read.
    const fn needs(self) -> (bool, bool) {
        match self {
            Self::Whole => (true, true),
            Self::DcFirst { .. } => (true, false),
            Self::DcNext { .. } => (false, false),
            Self::AcFirst { .. } | Self::AcNext { .. } => (false, true),
        }
    }
}

/// Decodes a scan of all components row by row.
fn stream<T: Sample>(
    planes: &mut Planes<'_, T>,
    level: Level,
    plan: &Plan,
    pace: &mut Pace<'_>,
    channels: &mut [Channel<'_>],
) -> Result<()> {
    let (mut blocks, mut lasts): ([Vec<Block>; 4], [Vec<u8>; 4]) = Default::default();
    for ((blocks, lasts), part) in blocks.iter_mut().zip(&mut lasts).zip(plan.parts()) {
        (*blocks, *lasts) = (zeroed_blocks(part.row_blocks())?, zeroed(part.row_blocks())?);
    }
    for mcu in 0..plan.mcus_down {
        dispatch::decode_row(level, pace, channels, plan, &mut blocks, &mut lasts)?;
        for (component, (blocks, lasts)) in blocks.iter().zip(&lasts).enumerate().take(plan.parts().len()) {
            planes.transform(mcu, component, blocks, lasts);
        }
        planes.finish_row(mcu);
    }
    Ok(())
}

/// Takes coefficients times their steps; gives 0 where all but the first are zero.
fn scale(stored: &Block, steps: &Steps, block: &mut Block) -> u8 {
    let mut any = 0;
    for step in steps.iter().take(64) {
        let place = (step & 63) as usize;
        let (Some(from), Some(to)) = (stored.get(place), block.get_mut(place)) else { continue };
        any |= if place == 0 { 0 } else { *from };
        *to = i32::from(*from).wrapping_mul((step >> 8) as i32) as i16;
    }
    if any == 0 { 0 } else { 63 }
}

pub(super) fn zeroed_blocks(count: usize) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let message = "no memory for the coefficients";
    blocks.try_reserve_exact(count).map_err(|_| Error::new(ErrorKind::Limit, message))?;
    blocks.resize(count, [0; 64]);
    Ok(blocks)
}
