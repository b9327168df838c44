//! One step of the state machine that rustls is, in either role.

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};
use rustls::{CommonState, Error};

use super::outgoing::{Outgoing, Spare};

/// Bytes of a full record (RFC 8446 5.1).
pub(super) const RECORD: usize = 1 << 14;
/// What a record has beside its bytes: head, nonce, tag, type; more than any suite needs.
const AROUND: usize = 64;
/// What is enough for most messages of a handshake.
const MESSAGE: usize = 2048;

pub(super) enum Engine {
    Server(UnbufferedServerConnection),
    Client(UnbufferedClientConnection),
}

/// What is to be sealed once everything else is done.
pub(super) enum Sending<'d> {
    Nothing,
    Data(&'d [u8]),
    /// That nothing more comes (`close_notify`).
    Farewell,
}

/// What one step has come to.
pub(super) enum Step {
    /// There may be more.
    More,
    /// So many bytes were opened.
    Opened(usize),
    /// What was to be sealed is.
    Sealed,
    /// All that came is done with.
    Done,
    /// The peer has said that nothing more comes.
    Ended,
    Failed(Error),
}

impl Engine {
    pub(super) fn state(&self) -> &CommonState {
        match self {
            Self::Server(engine) => engine,
            Self::Client(engine) => engine,
        }
    }

    /// One step with what has come: how many bytes of it are done with, and what came of them. `front` takes what is opened.
    pub(super) fn step(
        &mut self,
        incoming: &mut [u8],
        front: &mut [u8],
        sending: &Sending<'_>,
        out: (&mut Outgoing, &Spare),
    ) -> (usize, Step) {
        match self {
            Self::Server(engine) => act(engine.process_tls_records(incoming), front, sending, out),
            Self::Client(engine) => act(engine.process_tls_records(incoming), front, sending, out),
        }
    }
}

fn act<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    front: &mut [u8],
    sending: &Sending<'_>,
    (out, spare): (&mut Outgoing, &Spare),
) -> (usize, Step) {
    let step = match status.state {
        Err(error) => Step::Failed(error),
        Ok(ConnectionState::ReadTraffic(mut traffic)) => {
            let mut opened = 0;
            loop {
                let Some(record) = traffic.next_record() else { break Step::Opened(opened) };
                let payload = match &record {
                    Ok(record) => record.payload,
                    Err(error) => break Step::Failed(error.clone()),
                };
                let Some(place) = front.get_mut(opened..opened + payload.len()) else {
                    break Step::Failed(Error::General("data before its time".into()));
                };
                place.copy_from_slice(payload);
                opened += payload.len();
            }
        }
        Ok(ConnectionState::EncodeTlsData(mut message)) => {
            let written = written(out, spare, MESSAGE, |room| {
                message.encode(room).map_err(|error| match error {
                    EncodeError::InsufficientSize(size) => Some(size.required_size),
                    EncodeError::AlreadyEncoded => None,
                })
            });
            if written { Step::More } else { Step::Failed(Error::EncryptError) }
        }
        Ok(ConnectionState::TransmitTlsData(transmit)) => {
            transmit.done();
            Step::More
        }
        Ok(ConnectionState::WriteTraffic(mut traffic)) => {
            let needed = |error| match error {
                EncryptError::InsufficientSize(size) => Some(size.required_size),
                EncryptError::EncryptExhausted => None,
            };
            let is_written = match sending {
                Sending::Nothing => return (status.discard, Step::Done),
                Sending::Data(data) => {
                    let size = data.len() + data.len().div_ceil(RECORD) * AROUND;
                    written(out, spare, size, |room| traffic.encrypt(data, room).map_err(needed))
                }
                Sending::Farewell => {
                    written(out, spare, MESSAGE, |room| traffic.queue_close_notify(room).map_err(needed))
                }
            };
            if is_written { Step::Sealed } else { Step::Failed(Error::EncryptError) }
        }
        Ok(ConnectionState::BlockedHandshake) => Step::Done,
        Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => Step::Ended,
        // Early data is not allowed by our settings, and what is new is not known.
        Ok(other) => Step::Failed(Error::General(format!("{other:?}"))),
    };
    (status.discard, step)
}

/// Has something written behind what is to be sent, with more room where that is asked for.
fn written(
    out: &mut Outgoing,
    spare: &Spare,
    size: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
) -> bool {
    let mut size = size;
    loop {
        match write(out.room(size, spare)) {
            Ok(count) => {
                out.written(count);
                return true;
            }
            Err(Some(needed)) if needed > size => size = needed,
            Err(_) => return false,
        }
    }
}
