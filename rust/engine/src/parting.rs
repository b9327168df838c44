//! The end of a socket as others see it. A process that was forked from ours holds copies of our sockets, and as long as it does so the system
//! keeps open what we close: peers would wait, and a port would stay taken.

use std::ops::Deref;
use std::os::fd::AsFd;

use rustix::net::{Shutdown, shutdown};
use tokio::net::TcpListener;

/// Nothing more is sent, whoever holds copies.
pub(crate) fn part(socket: &impl AsFd) {
    // One that is not connected any more has nobody to be told.
    let _ = shutdown(socket, Shutdown::Write);
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
