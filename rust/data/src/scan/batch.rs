//! Rows of many columns, filled from one document after the other.

use std::borrow::Cow;

use radiogram_core::{Error, Tag};

use super::cell::Cell;
use super::column::UNFIT;
use super::values::{Kind, Values};
use super::{Column, Of, Predicate};
use crate::Document;

/// What is known of one source.
pub struct Row<'r> {
    /// Its path, or what stands for one.
    pub path: &'r str,
    /// Bytes.
    pub size: Option<u64>,
    /// When its content was last changed, in nanoseconds since 1970.
    pub modified_ns: Option<i64>,
    /// What was read, or why nothing was.
    pub outcome: Result<&'r Document, &'r Error>,
}

/// A column's part of a batch.
#[derive(Debug)]
pub struct Filled {
    /// The values, end to end where rows have lists.
    pub values: Values,
    /// True for each value that is there.
    pub valid: Vec<bool>,
    /// Of lists: where each begins and the end of the last, and which rows have one.
    pub lists: Option<(Vec<i32>, Vec<bool>)>,
}

/// Rows side by side.
pub struct Batch<'c> {
    columns: &'c [Column],
    filled: Vec<Filled>,
    rows: usize,
    problems: Vec<String>,
}

/// Problems of a row past this number are not listed.
const MOST: usize = 64;

impl Filled {
    fn new(column: &Column) -> Self {
        let lists = column.is_list.then(|| (vec![0], Vec::new()));
        Self { values: Values::new(column.kind), valid: Vec::new(), lists }
    }

    /// Makes room for rows of one value; where there is no memory for them, appending says so.
    fn reserve(&mut self, rows: usize) {
        let _ = self.valid.try_reserve_exact(rows);
        self.values.reserve(rows);
        if let Some((offsets, there)) = &mut self.lists {
            let _ = offsets.try_reserve_exact(rows);
            let _ = there.try_reserve_exact(rows);
        }
    }

    fn shrink(&mut self) {
        self.values.shrink();
        if let Some((offsets, _)) = &mut self.lists {
            offsets.shrink_to_fit();
        }
    }

    /// Appends a value; false where it has no place and a null stands there.
    fn push(&mut self, cell: Option<&Cell<'_>>) -> bool {
        let is_kept = cell.is_none_or(|cell| self.values.push(cell));
        let is_there = is_kept && cell.is_some();
        if !is_there {
            self.values.push_none();
        }
        self.valid.push(is_there);
        is_kept
    }

    /// Ends a row whose values begin at `mark`; false where there are several and one has room.
    fn end(&mut self, mark: usize) -> bool {
        let count = self.valid.len().saturating_sub(mark);
        if let Some((offsets, there)) = &mut self.lists {
            let end = i32::try_from(self.valid.len());
            if end.is_err() {
                self.values.truncate(mark);
                self.valid.truncate(mark);
            }
            offsets.push(end.unwrap_or_else(|_| offsets.last().copied().unwrap_or(0)));
            there.push(count > 0 && end.is_ok());
            return end.is_ok();
        }
        if count == 1 {
            return true;
        }
        self.values.truncate(mark);
        self.valid.truncate(mark);
        self.push(None);
        count == 0
    }
}

impl<'c> Batch<'c> {
    /// A batch without a row, and with room for so many.
    pub fn new(columns: &'c [Column], rows: usize) -> Self {
        let mut filled: Vec<Filled> = columns.iter().map(Filled::new).collect();
        for filled in &mut filled {
            filled.reserve(rows);
        }
        Self { columns, filled, rows: 0, problems: Vec::new() }
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns' parts, in their order, with no memory that nothing is in: batches are kept for long.
    pub fn into_filled(mut self) -> Vec<Filled> {
        self.filled.iter_mut().for_each(Filled::shrink);
        self.filled
    }

    /// Appends a row, if it is wanted.
    pub fn push(&mut self, row: &Row<'_>, predicate: Option<&Predicate>) {
        if predicate.is_some_and(|predicate| !predicate.holds(row)) {
            return;
        }
        self.rows += 1;
        let problems = &mut self.problems;
        problems.clear();
        if let Ok(document) = row.outcome {
            let structural = document.problems().iter().take(MOST);
            problems.extend(structural.map(|problem| format!("{} {}", problem.kind.as_str(), problem.path)));
        }
        for (column, filled) in self.columns.iter().zip(&mut self.filled) {
            if column.of == Of::Problems {
                continue;
            }
            let mark = filled.valid.len();
            let mut overflow = false;
            let mut report = |tag: Tag, what: Cow<'static, str>| note(problems, &what, tag);
            column.each(row, &mut report, &mut |cell| overflow |= !filled.push(cell.as_ref()));
            let is_single = filled.end(mark);
            if let (Of::Element(place), true) = (&column.of, overflow || !is_single) {
                note(problems, if overflow { "no_room" } else { UNFIT }, place.leaf());
            }
        }
        for (column, filled) in self.columns.iter().zip(&mut self.filled) {
            if column.of == Of::Problems {
                let mark = filled.valid.len();
                for problem in &*problems {
                    filled.push(Some(&Cell::Text(Cow::Borrowed(problem))));
                }
                filled.end(mark);
            }
        }
    }
}

fn note(problems: &mut Vec<String>, what: &str, tag: Tag) {
    if problems.len() < MOST {
        let problem = format!("{what} {tag}");
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

impl Column {
    /// True where values of this kind can be compared with such a literal.
    pub fn compares_with(&self, literal: &super::Literal) -> bool {
        use super::Literal;
        match self.kind {
            Kind::Text | Kind::Code => matches!(literal, Literal::Text(_)),
            Kind::Date => matches!(literal, Literal::Date(_)),
            Kind::Time => matches!(literal, Literal::Time(_)),
            Kind::Moment => matches!(literal, Literal::Moment(_)),
            Kind::Stamp => matches!(literal, Literal::Stamp(_)),
            Kind::Bytes => false,
            _ => matches!(literal, Literal::Int(_) | Literal::Float(_)),
        }
    }
}
