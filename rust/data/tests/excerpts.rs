//! Real files as they would come by the network: what is taken out of them on the way is what reading them as a whole gives. Found by the
//! environment variable RADIOGRAM_CORPUS; without it there is nothing to do.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use radiogram_core::{Syntax, Tag, Vr};
use radiogram_data::excerpt::{Excerpt, Wanted};
use radiogram_data::meta::Meta;
use radiogram_data::{Document, Flags, Options, Source, read};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Tag, VR and bytes of elements of the root, without what only shows how lengths are written.
fn root(document: &Document, is_meant: &dyn Fn(Tag) -> bool) -> Vec<(Tag, Vr, Option<Vec<u8>>)> {
    let rows = document.children(document.root()).into_iter();
    let elements = rows.map(|row| (row, document.entry(row).unwrap()));
    let elements = elements.filter(|(_, entry)| is_meant(entry.tag));
    elements
        .map(|(row, entry)| {
            let is_value = !entry.is_container() && !entry.flags.has(Flags::UNDEFINED);
            (entry.tag, entry.vr, is_value.then(|| document.bytes(row).unwrap().to_vec()))
        })
        .collect()
}

#[test]
fn real_files_give_on_the_way_what_they_give_as_a_whole() {
    let Some(folder) = std::env::var_os("RADIOGRAM_CORPUS").map(PathBuf::from) else { return };
    let mut paths = Vec::new();
    files(&folder.join("dicom"), &mut paths);
    let (mut compared, mut unfollowed) = (0, Vec::new());
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let Some((meta, begin)) = Meta::find(&bytes) else { continue };
        let Some(syntax) = Syntax::from_uid(&meta.transfer_syntax) else { continue };
        let Ok(whole) = read(Source::Memory(Arc::new(bytes.clone())), &Options::default()) else { continue };
        // All that is short enough, in front of the pixels.
        let rows = whole.children(whole.root()).into_iter();
        let entries = rows.map(|row| whole.entry(row).unwrap());
        let is_short = |tag: Tag| tag.group() >= 8 && tag < Tag(0x5000_0000) && !tag.is_group_length();
        let mut tags: Vec<Tag> = entries.map(|entry| entry.tag).filter(|tag| is_short(*tag)).collect();
        tags.truncate(Wanted::MOST);
        let wanted = Arc::new(Wanted::new(&tags).unwrap());
        let mut excerpt = Excerpt::new(wanted, syntax, "1.2", "1.2.3");
        for chunk in bytes.get(begin..).unwrap().chunks(1000) {
            if !excerpt.take(chunk) {
                break;
            }
        }
        let taken = excerpt.finish();
        if !taken.is_complete {
            unfollowed.push(path);
            continue;
        }
        let part = read(Source::Memory(Arc::new(taken.file)), &Options::default()).unwrap();
        let is_meant = |tag: Tag| tags.contains(&tag) && !taken.left_out.contains(&tag);
        let (expected, found) = (root(&whole, &is_meant), root(&part, &is_meant));
        if expected != found && whole.problems().is_empty() {
            let differs = expected.iter().zip(&found).find(|(one, other)| one != other);
            assert_eq!(expected.len(), found.len(), "{} {differs:?}", path.display());
            assert!(expected == found, "{} {differs:?}", path.display());
        }
        compared += usize::from(whole.problems().is_empty());
    }
    assert!(compared > 300, "{compared} files");
    assert!(unfollowed.len() < 20, "{unfollowed:?}");
}
