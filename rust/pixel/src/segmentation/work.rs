//! What results of many slices share: parts of the result that threads write, and the first error.

use std::sync::{Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Result, try_vec};

use super::cells::Memory;
use crate::layout::Finding;

/// Parts that are written at the same time.
pub(super) const MOST_PARTS: usize = 1 << 24;

/// A part of the result that one thread at a time writes.
pub(crate) type Part<'a> = Mutex<&'a mut [u8]>;

/// The parts of a result that are written, of `size` bytes each, by their numbers, which ascend. What lies between them stays as it is.
pub(crate) fn parts<'a>(mut out: &'a mut [u8], size: usize, numbers: &[usize]) -> Result<Vec<Part<'a>>> {
    if numbers.len() > MOST_PARTS {
        return Err(Error::new(
            ErrorKind::Limit,
            format!("more than {MOST_PARTS} frames of the result in one call"),
        ));
    }
    let mut found = try_vec(numbers.len())?;
    let mut begin = 0;
    for number in numbers {
        let gap = number.checked_mul(size).and_then(|at| at.checked_sub(begin));
        let part = gap.and_then(|gap| {
            let rest = std::mem::take(&mut out).split_at_mut_checked(gap)?.1;
            let (part, rest) = rest.split_at_mut_checked(size)?;
            out = rest;
            begin += gap + size;
            Some(part)
        });
        let short = || Error::new(ErrorKind::Argument, "the array for the result is too small");
        found.push(Mutex::new(part.ok_or_else(short)?));
    }
    Ok(found)
}

/// What threads report, and the memory they pass on.
#[derive(Default)]
pub(super) struct Shared {
    idle: Mutex<Vec<Memory>>,
    failure: Mutex<Option<(usize, Error)>>,
    findings: Mutex<Vec<Finding>>,
}

fn open<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Does one of many tasks, and keeps what it found: of errors that of the first task, whichever thread was faster.
    pub(super) fn task(&self, number: usize, work: impl FnOnce(&mut Memory) -> Result<Vec<Finding>>) {
        let mut memory = open(&self.idle).pop().unwrap_or_default();
        match work(&mut memory) {
            Ok(found) => {
                let mut findings = open(&self.findings);
                for finding in found {
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
            Err(error) => {
                let mut failure = open(&self.failure);
                if failure.as_ref().is_none_or(|(first, _)| number < *first) {
                    *failure = Some((number, error));
                }
            }
        }
        open(&self.idle).push(memory);
    }

    /// What was read past, or the first error.
    pub(super) fn end(self) -> Result<Vec<Finding>> {
        match self.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, error)) => Err(error),
            None => Ok(self.findings.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }
}

/// A number for each of the 65,536 numbers that segments may have.
pub(super) struct Ranks(Vec<u32>);

impl Ranks {
    const NONE: u32 = u32::MAX;
    /// What the rank of a segment has that nothing describes.
    const STRANGE: u32 = 1 << 31;

    /// Where each segment comes in the caller's list; every one does where there is no list.
    pub(super) fn of(segments: Option<&[u16]>) -> Result<Self> {
        let mut ranks = try_vec(1 << 16)?;
        match segments {
            None => ranks.extend(0..1 << 16),
            Some(segments) => {
                ranks.resize(1 << 16, Self::NONE);
                for (segment, rank) in segments.iter().zip(0_u32..) {
                    ranks.get_mut(usize::from(*segment)).into_iter().for_each(|slot| *slot = rank.min(*slot));
                }
            }
        }
        Ok(Self(ranks))
    }

    /// All segments, each in the place of its number; those that are not described are strange.
    pub(super) fn all(described: &[u16]) -> Result<Self> {
        let mut ranks = Self::of(None)?;
        ranks.0.iter_mut().for_each(|rank| *rank |= Self::STRANGE);
        for segment in described {
            ranks.0.get_mut(usize::from(*segment)).into_iter().for_each(|rank| *rank &= !Self::STRANGE);
        }
        Ok(ranks)
    }

    /// True for the rank of a segment that nothing describes.
    pub(super) fn is_strange(rank: u32) -> bool {
        rank & Self::STRANGE != 0
    }

    /// Where a segment comes, if it is wanted.
    pub(super) fn rank(&self, segment: u16) -> Option<u32> {
        self.0.get(usize::from(segment)).copied().filter(|rank| *rank != Self::NONE)
    }
}
