//! The game that a question is about.

use big_answer::battle::Battle;
use big_answer::words::vector;
use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::certify;
use big_game::profile::Profile;
use big_io::{Content, GameFile, InputError, Source, read_game};

use crate::error::{AppError, FiniteUse, Variant};
use crate::monitor::Monitor;

/// What a question is about, and what messages call it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// What messages call it.
    pub(crate) file: String,
    /// The game.
    pub(crate) game: GameFile,
}

/// Reads a game, once.
///
/// # Errors
/// Whatever is wrong with it, and where.
pub(crate) fn read(source: &Source, monitor: &Monitor<'_>) -> Result<Given, AppError> {
    let mut progress = |done, total| monitor.progress("reading", done, total);
    Ok(Given {
        file: source.name(),
        game: read_game(source, &mut progress)?,
    })
}

/// The finite game that something is asked of which only finite games have; `otherwise` says so.
///
/// # Errors
/// When it is none, or none under the squared loss.
pub(crate) fn finite_only(
    given: Given,
    otherwise: FiniteUse,
) -> Result<(big_finite::FiniteGame, Option<String>), AppError> {
    match given.game.content {
        Content::Finite(spec) => {
            let game = crate::finite::finite_game(spec, &given.file)?;
            Ok((game, given.game.name))
        }
        Content::FiniteInnerProduct(_) => Err(AppError::Dominated),
        Content::Hybrid(_) => Err(AppError::SolvedOnly(Variant::Hybrid, otherwise.thing())),
        _ => Err(AppError::FiniteOnly(otherwise)),
    }
}

/// What is played in a game on convex sets.
///
/// # Errors
/// When the game is finite, or has more types than can be played.
pub(crate) fn battle(content: Content, file: &str) -> Result<Battle, AppError> {
    match content {
        Content::Continuous(game) => Ok(Battle::Plain(game)),
        Content::Reduced(reduced) => Ok(Battle::Reduced(reduced)),
        Content::Private(private) => match private.game_of_types() {
            Ok(types) => Ok(Battle::Private(private, Box::new(types))),
            Err(_) => Err(too_large(file)),
        },
        Content::Hybrid(_) => Err(AppError::SolvedOnly(
            Variant::Hybrid,
            "a run of best responses",
        )),
        Content::Finite(_) | Content::FiniteInnerProduct(_) => Err(AppError::Dominated),
    }
}

/// Powers, responses and stacked positions can leave double precision where the game itself does not.
pub(crate) fn too_large(file: &str) -> AppError {
    AppError::unfit(
        format!("{file}: losses or positions are too large for double precision"),
        "measure in other units, or take a smaller power",
    )
}

/// Refuses to read standard input for two things.
pub(crate) fn distinct(game: &Source, profile: &Source) -> Result<(), AppError> {
    if (game, profile) == (&Source::Stdin, &Source::Stdin) {
        return Err(
            InputError::new("is the game already, and cannot be the profile too")
                .with_help("put one of the two into a file")
                .in_file(profile.name())
                .into(),
        );
    }
    Ok(())
}

/// Refuses a profile with an action outside its set.
pub(crate) fn feasible(game: &Game, profile: &Profile, file: &str) -> Result<(), AppError> {
    let allowed = certify(game, profile, None).allowed_infeasibility;
    for i in 0..game.influencers() {
        let x = profile.action(i);
        if !game.space(i).contains(x, allowed) {
            let mut nearest = x.to_vec();
            game.space(i).project(x, &mut nearest);
            return Err(AppError::unfit(
                format!(
                    "{file}: the action {} of '{}' is not in its action space",
                    vector(x),
                    game.name(i)
                ),
                format!("the nearest action in it is {}", vector(&nearest)),
            ));
        }
    }
    Ok(())
}
