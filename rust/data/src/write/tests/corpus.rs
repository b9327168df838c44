//! Real files, where `RADIOGRAM_CORPUS` says where they are; and damaged ones, where `RADIOGRAM_HOSTILE` does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use radiogram_core::{ErrorKind, ProblemKind, Syntax, Tag, Vr, syntax};

use super::material::{drafts, edited, options, parse, parse_file, text, written};
use crate::fuzz::fuzz_rewrite;
use crate::write::{Lengths, WriteOptions};
use crate::{Document, Entry, Flags, Source, read};

const PATIENT_ID: u32 = 0x0010_0020;

fn files(variable: &str) -> Vec<PathBuf> {
    let Ok(root) = std::env::var(variable) else { return Vec::new() };
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from(root)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{variable} is set, and there is nothing");
    found
}

/// A row without what an edit elsewhere changes: its place, and whether it waits in the file.
fn shown(entry: &Entry) -> (Tag, &'static str, u8, u32) {
    (entry.tag, entry.vr.as_str(), entry.flags.0 & !(Flags::DEFERRED.0 | Flags::CUT.0), entry.length)
}

/// Rows with the same values, those of the roots themselves aside; containers may have other lengths.
fn same(before: &Document, after: &Document, skip: &[u32], path: &Path) {
    let rows = |document: &Document| -> Vec<u32> {
        let from = document.root().0 + 1;
        let mut rows = Vec::new();
        let mut row = from;
        while let Some(entry) = document.entry(row) {
            if skip.contains(&entry.tag.0) && entry.depth == 0 {
                row = entry.end;
                continue;
            }
            rows.push(row);
            row += 1;
        }
        rows
    };
    let (old, new) = (rows(before), rows(after));
    assert_eq!(old.len(), new.len(), "{}", path.display());
    for (&old, &new) in old.iter().zip(&new) {
        let (was, is) = (before.entry(old).unwrap(), after.entry(new).unwrap());
        assert_eq!((was.tag, was.vr), (is.tag, is.vr), "{} {}", path.display(), before.path(old));
        if !was.is_container() && was.tag != Tag::ITEM && !was.tag.is_group_length() {
            assert_eq!(shown(was), shown(is), "{} {}", path.display(), before.path(old));
            assert!(before.bytes(old).unwrap() == after.bytes(new).unwrap(), "{}", path.display());
        }
    }
}

/// True where an edit closes what was left open.
fn is_broken(document: &Document) -> bool {
    let closes = |kind| {
        matches!(kind, ProblemKind::Truncated | ProblemKind::MissingDelimiter | ProblemKind::MisplacedGroup)
    };
    document.problems().iter().any(|problem| closes(problem.kind))
}

#[test]
fn every_real_file_is_written_as_it_is() {
    for path in
        files("RADIOGRAM_CORPUS").iter().filter(|path| path.components().any(|c| c.as_os_str() == "dicom"))
    {
        let bytes = std::fs::read(path).unwrap();
        let document = parse_file(&bytes);
        let (data_set, meta) = drafts(&document);
        assert!(written(&data_set, &meta, &WriteOptions::default()).unwrap() == bytes, "{}", path.display());
        // The same, with each element looked at: what nothing changes comes out as it was.
        let again =
            edited(&document, &[(0x0009_0001, crate::draft::Change::Remove)], &WriteOptions::default())
                .unwrap();
        if !is_broken(&document) && !document.is_deflated() {
            assert!(again == bytes, "{} {} {}", path.display(), again.len(), bytes.len());
        }
    }
}

#[test]
fn one_tag_of_every_real_file_is_changed() {
    for path in
        files("RADIOGRAM_CORPUS").iter().filter(|path| path.components().any(|c| c.as_os_str() == "dicom"))
    {
        let bytes = std::fs::read(path).unwrap();
        let document = parse_file(&bytes);
        let new = edited(&document, &[(PATIENT_ID, text(Vr::LO, "SOMEBODY ELSE"))], &WriteOptions::default())
            .unwrap();
        let after = parse(&new);
        same(&document, &after, &[PATIENT_ID], path);
        let row = after.find(after.root(), Tag(PATIENT_ID)).unwrap_or_else(|| panic!("{}", path.display()));
        assert_eq!(after.bytes(row).unwrap(), b"SOMEBODY ELSE ", "{}", path.display());
        if !document.is_deflated() && !is_broken(&document) {
            // What is in front of the change, and what is behind it, is as it was.
            let at = usize::try_from(after.entry(row).unwrap().start()).unwrap();
            let front = bytes.iter().zip(&new).take_while(|(a, b)| a == b).count();
            let first = document.find(document.root(), Tag(PATIENT_ID));
            let regrouped = document.find(document.root(), Tag(0x0010_0000)).is_some();
            assert!(front >= at || regrouped, "{} {first:?}", path.display());
        }
    }
}

#[test]
fn real_files_change_their_syntax_and_back() {
    let to = |uid| WriteOptions { syntax: Syntax::from_uid(uid), ..WriteOptions::default() };
    for path in
        files("RADIOGRAM_CORPUS").iter().filter(|path| path.components().any(|c| c.as_os_str() == "dicom"))
    {
        let bytes = std::fs::read(path).unwrap();
        let document = parse_file(&bytes);
        let native = document.syntax().is_some_and(|syntax| !syntax.encapsulated);
        let mut now = Arc::clone(&document);
        // What names no syntax is known by its bytes alone, and deflated bytes show nothing.
        let steps = if document.transfer_syntax().is_some() { 4 } else { 2 };
        for uid in
            [syntax::EXPLICIT_LITTLE, syntax::EXPLICIT_BIG, syntax::DEFLATED_LITTLE, syntax::EXPLICIT_LITTLE]
                .into_iter()
                .take(steps)
        {
            let (data_set, meta) = drafts(&now);
            let new = match written(&data_set, &meta, &to(uid)) {
                Ok(new) => new,
                Err(error) => {
                    assert!(!native || error.kind() == ErrorKind::Unsupported, "{} {error}", path.display());
                    break;
                }
            };
            now = parse(&new);
            let syntax = Syntax::from_uid(uid).unwrap();
            let encoding = (now.is_implicit(), now.is_big_endian());
            assert_eq!(encoding, (syntax.implicit, syntax.big_endian), "{}", path.display());
            let named = document.transfer_syntax().is_some();
            assert!(!named || now.transfer_syntax() == Some(uid), "{}", path.display());
        }
    }
}

#[test]
fn damaged_files_are_edited_and_written_without_a_panic() {
    let (mut written_again, mut refused) = (0, 0);
    for path in files("RADIOGRAM_HOSTILE") {
        let bytes = std::fs::read(&path).unwrap();
        let Ok(document) = read(Source::Memory(Arc::new(bytes.clone())), &options()) else { continue };
        let document = Arc::new(document);
        let (data_set, meta) = drafts(&document);
        assert!(written(&data_set, &meta, &WriteOptions::default()).unwrap() == bytes, "{}", path.display());
        let changes = [(PATIENT_ID, text(Vr::LO, "X")), (0x0099_0010, text(Vr::LO, "Y"))];
        for options in [
            WriteOptions::default(),
            WriteOptions { repair: true, ..WriteOptions::default() },
            WriteOptions { lengths: Lengths::Undefined, ..WriteOptions::default() },
            WriteOptions { syntax: Syntax::from_uid(syntax::EXPLICIT_BIG), ..WriteOptions::default() },
            WriteOptions { syntax: Syntax::from_uid(syntax::IMPLICIT_LITTLE), ..WriteOptions::default() },
        ] {
            match edited(&document, &changes, &options) {
                Ok(new) => {
                    written_again += 1;
                    if let Ok(after) = read(Source::Memory(Arc::new(new)), &super::material::options()) {
                        let row = after.find(after.root(), Tag(PATIENT_ID));
                        let uid = options.syntax.map(|syntax| syntax.uid);
                        // What names no syntax is known by its bytes alone.
                        let known = uid.is_none() || document.transfer_syntax().is_some();
                        let bare = document.problems().iter().any(|p| p.kind == ProblemKind::NoPreamble);
                        assert!(row.is_some() || !known || bare, "{} {uid:?}", path.display());
                    }
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused <= written_again, "{refused} refused, {written_again} written");
}

#[test]
fn any_edit_of_any_file_keeps_the_promises() {
    for path in files("RADIOGRAM_CORPUS").iter().chain(&files("RADIOGRAM_HOSTILE")) {
        let mut bytes = std::fs::read(path).unwrap();
        for seed in 0..4 {
            // The seed of the edits is in the bytes; the preamble has room for it.
            if let Some(first) = bytes.first_mut().filter(|_| seed > 0) {
                *first = seed;
            }
            // Shown where a promise does not hold.
            eprintln!("{}", path.display());
            fuzz_rewrite(&bytes);
        }
    }
}
