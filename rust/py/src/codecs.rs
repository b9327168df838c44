//! Codecs for Python: one frame from a codestream to an array, arrays to the codestreams of their frames. What to do is said by
//! `radiogram_pixel::codec`; here values cross.

use std::sync::OnceLock;

use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString};
use radiogram_codec::Image;
use radiogram_core::{Error, ErrorKind, Result, Syntax, try_vec};
use radiogram_pixel::codec::encode::Depth;
use radiogram_pixel::codec::{
    Codec, Crew as Workers, Description, Encoding, Frame, Known, Options, Value, decoded, encapsulated,
};
use radiogram_pixel::{Dtype, Samples, kernel};

use crate::pixels::{Task, with_bytes};
use crate::{array, errors, gate, part};

/// Adds what this file gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(codec_syntaxes, module)?)?;
    module.add_function(wrap_pyfunction!(codec_options, module)?)?;
    module.add_function(wrap_pyfunction!(describe_frame, module)?)?;
    module.add_function(wrap_pyfunction!(decode_frame, module)?)?;
    module.add_function(wrap_pyfunction!(reconstruct_jpeg, module)?)?;
    module.add_function(wrap_pyfunction!(encode_frames, module)?)
}

fn wrong<T>(py: Python<'_>, message: &str) -> PyResult<T> {
    Err(errors::named(py, "ArgumentError", message))
}

/// The UIDs of the transfer syntaxes that are decoded, and of those that are encoded.
#[pyfunction]
fn codec_syntaxes() -> (Vec<&'static str>, Vec<&'static str>) {
    let written = |syntax: &&Syntax| Encoding::new(syntax, Options::default()).is_ok();
    let uids = |syntaxes: Vec<&'static Syntax>| syntaxes.into_iter().map(|syntax| syntax.uid).collect();
    (uids(decoded().collect()), uids(Syntax::all().iter().filter(written).collect()))
}

/// The options of a transfer syntax's encoder; none where there is no encoder.
#[pyfunction]
fn codec_options(py: Python<'_>, uid: &str) -> PyResult<Vec<&'static str>> {
    let syntax = encapsulated(uid).map_err(|error| errors::raise(py, &error))?;
    Ok(Encoding::new(syntax, Options::default()).map_or_else(|_| Vec::new(), |encoding| encoding.options))
}

/// What the headers of a codestream say: rows, columns, components, precision, whether samples are signed, process, colour model, whether
/// that is stated, how often the size can be halved, layers.
type Described = (u32, u32, u16, u8, bool, &'static str, Option<&'static str>, bool, Option<u8>, Option<u16>);

/// Reads the headers of a codestream.
#[pyfunction]
fn describe_frame(py: Python<'_>, uid: &str, codestream: &Bound<'_, PyAny>) -> PyResult<Described> {
    let Some(bytes) = bytes_of(codestream)? else {
        return wrong(py, "a codestream is bytes");
    };
    let codestream = bytes.as_bytes();
    gate::brief(py, || {
        let Description { image, process, model, is_stated, scales } =
            Description::read(Codec::named(uid)?.1, codestream)?;
        let Image { rows, columns, components, precision, is_signed } = image;
        let (levels, layers) = scales.unzip();
        Ok((rows, columns, components, precision, is_signed, process, model, is_stated, levels, layers))
    })
}

/// Decodes one frame into `out`, or into an array of its own.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the options of codecs.decode, in their order")]
fn decode_frame<'py>(
    py: Python<'py>,
    uid: &str,
    fragments: &Bound<'py, PyAny>,
    description: Option<&Bound<'py, PyAny>>,
    out: Option<Bound<'py, PyAny>>,
    strict: bool,
    to_rgb: bool,
    reduce: Option<&Bound<'py, PyAny>>,
    region: Option<&Bound<'py, PyAny>>,
    layers: Option<&Bound<'py, PyAny>>,
    threads: Option<i64>,
    faults: Option<&Bound<'py, PyList>>,
) -> PyResult<Bound<'py, PyAny>> {
    let threads = gate::threads(py, threads)?;
    let part = part::given(py, reduce, region, layers)?;
    let bytes = joined(fragments)?;
    let codestream = bytes.as_bytes();
    let known = known(description)?;
    let frame = gate::brief(py, || Frame::new(Codec::named(uid)?, codestream, &known, to_rgb, &part))?;
    if let Some(name) = frame.foreign() {
        let message = format!("{name}, as the codestream says, not what the transfer syntax says");
        if strict {
            return Err(errors::named(py, "PixelError", &message));
        }
        faults.map_or(Ok(()), |faults| faults.append(message))?;
    }
    let out = match out {
        None => array::empty(py, frame.shape(), frame.dtype())?,
        Some(out) => {
            let is_fit =
                out.cast::<PyUntypedArray>().is_ok_and(|out| frame.shape().eq(out.shape().iter().copied()));
            if !is_fit {
                let shape: Vec<usize> = frame.shape().collect();
                return wrong(py, &format!("the array for the result is of shape {shape:?}"));
            }
            out
        }
    };
    let fault = with_bytes(&out, frame.dtype(), |bytes| {
        let decode = |crew: Workers<'_>, bytes: &mut [u8]| {
            let decoded = frame.decode_into(codestream, crew, bytes)?;
            match decoded.fault {
                Some((offset, assumed)) if strict => {
                    Err(Error::new(ErrorKind::Pixel, assumed).at(offset as u64))
                }
                fault => Ok(fault),
            }
        };
        if threads == Some(1) {
            return gate::brief(py, || decode(Workers::HERE, bytes));
        }
        gate::long(py, threads, |crew| {
            let run = |count: usize, each: &Task| crew.run(count, each);
            decode(Workers { run: &run, workers: crew.workers() }, bytes)
        })
    })?;
    if let (Some((offset, assumed)), Some(faults)) = (fault, faults) {
        faults.append(format!("{assumed}, byte {offset}"))?;
    }
    Ok(out)
}

/// The JPEG that a codestream of JPEG XL was made from.
#[pyfunction]
fn reconstruct_jpeg<'py>(py: Python<'py>, codestream: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = joined(codestream)?;
    let codestream = bytes.as_bytes();
    let jpeg = gate::brief(py, || radiogram_pixel::codec::reconstruct_jpeg(codestream))?;
    Ok(PyBytes::new(py, &jpeg))
}

/// Bytes that nobody can change: a copy of a buffer that somebody owns.
fn bytes_of<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(Some(bytes.clone()));
    }
    if given.is_instance_of::<PyByteArray>() || given.is_instance_of::<PyMemoryView>() {
        return Ok(Some(given.py().get_type::<PyBytes>().call1((given,))?.cast_into::<PyBytes>()?));
    }
    Ok(None)
}

/// The bytes of a frame, or of its fragments one after another.
fn joined<'py>(fragments: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Some(bytes) = bytes_of(fragments)? {
        return Ok(bytes);
    }
    let py = fragments.py();
    let mut parts = Vec::new();
    for part in fragments.try_iter()? {
        match bytes_of(&part?)? {
            Some(bytes) => parts.push(bytes),
            None => return wrong(py, "fragments are bytes, or a list of bytes"),
        }
    }
    match <[_; 1]>::try_from(parts) {
        Ok([bytes]) => Ok(bytes),
        Err(parts) => Ok(PyBytes::new(py, b"").call_method1("join", (parts,))?.cast_into::<PyBytes>()?),
    }
}

/// What a mapping or a dataset says of a frame.
fn known(description: Option<&Bound<'_, PyAny>>) -> PyResult<Known> {
    let Some(description) = description else { return Ok(Known::default()) };
    macro_rules! number {
        ($name:literal, $most:expr) => {{
            let name = pyo3::intern!(description.py(), $name);
            number(description, name, $most)?.map(|number| number.try_into().unwrap_or_default())
        }};
    }
    Ok(Known {
        rows: number!("Rows", u32::MAX.into()),
        columns: number!("Columns", u32::MAX.into()),
        samples: number!("SamplesPerPixel", u16::MAX.into()),
        bits_allocated: number!("BitsAllocated", 64),
        is_signed: number!("PixelRepresentation", 1).map(|number: u8| number == 1),
    })
}

fn number(description: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, most: u64) -> PyResult<Option<u64>> {
    let value = match description.cast::<PyDict>() {
        Ok(values) => values.get_item(name)?,
        Err(_) => Some(description.call_method1(pyo3::intern!(description.py(), "get"), (name,))?),
    };
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(None) };
    match value.extract::<u64>() {
        Ok(number) if number <= most => Ok(Some(number)),
        _ => wrong(description.py(), &format!("{name} is a whole number from 0 to {most}")),
    }
}

/// The options of a call, whatever they are.
fn options(given: Option<&Bound<'_, PyDict>>) -> PyResult<Options> {
    let Some(given) = given else { return Ok(Options::default()) };
    let mut options = try_vec(given.len()).map_err(|error| errors::raise(given.py(), &error))?;
    for (name, value) in given.iter() {
        options.push((name.extract()?, option(&value)));
    }
    Ok(Options::new(options))
}

fn option(value: &Bound<'_, PyAny>) -> Value {
    if let Ok(truth) = value.cast::<PyBool>() {
        Value::Truth(truth.is_true())
    } else if value.is_instance_of::<PyInt>() {
        value.extract().map_or(Value::Other, Value::Whole)
    } else if value.is_instance_of::<PyFloat>() {
        value.extract().map_or(Value::Other, Value::Real)
    } else if let Ok(word) = value.extract::<String>() {
        Value::Word(word)
    } else if let Ok(numbers) = value.extract() {
        Value::Several(numbers)
    } else {
        // Rows of numbers.
        value.extract().map_or(Value::Other, |rows: Vec<Vec<f64>>| Value::Several(rows.concat()))
    }
}

/// Encodes frames of one size: (rows, columns[, samples]) where `is_single`, else (frames, rows, columns[, samples]).
#[pyfunction]
fn encode_frames<'py>(
    py: Python<'py>,
    uid: &str,
    array: &Bound<'py, PyAny>,
    is_single: bool,
    bits_stored: Option<&Bound<'py, PyAny>>,
    given: Option<&Bound<'py, PyDict>>,
    threads: Option<i64>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let threads = gate::threads(py, threads)?;
    let options = options(given)?;
    let encoding = encapsulated(uid).and_then(|syntax| Encoding::new(syntax, options));
    let encoding = encoding.map_err(|error| errors::raise(py, &error))?;
    let array = array::untyped(array)?;
    let (count, rows, columns, samples) = match (array.shape(), is_single) {
        (&[rows, columns], true) => (1, rows, columns, 1),
        (&[rows, columns, samples], true) => (1, rows, columns, samples),
        (&[count, rows, columns], false) => (count, rows, columns, 1),
        (&[count, rows, columns, samples], false) => (count, rows, columns, samples),
        (_, true) => return wrong(py, "a frame has the shape (rows, columns) or (rows, columns, samples)"),
        (_, false) => {
            let message = "frames have the shape (frames, rows, columns) or (frames, rows, columns, samples)";
            return wrong(py, message);
        }
    };
    let (Ok(rows), Ok(columns), Ok(components)) =
        (u32::try_from(rows), u32::try_from(columns), u16::try_from(samples))
    else {
        return wrong(py, "a frame of too many rows, columns or samples");
    };
    let (array, precision, is_signed) = prepared(array, encoding.depth, bits_stored)?;
    let image = Image { rows, columns, components, precision, is_signed };
    let size = image.len().ok().filter(|size| *size > 0 && count > 0);
    let Some(size) = size else { return wrong(py, "an array without a sample, or of too many") };
    if precision == 1 && encoding.depth == Depth::Whole && components != 1 {
        return wrong(py, "pixels of one bit have one sample");
    }
    array::with_samples(&array, |samples| {
        if size.checked_mul(count) != Some(samples.len()) {
            return wrong(py, "the array has another size than its frames");
        }
        let made = if count == 1 && (threads == Some(1) || size < LARGE) {
            gate::brief(py, || encoding.encode(samples, &image, Workers::HERE).map(|frame| vec![frame]))?
        } else {
            side_by_side(py, threads, &encoding, samples, size, &image)?
        };
        Ok(made.iter().map(|frame| PyBytes::new(py, frame)).collect())
    })
}

/// Bytes of a frame that are worth the call of other threads.
const LARGE: usize = 1 << 20;

fn side_by_side(
    py: Python<'_>,
    threads: Option<usize>,
    encoding: &Encoding,
    samples: &[u8],
    size: usize,
    image: &Image,
) -> PyResult<Vec<Vec<u8>>> {
    let count = samples.len() / size;
    gate::long(py, threads, |crew| {
        let mut slots = try_vec(count)?;
        slots.resize_with(count, OnceLock::new);
        let run = |count: usize, each: &Task| crew.run(count, each);
        // Frames first: what is within one is divided only where there are more threads than frames.
        let is_divided = count < crew.workers() && size >= LARGE;
        let within = if is_divided { Workers { run: &run, workers: crew.workers() } } else { Workers::HERE };
        crew.run(count, &|number| {
            if let (Some(slot), Some(part)) = (slots.get(number), samples.chunks_exact(size).nth(number)) {
                slot.get_or_init(|| encoding.encode(part, image, within));
            }
        });
        let interrupted = || Err(Error::new(ErrorKind::Interrupted, "interrupted"));
        slots
            .into_iter()
            .map(|slot| slot.into_inner().unwrap_or_else(interrupted))
            .collect::<Result<Vec<_>>>()
    })
}

/// An array as the codecs take it, of this machine's order and of as many bytes as the bits need; the bits; whether samples are signed.
fn prepared<'py>(
    array: Bound<'py, PyUntypedArray>,
    depth: Depth,
    bits_stored: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Bound<'py, PyUntypedArray>, u8, bool)> {
    let py = array.py();
    let (kind, size) = (array.dtype().kind(), array.dtype().itemsize());
    // Codecs of many bits take one too: those of JPEG take two or more.
    if kind == b'b' && !matches!(depth, Depth::Whole | Depth::Bits(38)) {
        let message = "this codec has no pixels of one bit";
        return Err(errors::named(py, "UnsupportedError", message));
    }
    if kind == b'b' {
        // Not as what is true or false: a byte of it could be any number.
        let bytes = array.call_method1("view", (Dtype::U8.name(),))?.cast_into::<PyUntypedArray>()?;
        return Ok((array::contiguous(bytes, Dtype::U8)?, 1, false));
    }
    let is_signed = kind == b'i';
    let dtype = Dtype::integer(size, is_signed).filter(|_| is_signed || kind == b'u');
    let Some(dtype) = dtype else {
        let message = format!("samples are integers, not {}", array.dtype());
        return wrong(py, &message);
    };
    let own = u8::try_from(8 * size).unwrap_or(u8::MAX);
    let Depth::Bits(widest) = depth else {
        return Ok((array::contiguous(array, dtype)?, own, is_signed));
    };
    let most = own.min(widest);
    let bits = match bits_stored.filter(|bits| !bits.is_none()) {
        Some(bits) => bits.extract::<u8>().ok().filter(|bits| (1..=most).contains(bits)),
        // JPEG Extended: what has no more than 16 bits is one of 12, and a sample with more is refused.
        None if widest == 12 => Some(most),
        None => (own <= widest).then_some(own),
    };
    let Some(bits) = bits else {
        let given = bits_stored.filter(|bits| !bits.is_none()).map_or(own.to_string(), ToString::to_string);
        return wrong(py, &format!("samples of 1 to {most} bits can be encoded, not of {given}"));
    };
    let array = array::contiguous(array, dtype)?;
    let image = Image { rows: 1, columns: 1, components: 1, precision: bits, is_signed };
    let narrow = Dtype::integer(image.sample_size(), is_signed).filter(|narrow| *narrow != dtype);
    let Some(narrow) = narrow else { return Ok((array, bits, is_signed)) };
    // Before it is narrowed: what is cut off cannot be seen any more.
    let samples = Samples { bits: bits.into(), ..Samples::whole(dtype) };
    let is_clean =
        array::with_samples(&array, |bytes| gate::brief(py, || Ok(kernel::is_clean(&samples, bytes))))?;
    if !is_clean {
        return wrong(py, &format!("a sample has more than {bits} bits"));
    }
    Ok((array::contiguous(array, narrow)?, bits, is_signed))
}
