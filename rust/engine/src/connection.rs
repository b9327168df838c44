//! A connection: what can be read and written now, and a wait for more. Who uses it looks at the clock.

use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;

use tokio::io::Interest;
use tokio::net::{TcpSocket, TcpStream};

use crate::Result;

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
}

impl Connection {
    /// Small messages wait for nothing (`TCP_NODELAY`): answers are shorter than a segment.
    pub(crate) fn new(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream })
    }

    /// Opens a connection, from an address where one is said.
    pub(crate) async fn open(to: SocketAddr, from: Option<SocketAddr>) -> Result<Self> {
        let stream = match from {
            None => TcpStream::connect(to).await?,
            Some(from) => {
                let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
                socket.set_reuseaddr(true)?;
                socket.bind(from)?;
                socket.connect(to).await?
            }
        };
        Self::new(stream)
    }

    /// Both ends: ours and the peer's.
    pub(crate) fn ends(&self) -> Result<(SocketAddr, SocketAddr)> {
        Ok((self.stream.local_addr()?, self.stream.peer_addr()?))
    }

    /// Returns when it may be read or written, whichever is asked for, and whether it may be read; never where nothing is asked for.
    pub(crate) async fn ready(&mut self, read: bool, write: bool) -> Result<bool> {
        let interest = match (read, write) {
            (true, true) => Interest::READABLE | Interest::WRITABLE,
            (true, false) => Interest::READABLE,
            (false, true) => Interest::WRITABLE,
            (false, false) => return std::future::pending().await,
        };
        Ok(self.stream.ready(interest).await?.is_readable())
    }

    /// What there is to read; `None` where there is nothing yet, no bytes at the end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<Option<usize>> {
        match self.stream.try_read(into) {
            Ok(count) => Ok(Some(count)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes of the slices what can be taken now; none where nothing can.
    pub(crate) fn write(&mut self, slices: &[IoSlice<'_>]) -> Result<usize> {
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
    #[expect(clippy::unused_self, reason = "a connection with records of its own holds some back")]
    pub(crate) fn is_pending(&self) -> bool {
        false
    }
}
