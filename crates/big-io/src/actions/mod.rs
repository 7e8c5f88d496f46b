//! Writing the table of actions of a large game: Parquet or CSV, all or nothing.

#[cfg(feature = "parquet")]
mod to_parquet;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use big_game::Game;
use big_game::equilibrium::Assessor;
use big_game::profile::Profile;
use big_game::weight::Weight;

use crate::error::InputError;
use crate::name::to_cell;
use crate::whole::whole;

/// Writes one row an influencer: `name`, `weight`, `target`, `action`, `loss`, `regret`. In Parquet `target` and `action` are lists of
/// float64; in CSV columns `target_0, target_1, …`, where a shorter action ends in empty cells. A matrix weight is the list of its
/// entries by rows, and then every weight is a list.
///
/// The file appears whole or not at all: it is written beside its place and then renamed. Time and size `O(n (d + m))`; memory
/// one batch, and one row group in Parquet.
///
/// # Errors
/// When the extension is neither `.parquet` nor `.csv`, or the file cannot be written.
pub fn write_actions(path: &Path, game: &Game, actions: &Profile) -> Result<(), InputError> {
    let file = path.display().to_string();
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .map(str::to_ascii_lowercase);
    let write: fn(File, &Game, &Profile) -> io::Result<()> = match extension.as_deref() {
        #[cfg(feature = "parquet")]
        Some("parquet" | "pq") => to_parquet::write,
        #[cfg(not(feature = "parquet"))]
        Some("parquet" | "pq") => {
            return Err(InputError::without_parquet("cannot be written as Parquet").in_file(file));
        }
        Some("csv") => csv,
        _ => {
            return Err(InputError::new("is neither .parquet nor .csv")
                .with_help("tables are written as Parquet or CSV")
                .in_file(file));
        }
    };
    whole(path, |partial| write(partial, game, actions))
        .map_err(|message| InputError::new(format!("cannot be written: {message}")).in_file(file))
}

/// The entries of a weight, by rows.
fn entries<'g>(weight: &'g Weight<'g>) -> &'g [f64] {
    match weight {
        Weight::Scalar(w) => std::slice::from_ref(w),
        Weight::Matrix(w) => w.entries(),
    }
}

fn csv(file: File, game: &Game, actions: &Profile) -> io::Result<()> {
    let n = game.influencers();
    let widest = |length: &dyn Fn(usize) -> usize| (0..n).map(length).max().unwrap_or(0);
    let m = widest(&|i| actions.action(i).len());
    let numbered = |what: &str, count: usize| -> Vec<String> {
        (0..count).map(|k| format!("{what}_{k}")).collect()
    };
    let w = widest(&|i| entries(&game.weight(i)).len());
    let mut header = vec!["name".to_owned()];
    header.extend(if game.scalar_weights().is_some() {
        vec!["weight".to_owned()]
    } else {
        numbered("weight", w)
    });
    header.extend(numbered("target", game.dim()));
    header.extend(numbered("action", m));
    header.extend(["loss".to_owned(), "regret".to_owned()]);
    let mut writer = csv::Writer::from_writer(BufWriter::new(file));
    writer.write_record(&header).map_err(io::Error::other)?;
    let mut record: Vec<String> = Vec::with_capacity(header.len());
    let assessor = Assessor::new(game, actions);
    for i in 0..n {
        record.clear();
        record.push(to_cell(&game.name(i)).into_owned());
        let mut cells = |values: &[f64], width: usize| {
            record.extend(values.iter().map(f64::to_string));
            record.extend((values.len()..width).map(|_| String::new()));
        };
        cells(entries(&game.weight(i)), w);
        cells(game.own_target(i), game.dim());
        cells(actions.action(i), m);
        let (loss, regret) = assessor.loss_and_regret(i);
        cells(&[loss, regret], 2);
        writer.write_record(&record).map_err(io::Error::other)?;
    }
    let buffered = writer.into_inner().map_err(|e| e.into_error())?;
    let file = buffered.into_inner().map_err(|e| e.into_error())?;
    file.sync_all()
}
