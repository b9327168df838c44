//! A Storage SCP: a thread a connection, data sets into files of a folder or nowhere.

use std::fs;
use std::io::Result;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::peer::{Message, Peer};
use crate::wire::{accept, number, pdu, value};

/// Where instances go: each is a file of its data set, named by its UID, or only counted.
pub struct Sink {
    folder: Option<PathBuf>,
    pub count: AtomicUsize,
}

impl Sink {
    pub fn new(folder: &str) -> Self {
        let folder = (folder != "discard").then(|| Path::new(folder).to_path_buf());
        Self { folder, count: AtomicUsize::new(0) }
    }

    pub fn keep(&self, message: &Message) -> Result<()> {
        if let Some(folder) = &self.folder {
            let uid =
                String::from_utf8_lossy(value(&message.command, 0x1000).unwrap_or_default()).into_owned();
            let uid = uid.trim_end_matches(['\0', ' ']).replace('/', "_");
            fs::write(folder.join(uid), &message.data)?;
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Serves for ever, in threads: of each association up to so many operations at once, one after the other.
pub fn listen(port: u16, sink: &Arc<Sink>, most: u16) -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let sink = Arc::clone(sink);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sink = Arc::clone(&sink);
            thread::spawn(move || serve(stream, &sink, most));
        }
    });
    Ok(())
}

fn serve(stream: TcpStream, sink: &Sink, most: u16) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut peer = Peer::over(Box::new(stream));
    let (kind, content) = peer.pdu()?;
    if kind != 1 {
        return Ok(());
    }
    let answer = accept(content, most);
    peer.send(&answer)?;
    while let Some(message) = peer.message()? {
        if number(&message.command, 0x100) == Some(1) {
            sink.keep(&message)?;
            peer.acknowledge(&message)?;
        } else {
            let set = crate::wire::command(&[
                (2, value(&message.command, 2).unwrap_or_default()),
                (0x100, &[0x30, 0x80]),
                (0x120, value(&message.command, 0x110).unwrap_or_default()),
                (0x800, &[1, 1]),
                (0x900, &[0, 0]),
            ]);
            peer.send(&crate::wire::fragment(message.context, 3, &set))?;
        }
    }
    peer.send(&pdu(6, &[0; 4]))
}
