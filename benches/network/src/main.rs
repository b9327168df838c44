//! A neutral client: it measures any Storage SCP in the same way, and shares no code with any of them.
//!
//! ```text
//! neutral echo HOST:PORT AET COUNT                          echoes on one association
//! neutral associate HOST:PORT AET COUNT                     associations one after the other
//! neutral store HOST:PORT AET COUNT BYTES ASSOCIATIONS SEED instances of so many bytes of pixel data, divided among associations
//! ```
//!
//! It prints the seconds that were measured. Instances have UIDs `1.2.826.0.1.SEED.NUMBER`, and pixel data that follow from the number.

use std::env::args;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

const VERIFICATION: &str = "1.2.840.10008.1.1";
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidData, message.to_owned())
}

fn item(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16).to_be_bytes();
    [&[kind, 0, length[0], length[1]], content].concat()
}

fn pdu(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &(content.len() as u32).to_be_bytes(), content].concat()
}

fn context(id: u8, class: &str, syntax: &str) -> Vec<u8> {
    let parts = [vec![id, 0, 0, 0], item(0x30, class.as_bytes()), item(0x40, syntax.as_bytes())];
    item(0x20, &parts.concat())
}

fn request(called: &str) -> Vec<u8> {
    let title = |text: &str| format!("{text:<16}").into_bytes();
    let user =
        [item(0x51, &131_072_u32.to_be_bytes()), item(0x52, b"1.2.3.4"), item(0x55, b"NEUTRAL")].concat();
    let parts = [
        vec![0, 1, 0, 0],
        title(called),
        title("NEUTRAL"),
        vec![0; 32],
        item(0x10, b"1.2.840.10008.3.1.1.1"),
        context(1, VERIFICATION, IMPLICIT),
        context(3, CT, EXPLICIT),
        item(0x50, &user),
    ];
    pdu(1, &parts.concat())
}

fn element(element: u16, value: &[u8]) -> Vec<u8> {
    let padded = value.len() + value.len() % 2;
    let mut out = [&[0, 0][..], &element.to_le_bytes(), &(padded as u32).to_le_bytes(), value].concat();
    out.resize(8 + padded, 0);
    out
}

/// A command set with its group length.
fn command(elements: &[(u16, &[u8])]) -> Vec<u8> {
    let rest: Vec<u8> = elements.iter().flat_map(|(number, value)| element(*number, value)).collect();
    [element(0, &(rest.len() as u32).to_le_bytes()), rest].concat()
}

/// A PDU with one fragment.
fn fragment(context: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32 + 2).to_be_bytes();
    pdu(4, &[&length[..], &[context, flags], content].concat())
}

/// Bytes of content of a PDU: what every peer takes.
const ROOM: usize = 16_378;

struct Peer {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Peer {
    fn associate(address: &str, called: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut peer = Self { stream, read: Vec::new() };
        peer.stream.write_all(&request(called))?;
        match peer.pdu()? {
            (2, _) => Ok(peer),
            _ => Err(wrong("the association was not accepted")),
        }
    }

    fn pdu(&mut self) -> Result<(u8, Vec<u8>)> {
        loop {
            if let Some(&[kind, _, a, b, c, d]) = self.read.first_chunk::<6>() {
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                if self.read.len() >= 6 + length {
                    let content = self.read[6..6 + length].to_vec();
                    self.read.drain(..6 + length);
                    return Ok((kind, content));
                }
            }
            let mut chunk = [0; 16_384];
            match self.stream.read(&mut chunk)? {
                0 => return Err(wrong("the connection was closed")),
                count => self.read.extend_from_slice(&chunk[..count]),
            }
        }
    }

    /// Waits for an answer with status 0000.
    fn answer(&mut self) -> Result<()> {
        let (kind, content) = self.pdu()?;
        // Behind the head of the PDV: elements, a tag and a length in front of each.
        let mut rest = content.get(6..).unwrap_or_default();
        let mut status = None;
        while let Some(&[g0, g1, e0, e1, l0, l1, l2, l3]) = rest.first_chunk::<8>() {
            let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
            let value = rest.get(8..8 + length).ok_or_else(|| wrong("an element past the end"))?;
            if [g0, g1, e0, e1] == [0, 0, 0, 9] {
                status = Some(value);
            }
            rest = &rest[8 + length..];
        }
        match status {
            Some([0, 0]) if kind == 4 => Ok(()),
            _ => Err(wrong("no success")),
        }
    }

    fn echo(&mut self, id: u16) -> Result<()> {
        let class = VERIFICATION.as_bytes();
        let set = command(&[(2, class), (0x100, &[0x30, 0]), (0x110, &id.to_le_bytes()), (0x800, &[1, 1])]);
        self.stream.write_all(&fragment(1, 3, &set))?;
        self.answer()
    }

    fn release(mut self) -> Result<()> {
        self.stream.write_all(&pdu(5, &[0; 4]))?;
        match self.pdu()? {
            (6, _) => Ok(()),
            _ => Err(wrong("no answer to the release")),
        }
    }
}

/// A data set in explicit VR little endian.
fn data_set(uid: &str, number: usize, size: usize) -> Vec<u8> {
    let short = |group: u16, element: u16, vr: &str, value: &[u8]| {
        let padded = value.len() + value.len() % 2;
        let mut out = [
            &group.to_le_bytes()[..],
            &element.to_le_bytes(),
            vr.as_bytes(),
            &(padded as u16).to_le_bytes(),
            value,
        ]
        .concat();
        out.resize(8 + padded, 0);
        out
    };
    let mut out = [short(8, 0x16, "UI", CT.as_bytes()), short(8, 0x18, "UI", uid.as_bytes())].concat();
    out.extend(short(8, 0x60, "CS", b"CT"));
    out.extend(short(0x20, 0x0D, "UI", b"1.2.826.0.1.1"));
    out.extend(short(0x20, 0x0E, "UI", b"1.2.826.0.1.2"));
    for (element, value) in
        [(0x02, 1_u16), (0x10, 512), (0x11, 512), (0x100, 16), (0x101, 16), (0x102, 15), (0x103, 0)]
    {
        out.extend(short(0x28, element, "US", &value.to_le_bytes()));
    }
    out.extend([0xE0, 0x7F, 0x10, 0, b'O', b'W', 0, 0]);
    out.extend((size as u32).to_le_bytes());
    out.extend((0..size).map(|at| (at * 7 + at / 251 + number) as u8));
    out
}

/// The bytes of a C-STORE, as the peer receives them.
fn message(id: u16, uid: &str, data: &[u8]) -> Vec<u8> {
    let set = command(&[
        (2, CT.as_bytes()),
        (0x100, &[1, 0]),
        (0x110, &id.to_le_bytes()),
        (0x700, &[0, 0]),
        (0x800, &[1, 0]),
        (0x1000, uid.as_bytes()),
    ]);
    let mut out = fragment(3, 3, &set);
    let count = data.chunks(ROOM).len();
    for (number, chunk) in data.chunks(ROOM).enumerate() {
        out.extend(fragment(3, if number + 1 == count { 2 } else { 0 }, chunk));
    }
    out
}

/// When a share of the instances began and ended.
fn store(address: &str, called: &str, messages: &[Vec<u8>], start: &Barrier) -> Result<(Instant, Instant)> {
    start.wait();
    let began = Instant::now();
    let mut peer = Peer::associate(address, called)?;
    for message in messages {
        peer.stream.write_all(message)?;
        peer.answer()?;
    }
    peer.release()?;
    Ok((began, Instant::now()))
}

fn main() -> Result<()> {
    let arguments: Vec<String> = args().skip(1).collect();
    let number = |text: &String| text.parse::<usize>().map_err(|_| wrong("not a number"));
    let taken = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["echo", address, called, _] => {
            let mut peer = Peer::associate(address, called)?;
            let began = Instant::now();
            for id in 0..number(&arguments[3])? {
                peer.echo(id as u16)?;
            }
            let taken = began.elapsed();
            peer.release()?;
            taken
        }
        ["associate", address, called, _] => {
            let began = Instant::now();
            for _ in 0..number(&arguments[3])? {
                Peer::associate(address, called)?.release()?;
            }
            began.elapsed()
        }
        ["store", address, called, _, _, _, seed] => {
            let (count, size, parallel) =
                (number(&arguments[3])?, number(&arguments[4])?, number(&arguments[5])?.max(1));
            // What is sent is made beforehand: the client is not measured.
            let one = |number: usize| {
                let uid = format!("1.2.826.0.1.{seed}.{number}");
                message(number as u16, &uid, &data_set(&uid, number, size))
            };
            let shares: Vec<Vec<Vec<u8>>> =
                (0..parallel).map(|first| (first..count).step_by(parallel).map(one).collect()).collect();
            let start = Barrier::new(parallel);
            thread::scope(|scope| {
                let threads: Vec<_> = shares
                    .iter()
                    .map(|share| scope.spawn(|| store(address, called, share, &start)))
                    .collect();
                let mut times = Vec::new();
                for one in threads {
                    times.push(one.join().map_err(|_| wrong("a thread has ended"))??);
                }
                let began = times.iter().map(|(began, _)| *began).min();
                let ended = times.iter().map(|(_, ended)| *ended).max();
                began.zip(ended).map(|(began, ended)| ended - began).ok_or_else(|| wrong("nothing to send"))
            })?
        }
        _ => return Err(wrong("echo|associate|store HOST:PORT AET COUNT [BYTES ASSOCIATIONS SEED]")),
    };
    println!("{:.6}", taken.as_secs_f64());
    Ok(())
}
