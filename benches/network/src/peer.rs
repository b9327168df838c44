//! A connection to a peer, plain or by TLS, and what is asked of it there.

use std::io::{Read, Result, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::wire::{self, VERIFICATION, command, fragment, number, pdu, request, wrong};

/// What both kinds of connection are.
pub trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

/// Where a peer is, and how it is reached.
#[derive(Clone)]
pub struct Place {
    pub address: String,
    pub called: String,
    /// Operations that are proposed to be under way at once.
    pub invoked: u16,
    pub tls: Option<Arc<ClientConfig>>,
}

/// Certificates of the authority, and our own with its key: files of PEM.
pub fn client_tls(authority: &str, certificate: &str, key: &str) -> Result<Arc<ClientConfig>> {
    let certificates = |path: &str| {
        let read =
            CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
        read.map_err(|_| wrong("no certificates"))
    };
    let mut roots = RootCertStore::empty();
    for one in certificates(authority)? {
        roots.add(one).map_err(|_| wrong("not a certificate"))?;
    }
    let chain = certificates(certificate)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| wrong("no key"))?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_client_auth_cert(chain, key);
    Ok(Arc::new(config.map_err(|_| wrong("not a key"))?))
}

/// A message of a peer: the context, the command set, and the data set behind it.
pub struct Message {
    pub context: u8,
    pub command: Vec<u8>,
    pub data: Vec<u8>,
}

pub struct Peer {
    stream: Box<dyn Stream>,
    read: Vec<u8>,
    begin: usize,
    /// Operations that may be under way at once.
    invoked: usize,
    under_way: usize,
}

impl Peer {
    /// Opens an association with these contexts.
    pub fn associate(place: &Place, contexts: &[u8]) -> Result<Self> {
        let stream = TcpStream::connect(&place.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let mut peer = match &place.tls {
            Some(config) => {
                let name = ServerName::try_from("localhost").map_err(|_| wrong("no name"))?;
                let connection =
                    ClientConnection::new(Arc::clone(config), name).map_err(|_| wrong("no connection"))?;
                Self::over(Box::new(StreamOwned::new(connection, stream)))
            }
            None => Self::over(Box::new(stream)),
        };
        peer.send(&request(&place.called, contexts, place.invoked))?;
        match peer.pdu()? {
            (2, content) => {
                // 0 is any number.
                let agreed = [wire::operations_of(content), place.invoked].into_iter().filter(|one| *one > 0);
                peer.invoked = agreed.min().map_or(usize::from(u16::MAX), usize::from);
                Ok(peer)
            }
            (kind, _) => Err(wrong(&format!("the association was answered by a PDU of type {kind}"))),
        }
    }

    pub fn over(stream: Box<dyn Stream>) -> Self {
        Self { stream, read: Vec::new(), begin: 0, invoked: 1, under_way: 0 }
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// The next PDU: its type, and where its content is.
    pub fn pdu(&mut self) -> Result<(u8, &[u8])> {
        loop {
            if let Some(&[kind, _, a, b, c, d]) =
                self.read.get(self.begin..).and_then(<[u8]>::first_chunk::<6>)
            {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                let content = self.begin + 6;
                if self.read.len() >= content + length {
                    self.begin = content + length;
                    return Ok((kind, &self.read[content..content + length]));
                }
            }
            self.read.drain(..self.begin);
            self.begin = 0;
            let held = self.read.len();
            self.read.resize(held + (64 << 10), 0);
            let count = self.stream.read(&mut self.read[held..])?;
            self.read.truncate(held + count);
            if count == 0 {
                return Err(wrong("the connection was closed"));
            }
        }
    }

    /// The next message; `None` where the peer asks for the end.
    pub fn message(&mut self) -> Result<Option<Message>> {
        let mut message = Message { context: 0, command: Vec::new(), data: Vec::new() };
        let (mut has_command, mut has_data) = (false, false);
        while !has_command || !has_data {
            let (kind, mut rest) = self.pdu()?;
            match kind {
                4 => {}
                5 => return Ok(None),
                _ => return Err(wrong(&format!("a PDU of type {kind}"))),
            }
            while let Some(&[a, b, c, d, context, flags]) = rest.first_chunk::<6>() {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                let content = rest.get(6..4 + length).ok_or_else(|| wrong("a value past its PDU"))?;
                message.context = context;
                if flags & 1 == 1 {
                    message.command.extend_from_slice(content);
                    has_command |= flags & 2 == 2;
                    has_data |= has_command && number(&message.command, 0x800) == Some(0x101);
                } else {
                    message.data.extend_from_slice(content);
                    has_data |= flags & 2 == 2;
                }
                rest = &rest[4 + length..];
            }
        }
        Ok(Some(message))
    }

    /// Waits for an answer with status 0000.
    pub fn answer(&mut self) -> Result<()> {
        let message = self.message()?.ok_or_else(|| wrong("a release instead of an answer"))?;
        match number(&message.command, 0x900) {
            Some(0) => Ok(()),
            status => Err(wrong(&format!("status {status:04X?}"))),
        }
    }

    /// Sends a request, once there is a place for one more, and is behind with the answers by as many as are under way.
    pub fn invoke(&mut self, message: &[u8]) -> Result<()> {
        self.send(message)?;
        self.under_way += 1;
        while self.under_way >= self.invoked {
            self.answer()?;
            self.under_way -= 1;
        }
        Ok(())
    }

    /// Waits for all the answers.
    pub fn settle(&mut self) -> Result<()> {
        while self.under_way > 0 {
            self.answer()?;
            self.under_way -= 1;
        }
        Ok(())
    }

    pub fn echo(&mut self, id: u16) -> Result<()> {
        let class = VERIFICATION.as_bytes();
        let set = command(&[(2, class), (0x100, &[0x30, 0]), (0x110, &id.to_le_bytes()), (0x800, &[1, 1])]);
        self.send(&fragment(1, 3, &set))?;
        self.answer()
    }

    /// Sends a request with an identifier.
    pub fn ask(&mut self, context: u8, field: u16, more: &[(u16, &[u8])], identifier: &[u8]) -> Result<()> {
        let class = wire::CONTEXTS.iter().find(|(id, ..)| *id == context).map_or("", |(_, class, _)| class);
        let field = field.to_le_bytes();
        let mut elements: Vec<(u16, &[u8])> = vec![
            (2, class.as_bytes()),
            (0x100, &field),
            (0x110, &[1, 0]),
            (0x700, &[0, 0]),
            (0x800, &[1, 0]),
        ];
        elements.extend(more);
        elements.sort_by_key(|(number, _)| *number);
        let bytes = [fragment(context, 3, &command(&elements)), fragment(context, 2, identifier)].concat();
        self.send(&bytes)
    }

    /// Acknowledges an instance.
    pub fn acknowledge(&mut self, message: &Message) -> Result<()> {
        let value = |tag| wire::value(&message.command, tag).unwrap_or_default();
        let set = command(&[
            (2, value(2)),
            (0x100, &[1, 0x80]),
            (0x120, value(0x110)),
            (0x800, &[1, 1]),
            (0x900, &[0, 0]),
            (0x1000, value(0x1000)),
        ]);
        self.send(&fragment(message.context, 3, &set))
    }

    pub fn release(mut self) -> Result<()> {
        self.send(&pdu(5, &[0; 4]))?;
        match self.pdu()? {
            (6, _) => Ok(()),
            _ => Err(wrong("no answer to the release")),
        }
    }
}
