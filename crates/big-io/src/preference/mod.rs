//! Preference tables: Parquet, Arrow, JSON and CSV, one row a comparison, in one file or many, read in blocks any number of times.
//!
//! | column | holds |
//! | --- | --- |
//! | `a`, `b` | the embeddings of the two responses: lists of numbers; in CSV `a_0, a_1, …`. Or their names: items without embeddings |
//! | `label` | 1 or true: `a` was preferred; 0 or false: `b`; 0.5: a tie; or a word such as `left`, `model_b`, `tie` |
//! | `annotator` | who said it, of any type; optional |
//! | `weight` | optional |
//!
//! In place of `a`, `b` and `label` there may be `chosen` and `rejected`, or other usual names ([`ColumnNames`] says which columns are
//! meant). Other columns are not read.

#[cfg(feature = "parquet")]
mod arrow_lengths;
#[cfg(feature = "parquet")]
mod arrow_rows;
#[cfg(feature = "parquet")]
mod arrow_values;
mod block;
mod collect;
#[cfg(feature = "parquet")]
mod columns;
mod files;
#[cfg(feature = "parquet")]
mod from_arrow;
mod from_csv;
mod from_json;
#[cfg(feature = "parquet")]
mod from_parquet;
mod json_records;
#[cfg_attr(not(feature = "parquet"), path = "not_kept.rs")]
mod kept;
mod label;
mod layout;
#[cfg(not(feature = "parquet"))]
mod refused;
mod responses;
mod table;
mod text_list;
#[cfg(feature = "parquet")]
mod to_parquet;
mod write;

pub use block::PreferenceBlock;
pub use files::{Format, TableFiles, is_table, is_table_on_stdin, table_name};
pub(crate) use files::{STANDARD_INPUT, format_on_stdin, kept_standard_input};
pub use kept::Held;
#[cfg(feature = "parquet")]
pub use kept::{Batches, Keeping, Kept};
pub use label::{Grades, Words};
pub use layout::{AnnotatorColumn, ColumnNames, OTHER_COLUMNS};
pub use responses::Responses;
pub use table::{PreferenceTable, RowCount};
pub use write::{SimulatedRows, write_preference_lines, write_preferences};
