//! Options of an encoder by name: each is taken once by the encoder that has it, and none is left over.

use radiogram_core::{Error, ErrorKind, Result};

/// A value as the caller gave it.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// True or false.
    Truth(bool),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Real(f64),
    /// Several numbers.
    Several(Vec<f64>),
    /// A word.
    Word(String),
    /// Nothing that an option is made of.
    Other,
}

/// The options of a call.
#[derive(Default, Debug)]
pub struct Options {
    given: Vec<(String, Value)>,
    taken: Vec<&'static str>,
}

impl Options {
    /// What the caller gave.
    pub fn new(given: Vec<(String, Value)>) -> Self {
        Self { given, taken: Vec::new() }
    }

    /// The names that were asked for: the options that there are.
    pub fn names(self) -> Vec<&'static str> {
        self.taken
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.taken.push(name);
        let at = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.swap_remove(at).1)
    }

    /// A whole number within a range.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where it is none; so for all of these.
    pub fn whole<T>(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<T>,
        default: T,
    ) -> Result<T>
    where
        T: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let Some(value) = self.take(name) else { return Ok(default) };
        if let Value::Whole(number) = value
            && let Ok(number) = T::try_from(number)
            && range.contains(&number)
        {
            return Ok(number);
        }
        wrong(&format!("{name} is a whole number from {} to {}", range.start(), range.end()))
    }

    /// True or false.
    pub fn truth(&mut self, name: &'static str, default: bool) -> Result<bool> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Truth(truth)) => Ok(truth),
            Some(_) => wrong(&format!("{name} is True or False")),
        }
    }

    /// A number above zero; none where it is not given.
    pub fn positive(&mut self, name: &'static str) -> Result<Option<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "rates and qualities are small numbers")]
        let number = match self.take(name) {
            None => return Ok(None),
            Some(Value::Whole(number)) => number as f64,
            Some(Value::Real(number)) => number,
            Some(_) => f64::NAN,
        };
        if number > 0.0 && number.is_finite() {
            return Ok(Some(number));
        }
        wrong(&format!("{name} is a number above zero"))
    }

    /// Numbers above zero, one or several; none where they are not given.
    pub fn positives(&mut self, name: &'static str) -> Result<Vec<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "rates and qualities are small numbers")]
        let numbers = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Whole(number)) => vec![number as f64],
            Some(Value::Real(number)) => vec![number],
            Some(Value::Several(numbers)) => numbers,
            Some(_) => Vec::new(),
        };
        if !numbers.is_empty() && numbers.iter().all(|number| *number > 0.0 && number.is_finite()) {
            return Ok(numbers);
        }
        wrong(&format!("{name} is a number above zero, or several"))
    }

    /// Numbers, one or several; none where they are not given.
    pub fn numbers(&mut self, name: &'static str) -> Result<Option<Vec<f64>>> {
        #[expect(clippy::cast_precision_loss, reason = "elements of matrices are small numbers")]
        let numbers = match self.take(name) {
            None => return Ok(None),
            Some(Value::Whole(number)) => vec![number as f64],
            Some(Value::Real(number)) => vec![number],
            Some(Value::Several(numbers)) => numbers,
            Some(_) => Vec::new(),
        };
        if !numbers.is_empty() && numbers.iter().all(|number| number.is_finite()) {
            return Ok(Some(numbers));
        }
        wrong(&format!("{name} is numbers, in rows or one after another"))
    }

    /// One of some words.
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)], default: T) -> Result<T> {
        let Some(value) = self.take(name) else { return Ok(default) };
        if let Value::Word(given) = &value
            && let Some((_, meant)) = words.iter().find(|(word, _)| word == given)
        {
            return Ok(*meant);
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        wrong(&format!("{name} is one of {}", known.join(", ")))
    }

    /// Refuses what nobody has taken.
    pub(super) fn finish(self) -> Result<Vec<&'static str>> {
        let Some((name, _)) = self.given.first() else { return Ok(self.taken) };
        let known = if self.taken.is_empty() { "no options".to_owned() } else { self.taken.join(", ") };
        let name: String = name.chars().take(32).collect();
        wrong(&format!("the codec has no option {name:?}: {known}"))
    }
}

fn wrong<T>(message: &str) -> Result<T> {
    Err(Error::new(ErrorKind::Argument, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: Value) -> Options {
        Options::new(vec![(name.to_owned(), value)])
    }

    #[test]
    fn options_are_what_they_must_be() {
        assert_eq!(of("near", Value::Whole(3)).whole("near", 0_u8..=255, 0), Ok(3));
        for value in [Value::Whole(-1), Value::Whole(256), Value::Truth(true), Value::Real(1.0), Value::Other]
        {
            assert!(of("near", value).whole("near", 0_u8..=255, 0).is_err());
        }
        assert_eq!(of("rate", Value::Whole(8)).positive("rate"), Ok(Some(8.0)));
        assert!(of("rate", Value::Real(f64::NAN)).positive("rate").is_err());
        assert!(of("rate", Value::Truth(true)).positive("rate").is_err());
        assert_eq!(of("rate", Value::Several(vec![8.0, 2.5])).positives("rate"), Ok(vec![8.0, 2.5]));
        assert!(of("rate", Value::Several(vec![8.0, -1.0])).positives("rate").is_err());
        assert_eq!(of("order", Value::Word("b".to_owned())).word("order", &[("a", 1), ("b", 2)], 1), Ok(2));
        assert!(of("order", Value::Word("c".to_owned())).word("order", &[("a", 1), ("b", 2)], 1).is_err());
        assert_eq!(of("optimal", Value::Truth(true)).truth("optimal", false), Ok(true));
    }

    #[test]
    fn what_nobody_takes_is_refused_with_what_there_is() {
        let mut options = of("neer", Value::Whole(1));
        assert_eq!(options.whole("near", 0_u8..=255, 7), Ok(7));
        let error = options.finish().unwrap_err();
        assert_eq!(error.message(), "the codec has no option \"neer\": near");
    }
}
