//! A connection: what is sent goes out in as few calls as possible, and nobody waits for ever.

use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{Error, Result};

/// Slices that one call sends.
const SLICES: usize = 128;

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    patience: Duration,
}

impl Connection {
    /// Small messages wait for nothing (`TCP_NODELAY`): answers are shorter than a segment.
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, patience })
    }

    pub(crate) async fn open(to: SocketAddr, connect: Duration, patience: Duration) -> Result<Self> {
        match timeout(connect, TcpStream::connect(to)).await {
            Ok(stream) => Self::new(stream?, patience),
            Err(_) => Err(Error::TimedOut("a connection could not be opened")),
        }
    }

    /// Returns when there is something to read, or the end.
    pub(crate) async fn readable(&self) -> Result<()> {
        Ok(self.stream.readable().await?)
    }

    /// What there is to read; `None` where there is nothing yet, no bytes at the end.
    pub(crate) fn read(&self, into: &mut [u8]) -> Result<Option<usize>> {
        match self.stream.try_read(into) {
            Ok(count) => Ok(Some(count)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends all of the slices.
    pub(crate) async fn send(&self, slices: &mut [IoSlice<'_>]) -> Result<u64> {
        let mut rest = slices;
        let mut sent = 0;
        // An empty slice at the front would look like the end of the connection.
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            let some = rest.get(..SLICES).unwrap_or(rest);
            match self.stream.try_write_vectored(some) {
                Ok(0) => return Err(Error::Lost),
                Ok(count) => {
                    sent += count as u64;
                    IoSlice::advance_slices(&mut rest, count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if timeout(self.patience, self.stream.writable()).await.is_err() {
                        return Err(Error::TimedOut("the peer does not take what it is sent"));
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(sent)
    }

    /// Sends what there is of PDUs, and leaves nothing of it.
    pub(crate) async fn flush(&self, output: &mut Vec<u8>) -> Result<u64> {
        if output.is_empty() {
            return Ok(0);
        }
        let sent = self.send(&mut [IoSlice::new(output)]).await;
        *output = Vec::new();
        sent
    }
}
