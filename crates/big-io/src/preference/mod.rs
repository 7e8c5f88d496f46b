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

mod arrow_lengths;
mod arrow_rows;
mod arrow_values;
mod block;
mod collect;
mod columns;
mod files;
mod from_arrow;
mod from_csv;
mod from_json;
mod from_parquet;
mod json_records;
mod kept;
mod label;
mod layout;
mod responses;
mod table;
mod text_list;
mod write;

pub use block::{Numbers, PreferenceBlock};
pub use files::{Batches, Format, TableFiles, is_table_on_stdin, table_name};
pub use kept::{Held, Keeping, Kept};
pub use label::{Grades, Label, Words};
pub use layout::{AnnotatorColumn, ColumnNames, OTHER_COLUMNS};
pub use responses::Responses;
pub use table::{PreferenceTable, Rows};
pub use write::{SimulatedRows, write_preference_lines, write_preferences};
