//! What single columns of Arrow hold, as doubles and as names: of all the types in which tables say the same.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{ArrowNativeType, ScalarBuffer};
use arrow_schema::DataType;

use super::block::whole;
use super::layout::Holds;

/// What a column of this type holds.
pub(super) fn holds(kind: &DataType) -> Holds {
    match kind {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
            if is_number(item.data_type()) =>
        {
            Holds::Lists
        }
        kind if is_number(kind) => Holds::Numbers,
        DataType::Null => Holds::Numbers,
        DataType::Dictionary(_, value) => holds(value),
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::Boolean => Holds::Text,
        _ => Holds::Other,
    }
}

/// Numbers that become doubles.
pub(super) fn is_number(kind: &DataType) -> bool {
    kind.is_integer()
        || kind.is_floating()
        || matches!(
            kind,
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..)
        )
}

/// A column of numbers as doubles, where it is one; what is missing comes as any number.
pub(super) fn doubles(column: &ArrayRef) -> Option<ScalarBuffer<f64>> {
    fn all<T: ArrowPrimitiveType>(
        column: &ArrayRef,
        to: impl Fn(T::Native) -> f64,
    ) -> ScalarBuffer<f64> {
        column
            .as_primitive::<T>()
            .values()
            .iter()
            .map(|v| to(*v))
            .collect()
    }
    let tenth = |scale: i8| 10_f64.powi(-i32::from(scale));
    Some(match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().values().clone(),
        DataType::Float32 => all::<Float32Type>(column, f64::from),
        DataType::Float16 => all::<Float16Type>(column, f64::from),
        DataType::Int8 => all::<Int8Type>(column, f64::from),
        DataType::Int16 => all::<Int16Type>(column, f64::from),
        DataType::Int32 => all::<Int32Type>(column, f64::from),
        DataType::Int64 => all::<Int64Type>(column, |v| v as f64),
        DataType::UInt8 => all::<UInt8Type>(column, f64::from),
        DataType::UInt16 => all::<UInt16Type>(column, f64::from),
        DataType::UInt32 => all::<UInt32Type>(column, f64::from),
        DataType::UInt64 => all::<UInt64Type>(column, |v| v as f64),
        DataType::Decimal32(_, scale) => {
            let unit = tenth(*scale);
            all::<Decimal32Type>(column, |v| f64::from(v) * unit)
        }
        DataType::Decimal64(_, scale) => {
            let unit = tenth(*scale);
            all::<Decimal64Type>(column, |v| v as f64 * unit)
        }
        DataType::Decimal128(_, scale) => {
            let unit = tenth(*scale);
            all::<Decimal128Type>(column, |v| v as f64 * unit)
        }
        _ => return None,
    })
}

/// A column whose values are names.
pub(super) struct Names<'c> {
    column: &'c dyn Array,
    /// The name of a value that is none as it stands, such as a number.
    made: String,
}

impl<'c> Names<'c> {
    /// The column as names, where its values can be.
    pub(super) fn new(column: &'c dyn Array) -> Option<Self> {
        let kind = match column.data_type() {
            DataType::Dictionary(_, value) => value,
            kind => kind,
        };
        let possible = kind.is_integer()
            || kind.is_floating()
            || matches!(holds(kind), Holds::Text)
            || kind.is_null();
        possible.then(|| Self {
            column,
            made: String::new(),
        })
    }

    /// The name in a row that is not missing; `None` where it is bytes that are no text.
    pub(super) fn at(&mut self, row: usize) -> Option<&str> {
        let (column, row) = match self.column.data_type() {
            DataType::Dictionary(_, _) => entry(self.column, row)?,
            _ => (self.column, row),
        };
        let bytes = match column.data_type() {
            DataType::Utf8 => return Some(column.as_string::<i32>().value(row)),
            DataType::LargeUtf8 => return Some(column.as_string::<i64>().value(row)),
            DataType::Utf8View => return Some(column.as_string_view().value(row)),
            DataType::Binary => column.as_binary::<i32>().value(row),
            DataType::LargeBinary => column.as_binary::<i64>().value(row),
            DataType::BinaryView => column.as_binary_view().value(row),
            // Identifiers of some bytes each (UUIDs, digests) as people write them.
            DataType::FixedSizeBinary(_) => {
                let bytes = column.as_fixed_size_binary().value(row);
                self.made = bytes.iter().map(|b| format!("{b:02x}")).collect();
                return Some(&self.made);
            }
            DataType::Boolean => {
                return Some(if column.as_boolean().value(row) {
                    "true"
                } else {
                    "false"
                });
            }
            _ => {
                self.made = number(column, row)?;
                return Some(whole(&self.made));
            }
        };
        std::str::from_utf8(bytes).ok()
    }
}

/// Where in the values of a dictionary a row's value is.
fn entry(column: &dyn Array, row: usize) -> Option<(&dyn Array, usize)> {
    fn of<K: ArrowDictionaryKeyType>(
        column: &dyn Array,
        row: usize,
    ) -> Option<(&dyn Array, usize)> {
        let column = column.as_dictionary::<K>();
        let at = column.keys().value(row).as_usize();
        Some((column.values().as_ref(), at))
    }
    let DataType::Dictionary(key, _) = column.data_type() else {
        return None;
    };
    match **key {
        DataType::Int8 => of::<Int8Type>(column, row),
        DataType::Int16 => of::<Int16Type>(column, row),
        DataType::Int32 => of::<Int32Type>(column, row),
        DataType::Int64 => of::<Int64Type>(column, row),
        DataType::UInt8 => of::<UInt8Type>(column, row),
        DataType::UInt16 => of::<UInt16Type>(column, row),
        DataType::UInt32 => of::<UInt32Type>(column, row),
        DataType::UInt64 => of::<UInt64Type>(column, row),
        _ => None,
    }
}

/// A number as people write it.
fn number(column: &dyn Array, row: usize) -> Option<String> {
    Some(match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Float32 => column.as_primitive::<Float32Type>().value(row).to_string(),
        DataType::Float16 => column.as_primitive::<Float16Type>().value(row).to_string(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
        _ => return None,
    })
}
