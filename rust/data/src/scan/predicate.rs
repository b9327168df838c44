//! Which rows are wanted: comparisons of columns with literals, joined by and, or, not.
//!
//! A comparison with what is not there is neither true nor false, and neither is its opposite: such a row is not wanted, as in SQL.
//! A comparison with a list is true where it is of any of its values (as the matching of PS3.4 C.2.2.2 has it), and `!=` is the
//! opposite of `==`.

use std::cmp::Ordering;

use radiogram_core::{Error, ErrorKind, Result, Tag};

use super::cell::Cell;
use super::{Column, Literal, Of, Row};

/// How a value and a literal must stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// `==`
    Equal,
    /// `!=`
    Differs,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Order {
    fn accepts(self, found: Ordering) -> bool {
        match self {
            Self::Equal | Self::Differs => found == Ordering::Equal,
            Self::Less => found == Ordering::Less,
            Self::AtMost => found != Ordering::Greater,
            Self::Greater => found == Ordering::Greater,
            Self::AtLeast => found != Ordering::Less,
        }
    }
}

/// A step of the evaluation, operands in front of operators.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    /// A column compared.
    Compare(Column, Order, Literal),
    /// A column is one of these.
    In(Column, Vec<Literal>),
    /// A column has no value.
    IsNull(Column),
    /// Both of the last two.
    And,
    /// One of the last two.
    Or,
    /// The opposite of the last.
    Not,
}

/// What a condition looks at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Front {
    /// Nothing that is in the file.
    Nothing,
    /// These elements of the root, ascending.
    Elements(Vec<Tag>),
    /// All that is read.
    All,
}

/// A condition on rows.
#[derive(Clone, PartialEq, Debug)]
pub struct Predicate(Vec<Op>);

impl Predicate {
    /// Makes one of steps that leave one truth behind, and compare what can be compared.
    pub fn new(ops: Vec<Op>) -> Result<Self> {
        let mut depth = 0_usize;
        for op in &ops {
            let (takes, column, literals) = match op {
                Op::Compare(column, _, literal) => (0, Some(column), std::slice::from_ref(literal)),
                Op::In(column, literals) => (0, Some(column), literals.as_slice()),
                Op::IsNull(column) => (0, Some(column), &[][..]),
                Op::Not => (1, None, &[][..]),
                Op::And | Op::Or => (2, None, &[][..]),
            };
            if let Some(column) = column {
                if column.of == Of::Problems {
                    return Err(wrong("rows are chosen before their problems are known"));
                }
                if !literals.iter().all(|literal| column.compares_with(literal)) {
                    return Err(wrong(format!(
                        "{}: a column of {:?} is not compared with such a value",
                        column.name, column.kind
                    )));
                }
            }
            depth = depth.checked_sub(takes).ok_or_else(|| wrong("an operator without its operands"))? + 1;
        }
        if depth != 1 {
            return Err(wrong("a condition is one truth"));
        }
        Ok(Self(ops))
    }

    /// The columns that it looks at.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.0.iter().filter_map(|op| match op {
            Op::Compare(column, ..) | Op::In(column, _) | Op::IsNull(column) => Some(column),
            Op::And | Op::Or | Op::Not => None,
        })
    }

    /// How much of a file must be read to know whether it is wanted, where that is less than all that the columns ask for.
    pub fn front(&self) -> Front {
        let mut elements = Vec::new();
        for column in self.columns() {
            match &column.of {
                Of::Path | Of::Size | Of::Modified => {}
                Of::Element(_) => elements.push(column),
                Of::Problems | Of::Error => return Front::All,
            }
        }
        if elements.is_empty() { Front::Nothing } else { Front::Elements(Column::wanted(elements)) }
    }

    /// True where it is true of a row.
    pub fn holds(&self, row: &Row<'_>) -> bool {
        let mut stack: Vec<Option<bool>> = Vec::new();
        for op in &self.0 {
            let truth = match op {
                Op::Compare(column, order, literal) => {
                    let found = any(column, row, |cell| {
                        cell.compare(literal).is_some_and(|found| order.accepts(found))
                    });
                    if *order == Order::Differs { found.map(|found| !found) } else { found }
                }
                Op::In(column, literals) => any(column, row, |cell| {
                    literals.iter().any(|literal| cell.compare(literal) == Some(Ordering::Equal))
                }),
                Op::IsNull(column) => Some(any(column, row, |_| true).is_none()),
                Op::Not => stack.pop().flatten().map(|truth| !truth),
                Op::And => match (stack.pop().flatten(), stack.pop().flatten()) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                },
                Op::Or => match (stack.pop().flatten(), stack.pop().flatten()) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                },
            };
            stack.push(truth);
        }
        stack.pop().flatten() == Some(true)
    }
}

fn wrong(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Argument, what)
}

/// Whether any of a row's values is so; `None` where it has none, or the column has room for one and there are several.
fn any(column: &Column, row: &Row<'_>, mut is: impl FnMut(&Cell<'_>) -> bool) -> Option<bool> {
    let (mut found, mut components) = (None, 0_usize);
    column.each(row, &mut |_, _| {}, &mut |cell| {
        components += 1;
        if let Some(cell) = cell {
            found = Some(found.unwrap_or(false) || is(&cell));
        }
    });
    found.filter(|_| column.is_list || components == 1)
}
