//! Arrow columns as the readers want them: numbers as doubles, names as texts, lists by their bounds.
//!
//! The conversions that tables need are few; the general ones cost a newcomer's build minutes.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, Float64Array, StringArray};
use arrow_schema::DataType;
use arrow_select::take::take;

/// A column of numbers as doubles; `None` where it holds something else.
pub(crate) fn doubles(column: &dyn Array) -> Option<Float64Array> {
    fn of<T: ArrowPrimitiveType>(
        column: &dyn Array,
        double: impl Fn(T::Native) -> f64,
    ) -> Float64Array {
        column.as_primitive::<T>().unary(double)
    }
    let scaled = |scale: i8| 10_f64.powi(i32::from(scale));
    Some(match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().clone(),
        DataType::Float32 => of::<Float32Type>(column, f64::from),
        DataType::Float16 => of::<Float16Type>(column, f64::from),
        DataType::Int8 => of::<Int8Type>(column, f64::from),
        DataType::Int16 => of::<Int16Type>(column, f64::from),
        DataType::Int32 => of::<Int32Type>(column, f64::from),
        DataType::Int64 => of::<Int64Type>(column, |v| v as f64),
        DataType::UInt8 => of::<UInt8Type>(column, f64::from),
        DataType::UInt16 => of::<UInt16Type>(column, f64::from),
        DataType::UInt32 => of::<UInt32Type>(column, f64::from),
        DataType::UInt64 => of::<UInt64Type>(column, |v| v as f64),
        DataType::Decimal32(_, s) => of::<Decimal32Type>(column, |v| f64::from(v) / scaled(*s)),
        DataType::Decimal64(_, s) => of::<Decimal64Type>(column, |v| v as f64 / scaled(*s)),
        DataType::Decimal128(_, s) => of::<Decimal128Type>(column, |v| v as f64 / scaled(*s)),
        _ => return None,
    })
}

/// A column of texts, or of what has one plain text (whole numbers, flags, floating-point numbers); `None` for anything else.
/// Bytes that are no UTF-8 are null.
pub(crate) fn texts(column: &dyn Array) -> Option<StringArray> {
    fn of<T: ArrowPrimitiveType<Native: ToString>>(column: &dyn Array) -> StringArray {
        let numbers = column.as_primitive::<T>().iter();
        numbers.map(|v| v.map(|v| v.to_string())).collect()
    }
    fn utf8<'b>(bytes: impl Iterator<Item = Option<&'b [u8]>>) -> StringArray {
        bytes
            .map(|b| b.and_then(|b| str::from_utf8(b).ok()))
            .collect()
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().clone(),
        DataType::LargeUtf8 => column.as_string::<i64>().iter().collect(),
        DataType::Utf8View => column.as_string_view().iter().collect(),
        DataType::Binary => utf8(column.as_binary::<i32>().iter()),
        DataType::LargeBinary => utf8(column.as_binary::<i64>().iter()),
        DataType::BinaryView => utf8(column.as_binary_view().iter()),
        DataType::Boolean => {
            let flags = column.as_boolean().iter();
            flags.map(|v| v.map(|v| v.to_string())).collect()
        }
        DataType::Float64 => of::<Float64Type>(column),
        DataType::Float32 => of::<Float32Type>(column),
        DataType::Int8 => of::<Int8Type>(column),
        DataType::Int16 => of::<Int16Type>(column),
        DataType::Int32 => of::<Int32Type>(column),
        DataType::Int64 => of::<Int64Type>(column),
        DataType::UInt8 => of::<UInt8Type>(column),
        DataType::UInt16 => of::<UInt16Type>(column),
        DataType::UInt32 => of::<UInt32Type>(column),
        DataType::UInt64 => of::<UInt64Type>(column),
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            let words: ArrayRef = Arc::new(texts(dictionary.values().as_ref())?);
            take(&words, dictionary.keys(), None)
                .ok()?
                .as_string::<i32>()
                .clone()
        }
        DataType::Null => StringArray::new_null(column.len()),
        _ => return None,
    })
}

/// A column of lists of any kind: row `i` is what stands between the bounds of `i` in its values.
pub(crate) struct ListColumn(ArrayRef);

impl ListColumn {
    /// A column; `None` where it holds no lists.
    pub(crate) fn new(column: &ArrayRef) -> Option<Self> {
        let lists = matches!(
            column.data_type(),
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)
        );
        lists.then(|| Self(Arc::clone(column)))
    }

    /// What the lists hold, one after the other.
    pub(crate) fn values(&self) -> &ArrayRef {
        match self.0.data_type() {
            DataType::List(_) => self.0.as_list::<i32>().values(),
            DataType::LargeList(_) => self.0.as_list::<i64>().values(),
            _ => self.0.as_fixed_size_list().values(),
        }
    }

    /// Where row `i` starts and ends in them; `None` where it is missing.
    pub(crate) fn bounds(&self, i: usize) -> Option<(usize, usize)> {
        if self.0.is_null(i) {
            return None;
        }
        // Offsets are not negative: Arrow checks them where it makes a column.
        Some(match self.0.data_type() {
            DataType::List(_) => {
                let offsets = self.0.as_list::<i32>().value_offsets();
                (offsets[i] as usize, offsets[i + 1] as usize)
            }
            DataType::LargeList(_) => {
                let offsets = self.0.as_list::<i64>().value_offsets();
                (offsets[i] as usize, offsets[i + 1] as usize)
            }
            _ => {
                let lists = self.0.as_fixed_size_list();
                let start = lists.value_offset(i) as usize;
                (start, start + lists.value_length() as usize)
            }
        })
    }
}
