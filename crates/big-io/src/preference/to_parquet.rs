//! Comparisons as Parquet.

use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, FixedSizeListArray, Float64Array, RecordBatch, StringArray, UInt8Array,
};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::write::{SimulatedRows, told};

/// Block by block, embeddings as fixed-size lists.
pub(super) fn write(
    file: File,
    dim: usize,
    blocks: impl Iterator<Item = io::Result<SimulatedRows>>,
) -> io::Result<()> {
    let length = i32::try_from(dim).map_err(|_| told("the embeddings are too long"))?;
    let item = Arc::new(Field::new_list_field(DataType::Float64, false));
    let list = DataType::FixedSizeList(Arc::clone(&item), length);
    let schema = Arc::new(Schema::new(vec![
        Field::new("annotator", DataType::Utf8, false),
        Field::new("a", list.clone(), false),
        Field::new("b", list, false),
        Field::new("label", DataType::UInt8, false),
    ]));
    let settings = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // Random numbers have no dictionary worth looking for.
        .set_column_dictionary_enabled("a.list.element".into(), false)
        .set_column_dictionary_enabled("b.list.element".into(), false)
        .build();
    let mut writer =
        ArrowWriter::try_new(file, Arc::clone(&schema), Some(settings)).map_err(told)?;
    for block in blocks {
        let block = block?;
        let n = block.labels.len();
        let lists = |values: Vec<f64>| -> io::Result<ArrayRef> {
            let values = Arc::new(Float64Array::from(values));
            let lists = FixedSizeListArray::try_new(Arc::clone(&item), length, values, None);
            Ok(Arc::new(lists.map_err(told)?))
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                &*block.annotator,
                n,
            ))),
            lists(block.a)?,
            lists(block.b)?,
            Arc::new(UInt8Array::from_iter_values(
                block.labels.iter().map(|&l| u8::from(l)),
            )),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(told)?;
        writer.write(&batch).map_err(told)?;
    }
    let file = writer.into_inner().map_err(told)?;
    file.sync_all().map_err(told)
}
