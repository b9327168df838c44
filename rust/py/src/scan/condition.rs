//! A condition as Python's expressions spell it: steps, operands in front of operators.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};
use radiogram_data::scan::{Literal, Op, Order, Predicate};

use crate::errors;

/// Reads `("==", column, value)`, `("in", column, values)`, `("null", column)`, `("and",)`, `("or",)`, `("not",)`.
pub(super) fn parse(py: Python<'_>, steps: &[Bound<'_, PyAny>], said: &super::Said) -> PyResult<Predicate> {
    let ops = steps.iter().map(|step| op(py, step, said)).collect::<PyResult<Vec<_>>>()?;
    Predicate::new(ops).map_err(|error| errors::raise(py, &error))
}

fn op(py: Python<'_>, step: &Bound<'_, PyAny>, said: &super::Said) -> PyResult<Op> {
    let word: String = step.get_item(0)?.extract()?;
    let column = || super::column(py, step.get_item(1)?.cast::<PyString>()?.to_str()?, said);
    let order = match word.as_str() {
        "and" => return Ok(Op::And),
        "or" => return Ok(Op::Or),
        "not" => return Ok(Op::Not),
        "null" => return Ok(Op::IsNull(column()?)),
        "in" => {
            let values = step.get_item(2)?.try_iter()?;
            let values = values.map(|value| literal(py, &value?)).collect::<PyResult<Vec<_>>>()?;
            return Ok(Op::In(column()?, values));
        }
        "==" => Order::Equal,
        "!=" => Order::Differs,
        "<" => Order::Less,
        "<=" => Order::AtMost,
        ">" => Order::Greater,
        ">=" => Order::AtLeast,
        _ => return Err(errors::named(py, "ArgumentError", "there is no such operator")),
    };
    Ok(Op::Compare(column()?, order, literal(py, &step.get_item(2)?)?))
}

/// Text and numbers as they are; days and times as (what, number).
fn literal(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<Literal> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Literal::Text(text.to_str()?.to_owned()));
    }
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        let number: i128 =
            value.extract::<i64>().map(i128::from).or_else(|_| value.extract::<u64>().map(i128::from))?;
        return Ok(Literal::Int(number));
    }
    if value.is_instance_of::<PyFloat>() {
        return Ok(Literal::Float(value.extract()?));
    }
    if let Ok((what, number)) = value.extract::<(String, i64)>() {
        match (what.as_str(), i32::try_from(number)) {
            ("date", Ok(days)) => return Ok(Literal::Date(days)),
            ("time", _) => return Ok(Literal::Time(number)),
            ("moment", _) => return Ok(Literal::Moment(number)),
            ("timestamp", _) => return Ok(Literal::Stamp(number)),
            _ => {}
        }
    }
    Err(errors::named(py, "ArgumentError", "a value to compare with is text, a number, a date or a time"))
}
