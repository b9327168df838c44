//! Some elements of a data set that goes by: taken out of its bytes as they come, however they are cut, without holding the rest.
//!
//! What is taken out is a small file of its own, with the bytes of the elements as they came and what is needed to understand them (the
//! character set, the sign of pixels, owners of private blocks), so that whoever reads files reads it.

mod parser;
#[cfg(test)]
mod tests;
mod wanted;

pub use wanted::Wanted;

use std::sync::Arc;

use radiogram_core::Tag;
use radiogram_core::syntax::Syntax;

use crate::header::Encoding;
use crate::inflate::{Flow, Inflater};
use crate::meta::Meta;
use parser::Parser;

/// A deflated data set is inflated no further than this while one looks for elements.
const INFLATED: u64 = 64 << 20;

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const BIG: &str = "1.2.840.10008.1.2.2";

/// What was taken out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// A file: meta information, and the elements.
    pub file: Vec<u8>,
    /// Wanted elements that are there and too long.
    pub left_out: Vec<Tag>,
    /// False where the data set could not be followed to the last wanted element: what is not in the file may be in the data set all the same.
    pub is_complete: bool,
}

/// Takes elements out of a data set.
#[derive(Debug)]
pub struct Excerpt {
    parser: Parser,
    inflater: Option<Inflater>,
    meta: Meta,
    is_over: bool,
}

impl Excerpt {
    /// Of a data set in a transfer syntax that is known, whose instance is this.
    pub fn new(wanted: Arc<Wanted>, syntax: &Syntax, sop_class: &str, sop_instance: &str) -> Self {
        let (encoding, uid) = match (syntax.implicit, syntax.big_endian) {
            (true, _) => (Encoding::IMPLICIT_LITTLE, IMPLICIT),
            (false, true) => (Encoding::EXPLICIT_BIG, BIG),
            (false, false) => (Encoding::EXPLICIT_LITTLE, EXPLICIT),
        };
        let inflater = syntax.deflated.then(|| Inflater::new(INFLATED));
        let meta = Meta {
            sop_class: sop_class.to_owned(),
            sop_instance: sop_instance.to_owned(),
            transfer_syntax: uid.to_owned(),
            source: None,
        };
        Self { parser: Parser::new(wanted, encoding), inflater, meta, is_over: false }
    }

    /// Takes the bytes that are next. False where nothing more is wanted of those that follow.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        if self.is_over {
            return false;
        }
        let Self { parser, inflater, .. } = self;
        let goes_on = match inflater {
            None => parser.take(bytes),
            Some(inflater) => {
                let flow = inflater.push(bytes, &mut |inflated| parser.take(inflated));
                if flow == Flow::Broken {
                    parser.stop();
                }
                flow == Flow::On
            }
        };
        self.is_over = !goes_on;
        goes_on
    }

    /// The data set has ended, or nothing more is wanted of it.
    pub fn finish(self) -> Taken {
        let (elements, left_out, is_complete) = self.parser.finish();
        let mut file = self.meta.compose();
        file.extend_from_slice(&elements);
        Taken { file, left_out, is_complete }
    }
}
