//! Files sorted into series, each with the verdict of `volume::arrange` on whether it makes a volume.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use radiogram_core::Error;
use radiogram_pixel::volume::{self, Arrangement, Missing, Refusal, SliceHeader};

use super::Plan;
use super::load::{Load, fetch};
use crate::gate::{self, Progress};

/// Files of one round.
const ROUND: usize = 4096;

/// What became of one file.
enum Met {
    Headers(Vec<SliceHeader>, String),
    Failed(String, String),
    Folder(PathBuf),
}

/// Reads the headers, sorts them by Series Instance UID in the order they are met, and has each series judged.
pub(super) fn sorted<'py>(
    plan: &Plan,
    loads: &Bound<'py, PyAny>,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
    folder: &Py<PyAny>,
) -> PyResult<(Vec<Bound<'py, PyDict>>, Vec<(String, String)>)> {
    let py = loads.py();
    let plan = plan.reading(volume::wanted());

    let mut iterators = vec![loads.try_iter()?.unbind().into_any()];
    let (mut headers, mut names, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let done = AtomicUsize::new(0);
    let watch = Progress { done: &done, total: 0, callback: progress };
    loop {
        let mut taken: VecDeque<Load> = VecDeque::new();
        while let Some(iterator) = iterators.last().filter(|_| taken.len() < ROUND) {
            if fetch(py, iterator, ROUND, &mut taken)? {
                break;
            }
            iterators.pop();
        }
        if taken.is_empty() {
            break;
        }
        for met in heads(py, &Vec::from(taken), &plan, threads, &watch)? {
            match met {
                Met::Headers(mut frames, name) => {
                    for frame in &mut frames {
                        frame.index = names.len();
                    }
                    names.push(name);
                    headers.append(&mut frames);
                }
                Met::Failed(name, error) => failed.push((name, error)),
                Met::Folder(path) => {
                    iterators.push(folder.call1(py, (path,))?.bind(py).try_iter()?.unbind().into_any());
                }
            }
        }
    }
    let groups = grouped(headers);
    let verdicts: Vec<Mutex<Option<Result<Arrangement, Refusal>>>> =
        groups.iter().map(|_| Mutex::new(None)).collect();
    gate::long(py, threads, |crew| {
        crew.run(groups.len(), &|number| {
            if let (Some(group), Some(slot)) = (groups.get(number), verdicts.get(number)) {
                let wish = volume::Options { missing: Missing::Fill, ..volume::Options::default() };
                let verdict = volume::arrange(group, &wish);
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
            }
        });
        Ok(())
    })?;
    let told = groups.iter().zip(verdicts).map(|(group, verdict)| {
        tell(py, group, verdict.into_inner().unwrap_or_else(PoisonError::into_inner), &names)
    });
    Ok((told.collect::<PyResult<_>>()?, failed))
}

fn heads(
    py: Python<'_>,
    loads: &[Load],
    plan: &Plan,
    threads: Option<usize>,
    watch: &Progress<'_>,
) -> PyResult<Vec<Met>> {
    let slots: Vec<Mutex<Option<Met>>> = loads.iter().map(|_| Mutex::new(None)).collect();
    gate::watched(py, threads, watch, |crew| {
        crew.run(loads.len(), &|number| {
            let (Some(load), Some(slot)) = (loads.get(number), slots.get(number)) else { return };
            let mut met = None;
            let folder = load.show(plan, true, &mut |row| {
                met = match row.outcome {
                    _ if plan.predicate.as_ref().is_some_and(|predicate| !predicate.holds(row)) => None,
                    Ok(document) => Some(match SliceHeader::all_of(document, 0) {
                        Ok(frames) => Met::Headers(frames, row.path.to_owned()),
                        Err(error) => failed(row.path, &error),
                    }),
                    Err(error) => Some(failed(row.path, error)),
                };
            });
            let met = folder.map(|path| Met::Folder(path.to_owned())).or(met);
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = met;
            watch.done.fetch_add(1, Ordering::Relaxed);
        });
        Ok(())
    })?;
    Ok(slots
        .into_iter()
        .filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}

fn failed(path: &str, error: &Error) -> Met {
    Met::Failed(path.to_owned(), format!("{}: {error}", error.kind().class()))
}

/// Headers by series; those without a UID are one group.
fn grouped(headers: Vec<SliceHeader>) -> Vec<Vec<SliceHeader>> {
    let mut places: HashMap<Option<String>, usize> = HashMap::new();
    let mut groups: Vec<Vec<SliceHeader>> = Vec::new();
    for header in headers {
        let place = *places.entry(header.series_instance_uid.clone()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.push(header);
        }
    }
    groups
}

fn tell<'py>(
    py: Python<'py>,
    group: &[SliceHeader],
    verdict: Option<Result<Arrangement, Refusal>>,
    names: &[String],
) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    let name = |index: usize| names.get(index).map_or("", String::as_str);
    let first = group.first();
    let text = |value: Option<&String>| value.cloned().unwrap_or_default();
    told.set_item("series_uid", text(first.and_then(|head| head.series_instance_uid.as_ref())))?;
    told.set_item("study_uid", text(first.and_then(|head| head.study_instance_uid.as_ref())))?;
    told.set_item("modality", text(first.and_then(|head| head.modality.as_ref())))?;
    let aside = |list: &[(usize, volume::Reason)]| -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, list.iter().map(|(index, reason)| (name(*index), reason.as_str())))
    };
    match verdict {
        Some(Ok(arrangement)) => {
            let Arrangement { axes, depth, slots, rows, columns, report, .. } = arrangement;
            let mut placed: Vec<usize> = slots
                .iter()
                .filter_map(|slot| match slot {
                    volume::Slot::Slice { index, .. } => Some(*index),
                    volume::Slot::Missing => None,
                })
                .collect();
            // A file of many frames is named once, wherever else frames of it stand.
            let mut seen = std::collections::HashSet::new();
            placed.retain(|index| seen.insert(*index));
            told.set_item("paths", PyTuple::new(py, placed.into_iter().map(name))?)?;
            told.set_item(
                "verdict",
                if report.missing.is_empty() && !report.incomplete { "volume" } else { "gaps" },
            )?;
            told.set_item("reason", "")?;
            let mut shape: Vec<usize> = axes.iter().map(|axis| axis.length).collect();
            shape.extend([depth, rows as usize, columns as usize]);
            told.set_item("shape", PyTuple::new(py, shape)?)?;
            told.set_item("spacing", PyTuple::new(py, report.spacing)?)?;
            told.set_item("missing", PyTuple::new(py, &report.missing)?)?;
            told.set_item("tilt_degrees", report.tilt_degrees)?;
            told.set_item("set_aside", aside(&report.set_aside)?)?;
            told.set_item("choices", PyTuple::empty(py))?;
            told.set_item("notes", PyTuple::new(py, &report.notes)?)?;
        }
        Some(Err(refusal)) => {
            let outside: std::collections::HashSet<usize> =
                refusal.set_aside.iter().map(|(index, _)| *index).collect();
            let left = group.iter().map(|head| head.index).filter(|index| !outside.contains(index));
            let mut left: Vec<usize> = left.collect();
            left.dedup();
            told.set_item("paths", PyTuple::new(py, left.into_iter().map(name))?)?;
            told.set_item("verdict", refusal.kind.class())?;
            told.set_item("reason", &refusal.message)?;
            told.set_item("shape", py.None())?;
            told.set_item("spacing", py.None())?;
            told.set_item("missing", PyTuple::empty(py))?;
            told.set_item("tilt_degrees", py.None())?;
            told.set_item("set_aside", aside(&refusal.set_aside)?)?;
            let choices: Vec<String> = refusal.choices.iter().map(ToString::to_string).collect();
            told.set_item("choices", PyTuple::new(py, choices)?)?;
            told.set_item("notes", PyTuple::empty(py))?;
        }
        None => {}
    }
    Ok(told)
}
