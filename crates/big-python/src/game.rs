//! Games that are in memory.

use std::path::PathBuf;
use std::sync::Arc;

use big_game::spec::{InfluencerSpec, Rational};
use big_io::{
    Content, GameFile, HeldGame, Source, finite_file_of_exact, game_file_of_exact, game_from_text,
    game_of_columns, hybrid_file_of_exact, private_file_of, read_game, reduced_file_of,
};
use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::answer;
use crate::failure::input;

/// A game that has been checked.
#[pyclass(module = "big_game._big", frozen)]
pub(crate) struct Game {
    held: Arc<HeldGame>,
    /// What it was read from: of a large game the numbers are not kept as they were written.
    text: String,
}

impl Game {
    fn new(name: &str, text: &str, game: GameFile) -> Self {
        let name = name.to_owned();
        Self {
            held: Arc::new(HeldGame { name, game }),
            text: text.to_owned(),
        }
    }

    /// The game, as questions take it.
    pub(crate) fn source(&self) -> Source {
        Source::Game(Arc::clone(&self.held))
    }

    fn file(&self) -> Value {
        let GameFile {
            name,
            description,
            content,
        } = &self.held.game;
        match content {
            Content::Continuous(game) => match game.exact() {
                Some(exact) => game_file_of_exact(name.as_deref(), description.as_deref(), exact),
                None => self.written(game),
            },
            Content::Reduced(game) => {
                reduced_file_of(name.as_deref(), description.as_deref(), game)
            }
            Content::Private(game) => {
                private_file_of(name.as_deref(), description.as_deref(), game)
            }
            Content::Finite(spec) => finite_file_of_exact(name.as_deref(), spec),
            Content::Hybrid(spec) => hybrid_file_of_exact(name.as_deref(), spec),
            Content::FiniteInnerProduct(spec) => {
                let mut file = finite_file_of_exact(name.as_deref(), spec);
                file["loss"] = Value::from("inner_product");
                file
            }
        }
    }

    /// What was read, with the influencers that were elsewhere.
    fn written(&self, game: &big_game::Game) -> Value {
        let read = serde_json::from_str(&self.text).ok();
        let mut file: Value = read
            .or_else(|| toml::from_str(&self.text).ok())
            .unwrap_or_default();
        let elsewhere = file.get("influencers").is_some_and(Value::is_object);
        if let (true, Some(weights)) = (elsewhere, game.scalar_weights()) {
            let all = weights.iter().enumerate();
            let all = all.map(
                |(i, w)| json!({ "name": game.name(i), "weight": w, "target": game.target(i) }),
            );
            file["influencers"] = all.collect();
        }
        file
    }
}

#[pymethods]
impl Game {
    /// Reads a game file.
    #[staticmethod]
    fn read(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let read = py.detach(|| {
            let source = Source::Path(path).hold()?;
            let game = read_game(&source, &mut |_, _| {})?;
            Ok(Self::new(&source.name(), &source.read_text()?, game))
        });
        read.map_err(|e| input(py, &e))
    }

    /// A game file's text; messages call it `name`.
    #[staticmethod]
    fn of_text(py: Python<'_>, name: &str, text: &str) -> PyResult<Self> {
        let game = py.detach(|| game_from_text(name, text));
        Ok(Self::new(name, text, game.map_err(|e| input(py, &e))?))
    }

    /// A game file's text whose influencers are in columns.
    #[staticmethod]
    fn of_columns(
        py: Python<'_>,
        name: &str,
        text: &str,
        weights: PyReadonlyArray1<'_, f64>,
        targets: PyReadonlyArray2<'_, f64>,
        names: Option<Vec<Option<String>>>,
    ) -> PyResult<Self> {
        let weights = weights.to_vec()?;
        let targets: Vec<f64> = match targets.as_slice() {
            Ok(all) => all.to_vec(),
            Err(_) => targets.as_array().iter().copied().collect(),
        };
        let names = names.unwrap_or_default();
        let game = py.detach(|| game_of_columns(name, text, weights, targets, names));
        Ok(Self::new(name, text, game.map_err(|e| input(py, &e))?))
    }

    /// Is it a game of subsets of items?
    fn is_finite(&self) -> bool {
        matches!(
            self.held.game.content,
            Content::Finite(_) | Content::FiniteInnerProduct(_)
        )
    }

    /// How many influencers there are.
    fn influencers(&self) -> usize {
        match &self.held.game.content {
            Content::Continuous(game) => game.influencers(),
            Content::Private(game) => game.types().len(),
            Content::Reduced(game) => game.own().influencers(),
            Content::Finite(spec) | Content::FiniteInnerProduct(spec) => spec.influencers.len(),
            Content::Hybrid(spec) => spec.influencers.len(),
        }
    }

    /// The receiver's dimension.
    fn dim(&self) -> usize {
        match &self.held.game.content {
            Content::Continuous(game) => game.dim(),
            Content::Private(game) => game.base().dim(),
            Content::Reduced(game) => game.own().dim(),
            Content::Finite(spec) | Content::FiniteInnerProduct(spec) => spec.bias.len(),
            Content::Hybrid(spec) => spec.bias.len(),
        }
    }

    /// `(n, d)` targets of a game on convex sets.
    fn targets<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Content::Continuous(game) = &self.held.game.content else {
            return Ok(None);
        };
        let all = game.targets().to_vec().into_pyarray(py);
        Ok(Some(
            all.reshape([game.influencers(), game.dim()])?.into_any(),
        ))
    }

    /// Everybody's names, of a game on convex sets.
    fn names(&self) -> Vec<String> {
        let all = |game: &big_game::Game| -> Vec<String> {
            let each = 0..game.influencers();
            each.map(|i| game.name(i).into_owned()).collect()
        };
        let named = |influencers: &[InfluencerSpec<Rational>]| -> Vec<String> {
            let all = influencers.iter().enumerate();
            all.map(|(i, one)| one.name.clone().unwrap_or_else(|| (i + 1).to_string()))
                .collect()
        };
        match &self.held.game.content {
            Content::Continuous(game) => all(game),
            Content::Private(game) => all(game.base()),
            Content::Reduced(game) => all(game.own()),
            Content::Finite(spec) | Content::FiniteInnerProduct(spec) => named(&spec.influencers),
            Content::Hybrid(spec) => named(&spec.influencers),
        }
    }

    /// The game file, as JSON.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| answer::json(&self.file()))
    }

    /// The game file, as TOML.
    fn toml(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| toml::to_string(&self.file()))
            .map_err(|e| PyRuntimeError::new_err(e.to_string()))
    }
}
