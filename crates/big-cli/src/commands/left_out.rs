//! In the place of the commands that draw, in a build without the feature `figures`.

use std::ffi::OsString;

use big_app::AppError;
use clap::Args;

use crate::failure::Failure;
use crate::output::Outcome;

/// Whatever is asked.
#[derive(Args)]
pub(crate) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _all: Vec<OsString>,
}

pub(crate) fn run(_arguments: &Arguments) -> Result<Outcome, Failure> {
    Err(AppError::without_figures().into())
}
