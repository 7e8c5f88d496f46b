//! The table of actions as Parquet.

use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, ListBuilder};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use big_game::Game;
use big_game::equilibrium::Assessor;
use big_game::profile::Profile;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::entries;

/// Rows written at a time.
const BATCH: usize = 16_384;

/// One row an influencer.
pub(super) fn write(file: File, game: &Game, actions: &Profile) -> io::Result<()> {
    let scalar = game.scalar_weights().is_some();
    let list = DataType::List(Arc::new(Field::new_list_field(DataType::Float64, true)));
    let weight = if scalar {
        DataType::Float64
    } else {
        list.clone()
    };
    let schema = Arc::new(Schema::new(vec![
        Field::new("name", DataType::Utf8, false),
        Field::new("weight", weight, false),
        Field::new("target", list.clone(), false),
        Field::new("action", list, false),
        Field::new("loss", DataType::Float64, false),
        Field::new("regret", DataType::Float64, false),
    ]));
    let settings = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(settings))
        .map_err(io::Error::other)?;
    let n = game.influencers();
    let assessor = Assessor::new(game, actions);
    for start in (0..n).step_by(BATCH) {
        let rows = start..(start + BATCH).min(n);
        let weights = match game.scalar_weights() {
            Some(weights) => floats(&weights[rows.clone()]),
            None => lists(rows.clone().map(|i| entries(&game.weight(i)).to_vec())),
        };
        let (losses, regrets): (Vec<f64>, Vec<f64>) =
            rows.clone().map(|i| assessor.loss_and_regret(i)).unzip();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(
                rows.clone().map(|i| game.name(i)),
            )),
            weights,
            lists(rows.clone().map(|i| game.own_target(i))),
            lists(rows.map(|i| actions.action(i))),
            floats(&losses),
            floats(&regrets),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(io::Error::other)?;
        writer.write(&batch).map_err(io::Error::other)?;
    }
    let file = writer.into_inner().map_err(io::Error::other)?;
    file.sync_all()
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn lists<L: AsRef<[f64]>>(rows: impl Iterator<Item = L>) -> ArrayRef {
    let mut builder = ListBuilder::new(Float64Builder::new());
    for row in rows {
        builder.values().append_slice(row.as_ref());
        builder.append(true);
    }
    Arc::new(builder.finish())
}
