//! From bytes to PDUs, in pieces of any size. Association PDUs are gathered up to a limit; the content of P-DATA-TF PDUs is handed on as it comes
//! and never held, however long the PDU says it is.

use crate::pdu::data_tf::{COMMAND, LAST};
use crate::pdu::{Abort, AssociateAc, AssociateRj, AssociateRq, HEAD, PduKind};
use crate::{AbortReason, Fault, Limits};

/// A piece of a presentation data value: never empty, except where the value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fragment<'b> {
    /// The presentation context.
    pub context: u8,
    /// True for a command, false for a data set.
    pub is_command: bool,
    /// True where these are the last bytes of the command or data set.
    pub is_last: bool,
    /// The bytes.
    pub bytes: &'b [u8],
}

/// What a peer has sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unit<'b> {
    /// A-ASSOCIATE-RQ.
    AssociateRq(Box<AssociateRq>),
    /// A-ASSOCIATE-AC.
    AssociateAc(Box<AssociateAc>),
    /// A-ASSOCIATE-RJ.
    AssociateRj(AssociateRj),
    /// A piece of a P-DATA-TF.
    Fragment(Fragment<'b>),
    /// A-RELEASE-RQ.
    ReleaseRq,
    /// A-RELEASE-RP.
    ReleaseRp,
    /// A-ABORT.
    Abort(Abort),
}

/// Where in the stream the next byte belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// In the head of a PDU.
    Head,
    /// In the content of a PDU that is gathered; so many bytes are missing.
    Body { kind: PduKind, missing: u32 },
    /// In front of a PDV, or in its head; so many bytes of the PDU are behind the last PDV.
    PdvHead { left: u32 },
    /// In a PDV.
    Pdv { left: u32, missing: u32, context: u8, control: u8 },
    /// Behind a fault: nothing that comes means anything.
    Lost,
}

/// The reader of one connection.
#[derive(Clone, Debug)]
pub struct Framer {
    place: Place,
    head: [u8; HEAD],
    have: usize,
    body: Vec<u8>,
    limits: Limits,
    /// No PDU has begun yet: what comes first tells what the peer speaks.
    is_new: bool,
}

impl Framer {
    /// At the beginning of a connection.
    pub const fn new(limits: Limits) -> Self {
        Self { place: Place::Head, head: [0; HEAD], have: 0, body: Vec::new(), limits, is_new: true }
    }

    /// Takes bytes from the front of `input` until it has something, or the input is used up: then `None`.
    pub fn next<'b>(&mut self, input: &mut &'b [u8]) -> Result<Option<Unit<'b>>, Fault> {
        let next = self.advance(input);
        if next.is_err() {
            self.place = Place::Lost;
            self.body = Vec::new();
        }
        next
    }

    /// True where the stream stands between two PDUs.
    pub fn is_between(&self) -> bool {
        self.place == Place::Head && self.have == 0
    }

    fn advance<'b>(&mut self, input: &mut &'b [u8]) -> Result<Option<Unit<'b>>, Fault> {
        loop {
            match self.place {
                Place::Head => match self.gather_head(input) {
                    Some(head) => {
                        self.place = self.open(head)?;
                        self.is_new = false;
                    }
                    None => return Ok(None),
                },
                Place::Body { kind, missing } => {
                    let taken = take(input, missing);
                    let missing = missing - length(taken);
                    self.hold(taken)?;
                    self.place = Place::Body { kind, missing };
                    if missing > 0 {
                        return Ok(None);
                    }
                    self.place = Place::Head;
                    return decode(kind, &std::mem::take(&mut self.body)).map(Some);
                }
                Place::PdvHead { left: 0 } => self.place = Place::Head,
                Place::PdvHead { left: 1..6 } => {
                    return Err(Fault::invalid("a P-DATA-TF PDU with an end that is too short for a PDV", 0));
                }
                Place::PdvHead { left } => match self.gather_head(input) {
                    Some(head) => self.place = open_pdv(head, left)?,
                    None => return Ok(None),
                },
                Place::Pdv { missing: 1.., .. } if input.is_empty() => return Ok(None),
                Place::Pdv { left, missing, context, control } => {
                    let bytes = take(input, missing);
                    let missing = missing - length(bytes);
                    self.place = if missing == 0 {
                        Place::PdvHead { left }
                    } else {
                        Place::Pdv { left, missing, context, control }
                    };
                    let is_last = missing == 0 && control & LAST != 0;
                    let is_command = control & COMMAND != 0;
                    return Ok(Some(Unit::Fragment(Fragment { context, is_command, is_last, bytes })));
                }
                Place::Lost => {
                    *input = &[];
                    return Ok(None);
                }
            }
        }
    }

    /// The head of a PDU and that of a PDV have six bytes both.
    fn gather_head(&mut self, input: &mut &[u8]) -> Option<[u8; HEAD]> {
        let taken = take(input, u32::try_from(HEAD - self.have).unwrap_or(0));
        self.head.iter_mut().skip(self.have).zip(taken).for_each(|(place, byte)| *place = *byte);
        self.have += taken.len();
        (self.have == HEAD).then(|| {
            self.have = 0;
            self.head
        })
    }

    /// What is behind the head of a PDU. Its length is believed only as far as a limit.
    fn open(&self, head: [u8; HEAD]) -> Result<Place, Fault> {
        if let Some(message) = tls_record(head).filter(|_| self.is_new) {
            return Err(Fault::of(AbortReason::UnrecognizedPdu, message));
        }
        let [kind, _, l0, l1, l2, l3] = head;
        let Some(kind) = PduKind::of(kind) else {
            return Err(Fault::of(
                AbortReason::UnrecognizedPdu,
                "a PDU of a type that the standard does not have",
            ));
        };
        let missing = u32::from_be_bytes([l0, l1, l2, l3]);
        match kind {
            PduKind::DataTf if missing > self.limits.data => {
                Err(Fault::invalid("a P-DATA-TF PDU is longer than the limit", 2))
            }
            PduKind::DataTf => Ok(Place::PdvHead { left: missing }),
            PduKind::AssociateRq | PduKind::AssociateAc if missing > self.limits.associate => {
                Err(Fault::invalid("an association PDU is longer than the limit", 2))
            }
            PduKind::AssociateRq | PduKind::AssociateAc => Ok(Place::Body { kind, missing }),
            // PS3.8 9.3.4, 9.3.6 to 9.3.8: four bytes.
            _ if missing != 4 => Err(Fault::invalid("a PDU of four bytes has another length", 2)),
            _ => Ok(Place::Body { kind, missing }),
        }
    }

    /// Grows with what is there, not with what was announced.
    fn hold(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.body
            .try_reserve(bytes.len())
            .map_err(|_| Fault::of(AbortReason::NotSpecified, "no memory for an association PDU"))?;
        self.body.extend_from_slice(bytes);
        Ok(())
    }
}

/// PS3.8 9.3.5.1: the length of a PDV counts the context, the control header and the content.
fn open_pdv([l0, l1, l2, l3, context, control]: [u8; HEAD], left: u32) -> Result<Place, Fault> {
    let counted = u32::from_be_bytes([l0, l1, l2, l3]);
    let missing = counted.checked_sub(2).ok_or(Fault::invalid("a PDV without a control header", 0))?;
    let left = counted.checked_add(4).and_then(|whole| left.checked_sub(whole));
    let left = left.ok_or(Fault::invalid("a PDV is longer than its PDU", 0))?;
    Ok(Place::Pdv { left, missing, context, control })
}

/// What a record of TLS says where a PDU is expected (RFC 8446 5.1: its type, 3 and the minor version, its length).
fn tls_record(head: [u8; HEAD]) -> Option<&'static str> {
    match head {
        [21, 3, 0..=4, ..] => {
            Some("a TLS alert instead of a PDU: the peer speaks TLS on this port, and was spoken to without")
        }
        [22, 3, 0..=4, ..] => {
            Some("a TLS handshake instead of a PDU: the peer speaks TLS, and this side does not")
        }
        [20 | 23, 3, 0..=4, ..] => {
            Some("a TLS record instead of a PDU: the peer speaks TLS, and this side does not")
        }
        _ => None,
    }
}

fn decode<'b>(kind: PduKind, body: &[u8]) -> Result<Unit<'b>, Fault> {
    Ok(match kind {
        PduKind::AssociateRq => Unit::AssociateRq(Box::new(AssociateRq::decode(body)?)),
        PduKind::AssociateAc => Unit::AssociateAc(Box::new(AssociateAc::decode(body)?)),
        PduKind::AssociateRj => Unit::AssociateRj(AssociateRj::decode(body)?),
        PduKind::ReleaseRq => Unit::ReleaseRq,
        PduKind::ReleaseRp => Unit::ReleaseRp,
        PduKind::Abort => Unit::Abort(Abort::decode(body)?),
        PduKind::DataTf => return Err(Fault::of(AbortReason::NotSpecified, "data are not gathered")),
    })
}

fn take<'b>(input: &mut &'b [u8], most: u32) -> &'b [u8] {
    let count = input.len().min(usize::try_from(most).unwrap_or(usize::MAX));
    let (taken, rest) = input.split_at_checked(count).unwrap_or((input, &[]));
    *input = rest;
    taken
}

/// Of bytes that were taken with a bound of 32 bits.
fn length(taken: &[u8]) -> u32 {
    u32::try_from(taken.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdu::DataHead;

    fn read(bytes: &[u8]) -> Result<Vec<(u8, bool, bool, usize)>, Fault> {
        let (mut framer, mut input, mut found) = (Framer::new(Limits::DEFAULT), bytes, Vec::new());
        while let Some(unit) = framer.next(&mut input)? {
            let Unit::Fragment(piece) = unit else { panic!("{unit:?}") };
            found.push((piece.context, piece.is_command, piece.is_last, piece.bytes.len()));
        }
        Ok(found)
    }

    #[test]
    fn a_record_of_tls_is_told_from_what_is_no_pdu() {
        let said = |bytes: &[u8]| read(bytes).unwrap_err().message;
        assert!(said(&[21, 3, 3, 0, 2, 2, 10]).starts_with("a TLS alert"));
        assert!(said(&[22, 3, 1, 0, 200, 1, 0]).starts_with("a TLS handshake"));
        assert!(said(&[23, 3, 3, 0, 200, 1, 0]).starts_with("a TLS record"));
        for other in [&[21, 2, 3, 0, 2, 2], &[22, 3, 5, 0, 2, 2], b"GET / ", b"\x80\x2e\x01\x03\x01\x00"] {
            assert!(!said(other).contains("TLS"), "{other:?}");
        }
        // Behind a PDU it is no more than a PDU that there is not.
        assert!(!said(&[4, 0, 0, 0, 0, 0, 21, 3, 3, 0, 2, 2, 10]).contains("TLS"));
    }

    #[test]
    fn values_are_split_and_mixed_at_will() {
        let mut bytes = vec![4, 0, 0, 0, 0, 6 + 2 + 6 + 6 + 3];
        bytes.extend_from_slice(&[0, 0, 0, 4, 1, 0xFF, 9, 9]);
        bytes.extend_from_slice(&[0, 0, 0, 2, 1, 2]);
        bytes.extend_from_slice(&[0, 0, 0, 5, 7, 0, 1, 2, 3]);
        bytes.extend_from_slice(
            &DataHead { context: 7, is_command: false, is_last: true, length: 1 }.encode(),
        );
        bytes.push(4);
        let expected = [(1, true, true, 2), (1, false, true, 0), (7, false, false, 3), (7, false, true, 1)];
        assert_eq!(read(&bytes).unwrap(), expected);
    }

    #[test]
    fn what_is_not_there_yet_is_waited_for_and_what_is_there_is_given() {
        let mut framer = Framer::new(Limits::DEFAULT);
        let head = DataHead { context: 1, is_command: false, is_last: true, length: 100 << 20 }.encode();
        for byte in head {
            assert_eq!(framer.next(&mut &[byte][..]), Ok(None));
        }
        let piece = [5; 1000];
        let mut input = &piece[..];
        let Ok(Some(Unit::Fragment(found))) = framer.next(&mut input) else { panic!("no fragment") };
        assert_eq!((found.bytes, found.is_last), (&piece[..], false));
        assert_eq!(framer.body.capacity(), 0, "nothing of it is held");
    }

    #[test]
    fn lies_are_told_before_anything_is_held() {
        let limits = Limits::DEFAULT;
        let lies: [&[u8]; 10] = [
            b"GET / HTTP/1.1\r\n",
            &[1, 0, 0xFF, 0xFF, 0xFF, 0xFF],
            &[4, 0, 0xFF, 0xFF, 0xFF, 0xFF],
            &[5, 0, 0, 0x10, 0, 0],
            &[7, 0, 0, 0, 0, 0],
            &[4, 0, 0, 0, 0, 4],
            &[4, 0, 0, 0, 0, 13, 0, 0, 0, 4, 1, 0, 9, 9],
            &[4, 0, 0, 0, 0, 8, 0, 0, 0, 1, 1, 3],
            &[4, 0, 0, 0, 0, 8, 0xFF, 0xFF, 0xFF, 0xFF, 1, 3],
            &[1, 0, 0, 0, 0, 0],
        ];
        for lie in lies {
            let (mut framer, mut input) = (Framer::new(limits), lie);
            let mut next = framer.next(&mut input);
            while let Ok(Some(Unit::Fragment(_))) = next {
                next = framer.next(&mut input);
            }
            assert!(next.is_err(), "{lie:?}");
            assert_eq!(
                framer.next(&mut &b"\x07\0\0\0\0\x04\0\0\0\0"[..]),
                Ok(None),
                "nothing means anything now"
            );
        }
    }
}
