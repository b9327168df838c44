//! PDUs, sub-items, command sets and the data sets that are sent.

use std::io::{Error, ErrorKind};

pub const VERIFICATION: &str = "1.2.840.10008.1.1";
pub const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub const FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
pub const MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
pub const GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
pub const IMPLICIT: &str = "1.2.840.10008.1.2";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// The presentation contexts, by identifier.
pub const CONTEXTS: [(u8, &str, &str); 5] = [
    (1, VERIFICATION, IMPLICIT),
    (3, CT, EXPLICIT),
    (5, FIND, IMPLICIT),
    (7, MOVE, IMPLICIT),
    (9, GET, IMPLICIT),
];

/// Bytes of content of a PDU: what every peer takes.
pub const ROOM: usize = 16_378;
/// What we take.
pub const MAXIMUM: u32 = 131_072;

pub fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidData, message.to_owned())
}

fn item(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16).to_be_bytes();
    [&[kind, 0, length[0], length[1]], content].concat()
}

pub fn pdu(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &(content.len() as u32).to_be_bytes(), content].concat()
}

fn title(text: &str) -> Vec<u8> {
    format!("{text:<16}").into_bytes()
}

fn user(more: &[u8]) -> Vec<u8> {
    let parts =
        [&item(0x51, &MAXIMUM.to_be_bytes())[..], &item(0x52, b"1.2.3.4"), more, &item(0x55, b"NEUTRAL")];
    item(0x50, &parts.concat())
}

/// The item of so many operations that a requestor invokes at once, and one that it performs; without it it is one and one (PS3.7 D.3.3.3).
fn operations(invoked: u16) -> Vec<u8> {
    let [a, b] = invoked.to_be_bytes();
    if invoked == 1 { Vec::new() } else { item(0x53, &[a, b, 0, 1]) }
}

/// How many operations a requestor may invoke at once, by what a PDU says; 0 is any number.
pub fn operations_of(pdu: &[u8]) -> u16 {
    let user = items(pdu.get(68..).unwrap_or_default()).find(|(kind, _)| *kind == 0x50);
    let window = user.and_then(|(_, user)| items(user).find(|(kind, _)| *kind == 0x53));
    window.and_then(|(_, content)| content.first_chunk::<2>()).map_or(1, |two| u16::from_be_bytes(*two))
}

/// A-ASSOCIATE-RQ for so many of the contexts; with the last of them, instances come back.
pub fn request(called: &str, contexts: &[u8], invoked: u16) -> Vec<u8> {
    let mut parts = [vec![0, 1, 0, 0], title(called), title("NEUTRAL"), vec![0; 32]].concat();
    parts.extend(item(0x10, b"1.2.840.10008.3.1.1.1"));
    for (id, class, syntax) in CONTEXTS.iter().filter(|(id, ..)| contexts.contains(id)) {
        let inner = [vec![*id, 0, 0, 0], item(0x30, class.as_bytes()), item(0x40, syntax.as_bytes())];
        parts.extend(item(0x20, &inner.concat()));
    }
    let role = [&(CT.len() as u16).to_be_bytes()[..], CT.as_bytes(), &[0, 1]].concat();
    let role = if contexts.contains(&9) { item(0x54, &role) } else { Vec::new() };
    parts.extend(user(&[role, operations(invoked)].concat()));
    pdu(1, &parts)
}

/// A-ASSOCIATE-AC that takes the first transfer syntax of each CT or Verification context of a request, explicit where that is among them, and
/// as many operations at once as are proposed, up to so many.
pub fn accept(request: &[u8], most: u16) -> Vec<u8> {
    let mut parts = request.get(..68).unwrap_or_default().to_vec();
    parts.extend(item(0x10, b"1.2.840.10008.3.1.1.1"));
    for (kind, content) in items(request.get(68..).unwrap_or_default()) {
        if kind == 0x20 {
            let inner = items(content.get(4..).unwrap_or_default());
            let syntaxes: Vec<&[u8]> =
                inner.filter(|(kind, _)| *kind == 0x40).map(|(_, value)| value).collect();
            let chosen = syntaxes.iter().find(|one| one.trim_ascii_end() == EXPLICIT.as_bytes());
            let chosen = chosen.or(syntaxes.first()).copied().unwrap_or_default();
            let answer =
                [&[content.first().copied().unwrap_or(0), 0, 0, 0], &item(0x40, chosen)[..]].concat();
            parts.extend(item(0x21, &answer));
        }
    }
    let proposed = operations_of(request);
    parts.extend(user(&operations(if proposed == 0 { most } else { proposed.min(most) })));
    pdu(2, &parts)
}

/// Items one behind the other: the type and the content of each.
fn items(mut rest: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (kind, content, behind) = sub_item(rest)?;
        rest = behind;
        Some((kind, content))
    })
}

fn sub_item(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [kind, _, a, b] = *bytes.first_chunk::<4>()?;
    let (content, rest) = bytes.get(4..)?.split_at_checked(usize::from(u16::from_be_bytes([a, b])))?;
    Some((kind, content, rest))
}

/// An element without VR.
pub fn element(group: u16, number: u16, value: &[u8]) -> Vec<u8> {
    let padded = value.len() + value.len() % 2;
    let mut out =
        [&group.to_le_bytes()[..], &number.to_le_bytes(), &(padded as u32).to_le_bytes(), value].concat();
    out.resize(8 + padded, 0);
    out
}

/// A command set with its group length.
pub fn command(elements: &[(u16, &[u8])]) -> Vec<u8> {
    let rest: Vec<u8> = elements.iter().flat_map(|(number, value)| element(0, *number, value)).collect();
    [element(0, 0, &(rest.len() as u32).to_le_bytes()), rest].concat()
}

/// The value of an element of a command set.
pub fn value(set: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = set;
    while let Some(&[g0, g1, e0, e1, l0, l1, l2, l3]) = rest.first_chunk::<8>() {
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let value = rest.get(8..8 + length)?;
        if [g0, g1] == [0, 0] && u16::from_le_bytes([e0, e1]) == wanted {
            return Some(value);
        }
        rest = rest.get(8 + length..)?;
    }
    None
}

/// A number of a command set.
pub fn number(set: &[u8], wanted: u16) -> Option<u16> {
    value(set, wanted)?.first_chunk::<2>().map(|bytes| u16::from_le_bytes(*bytes))
}

/// A PDU with one fragment.
pub fn fragment(context: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32 + 2).to_be_bytes();
    pdu(4, &[&length[..], &[context, flags], content].concat())
}

/// What is in front of the pixel data, in explicit VR little endian.
fn front(uid: &str, seed: &str, number: usize, size: u32) -> Vec<u8> {
    let short = |group: u16, element: u16, vr: &str, value: &[u8]| {
        let padded = value.len() + value.len() % 2;
        let head =
            [&group.to_le_bytes()[..], &element.to_le_bytes(), vr.as_bytes(), &(padded as u16).to_le_bytes()];
        let mut out = [&head.concat()[..], value].concat();
        out.resize(8 + padded, if vr == "UI" { 0 } else { b' ' });
        out
    };
    let mut out = [short(8, 0x16, "UI", CT.as_bytes()), short(8, 0x18, "UI", uid.as_bytes())].concat();
    out.extend(short(8, 0x20, "DA", b"20200101"));
    out.extend(short(8, 0x30, "TM", b"101112"));
    out.extend(short(8, 0x60, "CS", b"CT"));
    out.extend(short(0x10, 0x10, "PN", b"Neutral^Client"));
    out.extend(short(0x10, 0x20, "LO", format!("P{seed}").as_bytes()));
    out.extend(short(0x20, 0x0D, "UI", study(seed).as_bytes()));
    out.extend(short(0x20, 0x0E, "UI", series(seed).as_bytes()));
    out.extend(short(0x20, 0x10, "SH", b"1"));
    out.extend(short(0x20, 0x11, "IS", b"1"));
    out.extend(short(0x20, 0x13, "IS", format!("{number}").as_bytes()));
    for (element, value) in
        [(0x02, 1_u16), (0x10, 512), (0x11, 512), (0x100, 16), (0x101, 16), (0x102, 15), (0x103, 0)]
    {
        out.extend(short(0x28, element, "US", &value.to_le_bytes()));
    }
    out.extend([0xE0, 0x7F, 0x10, 0, b'O', b'W', 0, 0]);
    out.extend(size.to_le_bytes());
    out
}

pub fn study(seed: &str) -> String {
    format!("1.2.826.0.2.{seed}")
}

pub fn series(seed: &str) -> String {
    format!("1.2.826.0.3.{seed}")
}

pub fn instance(seed: &str, number: usize) -> String {
    format!("1.2.826.0.1.{seed}.{number}")
}

fn pixel(at: usize, number: usize) -> u8 {
    (at.wrapping_mul(7) + at / 251 + number) as u8
}

fn store(id: u16, uid: &str) -> Vec<u8> {
    command(&[
        (2, CT.as_bytes()),
        (0x100, &[1, 0]),
        (0x110, &id.to_le_bytes()),
        (0x700, &[0, 0]),
        (0x800, &[1, 0]),
        (0x1000, uid.as_bytes()),
    ])
}

/// The bytes of a C-STORE, as the peer receives them.
pub fn message(seed: &str, number: usize, size: usize) -> Vec<u8> {
    let uid = instance(seed, number);
    let mut data = front(&uid, seed, number, size as u32);
    data.extend((0..size).map(|at| pixel(at, number)));
    let mut out = fragment(3, 3, &store(number as u16, &uid));
    let count = data.chunks(ROOM).len();
    for (place, chunk) in data.chunks(ROOM).enumerate() {
        out.extend(fragment(3, if place + 1 == count { 2 } else { 0 }, chunk));
    }
    out
}

/// The pieces of a C-STORE that is too large to be held: the command and what is in front, then PDUs of pixel data.
pub fn large(seed: &str, size: u32) -> impl Iterator<Item = Vec<u8>> {
    let uid = instance(seed, 0);
    let first = [fragment(3, 3, &store(1, &uid)), fragment(3, 0, &front(&uid, seed, 0, size))].concat();
    let pattern: Vec<u8> = (0..ROOM).map(|at| pixel(at, 0)).collect();
    let mut left = size as usize;
    std::iter::once(first).chain(std::iter::from_fn(move || {
        let now = left.min(ROOM);
        left -= now;
        (now > 0).then(|| fragment(3, if left == 0 { 2 } else { 0 }, &pattern[..now]))
    }))
}

/// What is asked of an archive, in implicit VR little endian.
pub fn identifier(level: &str, seed: &str, is_query: bool) -> Vec<u8> {
    let mut out = element(8, 0x52, level.as_bytes());
    // Text is padded by a blank.
    if level.len() % 2 == 1 {
        out.pop();
        out.push(b' ');
    }
    if is_query {
        let mut keys = element(8, 0x18, b"");
        keys.extend(out);
        out = [element(8, 0x16, b""), keys].concat();
    }
    out.extend(element(0x20, 0x0D, study(seed).as_bytes()));
    if is_query {
        out.extend(element(0x20, 0x0E, series(seed).as_bytes()));
        out.extend(element(0x20, 0x13, b""));
    }
    out
}
