//! `big solve`: the equilibrium, the whole set it belongs to, and the proof.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use big_game::equilibrium::{Method as Solver, Selection, vertices};
use big_game::finite::Budget;
use big_game::sensitivity::sensitivity;
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, solve};
use big_io::result::{SensitivityResult, SolveResult, actions, embedded};
use big_io::{Content, write_actions};
use clap::Args;

use super::{finite, read, solve_text};
use crate::args::{Method, ResultOptions, Select};
use crate::failure::Failure;
use crate::output::{Outcome, put};

/// Vertices beyond this number are not listed.
const VERTICES: usize = 1000;

/// What to solve, and how.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The game file (TOML or JSON), or `-` for standard input
    game: String,
    /// The solver
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) method: Method,
    /// Which equilibrium to report where there are many
    #[arg(long, value_enum, default_value = "least-exaggerated")]
    pub(super) select: Select,
    /// List the vertices of the set of equilibria, where it is a polytope with at most 1000
    #[arg(long)]
    pub(super) vertices: bool,
    /// The derivatives of the receiver's position in every target, weight and in the background
    #[arg(long)]
    pub(super) sensitivity: bool,
    /// Write the influencers' table to this Parquet or CSV file, and leave it out of the result
    #[arg(long, value_name = "FILE")]
    pub(super) actions: Option<PathBuf>,
    /// Finite games: the global minimiser of the potential, proven
    #[arg(long)]
    pub(super) potential_minimum: bool,
    /// Finite games: stop after so many seconds, and say how far it got
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = finite::seconds)]
    pub(super) time_limit: Duration,
    /// Report the time it took (the output is then not the same on every run)
    #[arg(long)]
    pub(super) timing: bool,
    #[command(flatten)]
    pub(super) result: ResultOptions,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let used = finite::meter(Some(arguments.time_limit));
    let file = read(&arguments.game)?;
    let game = match file.content {
        Content::Continuous(game) => game,
        Content::Finite(spec) => {
            let game = finite::game(spec, &arguments.game)?;
            return finite::solve(arguments, &game, file.name, &Budget::metered(&used));
        }
        Content::FiniteInnerProduct(spec) => {
            let game = finite::game(spec, &arguments.game)?;
            return finite::dominant(&arguments.result, &game, file.name);
        }
    };
    answer(arguments, &game, file.name)
}

fn answer(arguments: &Arguments, game: &Game, name: Option<String>) -> Result<Outcome, Failure> {
    let options = SolveOptions {
        method: match arguments.method {
            Method::Auto => Solver::Auto,
            Method::Separable => Solver::Separable,
            Method::Ball => Solver::Ball,
            Method::Decomposition => Solver::Decomposition,
            Method::Reference => Solver::Reference,
        },
        selection: match arguments.select {
            Select::LeastExaggerated => Selection::LeastExaggerated,
            Select::LeastNorm => Selection::LeastNorm,
            Select::Vertex => Selection::Vertex,
        },
    };
    tracing::info!(
        influencers = game.influencers(),
        dimension = game.dim(),
        "solving"
    );
    let clock = Instant::now();
    let equilibrium = solve(game, &options)?;
    let seconds = clock.elapsed().as_secs_f64();
    tracing::info!(seconds, passes = equilibrium.passes, "solved; assessing");
    let welfare = welfare(game, &equilibrium)?;
    let mut result = SolveResult::new(name, game, &equilibrium, &welfare);
    if arguments.timing {
        result.solver.seconds = Some(seconds);
    }
    if arguments.vertices {
        let found = vertices(game, &equilibrium, VERTICES);
        result.vertices = Some(found.map(|all| all.iter().map(actions).collect()));
    }
    if arguments.sensitivity {
        result.sensitivity = Some(SensitivityResult::new(
            game,
            &sensitivity(game, &equilibrium),
        ));
    }
    if arguments.result.json {
        result.game = embedded(result.name.as_deref(), game);
    }
    if let Some(path) = &arguments.actions {
        write_actions(path, game, &equilibrium.actions)?;
        result.influencers = None;
    }
    put(&arguments.result, &result, |result| {
        solve_text::text(game, result, arguments.actions.as_deref())
    })?;
    Ok(if equilibrium.certificate.holds() {
        Outcome::Answered
    } else {
        Outcome::Unfinished
    })
}
