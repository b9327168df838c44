//! A neutral peer: it measures any server in the same way, is the far end of any client, and shares no code with any of them.
//!
//! ```text
//! neutral echo HOST:PORT AET COUNT                          echoes on one association
//! neutral associate HOST:PORT AET COUNT                     associations one after the other
//! neutral store HOST:PORT AET COUNT BYTES ASSOCIATIONS SEED instances of so many bytes of pixel data, divided among associations
//! neutral large HOST:PORT AET BYTES SEED                    one instance, made while it is sent
//! neutral hold HOST:PORT AET COUNT                          associations that are open until standard input is closed
//! neutral find HOST:PORT AET COUNT SEED                     the instances of a series that `store` sent with that seed
//! neutral get HOST:PORT AET COUNT SEED FOLDER               the study of that seed, into files of data sets
//! neutral move HOST:PORT AET COUNT SEED FOLDER TITLE PORT   the same, to ourselves under a title and a port
//! neutral serve PORT FOLDER OPERATIONS                      a Storage SCP until standard input is closed; `discard` is no folder
//! ```
//!
//! It prints the seconds that were measured. Instances have UIDs `1.2.826.0.1.SEED.NUMBER`, and pixel data that follow from the number. In
//! front, `--tls AUTHORITY CERTIFICATE KEY` makes connections by TLS with mutual authentication, and `--operations NUMBER` proposes so many
//! operations at once, as OPERATIONS is how many a server agrees to (PS3.7 D.3.3.3).

mod peer;
mod receive;
mod wire;

use std::env::args;
use std::io::{Read, Result, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use peer::{Peer, Place};
use receive::Sink;
use wire::{identifier, number, wrong};

/// When a share of the instances began and ended.
fn store(place: &Place, messages: &[Vec<u8>], start: &Barrier) -> Result<(Instant, Instant)> {
    start.wait();
    let began = Instant::now();
    let mut peer = Peer::associate(place, &[1, 3])?;
    for message in messages {
        peer.invoke(message)?;
    }
    peer.settle()?;
    peer.release()?;
    Ok((began, Instant::now()))
}

fn store_all(place: &Place, count: usize, size: usize, parallel: usize, seed: &str) -> Result<Duration> {
    // What is sent is made beforehand: the client is not measured.
    let shares: Vec<Vec<Vec<u8>>> = (0..parallel)
        .map(|first| {
            (first..count).step_by(parallel).map(|number| wire::message(seed, number, size)).collect()
        })
        .collect();
    let start = Barrier::new(parallel);
    thread::scope(|scope| {
        let threads: Vec<_> =
            shares.iter().map(|share| scope.spawn(|| store(place, share, &start))).collect();
        let mut times = Vec::new();
        for one in threads {
            times.push(one.join().map_err(|_| wrong("a thread has ended"))??);
        }
        let began = times.iter().map(|(began, _)| *began).min();
        let ended = times.iter().map(|(_, ended)| *ended).max();
        began.zip(ended).map(|(began, ended)| ended - began).ok_or_else(|| wrong("nothing to send"))
    })
}

fn echo(place: &Place, count: usize) -> Result<Duration> {
    let mut peer = Peer::associate(place, &[1, 3])?;
    let began = Instant::now();
    for id in 0..count {
        peer.echo(id as u16)?;
    }
    let taken = began.elapsed();
    peer.release()?;
    Ok(taken)
}

fn large(place: &Place, size: u32, seed: &str) -> Result<Duration> {
    let mut peer = Peer::associate(place, &[1, 3])?;
    let began = Instant::now();
    for piece in wire::large(seed, size) {
        peer.send(&piece)?;
    }
    peer.answer()?;
    let taken = began.elapsed();
    peer.release()?;
    Ok(taken)
}

fn hold(place: &Place, count: usize) -> Result<Duration> {
    let began = Instant::now();
    let mut held = (0..count).map(|_| Peer::associate(place, &[1, 3])).collect::<Result<Vec<_>>>()?;
    let taken = began.elapsed();
    println!("held");
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    // The first and the last one still answer.
    for place in [0, count.saturating_sub(1)] {
        if let Some(peer) = held.get_mut(place) {
            peer.echo(1)?;
        }
    }
    Ok(taken)
}

fn find(place: &Place, count: usize, seed: &str) -> Result<Duration> {
    let mut peer = Peer::associate(place, &[5])?;
    let began = Instant::now();
    peer.ask(5, 0x20, &[], &identifier("IMAGE", seed, true))?;
    let mut found = 0;
    loop {
        let message = peer.message()?.ok_or_else(|| wrong("a release"))?;
        match number(&message.command, 0x900) {
            Some(0xFF00 | 0xFF01) if !message.data.is_empty() => found += 1,
            Some(0) => break,
            status => return Err(wrong(&format!("status {status:04X?} of a query"))),
        }
    }
    let taken = began.elapsed();
    peer.release()?;
    if found == count { Ok(taken) } else { Err(wrong(&format!("{found} answers"))) }
}

fn get(place: &Place, count: usize, seed: &str, sink: &Sink) -> Result<Duration> {
    let mut peer = Peer::associate(place, &[3, 9])?;
    let began = Instant::now();
    peer.ask(9, 0x10, &[], &identifier("STUDY", seed, false))?;
    loop {
        let message = peer.message()?.ok_or_else(|| wrong("a release"))?;
        match (number(&message.command, 0x100), number(&message.command, 0x900)) {
            (Some(1), _) => {
                sink.keep(&message)?;
                peer.acknowledge(&message)?;
            }
            (_, Some(0xFF00)) => {}
            (_, Some(0)) => break,
            (_, status) => return Err(wrong(&format!("status {status:04X?} of C-GET"))),
        }
    }
    let taken = began.elapsed();
    peer.release()?;
    is_all(sink, count, taken)
}

fn is_all(sink: &Sink, count: usize, taken: Duration) -> Result<Duration> {
    let came = sink.count.load(Ordering::Relaxed);
    if came == count { Ok(taken) } else { Err(wrong(&format!("{came} instances came"))) }
}

fn move_all(
    place: &Place,
    count: usize,
    seed: &str,
    sink: Arc<Sink>,
    to: &str,
    port: u16,
) -> Result<Duration> {
    receive::listen(port, &sink, 1)?;
    let mut peer = Peer::associate(place, &[7])?;
    let began = Instant::now();
    peer.ask(7, 0x21, &[(0x600, to.as_bytes())], &identifier("STUDY", seed, false))?;
    loop {
        let message = peer.message()?.ok_or_else(|| wrong("a release"))?;
        match number(&message.command, 0x900) {
            Some(0xFF00) => {}
            Some(0) => break,
            status => return Err(wrong(&format!("status {status:04X?} of C-MOVE"))),
        }
    }
    let taken = began.elapsed();
    peer.release()?;
    is_all(&sink, count, taken)
}

fn main() -> Result<()> {
    let mut arguments: Vec<String> = args().skip(1).collect();
    let mut tls = None;
    if arguments.first().is_some_and(|first| first == "--tls") && arguments.len() > 4 {
        tls = Some(peer::client_tls(&arguments[1], &arguments[2], &arguments[3])?);
        arguments.drain(..4);
    }
    let mut invoked = 1;
    if arguments.first().is_some_and(|first| first == "--operations") && arguments.len() > 2 {
        invoked = arguments[1].parse().map_err(|_| wrong("not a number"))?;
        arguments.drain(..2);
    }
    let of = |text: &str| text.parse::<usize>().map_err(|_| wrong("not a number"));
    let place = |address: &str, called: &str| Place {
        address: address.to_owned(),
        called: called.to_owned(),
        invoked,
        tls: tls.clone(),
    };
    let taken = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["echo", address, called, count] => echo(&place(address, called), of(count)?)?,
        ["associate", address, called, count] => {
            let (place, count) = (place(address, called), of(count)?);
            let began = Instant::now();
            for _ in 0..count {
                Peer::associate(&place, &[1, 3])?.release()?;
            }
            began.elapsed()
        }
        ["store", address, called, count, size, parallel, seed] => {
            store_all(&place(address, called), of(count)?, of(size)?, of(parallel)?.max(1), seed)?
        }
        ["large", address, called, size, seed] => large(&place(address, called), of(size)? as u32, seed)?,
        ["hold", address, called, count] => hold(&place(address, called), of(count)?)?,
        ["find", address, called, count, seed] => find(&place(address, called), of(count)?, seed)?,
        ["get", address, called, count, seed, folder] => {
            get(&place(address, called), of(count)?, seed, &Sink::new(folder))?
        }
        ["move", address, called, count, seed, folder, to, port] => {
            let sink = Arc::new(Sink::new(folder));
            move_all(&place(address, called), of(count)?, seed, sink, to, of(port)? as u16)?
        }
        ["serve", port, folder, operations] => {
            receive::listen(of(port)? as u16, &Arc::new(Sink::new(folder)), of(operations)? as u16)?;
            std::io::stdin().read_to_end(&mut Vec::new())?;
            return Ok(());
        }
        _ => return Err(wrong("see the head of this program for what it takes")),
    };
    println!("{:.6}", taken.as_secs_f64());
    Ok(())
}
