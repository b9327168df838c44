//! The records of one connection: what comes is opened in the memory that it was read into, what goes is sealed in full records.

use std::io::{ErrorKind, IoSlice};
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::{HandshakeKind, ProtocolVersion};
use tokio::net::TcpStream;

use super::engine::{Engine, RECORD, Sending, Step};
use super::outgoing::{Outgoing, Spare};
use super::profile::suite_name;
use super::slices::Place;
use super::{Client, Failure, Security, Server};
use crate::{Error, Metrics, Result};

/// Bytes that are sealed before they are sent.
const BATCH: usize = 8 * RECORD;
/// Bytes of a handshake, or of a record that is not complete, that are kept for more to come. Chains of certificates are shorter.
const HELD: usize = 40 << 10;
/// The least memory that can be read into: the room in front, what is held, and some more.
pub(crate) const LEAST: usize = RECORD + HELD + (8 << 10);

const TOO_LONG: &str = "a message of the handshake is too long";

/// How far it has come.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Phase {
    Shaking,
    Open,
    /// The peer has closed it in order, and sends nothing more.
    Ended,
    Failed(Failure, Box<str>),
}

/// The TLS of a connection, in either role.
pub(crate) struct Session {
    engine: Engine,
    phase: Phase,
    /// The beginning of a record, or of a message of a handshake.
    held: Vec<u8>,
    out: Outgoing,
    spare: Arc<Spare>,
    metrics: Arc<Metrics>,
    /// The first byte of the peer, which tells what it speaks.
    first: Option<u8>,
}

impl Session {
    pub(crate) fn server(server: &Server, metrics: &Arc<Metrics>) -> Result<Self> {
        let engine =
            UnbufferedServerConnection::new(Arc::clone(&server.config)).map_err(|error| fail(&error))?;
        Ok(Self::new(Engine::Server(engine), &server.spare, metrics))
    }

    pub(crate) fn client(client: &Client, address: IpAddr, metrics: &Arc<Metrics>) -> Result<Self> {
        let (config, name) = (Arc::clone(&client.config), client.name_or(address));
        let engine = UnbufferedClientConnection::new(config, name).map_err(|error| fail(&error))?;
        let mut session = Self::new(Engine::Client(engine), &client.spare, metrics);
        // The first message is ours.
        session.go_on(&Sending::Nothing);
        Ok(session)
    }

    fn new(engine: Engine, spare: &Arc<Spare>, metrics: &Arc<Metrics>) -> Self {
        let (phase, held, out) = (Phase::Shaking, Vec::new(), Outgoing::default());
        let (spare, metrics) = (Arc::clone(spare), Arc::clone(metrics));
        Self { engine, phase, held, out, spare, metrics, first: None }
    }

    /// True while the handshake goes on.
    pub(crate) fn is_shaking(&self) -> bool {
        self.phase == Phase::Shaking
    }

    /// True where there is something to be told without reading more: the end, or what went wrong.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended | Phase::Failed(..))
    }

    /// True where records wait for being sent.
    pub(crate) fn has_output(&self) -> bool {
        !self.out.is_empty()
    }

    /// What was agreed on, once it was.
    pub(crate) fn security(&self) -> Option<Security> {
        let state = self.engine.state();
        let is_12 = state.protocol_version()? == ProtocolVersion::TLSv1_2;
        let certificates = state.peer_certificates().unwrap_or_default();
        Some(Security {
            version: if is_12 { "TLSv1.2" } else { "TLSv1.3" },
            suite: suite_name(state.negotiated_cipher_suite()?.suite()),
            is_resumed: state.handshake_kind() == Some(HandshakeKind::Resumed),
            certificates: certificates.iter().map(|one| one.to_vec()).collect(),
        })
    }

    /// Reads once, `most` bytes or fewer. `None` where there is nothing yet, no bytes at the end. The memory is [`LEAST`] bytes long or longer.
    pub(crate) fn read(&mut self, stream: &TcpStream, into: &mut [u8], most: usize) -> Result<Option<usize>> {
        self.flush(stream)?;
        match &self.phase {
            Phase::Failed(failure, why) => return Err(Error::Insecure(*failure, why.clone())),
            Phase::Ended => return Ok(Some(0)),
            Phase::Shaking | Phase::Open => {}
        }
        // What is opened is shorter than what was sealed. With a record's length of room in front of it, it can be put to the front without
        // ever running into what is still sealed.
        let begin = RECORD + self.held.len();
        let end = into.len().min(begin.saturating_add(most));
        let count = match into
            .get_mut(begin..end)
            .filter(|room| !room.is_empty())
            .map(|room| stream.try_read(room))
        {
            Some(Ok(count)) => count,
            Some(Err(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                return Ok(None);
            }
            Some(Err(error)) => return Err(error.into()),
            None => return Err(self.failed(Failure::Broken, TOO_LONG)),
        };
        if count == 0 {
            // Many peers say no farewell; that an association has not ended before its connection is known by its own rules.
            return if self.is_shaking() { Err(self.failed(Failure::Ended, "")) } else { Ok(Some(0)) };
        }
        if let Some(place) = into.get_mut(RECORD..begin) {
            place.copy_from_slice(&self.held);
        }
        self.first = self.first.or_else(|| into.get(begin).copied());
        self.metrics.tls_bytes_in.add(count as u64);
        let opened = self.open(into.get_mut(..begin + count).unwrap_or_default());
        self.flush(stream)?;
        match &self.phase {
            _ if opened > 0 => Ok(Some(opened)),
            Phase::Failed(failure, why) => Err(Error::Insecure(*failure, why.clone())),
            Phase::Ended => Ok(Some(0)),
            Phase::Shaking | Phase::Open => Ok(None),
        }
    }

    /// Opens all that is complete, and keeps the rest. How many bytes are at the front then.
    fn open(&mut self, bytes: &mut [u8]) -> usize {
        let (mut at, mut opened) = (RECORD, 0);
        while let Some((front, incoming)) = bytes.split_at_mut_checked(at) {
            let front = front.get_mut(opened..).unwrap_or_default();
            let out = (&mut self.out, &*self.spare);
            let (discard, step) = self.engine.step(incoming, front, &Sending::Nothing, out);
            at += discard;
            self.established();
            match step {
                Step::Opened(count) => opened += count,
                Step::More | Step::Sealed => {}
                Step::Done => break,
                Step::Ended => {
                    self.phase = Phase::Ended;
                    break;
                }
                Step::Failed(error) => {
                    self.broke(&error);
                    break;
                }
            }
        }
        let rest = bytes.get(at..).unwrap_or_default();
        if self.has_ended() || rest.is_empty() {
            self.held = Vec::new();
        } else if rest.len() > HELD {
            drop(self.failed(Failure::Broken, TOO_LONG));
        } else {
            self.held.clear();
            self.held.extend_from_slice(rest);
        }
        opened
    }

    /// Takes of the slices what can be sealed now; none where what was sealed before is not sent yet.
    pub(crate) fn write(&mut self, stream: &TcpStream, slices: &[IoSlice<'_>]) -> Result<usize> {
        if !self.flush(stream)? || slices.is_empty() {
            return Ok(0);
        }
        match &self.phase {
            Phase::Failed(failure, why) => return Err(Error::Insecure(*failure, why.clone())),
            // Nothing is said before it is known to whom.
            Phase::Shaking => return Err(Error::Lost),
            Phase::Open | Phase::Ended => {}
        }
        let (mut from, mut sealed) = (Place::default(), 0);
        while sealed < BATCH {
            let Some(first) = from.rest(slices) else { break };
            // Whole records are sealed from where they are; what is between them is gathered first.
            let whole = first.len().min(BATCH - sealed) / RECORD * RECORD;
            let mut gathered = [0; RECORD];
            let bytes = if whole > 0 { first.get(..whole) } else { from.gather(slices, &mut gathered) };
            let bytes = bytes.unwrap_or_default();
            if !self.go_on(&Sending::Data(bytes)) {
                return Err(match &self.phase {
                    Phase::Failed(failure, why) => Error::Insecure(*failure, why.clone()),
                    _ => Error::Lost,
                });
            }
            sealed += bytes.len();
            from.advance(slices, bytes.len());
        }
        self.flush(stream)?;
        Ok(sealed)
    }

    /// Sends what waits as far as the network takes it; true where nothing is left.
    pub(crate) fn flush(&mut self, stream: &TcpStream) -> Result<bool> {
        while !self.out.is_empty() {
            match stream.try_write(self.out.bytes()) {
                Ok(0) => return Err(Error::Lost),
                Ok(count) => {
                    self.out.sent(count, &self.spare);
                    self.metrics.tls_bytes_out.add(count as u64);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// Says that nothing more comes, without waiting for anybody.
    pub(crate) fn close(&mut self, stream: &TcpStream) {
        if matches!(self.phase, Phase::Open | Phase::Ended) {
            self.go_on(&Sending::Farewell);
        }
        // There is nobody left to be told that it did not go.
        let _ = self.flush(stream);
    }

    /// Does what can be done without the network; true where what was to be sent is sealed.
    fn go_on(&mut self, sending: &Sending<'_>) -> bool {
        loop {
            let out = (&mut self.out, &*self.spare);
            let (discard, step) = self.engine.step(&mut self.held, &mut [], sending, out);
            self.held.drain(..discard.min(self.held.len()));
            match step {
                Step::More | Step::Opened(_) => {}
                Step::Sealed => return true,
                Step::Done | Step::Ended => return false,
                Step::Failed(error) => {
                    self.broke(&error);
                    return false;
                }
            }
        }
    }

    fn established(&mut self) {
        if self.is_shaking() && !self.engine.state().is_handshaking() {
            self.phase = Phase::Open;
            self.metrics.handshakes.one();
            if self.engine.state().handshake_kind() == Some(HandshakeKind::Resumed) {
                self.metrics.handshakes_resumed.one();
            }
        }
    }

    /// The peer is told by an alert, which is there to be sent already.
    fn broke(&mut self, error: &rustls::Error) {
        let (failure, why) = Failure::of(error, self.first);
        drop(self.failed(failure, &why));
        while self.engine.state().wants_write() {
            let out = (&mut self.out, &*self.spare);
            let (_, step) = self.engine.step(&mut [], &mut [], &Sending::Nothing, out);
            if !matches!(step, Step::More) {
                break;
            }
        }
    }

    fn failed(&mut self, failure: Failure, why: &str) -> Error {
        if self.is_shaking() {
            self.metrics.handshakes_failed.one();
        }
        self.phase = Phase::Failed(failure, why.into());
        Error::Insecure(failure, why.into())
    }
}

fn fail(error: &rustls::Error) -> Error {
    let (failure, why) = Failure::of(error, None);
    Error::Insecure(failure, why.into())
}
