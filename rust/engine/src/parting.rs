//! The end of a socket as others see it. A process that was forked from ours holds copies of our sockets, and as long as it does so the system
//! keeps open what we close: peers would wait, and a port would stay taken.

use std::ops::Deref;
use std::os::fd::AsFd;

use rustix::net::{RecvFlags, Shutdown, recv, shutdown};
use tokio::net::TcpListener;

/// Bytes of what is unread that are thrown away at the end.
const UNREAD: usize = 1 << 20;

/// Nothing more is sent, whoever holds copies. What has come and nobody reads is thrown away: else the system would break the connection, and
/// with it what was sent and did not arrive yet.
pub(crate) fn part(socket: &impl AsFd) {
    // One that is not connected any more has nobody to be told.
    let _ = shutdown(socket, Shutdown::Write);
    let (mut waste, mut left) = ([0_u8; 4096], UNREAD);
    while let Ok((count @ 1.., _)) = recv(socket, &mut waste[..], RecvFlags::DONTWAIT) {
        left = left.saturating_sub(count);
        if left == 0 {
            break;
        }
    }
}

/// A listener that listens no more once it is dropped.
#[derive(Debug)]
pub(crate) struct Listening(pub(crate) TcpListener);

impl Deref for Listening {
    type Target = TcpListener;

    fn deref(&self) -> &TcpListener {
        &self.0
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = shutdown(&self.0, Shutdown::Both);
    }
}
