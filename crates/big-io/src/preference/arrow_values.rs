//! What single columns of Arrow hold, by their types, and their values as names.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, StringArray};
use arrow_schema::DataType;

use super::layout::Holds;
use crate::arrays::texts;

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

/// The values of a column as names, where they can be; bytes that are no UTF-8 come as missing.
pub(super) fn names(column: &ArrayRef) -> Option<StringArray> {
    match column.data_type() {
        DataType::FixedSizeBinary(_) => Some(hexadecimal(column.as_fixed_size_binary())),
        _ => texts(column),
    }
}

/// Identifiers of some bytes each (UUIDs, digests) as people write them.
fn hexadecimal(column: &FixedSizeBinaryArray) -> StringArray {
    let one = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    column.iter().map(|bytes| bytes.map(one)).collect()
}
