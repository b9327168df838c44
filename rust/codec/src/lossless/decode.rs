//! From a codestream to samples: the walk over segments, and scans.

use super::bits::{Input, SYMBOLS};
use super::predict::undo;
use super::table::{Table, in_turn};
use crate::jpeg::header::{COMPONENTS, restart_interval};
use crate::jpeg::huffman::read_huffman;
use crate::jpeg::markers::{DAC, DHT, DNL, DRI, EOI, SOF3, SOS, is_frame};
use crate::jpeg::{Frame, HuffmanSpec, Markers, Scan, Segment, Stop, scout};
use crate::simd::Level;
use crate::{Decoded, Error, ErrorKind, Image, Result};

/// Refuses frames that are not lossless or that have subsampled components.
pub(super) fn check(frame: &Frame) -> Result<()> {
    if frame.marker != SOF3 {
        return Err(Error::new(ErrorKind::Unsupported, "not a frame of JPEG lossless with Huffman coding"));
    }
    if !frame.is_full_size() {
        return Err(Error::new(ErrorKind::Unsupported, "subsampled components in JPEG lossless"));
    }
    if frame.precision < 2 {
        return Err(Error::new(ErrorKind::Malformed, "JPEG lossless has 2 to 16 bits a sample"));
    }
    Ok(())
}

pub(super) fn decode_into(level: Level, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
    // The headers are read first, because the number of lines may stand after the first scan.
    let frame = scout(codestream)?.frame;
    check(&frame)?;
    let own = frame.image();
    let fits = (own.rows, own.columns, own.components) == (image.rows, image.columns, image.components);
    if !fits || own.sample_size() != image.sample_size() || out.len() != own.len()? {
        return Err(Error::new(ErrorKind::Argument, "the frame has another size than the image"));
    }
    let mut markers = Markers::new(codestream)?;
    let mut decoding =
        Decoding { level, frame, specs: Default::default(), restart: 0, done: [false; COMPONENTS] };
    while let Some(segment) = markers.segment()? {
        match segment.marker {
            SOS => decoding.scan(&mut markers, &segment, out)?,
            EOI => break,
            _ => decoding.tables(&segment)?,
        }
    }
    if decoding.done.iter().take(frame.components().len()).any(|done| !done) {
        let message = "the codestream ends before every component has its scan";
        return Err(Error::new(ErrorKind::Truncated, message).at(markers.at()));
    }
    Ok(Decoded::whole(markers.at(), markers.fault()))
}

/// What has been read so far.
struct Decoding {
    level: Level,
    frame: Frame,
    specs: [Option<HuffmanSpec>; 4],
    /// MCUs in a restart interval, 0 for none.
    restart: u16,
    /// Which components had their scan.
    done: [bool; COMPONENTS],
}

/// What a scan decodes, and where its samples go.
struct Plan {
    level: Level,
    rows: usize,
    /// Samples of the scan in a row.
    width: usize,
    /// Components of the scan.
    step: usize,
    /// The place of each in a pixel.
    places: [usize; COMPONENTS],
    /// True where these are all components, in order.
    is_whole: bool,
    /// Rows in a restart interval; all of them where there is none.
    interval: usize,
    predictor: u8,
    shift: u8,
    precision: u8,
}

impl Decoding {
    /// A segment that is neither SOS nor EOI.
    fn tables(&mut self, segment: &Segment<'_>) -> Result<()> {
        match segment.marker {
            DHT => read_huffman(segment, |class, destination, spec| {
                if let Some(place) = self.specs.get_mut(usize::from(destination)).filter(|_| class == 0) {
                    *place = Some(spec);
                }
            }),
            DRI => restart_interval(segment).map(|interval| self.restart = interval),
            DNL => self.frame.read_lines(segment),
            DAC => Err(segment.error(ErrorKind::Unsupported, "arithmetic coding")),
            marker if is_frame(marker) && segment.marker != SOF3 => {
                Err(segment.error(ErrorKind::Unsupported, "more than one frame"))
            }
            _ => Ok(()),
        }
    }

    fn plan(&mut self, segment: &Segment<'_>) -> Result<(Scan, Plan)> {
        let malformed = |message| segment.error(ErrorKind::Malformed, message);
        let scan = Scan::read(segment, &self.frame)?;
        // T.81 table B.3; predictor 0 is for hierarchical frames.
        if !(1..=7).contains(&scan.start) || scan.low >= self.frame.precision {
            return Err(malformed(
                "a lossless scan has predictor 1 to 7 and a point transform below the precision",
            ));
        }
        let mut places = [0; COMPONENTS];
        for (place, component) in places.iter_mut().zip(scan.components()) {
            *place = component.index;
            let done = self.done.get_mut(component.index);
            if done.is_none_or(|done| std::mem::replace(done, true)) {
                return Err(malformed("a component has two scans"));
            }
        }
        let (rows, columns) = (usize::from(self.frame.rows), usize::from(self.frame.columns));
        let step = scan.components().len();
        // T.81 H.1.1: a restart interval is a whole number of rows. Here an MCU is a pixel, and so are the samples of one component.
        let restart = usize::from(self.restart);
        if restart % columns != 0 {
            return Err(malformed("a restart interval of JPEG lossless is a whole number of rows"));
        }
        // T.81 A.2: where components are interleaved, so many samples of each follow one another, of several rows; alone, one does.
        let mut own = scan.components().iter().filter_map(|held| self.frame.components().get(held.index));
        if step > 1 && own.any(|held| (held.horizontal, held.vertical) != (1, 1)) {
            let message = "interleaved components with several samples each in JPEG lossless";
            return Err(segment.error(ErrorKind::Unsupported, message));
        }
        let in_order = (0..step).eq(scan.components().iter().map(|component| component.index));
        let plan = Plan {
            level: self.level,
            rows,
            width: columns * step,
            step,
            places,
            is_whole: in_order && step == self.frame.components().len(),
            interval: if restart == 0 { rows } else { restart / columns },
            predictor: scan.start,
            shift: scan.low,
            precision: self.frame.precision,
        };
        Ok((scan, plan))
    }

    fn scan(&mut self, markers: &mut Markers<'_>, segment: &Segment<'_>, out: &mut [u8]) -> Result<()> {
        let (scan, plan) = self.plan(segment)?;
        let coder = Coder::new(&scan, &plan, &self.specs, segment)?;
        let mut input = Input::new(markers.data(), markers.at())?;
        // As many rows as are decoded at a time, after the last row before them.
        let most = (SYMBOLS / plan.width).max(4).min(plan.rows);
        let mut held = Vec::new();
        if held.try_reserve_exact(plan.width * (most + 1)).is_err() {
            return Err(segment.error(ErrorKind::Limit, "no memory for the rows"));
        }
        held.resize(plan.width * (most + 1), 0_u16);
        let first = 1 << (plan.precision - plan.shift - 1);
        let line = plan.pixel(self.frame.components().len()) * usize::from(self.frame.columns);
        let (mut row, mut beyond, mut interval) = (0, 0, 0_u8);
        let mut lines = out.chunks_exact_mut(line);
        while row < plan.rows {
            let since = row % plan.interval;
            if since == 0 && row > 0 {
                restart(&mut input, markers, interval)?;
                interval = (interval + 1) & 7;
            }
            let count = most.min(plan.rows - row).min(plan.interval - since);
            let (above, rest) = held.split_at_mut(plan.width);
            let fresh = rest.get_mut(..plan.width * count).unwrap_or_default();
            coder.decode(&mut input, fresh).map_err(|error| error.at(input.place()))?;
            undo(plan.predictor, plan.step, first, above, since > 0, fresh);
            for (samples, line) in fresh.chunks_exact(plan.width).zip(&mut lines) {
                beyond |= plan.store(samples, line);
            }
            held.copy_within(plan.width * count..plan.width * (count + 1), 0);
            row += count;
        }
        let (at, _, passed) = input.end();
        if passed {
            markers.note(at, "entropy-coded data after the last sample were passed over");
        }
        if u32::from(beyond) >> (plan.precision - plan.shift) != 0 {
            markers.note(segment.offset, "samples beyond the frame's precision");
        }
        markers.seek(at);
        Ok(())
    }
}

/// Ends an interval and begins the next after its marker, T.81 B.2.1: RST0 to RST7 in turn.
fn restart(input: &mut Input<'_>, markers: &mut Markers<'_>, expected: u8) -> Result<()> {
    let (at, stop, passed) = input.end();
    if stop != Stop::Restart(expected) {
        return Err(Error::new(ErrorKind::Malformed, "a restart marker is missing or out of order").at(at));
    }
    if passed {
        markers.note(at, "entropy-coded data after a restart interval were passed over");
    }
    input.restart();
    Ok(())
}

/// The Huffman tables of a scan.
struct Coder {
    tables: Vec<Table>,
    /// Which of them each component uses.
    order: [usize; COMPONENTS],
    step: usize,
}

impl Coder {
    fn new(
        scan: &Scan,
        plan: &Plan,
        specs: &[Option<HuffmanSpec>; 4],
        segment: &Segment<'_>,
    ) -> Result<Self> {
        let spec = |place: u8| {
            let held = specs.get(usize::from(place)).and_then(Option::as_ref);
            held.ok_or(segment.error(ErrorKind::Malformed, "a scan without its Huffman table"))
        };
        let mut coder = Self { tables: Vec::new(), order: [0; COMPONENTS], step: scan.components().len() };
        // Tables of the same content count as one, so that colour images are decoded like grey ones.
        let first = scan.components().first().map_or(0, |component| component.dc);
        let mut is_one = true;
        for component in scan.components() {
            is_one &= spec(component.dc)? == spec(first)?;
        }
        for (place, component) in coder.order.iter_mut().zip(scan.components()) {
            let own = spec(component.dc)?;
            let known = coder.tables.iter().position(|table| table.is_of(own));
            *place = known.unwrap_or(coder.tables.len());
            if known.is_none() {
                coder.tables.push(Table::new(own, plan.rows * plan.width, is_one, plan.level)?);
            }
        }
        Ok(coder)
    }

    /// Decodes whole rows of differences.
    fn decode(&self, input: &mut Input<'_>, out: &mut [u16]) -> Result<()> {
        let most = SYMBOLS - SYMBOLS % self.step;
        for part in out.chunks_mut(most) {
            input.fill();
            let (bits, window) = input.parts();
            let table = |place: usize| self.order.get(place).and_then(|&place| self.tables.get(place));
            match (self.step, table(0), table(1), table(2), table(3)) {
                (_, Some(a), ..) if self.tables.len() == 1 => a.decode(bits, window, part)?,
                (2, Some(a), Some(b), ..) => in_turn([a, b], bits, window, part)?,
                (3, Some(a), Some(b), Some(c), _) => in_turn([a, b, c], bits, window, part)?,
                (4, Some(a), Some(b), Some(c), Some(d)) => in_turn([a, b, c, d], bits, window, part)?,
                _ => return Err(Error::new(ErrorKind::Malformed, "a scan without its Huffman table")),
            }
            input.check()?;
        }
        Ok(())
    }
}

impl Plan {
    /// Bytes of a pixel of `components`.
    const fn pixel(&self, components: usize) -> usize {
        if self.precision > 8 { 2 * components } else { components }
    }

    /// Puts the samples of a row into a line of the image. Returns the bits that any of them has.
    fn store(&self, samples: &[u16], line: &mut [u8]) -> u16 {
        if self.precision > 8 {
            let (places, _) = line.as_chunks_mut::<2>();
            self.spread(samples, places, |sample| (sample << self.shift).to_ne_bytes())
        } else {
            let low = |sample: u16| (sample << self.shift).to_le_bytes()[0];
            self.spread(samples, line, low)
        }
    }

    fn spread<T>(&self, samples: &[u16], line: &mut [T], value: impl Fn(u16) -> T) -> u16 {
        let mut any = 0;
        if self.is_whole {
            for (place, &sample) in line.iter_mut().zip(samples) {
                *place = value(sample);
                any |= sample;
            }
            return any;
        }
        let pixel = line.len() * self.step / samples.len().max(1);
        for (pixel, own) in line.chunks_exact_mut(pixel).zip(samples.chunks_exact(self.step)) {
            for (&place, &sample) in self.places.iter().zip(own) {
                pixel.get_mut(place).into_iter().for_each(|held| *held = value(sample));
                any |= sample;
            }
        }
        any
    }
}
