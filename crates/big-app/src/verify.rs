//! Is this profile an equilibrium? Every influencer's regret, by an exact best response.

use std::time::Duration;

use big_answer::finite::{FiniteVerifyResult, exactly};
use big_answer::verify::VerifyResult;
use big_answer::words::vector;
use big_finite::{self as subsets, Budget};
use big_game::Game;
use big_game::action_space::ConvexSet;
use big_game::equilibrium::{assess, certify};
use big_game::profile::Profile;
use big_io::{Content, Source, read_profile};

use crate::error::{AppError, Variant};
use crate::finite::{failed, finite_game, read_choices};
use crate::given::{distinct, read};
use crate::monitor::Monitor;

/// What to verify.
#[derive(Clone, Debug)]
pub struct Request {
    /// The game.
    pub game: Source,
    /// The profile.
    pub profile: Source,
    /// What counts as no gain, in units of the loss; when left out, what is rounding at the game's scale, and nothing in
    /// a finite game.
    pub tolerance: Option<f64>,
    /// Of a finite game: stop after so long.
    pub time_limit: Option<Duration>,
}

/// The answer.
#[derive(Clone, Debug)]
pub enum Verified {
    /// Of a game on convex sets.
    Convex(Box<VerifyResult>),
    /// Of a finite game.
    Finite(Box<FiniteVerifyResult>),
}

/// Assesses a profile.
///
/// ```
/// # use big_app::{AppError, Monitor};
/// # use big_io::Source;
/// use big_app::verify::{Request, Verified, verify};
///
/// let request = Request {
///     game: Source::game("example-1-same-side"),
///     profile: Source::text("truth", r#"{ "actions": [[-0.8], [-0.3]] }"#),
///     tolerance: None,
///     time_limit: None,
/// };
/// let Verified::Convex(verdict) = verify(&request, &Monitor::default())? else { unreachable!() };
/// assert!(!verdict.equilibrium);
/// # Ok::<(), AppError>(())
/// ```
///
/// # Errors
/// When the game or the profile cannot be read, or is none.
pub fn verify(request: &Request, monitor: &Monitor<'_>) -> Result<Verified, AppError> {
    let used = monitor.meter(request.time_limit);
    distinct(&request.game, &request.profile)?;
    let given = read(&request.game, monitor)?;
    let name = given.game.name.as_deref();
    match given.game.content {
        Content::FiniteInnerProduct(_) => Err(AppError::Dominated),
        Content::Private(_) => Err(AppError::SolvedOnly(Variant::Private, "a profile")),
        Content::Reduced(_) => Err(AppError::SolvedOnly(Variant::Reduced, "a profile")),
        Content::Continuous(game) => {
            let profile = read_profile(&request.profile, &game)?;
            feasible(&game, &profile, &request.profile.name())?;
            let tolerance = request
                .tolerance
                .unwrap_or_else(|| certify(&game, &profile, None).allowed_gap);
            let assessment = assess(&game, &profile);
            let result = VerifyResult::new(name, &game, &profile, &assessment, tolerance);
            Ok(Verified::Convex(Box::new(result)))
        }
        Content::Finite(spec) => {
            let game = finite_game(spec, &given.file)?;
            let budget = Budget::metered(&used);
            let profile = read_choices(&request.profile, &game, &budget.part(0.5))?;
            let found = subsets::verify(&game, &profile, &budget).map_err(failed)?;
            let tolerance = exactly(request.tolerance.unwrap_or(0.0));
            let result = FiniteVerifyResult::new(name, &game, &profile, &found, &tolerance);
            Ok(Verified::Finite(Box::new(result)))
        }
    }
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
