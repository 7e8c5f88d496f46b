//! Games whose numbers leave double precision no digits: where such a game has no answer, its units are the reason.

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::equilibrium::Equilibrium;
use big_game::weight::Weight;
use big_game::{Game, SolveError, SolveOptions, solve};
use big_io::InputError;

use crate::error::AppError;

/// Solves a game, and refuses one for whose numbers nothing can be proven.
pub(crate) fn solved(
    game: &Game,
    options: &SolveOptions,
    file: &str,
) -> Result<Equilibrium, AppError> {
    let found = solve(game, options).map_err(|error| unsolved(game, error, file))?;
    match found.certificate.holds() {
        true => Ok(found),
        false => refused(game, file).map_or(Ok(found), Err),
    }
}

/// Why a game was not solved: its units, where they may be the reason.
pub(crate) fn unsolved(game: &Game, error: SolveError, file: &str) -> AppError {
    match error {
        SolveError::Failed => refused(game, file).unwrap_or(error.into()),
        SolveError::Stopped => AppError::Cancelled,
        other => other.into(),
    }
}

fn refused(game: &Game, file: &str) -> Option<AppError> {
    let least = without_digits(game)?;
    let error = InputError::new(format!(
        "nothing is proven of a game in which somebody moves the receiver by no more than {least:e}: doubles have few digits there"
    ));
    Some(
        error
            .with_help("measure in larger units")
            .in_file(file)
            .into(),
    )
}

/// Below this, a double has not all its digits left.
const FEW_DIGITS: f64 = f64::MIN_POSITIVE / f64::EPSILON;

/// How far somebody moves the receiver, or themselves, where that is too little for doubles to have digits for.
fn without_digits(game: &Game) -> Option<f64> {
    let sizes: Vec<(f64, f64)> = game.spaces().iter().map(sizes).collect();
    (0..game.influencers()).find_map(|i| {
        let (extent, size) = sizes[game.space_index(i)];
        let weight = match game.weight(i) {
            Weight::Scalar(w) => w.abs(),
            Weight::Matrix(w) => w
                .entries()
                .iter()
                .fold(0.0, |most: f64, v| most.max(v.abs())),
        };
        if weight == 0.0 || size == 0.0 {
            return None;
        }
        // The extent of a set far from the origin may round to nothing, and so may a product.
        let least = if extent > 0.0 {
            extent.min(size * weight)
        } else {
            size * weight
        };
        (least < FEW_DIGITS).then_some(least)
    })
}

/// The widest side of the box around a set, and the farthest coordinate of its points.
fn sizes(space: &ActionSpace) -> (f64, f64) {
    let (lower, upper) = space.bounding_box();
    let pairs = || lower.iter().zip(&upper);
    let extent = match space {
        // Around a centre that is not the origin the sides of the box round to nothing.
        ActionSpace::Ball(ball) => ball.radius(),
        ActionSpace::L1Ball(ball) => ball.radius(),
        _ => pairs().map(|(l, u)| u - l).fold(0.0, f64::max),
    };
    let size = pairs()
        .map(|(l, u)| l.abs().max(u.abs()))
        .fold(extent, f64::max);
    (extent, size)
}
