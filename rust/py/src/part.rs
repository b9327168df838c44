//! Parts of frames as callers name them: how often the size is halved, (row, column, rows, columns), how many layers.

use pyo3::prelude::*;
use pyo3::types::PyBool;
use radiogram_pixel::codec::{Part, Region};

use crate::errors;

/// The part that these name.
pub(crate) fn given(
    py: Python<'_>,
    reduce: Option<&Bound<'_, PyAny>>,
    region: Option<&Bound<'_, PyAny>>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<Part> {
    let wrong = |message: &str| errors::named(py, "ArgumentError", message);
    let whole = |value: &Bound<'_, PyAny>, least: u16| {
        let number = value.extract::<u16>().ok().filter(|number| *number >= least);
        number.filter(|_| !value.is_instance_of::<PyBool>())
    };
    let reduce = match reduce {
        None => 0,
        Some(value) => whole(value, 0)
            .and_then(|number| u8::try_from(number).ok())
            .filter(|number| *number <= 32)
            .ok_or_else(|| wrong("reduce is a whole number from 0 to 32"))?,
    };
    let region = match region {
        None => None,
        Some(value) => {
            let four: Result<[u32; 4], _> = value.extract();
            let Ok([y, x, rows, columns]) = four else {
                return Err(wrong("region is (row, column, rows, columns), whole numbers from 0"));
            };
            Some(Region { x, y, columns, rows })
        }
    };
    let layers = match layers {
        None => None,
        Some(value) => {
            Some(whole(value, 1).ok_or_else(|| wrong("layers is a whole number from 1 to 65535"))?)
        }
    };
    Ok(Part { reduce, region, layers })
}
