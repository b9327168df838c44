//! Look-ups in the tables of the standard and the registry of what a user adds to them.

use std::sync::{Arc, PoisonError, RwLock};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use radiogram_core::dictionary::{self, Entry, UserDictionary, UserEntry, private};
use radiogram_core::{Syntax, Tag, Vr, uid};

/// What users of this interpreter have added. The core has no state of its own, so it is kept here.
static USER: RwLock<Option<Arc<UserDictionary>>> = RwLock::new(None);

/// What users have added so far; later additions do not show in it. `None` where there is nothing.
pub(crate) fn user() -> Option<Arc<UserDictionary>> {
    USER.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn change<T>(add: impl FnOnce(&mut UserDictionary) -> radiogram_core::Result<T>) -> PyResult<T> {
    let mut held = USER.write().unwrap_or_else(PoisonError::into_inner);
    add(Arc::make_mut(held.get_or_insert_default()))
        .map_err(|error| PyValueError::new_err(error.message().to_owned()))
}

/// An element as Python's `Entry` takes it: tag, VR, VM, keyword, name, retired.
pub(crate) type Row = (u32, &'static str, String, String, String, bool);

fn letters(vr: Option<Vr>) -> &'static str {
    vr.map_or("", Vr::as_str)
}

fn vr_from(text: &str) -> PyResult<Option<Vr>> {
    match Vr::from_text(text) {
        None if !text.is_empty() => Err(PyValueError::new_err("the VR is not one of the standard's")),
        vr => Ok(vr),
    }
}

fn standard_row(entry: Entry) -> Row {
    let Entry { tag, vr, vm, keyword, name, retired } = entry;
    (tag.0, letters(vr), vm.to_owned(), keyword.to_owned(), name.to_owned(), retired)
}

fn user_row(entry: &UserEntry) -> Row {
    let UserEntry { tag, vr, vm, keyword, name, retired } = entry;
    (tag.0, letters(*vr), vm.clone(), keyword.clone(), name.clone(), *retired)
}

/// What is known of a public element: from the user, else from the standard.
pub(crate) fn element(tag: Tag) -> Option<Row> {
    if let Some(row) = user().and_then(|user| user.by_tag(tag).map(user_row)) {
        return Some(row);
    }
    dictionary::by_tag(tag).map(standard_row)
}

#[pyfunction]
fn dictionary_by_tag(tag: u32) -> Option<Row> {
    element(Tag(tag))
}

#[pyfunction]
fn dictionary_tag(keyword: &Bound<'_, PyString>) -> Option<u32> {
    let keyword = &*keyword.to_string_lossy();
    let tag = match user() {
        Some(user) => user.by_keyword(keyword),
        None => dictionary::by_keyword(keyword),
    };
    tag.map(|tag| tag.0)
}

#[pyfunction]
fn dictionary_by_name(name: &str) -> Option<Row> {
    dictionary::by_name(name).map(standard_row)
}

#[pyfunction]
fn dictionary_nearest(keyword: &Bound<'_, PyString>, count: usize) -> Vec<&'static str> {
    dictionary::nearest_keywords(&keyword.to_string_lossy(), count)
}

#[pyfunction]
fn dictionary_is_repeating(tag: u32) -> bool {
    dictionary::is_repeating(Tag(tag))
}

#[pyfunction]
fn dictionary_register(
    tag: u32,
    vr: &str,
    vm: String,
    keyword: String,
    name: String,
    retired: bool,
) -> PyResult<()> {
    let vr = vr_from(vr)?;
    change(|user| user.insert(UserEntry { tag: Tag(tag), vr, vm, keyword, name, retired }))
}

#[pyfunction]
fn keywords() -> Vec<String> {
    let known =
        dictionary::iter().map(|entry| entry.keyword.to_owned()).filter(|keyword| !keyword.is_empty());
    match user() {
        None => known.collect(),
        Some(user) => {
            let added = user.keywords().filter(|keyword| dictionary::by_keyword(keyword).is_none());
            known.chain(added.map(str::to_owned)).collect()
        }
    }
}

#[pyfunction]
fn private_by_tag(creator: &str, tag: u32) -> Option<(&'static str, String, String)> {
    let held = user();
    let found = match &held {
        Some(user) => user.private.lookup(creator, Tag(tag)),
        None => private::lookup(creator, Tag(tag)),
    };
    found.map(|entry| (letters(entry.vr), entry.vm.to_owned(), entry.name.to_owned()))
}

#[pyfunction]
fn private_register(creator: &str, tag: &str, vr: &str, vm: &str, name: &str) -> PyResult<()> {
    let vr = vr_from(vr)?;
    change(|user| user.private.insert(creator, tag, vr, vm, name))
}

#[pyfunction]
fn private_creators() -> Vec<&'static str> {
    private::creators().collect()
}

/// A UID as Python takes it: UID, name, keyword, type, info, retired.
type UidRow = (&'static str, &'static str, &'static str, &'static str, &'static str, bool);

fn uid_row(entry: uid::UidEntry) -> UidRow {
    (entry.uid, entry.name, entry.keyword, entry.kind, entry.info, entry.retired)
}

#[pyfunction]
fn uid_lookup(uid: &Bound<'_, PyString>) -> Option<UidRow> {
    let uid = &*uid.to_string_lossy();
    uid::lookup(uid).map(uid_row)
}

#[pyfunction]
fn uid_by_keyword(keyword: &Bound<'_, PyString>) -> Option<UidRow> {
    let keyword = &*keyword.to_string_lossy();
    uid::by_keyword(keyword).map(uid_row)
}

#[pyfunction]
fn uid_keywords() -> Vec<&'static str> {
    uid::iter().map(|entry| entry.keyword).filter(|keyword| !keyword.is_empty()).collect()
}

#[pyfunction]
fn uid_is_valid(uid: &str) -> bool {
    uid::is_valid(uid)
}

#[pyfunction]
fn sop_class_lookup(uid: &Bound<'_, PyString>) -> Option<(&'static str, &'static str)> {
    let uid = &*uid.to_string_lossy();
    uid::sop_class(uid).map(|class| (class.iod, class.directory_record))
}

/// A transfer syntax as Python takes it, in the order of `radiogram.uid.TransferSyntax`.
type SyntaxRow = (
    &'static str,
    &'static str,
    &'static str,
    bool,
    bool,
    bool,
    bool,
    bool,
    &'static str,
    Option<&'static str>,
);

#[pyfunction]
fn syntax_lookup(uid: &Bound<'_, PyString>) -> Option<SyntaxRow> {
    let uid = &*uid.to_string_lossy();
    Syntax::from_uid(uid).map(|syntax| {
        let Syntax {
            uid,
            keyword,
            name,
            retired,
            implicit,
            big_endian,
            deflated,
            encapsulated,
            codec,
            loss,
            ..
        } = *syntax;
        let loss = loss.map(radiogram_core::syntax::Loss::as_str);
        (uid, keyword, name, retired, implicit, !big_endian, deflated, encapsulated, codec, loss)
    })
}

#[pyfunction]
fn syntax_uids() -> Vec<&'static str> {
    Syntax::all().iter().map(|syntax| syntax.uid).collect()
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(dictionary_by_tag, module)?)?;
    module.add_function(wrap_pyfunction!(dictionary_tag, module)?)?;
    module.add_function(wrap_pyfunction!(dictionary_by_name, module)?)?;
    module.add_function(wrap_pyfunction!(dictionary_nearest, module)?)?;
    module.add_function(wrap_pyfunction!(dictionary_is_repeating, module)?)?;
    module.add_function(wrap_pyfunction!(dictionary_register, module)?)?;
    module.add_function(wrap_pyfunction!(keywords, module)?)?;
    module.add_function(wrap_pyfunction!(private_by_tag, module)?)?;
    module.add_function(wrap_pyfunction!(private_register, module)?)?;
    module.add_function(wrap_pyfunction!(private_creators, module)?)?;
    module.add_function(wrap_pyfunction!(uid_lookup, module)?)?;
    module.add_function(wrap_pyfunction!(uid_by_keyword, module)?)?;
    module.add_function(wrap_pyfunction!(uid_keywords, module)?)?;
    module.add_function(wrap_pyfunction!(uid_is_valid, module)?)?;
    module.add_function(wrap_pyfunction!(sop_class_lookup, module)?)?;
    module.add_function(wrap_pyfunction!(syntax_lookup, module)?)?;
    module.add_function(wrap_pyfunction!(syntax_uids, module)?)
}
