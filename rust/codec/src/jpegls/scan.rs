//! A scan: its lines in their order, and its restart intervals (T.87 C.1, Annex B).

use crate::simd::Level;
use crate::{Error, ErrorKind, Image, Result};

use super::bits::BitReader;
use super::context::{RunIndex, State};
use super::gradient::{Gradients, filled};
use super::header::{Header, Interleave, Scan};
use super::line::{Line, LineDecoder};
use super::params::Coding;
use super::segments;
use super::target::{Place, Target};

const NO_RESTART: Error =
    Error::new(ErrorKind::Malformed, "JPEG-LS: no restart marker, or the wrong one, where one must be");
const UNEVEN: Error =
    Error::new(ErrorKind::Unsupported, "JPEG-LS: components of different sizes whose samples alternate");

/// Lines of one component, or of several whose samples alternate.
#[derive(Debug)]
struct Plane<'a> {
    above: Vec<u16>,
    here: Vec<u16>,
    runs: RunIndex,
    /// Components whose samples alternate.
    count: usize,
    rows: u32,
    /// Lines of this plane in a minimum coded unit.
    lines: u32,
    places: [Option<Place<'a>>; 4],
}

impl<'a> Plane<'a> {
    fn new(header: &'a Header, scan: &Scan, first: usize, count: usize) -> Result<Self> {
        let largest =
            |of: fn(&super::header::Component) -> u32| header.components.iter().map(of).max().unwrap_or(1);
        let (wide, high) = (largest(|component| component.h), largest(|component| component.v));
        let mut places = [None; 4];
        let mut sampling = None;
        for ((slot, &index), &table) in places
            .iter_mut()
            .zip(scan.components.iter().skip(first))
            .zip(scan.tables.iter().skip(first))
            .take(count)
        {
            let component = header.components.get(index).copied().unwrap_or_default();
            let own = [(component.h, wide), (component.v, high)];
            if *sampling.get_or_insert(own) != own {
                return Err(UNEVEN.at(scan.at));
            }
            *slot = Some(Place { first: index, sampling: own, table: header.tables.get(table)? });
        }
        let [(h, _), (v, _)] = sampling.unwrap_or([(wide, wide), (high, high)]);
        // T.81 A.1.1
        let scaled =
            |size: u32, own: u32, all: u32| (u64::from(size) * u64::from(own)).div_ceil(u64::from(all));
        let rows = scaled(header.rows, v, high) as u32;
        let samples = scaled(header.columns, h, wide) as usize * count;
        let buffer = || filled(samples + 2 * count);
        let (above, here) = (buffer()?, buffer()?);
        let lines = if scan.interleave == Interleave::Line { v } else { 1 };
        Ok(Self { above, here, runs: RunIndex::default(), count, rows, lines, places })
    }

    /// Before the first line of a scan or of a restart interval.
    fn reset(&mut self) {
        self.above.fill(0);
        self.here.fill(0);
        self.runs = RunIndex::default();
    }

    /// Decodes the next line; `here` holds it then.
    fn decode(&mut self, decoder: &mut LineDecoder<'_>, level: Level) -> Result<()> {
        std::mem::swap(&mut self.above, &mut self.here);
        let (count, end) = (self.count, self.above.len());
        // Guards (T.87 A.2.1): Rd past the end is Rb; Ra before the begin is Rb, and Rc what Ra was for the line above.
        self.above.copy_within(end - 2 * count..end - count, end - count);
        for (left, above) in self.here.iter_mut().zip(self.above.iter().skip(count)).take(count) {
            *left = *above;
        }
        let mut line = Line { above: &self.above, here: &mut self.here };
        decoder.decode(level, count, &mut line, &mut self.runs)
    }

    /// Puts the decoded line into the image.
    fn put(&self, line: u32, target: &mut Target<'_>, are_pixels: bool) -> Result<()> {
        let samples = self.here.get(self.count..self.here.len() - self.count).unwrap_or_default();
        if are_pixels {
            target.put_pixels(line, samples);
            return Ok(());
        }
        for (i, place) in self.places.iter().flatten().enumerate() {
            target.put(line, samples.get(i..).unwrap_or_default(), self.count, place)?;
        }
        Ok(())
    }

    /// True where the samples of a line are the pixels of the image as they stand.
    fn are_pixels(&self, image: &Image) -> bool {
        let mut places = self.places.iter().flatten().enumerate();
        usize::from(image.components) == self.count
            && places.all(|(i, place)| place.first == i && place.table.is_none())
    }
}

/// What a scan left behind.
pub(super) struct Done {
    /// Where the marker after it stands, or the end.
    pub(super) at: usize,
    /// The first byte that was passed over, if any was.
    pub(super) padding: Option<usize>,
}

/// Decodes one scan into `target`.
pub(super) fn decode(
    level: Level,
    data: &[u8],
    header: &Header,
    scan: &Scan,
    target: &mut Target<'_>,
) -> Result<Done> {
    let coding =
        Coding::new(header.precision, scan.near, header.presets).map_err(|error| error.at(scan.at))?;
    let each = if scan.interleave == Interleave::Sample { scan.count } else { 1 };
    let mut planes = [const { None }; 4];
    for (i, slot) in planes.iter_mut().enumerate().take(scan.count / each) {
        *slot = Some(Plane::new(header, scan, i, each)?);
    }
    let planes: &mut [Option<Plane<'_>>] = &mut planes;
    let units = planes.iter().flatten().map(|plane| plane.rows.div_ceil(plane.lines)).max().unwrap_or(0);
    let interval = if header.restart == 0 { units } else { header.restart };
    let state = State::new(&coding);
    let mut decoder = LineDecoder {
        coding,
        gradients: Gradients::new(&coding)?,
        reader: BitReader::new(data, scan.at),
        state,
    };
    let mut padding = None;
    for unit in 0..units {
        if unit % interval == 0 {
            if unit > 0 {
                let at = restart(data, &decoder.reader, unit / interval - 1, &mut padding)?;
                decoder.reader = BitReader::new(data, at);
                decoder.state = State::new(&coding);
            }
            planes.iter_mut().flatten().for_each(Plane::reset);
        }
        for plane in planes.iter_mut().flatten() {
            let are_pixels = plane.are_pixels(&target.image);
            let first = unit.saturating_mul(plane.lines);
            for line in first..first.saturating_add(plane.lines).min(plane.rows) {
                plane.decode(&mut decoder, level)?;
                plane.put(line, target, are_pixels)?;
            }
        }
    }
    let at = leave(&decoder.reader, &mut padding);
    Ok(Done { at, padding })
}

/// Goes to the marker after an interval.
fn leave(reader: &BitReader<'_>, padding: &mut Option<usize>) -> usize {
    let (at, passed) = reader.marker();
    if passed {
        padding.get_or_insert(reader.offset());
    }
    at
}

/// Reads the restart marker after interval `number`.
fn restart(data: &[u8], reader: &BitReader<'_>, number: u32, padding: &mut Option<usize>) -> Result<usize> {
    let at = leave(reader, padding);
    let (segment, after) = segments::read(data, at).map_err(|_| NO_RESTART.at(at))?;
    if u32::from(segment.marker) == u32::from(segments::RST0) + number % 8 {
        Ok(after)
    } else {
        Err(NO_RESTART.at(at))
    }
}
