//! What tiles of one place are told apart by, beside the focal plane: optical paths, segments, what a parametric map measures.

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, dictionary};
use radiogram_data::{Document, NodeId};

use crate::attributes::Attributes;
use crate::data_set::{integers, text};
use crate::functional::{FunctionalGroups, Place, items, map_labels};
use crate::{DataSet, tags};

pub(super) const OPTICAL_PATHS: Tag = Tag(0x0048_0105);
pub(super) const PATH_IDENTIFIER: Tag = Tag(0x0048_0106);
const PATH_OF_FRAME: Tag = Tag(0x0048_0207);
pub(super) const DIMENSIONS: Tag = Tag(0x0020_9222);
const DIMENSION_POINTER: Tag = Tag(0x0020_9165);
const DIMENSION_GROUP: Tag = Tag(0x0020_9167);
const DIMENSION_VALUES: Tag = Tag(0x0020_9157);
const FRAME_CONTENT: Tag = Tag(0x0020_9111);
const SEGMENT_IDENTIFICATION: Tag = Tag(0x0062_000A);

/// What is between the parts of a name that has several.
const BETWEEN: &str = ", ";

/// What the frames of a total pixel matrix are of, beside their places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ChannelKind {
    /// Of optical paths, by their identifiers.
    Paths,
    /// Of segments, by their numbers.
    Segments,
    /// Of what a parametric map measures: real world value mappings, optical paths, and whatever else its dimensions count.
    Maps,
    /// Of all there is.
    One,
}

/// The channels of a total pixel matrix, in the order of the data set.
pub(crate) struct Channels {
    pub(crate) kind: ChannelKind,
    pub(crate) names: Vec<String>,
}

impl Channels {
    /// Those that the data set itself names.
    pub(super) fn of_paths(set: &DataSet<'_>, kind: ChannelKind) -> Self {
        let names = set.items(OPTICAL_PATHS).iter().filter_map(|item| item.text(PATH_IDENTIFIER)).collect();
        Self { kind, names }
    }
}

/// How the channel of a frame is named, from its functional groups.
pub(super) struct Naming<'a> {
    document: &'a Document,
    kind: ChannelKind,
    /// The path of a frame that names none.
    only_path: Option<String>,
    /// Of all frames, where they share one.
    shared: [Option<String>; 2],
    /// Dimensions that are neither places nor named otherwise: where in the list of a frame's values each is, and its keyword.
    counted: Vec<(usize, &'static str)>,
}

impl<'a> Naming<'a> {
    pub(super) fn of(
        document: &'a Document,
        node: NodeId,
        groups: &FunctionalGroups<'_>,
        kind: ChannelKind,
        names: &[String],
    ) -> Self {
        let mut naming = Self {
            document,
            kind,
            only_path: names.first().cloned(),
            shared: [None, None],
            counted: Vec::new(),
        };
        if kind == ChannelKind::Maps {
            let shared = groups.shared();
            naming.shared = [
                shared.and_then(|groups| naming.path(groups)),
                shared.and_then(|groups| naming.mappings(groups)),
            ];
            naming.counted = counted(document, node);
        }
        naming
    }

    /// The channel of a frame.
    pub(super) fn name(&self, node: NodeId, place: &Place) -> Result<String> {
        let missing =
            |what: &str| Err(Error::new(ErrorKind::Pixel, what).in_path(&Path::of(tags::FRAME_GROUPS)));
        match self.kind {
            // A path that is not named is the only one.
            ChannelKind::Paths => Ok(self.path(node).or_else(|| self.only_path.clone()).unwrap_or_default()),
            ChannelKind::Segments => match place.segment {
                Some(number) => Ok(number.to_string()),
                None => missing("a tile says of no segment that it is its"),
            },
            ChannelKind::Maps => {
                let [path, mappings] = &self.shared;
                let own = [
                    self.path(node).or_else(|| path.clone()),
                    self.mappings(node).or_else(|| mappings.clone()),
                    place.segment.map(|number| format!("segment {number}")),
                ];
                let mut parts: Vec<String> =
                    own.into_iter().flatten().filter(|part| !part.is_empty()).collect();
                parts.extend(self.counts(node));
                Ok(parts.join(BETWEEN))
            }
            ChannelKind::One => Ok(String::new()),
        }
    }

    /// The name of the only channel of a map whose tiles have no groups of their own.
    pub(super) fn shared_name(&self) -> String {
        let [path, mappings] = &self.shared;
        [path, mappings].into_iter().flatten().cloned().collect::<Vec<_>>().join(BETWEEN)
    }

    fn path(&self, node: NodeId) -> Option<String> {
        let item = items(self.document, node, PATH_OF_FRAME).next()?;
        text(self.document, self.document.find(item, PATH_IDENTIFIER)?)
    }

    fn mappings(&self, node: NodeId) -> Option<String> {
        map_labels(self.document, items(self.document, node, tags::REAL_WORLD_MAPS))
    }

    fn counts(&self, node: NodeId) -> Vec<String> {
        if self.counted.is_empty() {
            return Vec::new();
        }
        let content = items(self.document, node, FRAME_CONTENT).next();
        let row = content.and_then(|item| self.document.find(item, DIMENSION_VALUES));
        let values = row.and_then(|row| integers(self.document, row)).unwrap_or_default();
        let named = self.counted.iter().filter_map(|(at, name)| Some((name, values.get(*at)?)));
        named.map(|(name, value)| format!("{name} {value}")).collect()
    }
}

/// Dimensions of a map that no place and no name tells.
fn counted(document: &Document, node: NodeId) -> Vec<(usize, &'static str)> {
    let tag = |item: NodeId, of: Tag| {
        let found = document.find(item, of).and_then(|row| integers(document, row))?;
        u32::try_from(*found.first()?).ok().map(Tag)
    };
    let mut found = Vec::new();
    for (at, item) in items(document, node, DIMENSIONS).enumerate() {
        let Some(pointer) = tag(item, DIMENSION_POINTER) else { continue };
        let group = tag(item, DIMENSION_GROUP);
        let is_place =
            matches!(pointer.0, 0x0048_021E | 0x0048_021F | 0x0040_072A | 0x0040_073A | 0x0040_074A);
        let is_named = [pointer]
            .into_iter()
            .chain(group)
            .any(|tag| [tags::REAL_WORLD_MAPS, PATH_OF_FRAME, SEGMENT_IDENTIFICATION].contains(&tag));
        if !is_place && !is_named {
            found.push((at, dictionary::by_tag(pointer).map_or("dimension", |entry| entry.keyword)));
        }
    }
    found
}
