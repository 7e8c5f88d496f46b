//! The native half of the Python package `big_game`: numbers in by the buffer and Arrow protocols, the questions of
//! `big-app`, answers out as JSON and NumPy arrays. Everything that a user sees is in Python, beside it.

mod answer;
mod call;
mod failure;
mod game;
mod picture;
mod preference;
mod question;
mod shards;
mod table;

use pyo3::prelude::*;

/// The native module of `big_game`.
#[pymodule]
mod _big {
    #[pymodule_export]
    use super::answer::{Answer, Solved};
    #[pymodule_export]
    use super::game::Game;
    #[pymodule_export]
    use super::picture::draw;
    #[pymodule_export]
    use super::preference::{
        audit, check, fit, label_mechanisms, picture_table, play, receiver, simulate,
    };
    #[pymodule_export]
    use super::question::{
        coalitions, commit, dynamics, enter, enumerate, export_nfg, learn, mechanisms, reproduce,
        solve, strategic, verify,
    };
    #[pymodule_export]
    use super::shards::{
        Portion, Shard, audit_shards, fit_shards, label_mechanisms_shards, receiver_shards,
    };
    #[pymodule_export]
    use super::table::{Rows, Table};
    #[pymodule_export]
    use super::{main, version};
}

/// The program `big`: its exit code.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| big_cli::program(arguments))
}

/// The version of the package and of the program.
#[pyfunction]
fn version() -> String {
    big_answer::version()
}
