//! The contents of SOFn, SOS, DNL, DRI and of Adobe's APP14.

use super::markers::{DNL, SOF55, Segment};
use crate::{ErrorKind, Image, Result};

/// Components that a frame may have here, as a scan may (T.81 B.2.3).
pub const COMPONENTS: usize = 4;

/// One component of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Component {
    /// The name by which scans mean it.
    pub id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub horizontal: u8,
    /// Vertical sampling factor, 1 to 4.
    pub vertical: u8,
    /// The quantization table, 0 to 3; meaningless in lossless frames.
    pub quantization: u8,
}

/// What SOFn says, T.81 B.2.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The SOFn marker.
    pub marker: u8,
    /// Bits a sample.
    pub precision: u8,
    /// Lines; 0 where DNL gives them after the first scan.
    pub rows: u16,
    /// Samples a line; 0 where it is a frame of JPEG-LS that says them elsewhere.
    pub columns: u16,
    held: [Component; COMPONENTS],
    count: u8,
}

impl Frame {
    /// Reads an SOFn segment.
    ///
    /// # Errors
    ///
    /// `Malformed`, or `Unsupported` where there are more than four components.
    pub fn read(segment: &Segment<'_>) -> Result<Self> {
        let malformed = |message| segment.error(ErrorKind::Malformed, message);
        let (precision, rows, columns) = (segment.u8(0)?, segment.u16(1)?, segment.u16(3)?);
        let count = segment.u8(5)?;
        // T.87 C.2.4.1.4: a size of JPEG-LS that does not fit is zero here, and in a segment of its own.
        let is_elsewhere = segment.marker == SOF55;
        if (columns == 0 && !is_elsewhere) || count == 0 || precision == 0 || precision > 16 {
            return Err(malformed("a frame has 1 to 16 bits, a column and a component"));
        }
        if usize::from(count) > COMPONENTS {
            return Err(segment.error(ErrorKind::Unsupported, "more than four components"));
        }
        let mut frame =
            Self { marker: segment.marker, precision, rows, columns, held: Default::default(), count };
        for (at, place) in frame.held.iter_mut().take(usize::from(count)).enumerate() {
            let (id, factors, quantization) =
                (segment.u8(6 + 3 * at)?, segment.u8(7 + 3 * at)?, segment.u8(8 + 3 * at)?);
            *place = Component { id, horizontal: factors >> 4, vertical: factors & 15, quantization };
            if !(1..=4).contains(&place.horizontal) || !(1..=4).contains(&place.vertical) || quantization > 3
            {
                return Err(malformed("sampling factors are 1 to 4, quantization tables 0 to 3"));
            }
        }
        Ok(frame)
    }

    /// The components in the frame's order.
    pub fn components(&self) -> &[Component] {
        self.held.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// The largest horizontal and vertical sampling factors.
    pub fn largest_factors(&self) -> (u8, u8) {
        self.components().iter().fold((1, 1), |(h, v), held| (h.max(held.horizontal), v.max(held.vertical)))
    }

    /// True where every component has a sample for every pixel.
    pub fn is_full_size(&self) -> bool {
        let largest = self.largest_factors();
        self.components().iter().all(|held| (held.horizontal, held.vertical) == largest)
    }

    /// Lines and samples a line of one component, T.81 A.1.1.
    pub fn size_of(&self, component: &Component) -> (u32, u32) {
        let (h, v) = self.largest_factors();
        let part = |all: u16, own: u8, most: u8| (u32::from(all) * u32::from(own)).div_ceil(u32::from(most));
        (part(self.rows, component.vertical, v), part(self.columns, component.horizontal, h))
    }

    /// Takes the lines from a DNL segment, T.81 B.2.5; one that repeats SOF's number is fine.
    ///
    /// # Errors
    ///
    /// `Malformed` where it has none, or another number than SOF.
    pub fn read_lines(&mut self, segment: &Segment<'_>) -> Result<()> {
        debug_assert_eq!(segment.marker, DNL);
        let rows = segment.u16(0)?;
        if rows == 0 || (self.rows != 0 && self.rows != rows) {
            return Err(segment.error(ErrorKind::Malformed, "DNL contradicts the frame's number of lines"));
        }
        self.rows = rows;
        Ok(())
    }

    /// The image that the frame holds; T.81 knows no signed samples.
    pub fn image(&self) -> Image {
        Image {
            rows: self.rows.into(),
            columns: self.columns.into(),
            components: self.count.into(),
            precision: self.precision,
            is_signed: false,
        }
    }
}

/// One component of a scan.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ScanComponent {
    /// Its place among [`Frame::components`].
    pub index: usize,
    /// The DC (lossless: the only) Huffman table, 0 to 3.
    pub dc: u8,
    /// The AC Huffman table, 0 to 3.
    pub ac: u8,
}

/// What SOS says, T.81 B.2.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scan {
    /// Ss: the first coefficient; in lossless scans the predictor.
    pub start: u8,
    /// Se: the last coefficient.
    pub end: u8,
    /// Ah: the point transform of the scan before.
    pub high: u8,
    /// Al: the point transform.
    pub low: u8,
    held: [ScanComponent; COMPONENTS],
    count: u8,
}

impl Scan {
    /// Reads an SOS segment.
    ///
    /// # Errors
    ///
    /// `Malformed`, also where it names a component that the frame has not, or one twice.
    pub fn read(segment: &Segment<'_>, frame: &Frame) -> Result<Self> {
        let malformed = |message| segment.error(ErrorKind::Malformed, message);
        let count = segment.u8(0)?;
        if count == 0 || usize::from(count) > frame.components().len() {
            return Err(malformed("a scan has one to all of the frame's components"));
        }
        let mut held = [ScanComponent::default(); COMPONENTS];
        for at in 0..usize::from(count) {
            let (id, tables) = (segment.u8(1 + 2 * at)?, segment.u8(2 + 2 * at)?);
            let taken = |index: usize| held.iter().take(at).any(|other| other.index == index);
            // Frames that give every component the same name mean them in order.
            let named = |(index, own): &(usize, &super::Component)| own.id == id && !taken(*index);
            let Some((index, _)) = frame.components().iter().enumerate().find(named) else {
                return Err(malformed("a scan of a component that the frame has not"));
            };
            let place = ScanComponent { index, dc: tables >> 4, ac: tables & 15 };
            if place.dc > 3 || place.ac > 3 {
                return Err(malformed("Huffman tables are 0 to 3"));
            }
            held.get_mut(at).into_iter().for_each(|own| *own = place);
        }
        let after = 1 + 2 * usize::from(count);
        let (start, end, bits) = (segment.u8(after)?, segment.u8(after + 1)?, segment.u8(after + 2)?);
        Ok(Self { start, end, high: bits >> 4, low: bits & 15, held, count })
    }

    /// The components in the scan's order.
    pub fn components(&self) -> &[ScanComponent] {
        self.held.get(..usize::from(self.count)).unwrap_or_default()
    }
}

/// What Adobe's APP14 says of the colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adobe {
    /// 0: RGB or CMYK, 1: YCbCr, 2: YCCK.
    pub transform: u8,
}

impl Adobe {
    /// Reads an APP14 segment; `None` where it is not Adobe's.
    pub fn read(segment: &Segment<'_>) -> Option<Self> {
        segment.body.starts_with(b"Adobe").then(|| segment.body.get(11))?.map(|&transform| Self { transform })
    }
}

/// True for an APP0 segment of JFIF.
pub fn is_jfif(segment: &Segment<'_>) -> bool {
    segment.body.starts_with(b"JFIF\0")
}

/// The restart interval in MCUs that DRI says, 0 for none (T.81 B.2.4.4).
///
/// # Errors
///
/// `Malformed` where the segment is too short.
pub fn restart_interval(segment: &Segment<'_>) -> Result<u16> {
    segment.u16(0)
}

#[cfg(test)]
mod tests {
    use super::super::markers::{SOF3, SOS};
    use super::*;

    const SOF: Segment<'static> =
        Segment { marker: SOF3, offset: 2, body: b"\x08\0\x05\0\x07\x03\x01\x21\0\x02\x11\0\x03\x11\0" };

    #[test]
    fn frames_and_scans() {
        let frame = Frame::read(&SOF).unwrap();
        assert_eq!((frame.precision, frame.rows, frame.columns), (8, 5, 7));
        assert_eq!(frame.size_of(&frame.components()[1]), (5, 4));
        assert!(!frame.is_full_size());
        let scan = Segment { marker: SOS, offset: 9, body: b"\x02\x03\x10\x01\x23\x01\0\x02" };
        let scan = Scan::read(&scan, &frame).unwrap();
        let expected = [ScanComponent { index: 2, dc: 1, ac: 0 }, ScanComponent { index: 0, dc: 2, ac: 3 }];
        assert_eq!(scan.components(), expected);
        assert_eq!((scan.start, scan.end, scan.high, scan.low), (1, 0, 0, 2));
        let twice = Segment { marker: SOS, offset: 9, body: b"\x02\x03\x10\x03\x23\x01\0\x02" };
        assert!(Scan::read(&twice, &frame).is_err());
    }

    #[test]
    fn only_jpeg_ls_says_its_columns_elsewhere() {
        let body = b"\x08\0\0\0\0\x01\x01\x11\0";
        assert!(Frame::read(&Segment { marker: SOF55, offset: 2, body }).is_ok());
        assert!(Frame::read(&Segment { marker: SOF3, offset: 2, body }).is_err());
    }

    #[test]
    fn a_short_frame_is_an_error() {
        for length in 0..SOF.body.len() {
            assert!(Frame::read(&Segment { body: &SOF.body[..length], ..SOF }).is_err());
        }
    }
}
