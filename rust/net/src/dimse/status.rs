//! Statuses: which of four categories a number belongs to, and what it means for a service and a SOP class (PS3.7 Annex C, PS3.4).

use std::fmt;

use super::Service;
use crate::tables::statuses::STATUSES;

/// What a status means for the operation (PS3.7 Annex C).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Category {
    /// It is done.
    Success,
    /// It is done, but not quite as asked for.
    Warning,
    /// It is not done.
    Failure,
    /// It was cancelled.
    Cancel,
    /// It goes on.
    Pending,
}

/// The value of Status (0000,0900).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub struct Status(pub u16);

/// A row of `standard/statuses.tsv`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The service; none is any.
    pub(crate) service: Option<Service>,
    /// SOP classes that it is said for; none is any.
    pub(crate) classes: &'static [&'static str],
    pub(crate) code: u16,
    /// The bits of the code that count.
    pub(crate) mask: u16,
    pub(crate) category: Category,
    pub(crate) meaning: &'static str,
    pub(crate) section: &'static str,
}

/// What the standard says of a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meaning {
    /// The category.
    pub category: Category,
    /// In the words of its table.
    pub meaning: &'static str,
    /// Where it says so.
    pub section: &'static str,
}

impl Status {
    /// The operation is done.
    pub const SUCCESS: Self = Self(0);
    /// It goes on.
    pub const PENDING: Self = Self(0xFF00);
    /// It was cancelled.
    pub const CANCEL: Self = Self(0xFE00);

    /// The category, by the number alone. A number of no range of PS3.7 Annex C counts as a failure: nobody said that it was done.
    pub fn category(self) -> Category {
        match self.0 {
            0 => Category::Success,
            0x0001 | 0x0107 | 0x0116 | 0xB000..=0xBFFF => Category::Warning,
            0xFE00 => Category::Cancel,
            0xFF00 | 0xFF01 => Category::Pending,
            _ => Category::Failure,
        }
    }

    /// True where more answers follow.
    pub fn is_pending(self) -> bool {
        self.category() == Category::Pending
    }

    /// What it means as the answer of a service about a SOP class: as the class says, else as the service says, else as PS3.7 says.
    pub fn explain(self, service: Service, sop_class: Option<&str>) -> Option<Meaning> {
        let fits = |row: &&Row| {
            row.code == self.0 & row.mask
                && row.service.is_none_or(|one| one == service)
                && (row.classes.is_empty() || sop_class.is_some_and(|uid| row.classes.contains(&uid)))
        };
        let rank = |row: &&Row| (row.classes.is_empty(), row.service.is_none(), !row.mask);
        let row = STATUSES.iter().filter(fits).min_by_key(rank)?;
        Some(Meaning { category: row.category, meaning: row.meaning, section: row.section })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_category_of_a_row_is_that_of_its_number() {
        for row in &STATUSES {
            assert_eq!(Status(row.code).category(), row.category, "{:04X}", row.code);
            assert_eq!(row.code & row.mask, row.code);
            assert!(row.classes.iter().all(|uid| radiogram_core::uid::lookup(uid).is_some()));
        }
    }

    #[test]
    fn the_nearest_row_explains() {
        let said = |code, service, class| Status(code).explain(service, class).map(|found| found.meaning);
        assert_eq!(said(0xA700, Service::CStore, None), Some("Refused: Out of Resources"));
        assert_eq!(said(0xA7FF, Service::CStore, None), Some("Refused: Out of Resources"));
        assert_eq!(said(0xA801, Service::CMove, None), Some("Refused: Move Destination unknown"));
        assert_eq!(said(0xA801, Service::CFind, None), None);
        let push = Some("1.2.840.10008.5.1.4.34.6.1");
        assert_eq!(said(0xC302, Service::NAction, push), Some("Refused: The UPS is already IN PROGRESS"));
        assert_eq!(said(0xC302, Service::NAction, None), None);
        assert_eq!(said(0x0112, Service::NGet, push), Some("No such SOP Instance"));
        assert_eq!(said(0x0000, Service::CEcho, None), Some("Success"));
    }
}
