//! The order of packets: five progressions and changes between them (T.800 B.12), for both ways.
//!
//! Precincts of a resolution of a tile-component come in raster order in every progression, so each such [`Stream`] only counts; the
//! progressions by position merge streams by where their next precinct begins. What is passed over costs no time: every step is a packet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::geometry::{Area, Grid, TileComponent};

/// Which of layer, resolution, component and position changes slowest (T.800 Table A.16).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Order {
    /// Layer, resolution, component, position.
    #[default]
    Lrcp,
    /// Resolution, layer, component, position.
    Rlcp,
    /// Resolution, position, component, layer.
    Rpcl,
    /// Position, component, resolution, layer.
    Pcrl,
    /// Component, position, resolution, layer.
    Cprl,
}

impl Order {
    const ALL: [Self; 5] = [Self::Lrcp, Self::Rlcp, Self::Rpcl, Self::Pcrl, Self::Cprl];

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    pub(crate) const fn to_byte(self) -> u8 {
        self as u8
    }
}

/// A part of the packets in one order (T.800 A.6.6): ranges from the first to before the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Volume {
    pub(crate) order: Order,
    pub(crate) resolutions: (u8, u8),
    pub(crate) components: (u16, u16),
    /// Layers up to here, from the first that a precinct has not had yet.
    pub(crate) layers: u16,
}

/// A packet's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Packet {
    pub(crate) component: u16,
    pub(crate) resolution: u8,
    /// The precinct, in raster order.
    pub(crate) precinct: u32,
    pub(crate) layer: u16,
}

/// The precincts of one resolution of a tile-component, and where they begin on the reference grid.
#[derive(Clone, Copy, Debug)]
struct Stream {
    component: u16,
    resolution: u8,
    across: u32,
    count: u64,
    /// The first one's absolute column and row, and whether it begins before the tile does (T.800 B.12.1.3).
    first: (u32, u32),
    is_cut: (bool, bool),
    /// A precinct's width and height on the reference grid.
    step: (u64, u64),
}

impl Stream {
    fn new(component: u16, resolution: u8, part: &TileComponent) -> Self {
        let shift = part.coding.levels.saturating_sub(resolution);
        let log = part.coding.precinct(resolution);
        let area = part.area.reduced(shift);
        let grid = Grid::new(area, log);
        let step = |log: u8, spacing: u8| u64::from(spacing) << (log + shift);
        Self {
            component,
            resolution,
            across: grid.across,
            count: grid.count(),
            first: (grid.x0, grid.y0),
            is_cut: (area.x0 & ((1 << log.0) - 1) != 0, area.y0 & ((1 << log.1) - 1) != 0),
            step: (step(log.0, part.component.dx), step(log.1, part.component.dy)),
        }
    }

    /// Row and column of a precinct's corner on the reference grid.
    fn place(&self, tile: &Area, precinct: u64) -> (u64, u64) {
        let across = u64::from(self.across.max(1));
        let (column, row) = (precinct % across, precinct / across);
        let edge = |index: u64, first: u32, is_cut: bool, step: u64, start: u32| {
            // A precinct's corner may lie up to 2^80 away; those are never reached, for the image ends before.
            let at = (u64::from(first) + index).saturating_mul(step);
            if index == 0 && is_cut { u64::from(start) } else { at }
        };
        let y = edge(row, self.first.1, self.is_cut.1, self.step.1, tile.y0);
        let x = edge(column, self.first.0, self.is_cut.0, self.step.0, tile.x0);
        (y, x)
    }
}

/// How many layers of its precincts a stream has had, where there is more than one volume. Grows with the precincts that are reached.
type Had = Vec<u16>;

/// A stream's next precinct: what orders it, then which it is.
type Next = Reverse<([u64; 5], u64, u32)>;

/// All packets of a tile in order.
#[derive(Debug)]
pub(crate) struct Packets {
    tile: Area,
    streams: Vec<Stream>,
    had: Vec<Had>,
    volumes: Vec<Volume>,
    /// The volume under way.
    at: usize,
    walk: Walk,
    /// How many more steps may give no packet: hostile changes of progression could name what was had, over and over.
    patience: u64,
}

/// Where the walk through a volume is.
#[derive(Debug)]
enum Walk {
    /// Before the first packet.
    Start,
    /// Progressions that begin with layer or resolution: `turns` of (layer, resolution), streams of that resolution one after another.
    Turns { turn: u64, stream: usize, precinct: u64 },
    /// Progressions by position: the streams by their next precincts, and the layers of the one under way.
    Merge { next: BinaryHeap<Next>, current: Option<(usize, u64)>, layer: u16 },
}

impl Packets {
    /// The packets of a tile whose parts are `parts`, one a component, in the given volumes. `bytes` is how many bytes the packets have:
    /// each has at least one.
    pub(crate) fn new<'a>(
        tile: Area,
        parts: impl Iterator<Item = TileComponent<'a>>,
        volumes: Vec<Volume>,
        bytes: usize,
    ) -> Self {
        let mut streams = Vec::new();
        for (component, part) in (0..=u16::MAX).zip(parts) {
            let all = (0..=part.coding.levels).map(|resolution| Stream::new(component, resolution, &part));
            streams.extend(all.filter(|stream| stream.count > 0));
        }
        // Resolutions are walked more often than components.
        streams.sort_by_key(|stream| (stream.resolution, stream.component));
        let had = if volumes.len() > 1 { vec![Had::new(); streams.len()] } else { Vec::new() };
        let patience = (bytes as u64 + streams.len() as u64 + 1024).saturating_mul(16);
        Self { tile, streams, had, volumes, at: 0, walk: Walk::Start, patience }
    }

    /// The streams of a volume that have this resolution.
    fn of_resolution(&self, resolution: u8) -> std::ops::Range<usize> {
        let start = self.streams.partition_point(|stream| stream.resolution < resolution);
        start..self.streams.partition_point(|stream| stream.resolution <= resolution)
    }

    fn holds(volume: &Volume, stream: &Stream) -> bool {
        (volume.components.0..volume.components.1).contains(&stream.component)
            && (volume.resolutions.0..volume.resolutions.1).contains(&stream.resolution)
    }

    /// The first layer of a precinct that was not had yet.
    fn first_layer(&self, stream: usize, precinct: u64) -> u16 {
        let had = self.had.get(stream).and_then(|had| had.get(usize::try_from(precinct).ok()?));
        had.copied().unwrap_or(0)
    }

    /// Notes a packet, and gives it.
    fn take(&mut self, index: usize, precinct: u64, layer: u16) -> Option<Packet> {
        let stream = self.streams.get(index)?;
        let (component, resolution) = (stream.component, stream.resolution);
        if let Some(had) = self.had.get_mut(index) {
            let place = usize::try_from(precinct).ok()?;
            if had.len() <= place {
                had.resize(place + 1, 0);
            }
            *had.get_mut(place)? = layer + 1;
        }
        Some(Packet { component, resolution, precinct: u32::try_from(precinct).ok()?, layer })
    }

    /// What orders a stream's precincts: the slowest first.
    fn key(&self, order: Order, index: usize, precinct: u64) -> Option<Next> {
        let stream = self.streams.get(index).filter(|stream| precinct < stream.count)?;
        let (y, x) = stream.place(&self.tile, precinct);
        let (component, resolution) = (u64::from(stream.component), u64::from(stream.resolution));
        let key = match order {
            Order::Lrcp | Order::Rlcp | Order::Rpcl => [resolution, y, x, component, 0],
            Order::Pcrl => [y, x, component, resolution, 0],
            Order::Cprl => [component, y, x, resolution, 0],
        };
        Some(Reverse((key, precinct, u32::try_from(index).ok()?)))
    }

    /// Counts steps without a packet; `None` where there were too many.
    fn wait(&mut self, steps: usize) -> Option<()> {
        self.patience = self.patience.checked_sub(steps as u64)?;
        Some(())
    }

    fn start(&self, volume: &Volume) -> Walk {
        match volume.order {
            Order::Lrcp | Order::Rlcp => Walk::Turns { turn: 0, stream: 0, precinct: 0 },
            order => {
                let streams = self.streams.iter().enumerate();
                let within = streams.filter(|(_, stream)| Self::holds(volume, stream));
                let next = within.filter_map(|(index, _)| self.key(order, index, 0)).collect();
                Walk::Merge { next, current: None, layer: 0 }
            }
        }
    }

    /// The next packet of a volume that begins with layer or resolution.
    fn turn(&mut self, volume: &Volume) -> Option<Packet> {
        let (first, end) = volume.resolutions;
        let last = self.streams.last().map_or(0, |stream| stream.resolution.saturating_add(1));
        let resolutions = u64::from(end.min(last).saturating_sub(first));
        let layers = u64::from(volume.layers);
        let Walk::Turns { turn, stream, precinct } = self.walk else { return None };
        let (mut turn, mut stream, mut precinct) = (turn, stream, precinct);
        while turn < resolutions * layers {
            let (layer, resolution) = match volume.order {
                Order::Lrcp => (turn / resolutions, turn % resolutions),
                _ => (turn % layers, turn / layers),
            };
            let layer = u16::try_from(layer).unwrap_or(u16::MAX);
            let range = self.of_resolution(first.saturating_add(u8::try_from(resolution).unwrap_or(u8::MAX)));
            stream = stream.max(range.start);
            while range.contains(&stream) {
                let held = self.streams.get(stream).copied().filter(|held| Self::holds(volume, held));
                while held.is_some_and(|held| precinct < held.count) {
                    precinct += 1;
                    if self.first_layer(stream, precinct - 1) <= layer {
                        self.walk = Walk::Turns { turn, stream, precinct };
                        return self.take(stream, precinct - 1, layer);
                    }
                    self.wait(1)?;
                }
                self.wait(usize::from(held.is_none()))?;
                (stream, precinct) = (stream + 1, 0);
            }
            self.wait(usize::from(range.is_empty()))?;
            (turn, stream, precinct) = (turn + 1, 0, 0);
        }
        None
    }

    /// The next packet of a volume by position.
    fn merge(&mut self, volume: &Volume) -> Option<Packet> {
        loop {
            let Walk::Merge { next, current, layer } = &mut self.walk else { return None };
            if let &mut Some((stream, precinct)) = current
                && *layer < volume.layers
            {
                let now = *layer;
                *layer += 1;
                return self.take(stream, precinct, now);
            }
            let Reverse((_, precinct, index)) = next.pop()?;
            self.wait(1)?;
            let stream = usize::try_from(index).ok()?;
            let first = self.first_layer(stream, precinct);
            let follower = self.key(volume.order, stream, precinct + 1);
            if let Walk::Merge { next, current, layer } = &mut self.walk {
                next.extend(follower);
                (*current, *layer) = (Some((stream, precinct)), first);
            }
        }
    }
}

impl Iterator for Packets {
    type Item = Packet;

    fn next(&mut self) -> Option<Packet> {
        loop {
            let volume = *self.volumes.get(self.at)?;
            if matches!(self.walk, Walk::Start) {
                self.wait(self.streams.len())?;
                self.walk = self.start(&volume);
            }
            let packet = match self.walk {
                Walk::Turns { .. } => self.turn(&volume),
                _ => self.merge(&volume),
            };
            if packet.is_some() {
                return packet;
            }
            self.at += 1;
            self.walk = Walk::Start;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Packet, Packets, Volume};
    use crate::j2k::geometry::{Area, TileComponent};
    use crate::j2k::markers::coding::Coding;
    use crate::j2k::markers::size::Component;
    use std::collections::HashSet;

    const TILE: Area = Area { x0: 13, y0: 7, x1: 200, y1: 130 };
    const SPACINGS: [(u8, u8); 4] = [(1, 1), (2, 1), (3, 2), (1, 5)];

    fn all(layers: u16) -> Volume {
        Volume { order: Order::Lrcp, resolutions: (0, 33), components: (0, 16_384), layers }
    }

    fn packets(coding: &Coding, volumes: &[Volume]) -> Vec<Packet> {
        let parts = SPACINGS.map(|(dx, dy)| {
            TileComponent::new(&TILE, Component { precision: 8, is_signed: false, dx, dy }, coding)
        });
        Packets::new(TILE, parts.into_iter(), volumes.to_vec(), 1 << 16).collect()
    }

    /// The standard's own loops over every point of the reference grid, T.800 B.12.1.3 to B.12.1.5.
    fn by_loops(coding: &Coding, order: Order, layers: u16) -> Vec<Packet> {
        let mut found = Vec::new();
        let parts: Vec<_> = SPACINGS
            .iter()
            .map(|&(dx, dy)| {
                TileComponent::new(&TILE, Component { precision: 8, is_signed: false, dx, dy }, coding)
            })
            .collect();
        let mut visit = |x: u32, y: u32, c: usize, r: u8| {
            let (part, shift) = (&parts[c], coding.levels - r);
            let (area, (lx, ly)) = (part.area.reduced(shift), coding.precinct(r));
            if area.is_empty() {
                return;
            }
            let begins = |at: u32, spacing: u8, log: u8, start: u32, corner: u32| {
                u64::from(at) % (u64::from(spacing) << (log + shift)) == 0
                    || at == start && (u64::from(corner) << shift) % (1 << (log + shift)) != 0
            };
            let (dx, dy) = SPACINGS[c];
            if begins(y, dy, ly, TILE.y0, area.y0) && begins(x, dx, lx, TILE.x0, area.x0) {
                let point = Area { x0: x, y0: y, x1: x, y1: y }.spaced(dx, dy).reduced(shift);
                let across = area.x1.div_ceil(1 << lx) - (area.x0 >> lx);
                let precinct =
                    (point.x0 >> lx) - (area.x0 >> lx) + across * ((point.y0 >> ly) - (area.y0 >> ly));
                let component = u16::try_from(c).unwrap();
                found.extend((0..layers).map(|layer| Packet { component, resolution: r, precinct, layer }));
            }
        };
        let points = || (TILE.y0..TILE.y1).flat_map(|y| (TILE.x0..TILE.x1).map(move |x| (x, y)));
        match order {
            Order::Rpcl => (0..=coding.levels)
                .for_each(|r| points().for_each(|(x, y)| (0..4).for_each(|c| visit(x, y, c, r)))),
            Order::Pcrl => {
                points().for_each(|(x, y)| {
                    (0..4).for_each(|c| (0..=coding.levels).for_each(|r| visit(x, y, c, r)));
                });
            }
            _ => (0..4).for_each(|c| {
                points().for_each(|(x, y)| (0..=coding.levels).for_each(|r| visit(x, y, c, r)));
            }),
        }
        found
    }

    fn coding() -> Coding {
        let mut coding = Coding { levels: 3, has_precincts: true, ..Coding::default() };
        coding.precincts[..4].copy_from_slice(&[(2, 3), (3, 3), (4, 3), (5, 6)]);
        coding
    }

    #[test]
    fn packets_by_position_come_as_the_loops_of_the_standard_give_them() {
        for order in [Order::Rpcl, Order::Pcrl, Order::Cprl] {
            let found = packets(&coding(), &[Volume { order, ..all(2) }]);
            assert_eq!(found, by_loops(&coding(), order, 2), "{order:?}");
        }
    }

    #[test]
    fn each_packet_comes_once_in_every_order_and_over_changes_of_order() {
        let unique = |packets: &[Packet]| {
            packets
                .iter()
                .map(|p| (p.component, p.resolution, p.precinct, p.layer))
                .collect::<HashSet<_>>()
                .len()
        };
        let expected = packets(&coding(), &[all(3)]).len();
        for order in Order::ALL {
            let found = packets(&coding(), &[Volume { order, ..all(3) }]);
            assert_eq!((unique(&found), found.len()), (expected, expected), "{order:?}");
            // First what is coarse, then some components, then what is left.
            let volumes = [
                Volume { order: Order::Rlcp, resolutions: (0, 2), layers: 2, ..all(3) },
                Volume { components: (1, 3), layers: 1, ..all(3) },
                Volume { order, ..all(3) },
            ];
            let found = packets(&coding(), &volumes);
            assert_eq!((unique(&found), found.len()), (expected, expected), "{order:?}");
        }
    }

    #[test]
    fn changes_of_order_that_give_nothing_do_not_take_for_ever() {
        let volumes = vec![Volume { order: Order::Lrcp, ..all(u16::MAX) }; 9_000];
        assert!(packets(&coding(), &volumes).len() > 1000);
    }
}
