//! A connection, plain or secured: what can be read and written now, and a wait for more. Who uses it looks at the clock.

use std::fmt;
use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::parting::part;
use crate::tls::{self, Security};
use crate::{Metrics, Result};

/// How long an address of a host is tried alone.
const ALONE: Duration = Duration::from_millis(250);

pub(crate) struct Connection {
    stream: TcpStream,
    /// The handshake of a server is a part of reading: until it is done there is nothing to read.
    tls: Option<Box<tls::Session>>,
}

impl Connection {
    /// Small messages wait for nothing (`TCP_NODELAY`): answers are shorter than a segment.
    pub(crate) fn new(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, tls: None })
    }

    /// One that a client has opened, and that is secured.
    pub(crate) fn accept_secure(
        stream: TcpStream,
        server: &tls::Server,
        metrics: &Arc<Metrics>,
    ) -> Result<Self> {
        let mut connection = Self::new(stream)?;
        connection.tls = Some(Box::new(tls::Session::server(server, metrics)?));
        Ok(connection)
    }

    /// Opens a connection to a host of some addresses, from an address where one is said. An address that says nothing is not waited for alone:
    /// after a while the next one is tried as well, and whichever is there first is taken (RFC 8305, 5).
    pub(crate) async fn open(to: &[SocketAddr], from: Option<SocketAddr>) -> Result<Self> {
        if let [only] = to {
            return Self::new(connect(*only, from).await?);
        }
        let (mut left, mut tries) = (to.iter(), JoinSet::new());
        let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
        loop {
            if let Some(next) = left.next() {
                tries.spawn(connect(*next, from));
            }
            tokio::select! {
                Some(opened) = tries.join_next() => match opened {
                    Ok(Ok(stream)) => return Self::new(stream),
                    Ok(Err(error)) => last = error,
                    Err(_) => {}
                },
                () = sleep(ALONE), if left.len() > 0 => {}
                else => return Err(last.into()),
            }
        }
    }

    /// Secures one that was opened.
    pub(crate) async fn secure(&mut self, client: &tls::Client, metrics: &Arc<Metrics>) -> Result<()> {
        let address = self.stream.peer_addr()?.ip();
        self.tls = Some(Box::new(tls::Session::client(client, address, metrics)?));
        let mut memory = vec![0; tls::LEAST];
        while self.tls.as_ref().is_some_and(|session| session.is_shaking()) {
            self.ready(true, false).await?;
            // Nothing of an association comes before we have asked for one.
            if self.read(&mut memory, tls::LEAST)?.is_some_and(|count| count > 0) {
                return Err(tls::Failure::Broken.into());
            }
        }
        Ok(())
    }

    /// What was agreed on for one that is secured.
    pub(crate) fn security(&self) -> Option<Security> {
        self.tls.as_ref()?.security()
    }

    /// Both ends: ours and the peer's.
    pub(crate) fn ends(&self) -> Result<(SocketAddr, SocketAddr)> {
        Ok((self.stream.local_addr()?, self.stream.peer_addr()?))
    }

    /// Returns when it may be read or written, whichever is asked for, and whether it may be read; never where nothing is asked for.
    pub(crate) async fn ready(&mut self, read: bool, write: bool) -> Result<bool> {
        loop {
            let (has_ended, has_output) = self
                .tls
                .as_ref()
                .map_or((false, false), |session| (session.has_ended(), session.has_output()));
            if read && has_ended {
                return Ok(true);
            }
            // Records that wait for being sent are sent meanwhile: the peer may wait for them.
            let interest = match (read, write || has_output) {
                (true, true) => Interest::READABLE | Interest::WRITABLE,
                (true, false) => Interest::READABLE,
                (false, true) => Interest::WRITABLE,
                (false, false) => return std::future::pending().await,
            };
            let is_readable = self.stream.ready(interest).await?.is_readable();
            if has_output && let Some(session) = &mut self.tls {
                session.flush(&self.stream)?;
            }
            if is_readable || write {
                return Ok(is_readable);
            }
        }
    }

    /// What there is to read, from about `most` bytes of the network; `None` where there is nothing yet, no bytes at the end. The memory is
    /// one of those that are lent, whole.
    pub(crate) fn read(&mut self, into: &mut [u8], most: usize) -> Result<Option<usize>> {
        if let Some(session) = &mut self.tls {
            return session.read(&self.stream, into, most);
        }
        let (into, mut short) = (into.get_mut(..most).unwrap_or_default(), None);
        let read =
            self.stream.try_io(Interest::READABLE, || match rustix::io::read(&self.stream, &mut *into)? {
                count if count == 0 || count == into.len() => Ok(count),
                count => {
                    // There was no more, which need not be asked for: the system tells of what comes after this.
                    short = Some(count);
                    Err(ErrorKind::WouldBlock.into())
                }
            });
        match read {
            Ok(count) => Ok(Some(count)),
            Err(_) if short.is_some() => Ok(short),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes of the slices what can be taken now; none where nothing can.
    pub(crate) fn write(&mut self, slices: &[IoSlice<'_>]) -> Result<usize> {
        if let Some(session) = &mut self.tls {
            return session.write(&self.stream, slices);
        }
        loop {
            match self.stream.try_write_vectored(slices) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// True while bytes that were taken are not with the system yet; writing nothing pushes them on.
    pub(crate) fn is_pending(&self) -> bool {
        self.tls.as_ref().is_some_and(|session| session.has_output())
    }
}

async fn connect(to: SocketAddr, from: Option<SocketAddr>) -> std::io::Result<TcpStream> {
    let Some(from) = from else { return TcpStream::connect(to).await };
    let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(from)?;
    socket.connect(to).await
}

impl Drop for Connection {
    /// RFC 8446 6.1: who closes says so, and waits for nobody.
    fn drop(&mut self) {
        if let Some(session) = &mut self.tls {
            session.close(&self.stream);
        }
        part(&self.stream);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_secure = self.tls.is_some();
        f.debug_struct("Connection").field("stream", &self.stream).field("is_secure", &is_secure).finish()
    }
}
