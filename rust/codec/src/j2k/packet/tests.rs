//! Every place that packet headers may have, and every way to cut tiles into tile-parts: small streams are taken apart into packets, put
//! together otherwise, and have to give the same image.

use crate::Decoder;
use crate::j2k::codestream::{Header, TileParts};
use crate::j2k::geometry::TileComponent;
use crate::j2k::markers::pointers::write_plt;
use crate::j2k::markers::tile_part::TilePart;
use crate::j2k::markers::{self, write};
use crate::j2k::packet::read::{Source, Wanted};
use crate::j2k::packet::state::State;
use crate::j2k::parameters::Effective;
use crate::j2k::progression::Packets;
use crate::j2k::{DecodeOptions, Executor, Jpeg2000, Region, testing};

/// A packet: its header, its body.
type Pieces = (Vec<u8>, Vec<u8>);

/// The main header, and the packets of each tile.
fn take_apart(data: &[u8]) -> (Vec<u8>, Vec<Vec<Pieces>>) {
    let header = Header::read(data).unwrap();
    let parts = header.parts(data);
    let first = data.windows(2).position(|window| window == markers::SOT.to_be_bytes()).unwrap();
    let tiles = header.size.tiles_across() * header.size.tiles_down();
    let mut found = Vec::new();
    for number in 0..u16::try_from(tiles).unwrap() {
        let held = TileParts::read(data, parts.of_tile(number), header.size.components.len(), None).unwrap();
        let joined = held.joined(data).unwrap();
        let body = joined.unwrap_or_else(|| data[held.bodies[0].clone()].to_vec());
        let effective = Effective { tile: &held.parameters, main: &header.main };
        let area = header.size.tile_area(number.into());
        let components: Vec<_> = (0..)
            .zip(&header.size.components)
            .map(|(index, &component)| TileComponent::new(&area, component, effective.coding(index).unwrap()))
            .collect();
        let mut state = State::new(components.len() * 33).unwrap();
        state.expect(body.len());
        let mut source = Source { data: &body, at: 0, packed: None };
        let mut packets = Vec::new();
        for packet in Packets::new(area, components.iter().copied(), effective.volumes().unwrap(), body.len())
        {
            let part = components[usize::from(packet.component)];
            let wanted = Wanted {
                resolution: usize::from(packet.component) * 33 + usize::from(packet.resolution),
                precinct: packet.precinct,
                layer: packet.layer,
                bands: if packet.resolution == 0 { 1 } else { 3 },
                style: part.coding.style,
                is_kept: true,
            };
            let (at, chunks) = (source.at, state.chunks.len());
            assert_eq!(source.read(&mut state, &wanted, || part.resolution(packet.resolution)), Ok(true));
            let length: u32 = state.chunks[chunks..].iter().map(|chunk| chunk.length).sum();
            let middle = source.at - length as usize;
            packets.push((body[at..middle].to_vec(), body[middle..source.at].to_vec()));
        }
        assert_eq!(source.at, body.len());
        found.push(packets);
    }
    (data[..first].to_vec(), found)
}

/// Where packet headers are put.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Headers {
    WithPackets,
    InTileParts,
    InMainHeader,
}

#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Way {
    headers: Headers,
    has_sop: bool,
    has_eph: bool,
    has_plt: bool,
    /// Packets of a tile-part.
    packets: usize,
    /// Whether tile-parts of the tiles take turns.
    is_mixed: bool,
}

fn put_together(main: &[u8], tiles: &[Vec<Pieces>], way: Way) -> Vec<u8> {
    let mut parts: Vec<(usize, usize, &[Pieces])> = Vec::new();
    for (tile, packets) in tiles.iter().enumerate() {
        parts.extend(packets.chunks(way.packets).enumerate().map(|(index, packets)| (index, tile, packets)));
    }
    if way.is_mixed {
        parts.sort_by_key(|part| (part.0, part.1));
    }
    let mut out = main.to_vec();
    let header_of = |packet: &Pieces| {
        let eph: &[u8] = if way.has_eph { &[0xFF, 0x92] } else { &[] };
        [&packet.0, eph].concat()
    };
    let joined = |packets: &[Pieces]| packets.iter().flat_map(header_of).collect::<Vec<u8>>();
    if way.headers == Headers::InMainHeader {
        let mut all = Vec::new();
        for (.., packets) in &parts {
            let headers = joined(packets);
            all.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
            all.extend(headers);
        }
        // Cut anywhere: a length may be split over segments.
        let mut segments: Vec<_> = all.chunks(37).enumerate().collect();
        segments.reverse();
        for (index, bytes) in segments {
            write(&mut out, markers::PPM, |out| {
                out.push(u8::try_from(index).unwrap());
                out.extend(bytes);
            })
            .unwrap();
        }
    }
    let mut sequence = vec![0_u16; tiles.len()];
    for (index, tile, packets) in parts {
        let (mut body, mut lengths) = (Vec::new(), Vec::new());
        for packet in packets {
            let start = body.len();
            if way.has_sop {
                body.extend([0xFF, 0x91, 0, 4]);
                body.extend(sequence[tile].to_be_bytes());
                sequence[tile] += 1;
            }
            if way.headers == Headers::WithPackets {
                body.extend(header_of(packet));
            }
            body.extend(&packet.1);
            lengths.push(u32::try_from(body.len() - start).unwrap());
        }
        let mut head = Vec::new();
        if way.headers == Headers::InTileParts {
            write(&mut head, markers::PPT, |out| {
                out.push(u8::try_from(index).unwrap());
                out.extend(joined(packets));
            })
            .unwrap();
        }
        if way.has_plt {
            write_plt(&mut head, &lengths).unwrap();
        }
        head.extend(markers::SOD.to_be_bytes());
        let length = u32::try_from(12 + head.len() + body.len()).unwrap();
        let (tile, index) = (u16::try_from(tile).unwrap(), u8::try_from(index).unwrap());
        TilePart { tile, length, index, count: 0 }.write(&mut out).unwrap();
        out.extend(head);
        out.extend(body);
    }
    out.extend(markers::EOC.to_be_bytes());
    out
}

fn decode(data: &[u8], options: &DecodeOptions) -> Vec<u8> {
    let image = Jpeg2000::describe_with(data, options).unwrap();
    let mut out = vec![0; image.len().unwrap()];
    let done = Jpeg2000::decode_with(data, options, Executor::HERE, &image, &mut out).unwrap();
    assert_eq!((done.used, done.fault), (data.len(), None));
    out
}

#[test]
fn packets_give_the_same_image_wherever_they_and_their_headers_stand() {
    for stream in testing::plain() {
        let stream = stream.as_slice();
        let (main, tiles) = take_apart(stream);
        let image = Jpeg2000.describe(stream).unwrap();
        let region = Region { x: image.columns / 2, y: image.rows / 3, columns: 3, rows: 2 };
        let all = [
            DecodeOptions::default(),
            DecodeOptions { region: Some(region), ..DecodeOptions::default() },
            DecodeOptions { layers: Some(1), ..DecodeOptions::default() },
        ];
        let expected = all.map(|options| decode(stream, &options));
        for choice in 0..3 * 2 * 2 * 2 * 3 * 2 {
            let headers = [Headers::WithPackets, Headers::InTileParts, Headers::InMainHeader][choice % 3];
            let flag = |divisor: usize| choice / divisor % 2 == 1;
            let way = Way {
                headers,
                has_sop: flag(3),
                has_eph: flag(6),
                has_plt: flag(12),
                packets: [1, 2, 100][choice / 24 % 3],
                is_mixed: flag(72),
            };
            let other = put_together(&main, &tiles, way);
            for (options, expected) in all.iter().zip(&expected) {
                assert!(decode(&other, options) == *expected, "{way:?} {options:?}");
            }
        }
    }
}
