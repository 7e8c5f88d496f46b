//! How `big plot` and `big report` picture a table of comparisons.

use big_app::preference::picture::picture;
use big_preference::fit::Precision;
use big_report::story::Story;
use clap::Args;

use super::precision::precision;
use super::table::Reading;
use crate::failure::Failure;
use crate::progress::watched;

/// How a table of comparisons is pictured.
#[derive(Args)]
#[command(next_help_heading = "Of a table of comparisons")]
pub(crate) struct Picturing {
    #[command(flatten)]
    reading: Reading,
    /// The precision β of the reward −β‖a − θ‖²: a number, or `fit` [default: 1]
    #[arg(long, value_name = "NUMBER|fit", value_parser = precision, allow_negative_numbers = true)]
    precision: Option<Precision>,
}

impl Picturing {
    /// Refuses options that say nothing about what is drawn.
    pub(crate) fn refuse(&self) -> Result<(), Failure> {
        if self.precision.is_some() || self.reading.names_columns() {
            return Err(Failure::usage(
                "--precision and the names of columns are for tables of comparisons, and this is none",
                "leave them out, or give a .parquet, .jsonl or .csv file",
            ));
        }
        Ok(())
    }

    /// Pictures a table; with the comparison of the models if `compared`.
    pub(crate) fn picture(&self, file: &str, compared: bool) -> Result<Story, Failure> {
        let table = self.reading.table(vec![file.into()]);
        let precision = self.precision.unwrap_or(Precision::Fixed(1.0));
        Ok(watched(|monitor| {
            picture(&table, precision, compared, monitor)
        })?)
    }
}
