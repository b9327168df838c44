//! Rules as data: which instances go where. The first rule that an instance fits is the one.

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Result};
use radiogram_data::excerpt::Wanted;
use radiogram_data::matching::is_like;
use radiogram_net::dimse::Outcome;

use super::{Arrival, Reception, Sink};

/// Texts of which one has to fit, with `*` for any characters and `?` for one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern(Vec<String>);

impl Pattern {
    /// Longer patterns are refused: no title and no UID is that long.
    pub const LONGEST: usize = 256;

    /// One of these.
    ///
    /// # Errors
    ///
    /// `Argument` for one that is too long, and where there is none: nothing would fit.
    pub fn any_of<T: Into<String>>(patterns: impl IntoIterator<Item = T>) -> Result<Self> {
        let patterns: Vec<String> = patterns.into_iter().map(Into::into).collect();
        if patterns.is_empty() || patterns.iter().any(|pattern| pattern.len() > Self::LONGEST) {
            return Err(Error::new(
                ErrorKind::Argument,
                "a rule has to name a pattern of up to 256 characters",
            ));
        }
        Ok(Self(patterns))
    }

    /// Whether a text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.0.iter().any(|pattern| pattern == text || is_like(pattern, text))
    }
}

/// Which instances, where they go, and what is looked at on their way. What says nothing fits all.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Who sends them.
    pub calling: Option<Pattern>,
    /// To whom.
    pub called: Option<Pattern>,
    /// By UID.
    pub sop_class: Option<Pattern>,
    /// By UID.
    pub transfer_syntax: Option<Pattern>,
    /// By UID.
    pub sop_instance: Option<Pattern>,
    /// Where they go.
    pub sink: Sink,
    /// Whether the data set must name the instance of the command.
    pub checks: bool,
    /// The elements that are taken out of them.
    pub wanted: Option<Arc<Wanted>>,
}

impl Choice {
    /// All instances into one sink.
    pub fn all(sink: Sink) -> Self {
        let (calling, called, sop_class, transfer_syntax, sop_instance) = (None, None, None, None, None);
        Self { calling, called, sop_class, transfer_syntax, sop_instance, sink, checks: true, wanted: None }
    }

    /// Whether an instance is one of those.
    pub fn fits(&self, arrival: &Arrival) -> bool {
        let fits =
            |pattern: &Option<Pattern>, text: &str| pattern.as_ref().is_none_or(|pattern| pattern.fits(text));
        fits(&self.sop_class, arrival.sop_class.as_str())
            && fits(&self.transfer_syntax, arrival.transfer_syntax.as_str())
            && fits(&self.sop_instance, arrival.sop_instance.as_str())
            && (self.calling.is_none() || fits(&self.calling, &arrival.calling.to_text()))
            && (self.called.is_none() || fits(&self.called, &arrival.called.to_text()))
    }
}

/// Rules in their order.
#[derive(Clone, Debug, Default)]
pub struct Choices(Vec<Choice>);

impl Choices {
    /// These.
    pub fn new(choices: Vec<Choice>) -> Self {
        Self(choices)
    }

    /// The first one that an instance fits.
    pub fn find(&self, arrival: &Arrival) -> Option<&Choice> {
        self.0.iter().find(|choice| choice.fits(arrival))
    }

    /// What becomes of an instance. One that fits no rule is refused: SOP class not supported (PS3.7 C.5.1).
    pub fn reception(&self, arrival: &Arrival) -> Reception {
        match self.find(arrival) {
            Some(Choice { sink, checks, wanted, .. }) => {
                Reception { sink: sink.clone(), checks: *checks, wanted: wanted.clone() }
            }
            None => Reception::of(Sink::Refuse(Outcome::with_comment(0x0122, "no rule takes this instance"))),
        }
    }
}
