//! Filled columns as Arrow arrays: the memory is handed over, not copied.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, Date32Array, DictionaryArray, Int32Array, ListArray, PrimitiveArray, RecordBatch,
    RecordBatchOptions, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
    TimestampNanosecondArray,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use radiogram_data::scan::{Batch, Column, Filled, Kind, Texts, Values};

/// The name that Arrow and Parquet give to the values of a list.
const ITEM: &str = "item";

fn data_type(column: &Column) -> DataType {
    match column.kind {
        Kind::Text => DataType::Utf8,
        // In a list each text stands for itself: few readers take dictionaries there.
        Kind::Code if column.is_list => DataType::Utf8,
        Kind::Code => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::U16 => DataType::UInt16,
        Kind::U32 => DataType::UInt32,
        Kind::U64 => DataType::UInt64,
        Kind::I16 => DataType::Int16,
        Kind::I32 => DataType::Int32,
        Kind::I64 => DataType::Int64,
        Kind::F32 => DataType::Float32,
        Kind::F64 => DataType::Float64,
        Kind::Date => DataType::Date32,
        Kind::Time => DataType::Time64(TimeUnit::Microsecond),
        // No time zone: it is what the clock said, as most files have it.
        Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::Stamp => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        Kind::Bytes => DataType::Binary,
    }
}

fn item(column: &Column) -> Field {
    Field::new(ITEM, data_type(column), true)
}

/// The schema of a table with these columns.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|column| {
        let inner = data_type(column);
        let outer = if column.is_list { DataType::List(Arc::new(item(column))) } else { inner };
        Field::new(&column.name, outer, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A batch as Arrow has it.
pub(super) fn batch(
    columns: &[Column],
    schema: &SchemaRef,
    filled: Batch<'_>,
) -> Result<RecordBatch, ArrowError> {
    let rows = filled.rows();
    let parts = filled.into_filled().into_iter().zip(columns);
    let arrays = parts.map(|(filled, column)| array(column, filled)).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)
}

fn nulls(valid: Vec<bool>) -> Option<NullBuffer> {
    let nulls = NullBuffer::from(valid);
    (nulls.null_count() > 0).then_some(nulls)
}

fn array(column: &Column, filled: Filled) -> Result<ArrayRef, ArrowError> {
    let Filled { values, valid, lists } = filled;
    let values = flat(values, nulls(valid), column.is_list)?;
    let Some((offsets, there)) = lists else { return Ok(values) };
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(Arc::new(ListArray::try_new(Arc::new(item(column)), offsets, values, nulls(there))?))
}

fn flat(values: Values, nulls: Option<NullBuffer>, is_list: bool) -> Result<ArrayRef, ArrowError> {
    Ok(match values {
        Values::Text(texts) => Arc::new(strings(texts, nulls)?),
        Values::Code(codes) => {
            let keys = Int32Array::new(ScalarBuffer::from(codes.keys), nulls);
            let codes = DictionaryArray::<Int32Type>::try_new(keys, Arc::new(strings(codes.texts, None)?))?;
            if is_list { Arc::new(spelled_out(&codes)?) } else { Arc::new(codes) }
        }
        Values::Bytes(Texts { offsets, bytes }) => {
            let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
            Arc::new(BinaryArray::try_new(offsets, Buffer::from_vec(bytes), nulls)?)
        }
        Values::U16(numbers) => numeric::<arrow_array::types::UInt16Type>(numbers, nulls),
        Values::U32(numbers) => numeric::<arrow_array::types::UInt32Type>(numbers, nulls),
        Values::U64(numbers) => numeric::<arrow_array::types::UInt64Type>(numbers, nulls),
        Values::I16(numbers) => numeric::<arrow_array::types::Int16Type>(numbers, nulls),
        Values::I32(numbers) => numeric::<arrow_array::types::Int32Type>(numbers, nulls),
        Values::I64(numbers) => numeric::<arrow_array::types::Int64Type>(numbers, nulls),
        Values::F32(numbers) => numeric::<arrow_array::types::Float32Type>(numbers, nulls),
        Values::F64(numbers) => numeric::<arrow_array::types::Float64Type>(numbers, nulls),
        Values::Date(days) => Arc::new(Date32Array::new(ScalarBuffer::from(days), nulls)),
        Values::Time(times) => Arc::new(Time64MicrosecondArray::new(ScalarBuffer::from(times), nulls)),
        Values::Moment(times) => Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(times), nulls)),
        Values::Stamp(times) => {
            Arc::new(TimestampNanosecondArray::new(ScalarBuffer::from(times), nulls).with_timezone("UTC"))
        }
    })
}

fn numeric<T: arrow_array::ArrowPrimitiveType>(
    numbers: Vec<T::Native>,
    nulls: Option<NullBuffer>,
) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(numbers), nulls))
}

fn strings(texts: Texts, nulls: Option<NullBuffer>) -> Result<StringArray, ArrowError> {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(texts.offsets));
    StringArray::try_new(offsets, Buffer::from_vec(texts.bytes), nulls)
}

fn spelled_out(codes: &DictionaryArray<Int32Type>) -> Result<StringArray, ArrowError> {
    let texts = codes
        .downcast_dict::<StringArray>()
        .ok_or_else(|| ArrowError::SchemaError("codes are texts".to_owned()))?;
    Ok(texts.into_iter().collect())
}
