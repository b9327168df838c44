//! What stands before and between scans: the frame, presets, tables, restart intervals, colour transforms (T.87 C.2).

use crate::{Error, ErrorKind, Image, Result};

use super::bits::find_marker;
use super::params::Presets;
use super::segments::{self, Fields, Segment};
use super::tables::Tables;

const fn malformed(message: &'static str) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

/// A component of the frame.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors (T.81 A.1.1).
    pub(super) h: u32,
    pub(super) v: u32,
    /// True once a scan has given its samples.
    pub(super) is_done: bool,
}

/// How components of a scan alternate (T.87 C.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Interleave {
    /// A scan a component.
    #[default]
    None,
    /// A line of each in turn.
    Line,
    /// A sample of each in turn.
    Sample,
}

/// A scan header: which components, by which table each, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    /// Indexes into the components of the frame.
    pub(super) components: [usize; 4],
    /// Mapping tables, 0 where there is none.
    pub(super) tables: [u8; 4],
    pub(super) count: usize,
    pub(super) near: u8,
    pub(super) interleave: Interleave,
    /// Where its bits begin.
    pub(super) at: usize,
}

/// Colour transforms of Hewlett-Packard's encoder, in an APP8 segment "mrfx".
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Transform {
    #[default]
    None,
    Hp1,
    Hp2,
    Hp3,
}

/// Everything that was read so far.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) precision: u8,
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) components: Vec<Component>,
    pub(super) presets: Presets,
    pub(super) tables: Tables,
    /// Lines (of minimum coded units) between restart markers, 0 where there are none.
    pub(super) restart: u32,
    pub(super) transform: Transform,
    /// Rows and columns of an LSE segment of type 4.
    oversize: Option<(u32, u32)>,
}

/// What a step of reading gave.
pub(super) enum Step {
    Scan(Scan),
    /// The end of the image, and whether its marker is there.
    End(bool),
}

impl Header {
    /// Reads from `at` to the next scan or to the end; gives the place after it.
    pub(super) fn advance(&mut self, data: &[u8], mut at: usize) -> Result<(Step, usize)> {
        loop {
            if data.get(at..).is_none_or(<[u8]>::is_empty) && self.is_complete() {
                return Ok((Step::End(false), data.len()));
            }
            let (segment, after) = segments::read(data, at)?;
            at = after;
            match segment.marker {
                segments::EOI => return Ok((Step::End(true), at)),
                segments::SOS => return Ok((Step::Scan(self.scan(&segment, after)?), at)),
                segments::SOF55 => self.frame(&segment)?,
                segments::LSE => self.preset(&segment)?,
                segments::DRI => self.restart_interval(&segment)?,
                segments::DNL => self.number_of_lines(&segment)?,
                segments::APP8 => self.app8(&segment)?,
                // The other frames, and what they need: Huffman tables, arithmetic coding, hierarchy.
                0xC0..=0xCF | 0xDE..=0xDF => {
                    return Err(Error::new(ErrorKind::Unsupported, "a JPEG codestream that is not JPEG-LS")
                        .at(segment.at));
                }
                0xF9 => {
                    return Err(
                        Error::new(ErrorKind::Unsupported, "JPEG-LS: extensions of part 2").at(segment.at)
                    );
                }
                segments::RST0..=segments::SOI => {
                    return Err(malformed("JPEG-LS: a marker that has no place here").at(segment.at));
                }
                _ => {}
            }
        }
    }

    /// True where every component has its samples.
    pub(super) fn is_complete(&self) -> bool {
        !self.components.is_empty() && self.components.iter().all(|component| component.is_done)
    }

    fn frame(&mut self, segment: &Segment<'_>) -> Result<()> {
        if !self.components.is_empty() {
            return Err(malformed("JPEG-LS: a second frame").at(segment.at));
        }
        let mut fields = Fields::new(segment);
        self.precision = fields.byte()?;
        let (rows, columns) = (fields.word()?, fields.word()?);
        (self.rows, self.columns) = (u32::from(rows), u32::from(columns));
        self.take_oversize();
        let count = usize::from(fields.byte()?);
        if !(2..=16).contains(&self.precision) || count == 0 {
            return Err(malformed("JPEG-LS: a frame of no component, or of a precision that is not 2 to 16")
                .at(segment.at));
        }
        let no_memory = Error::new(ErrorKind::Limit, "JPEG-LS: not enough memory");
        self.components.try_reserve_exact(count).map_err(|_| no_memory)?;
        for _ in 0..count {
            let (id, sampling, _) = (fields.byte()?, fields.byte()?, fields.byte()?);
            let (h, v) = (u32::from(sampling >> 4), u32::from(sampling & 15));
            if !(1..=4).contains(&h)
                || !(1..=4).contains(&v)
                || self.components.iter().any(|other| other.id == id)
            {
                return Err(malformed("JPEG-LS: a component with a wrong sampling factor or identifier")
                    .at(segment.at));
            }
            self.components.push(Component { id, h, v, is_done: false });
        }
        fields.end()
    }

    /// T.87 C.2.4.1.
    fn preset(&mut self, segment: &Segment<'_>) -> Result<()> {
        let mut fields = Fields::new(segment);
        match fields.byte()? {
            1 => {
                let [maxval, t1, t2, t3, reset] =
                    [fields.word()?, fields.word()?, fields.word()?, fields.word()?, fields.word()?];
                self.presets = Presets { maxval, t1, t2, t3, reset };
                fields.end()
            }
            kind @ (2 | 3) => self.tables.read(fields, kind == 3),
            4 => {
                let width = usize::from(fields.byte()?);
                if !(2..=4).contains(&width) {
                    return Err(fields.wrong());
                }
                self.oversize = Some((fields.number(width)?, fields.number(width)?));
                self.take_oversize();
                fields.end()
            }
            _ => Err(Error::new(ErrorKind::Unsupported, "JPEG-LS: a preset segment of an unknown type")
                .at(segment.at)),
        }
    }

    /// Sizes of LSE 4 stand in for those of the frame that are zero.
    fn take_oversize(&mut self) {
        if let (Some((rows, columns)), true) = (self.oversize, self.precision != 0) {
            self.rows = if self.rows == 0 { rows } else { self.rows };
            self.columns = if self.columns == 0 { columns } else { self.columns };
        }
    }

    fn restart_interval(&mut self, segment: &Segment<'_>) -> Result<()> {
        let mut fields = Fields::new(segment);
        if !(2..=4).contains(&segment.payload.len()) {
            return Err(fields.wrong());
        }
        self.restart = fields.number(segment.payload.len())?;
        Ok(())
    }

    fn number_of_lines(&mut self, segment: &Segment<'_>) -> Result<()> {
        if lines_of(segment)? == self.rows {
            Ok(())
        } else {
            Err(malformed("JPEG-LS: two numbers of lines").at(segment.at))
        }
    }

    fn app8(&mut self, segment: &Segment<'_>) -> Result<()> {
        let &[b'm', b'r', b'f', b'x', transform] = segment.payload else { return Ok(()) };
        self.transform = match transform {
            0 => Transform::None,
            1 => Transform::Hp1,
            2 => Transform::Hp2,
            3 => Transform::Hp3,
            _ => {
                let error = Error::new(ErrorKind::Unsupported, "JPEG-LS: an unknown colour transform");
                return Err(error.at(segment.at + 4));
            }
        };
        Ok(())
    }

    /// T.87 C.2.3.
    fn scan(&mut self, segment: &Segment<'_>, at: usize) -> Result<Scan> {
        let mut fields = Fields::new(segment);
        let count = usize::from(fields.byte()?);
        let bad = |message| Err(malformed(message).at(segment.at));
        if !(1..=4).contains(&count) {
            return bad("JPEG-LS: a scan of no or of more than four components");
        }
        let (mut components, mut tables) = ([0; 4], [0; 4]);
        for (component, table) in components.iter_mut().zip(&mut tables).take(count) {
            let id = fields.byte()?;
            *table = fields.byte()?;
            let Some(index) = self.components.iter().position(|known| known.id == id) else {
                return bad("JPEG-LS: a scan of a component that is not in the frame");
            };
            *component = index;
            if let Some(known) = self.components.get_mut(index)
                && std::mem::replace(&mut known.is_done, true)
            {
                return bad("JPEG-LS: a second scan of a component");
            }
        }
        let (near, interleave, transform) = (fields.byte()?, fields.byte()?, fields.byte()?);
        let interleave = match (interleave, count) {
            (0..=2, 1) => Interleave::None,
            (1, _) => Interleave::Line,
            (2, _) => Interleave::Sample,
            _ => return bad("JPEG-LS: a scan of an unknown interleave"),
        };
        if transform & 15 != 0 {
            let error = Error::new(ErrorKind::Unsupported, "JPEG-LS: a point transform");
            return Err(error.at(segment.at));
        }
        fields.end()?;
        Ok(Scan { components, tables, count, near, interleave, at })
    }
}

/// The number in a DNL segment, which may have two to four bytes (T.87 C.2.6).
fn lines_of(segment: &Segment<'_>) -> Result<u32> {
    let mut fields = Fields::new(segment);
    if !(2..=4).contains(&segment.payload.len()) {
        return Err(fields.wrong());
    }
    fields.number(segment.payload.len())
}

/// Reads the header up to the first scan, and the image that it describes.
pub(super) fn read(data: &[u8]) -> Result<(Header, Scan, Image)> {
    if data.first_chunk() != Some(&[0xFF, segments::SOI]) {
        return Err(malformed("JPEG-LS: not a JPEG codestream").at(0));
    }
    let mut header = Header::default();
    let (Step::Scan(scan), _) = header.advance(data, 2)? else {
        return Err(malformed("JPEG-LS: no scan").at(2));
    };
    if header.rows == 0 {
        header.rows = lines_after(data, scan.at)?;
    }
    if header.rows == 0 || header.columns == 0 {
        return Err(malformed("JPEG-LS: an image without rows or columns").at(2));
    }
    let (components, precision) = header.tables.shape(&header, &scan)?;
    let image = Image { rows: header.rows, columns: header.columns, components, precision, is_signed: false };
    Ok((header, scan, image))
}

/// The number of lines that stands after the first scan (T.81 B.2.5).
fn lines_after(data: &[u8], mut at: usize) -> Result<u32> {
    loop {
        at = find_marker(data, at);
        let (segment, after) = segments::read(data, at)?;
        match segment.marker {
            segments::RST0..=0xD7 => at = after,
            segments::DNL => return lines_of(&segment),
            _ => return Err(malformed("JPEG-LS: no number of lines").at(at)),
        }
    }
}
