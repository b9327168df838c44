//! The data dictionary: what a tag, a keyword or a private tag stands for (PS3.6, PS3.7 Annex E).
//!
//! The tables are constants of the program. What a user adds is in a [`UserDictionary`] that the caller holds.

mod elements;
mod nearest;
pub mod private;
mod user;

pub use elements::{Entry, by_keyword, by_name, by_tag, is_repeating, iter, vr_of};
pub use nearest::nearest_keywords;
pub use private::PrivateEntry;
pub use user::{PrivateDictionary, UserDictionary, UserEntry};
