//! Is this profile an equilibrium? Every influencer's regret, by an exact best response.

use std::time::Duration;

use big_answer::battle::Battle;
use big_answer::finite::{FiniteVerifyResult, exactly};
use big_answer::hybrid::HybridVerifyResult;
use big_answer::verify::{RegretResult, VerifyResult};
use big_finite::{self as subsets, Budget};
use big_game::equilibrium::{assess, certify};
use big_game::profile::Profile;
use big_io::{Content, Source, read_profile};

use crate::error::AppError;
use crate::finite::{failed, finite_game, read_choices};
use crate::given::{battle, distinct, feasible, read, too_large};
use crate::hybrid;
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
    /// Of a game in which only some choose items.
    Hybrid(Box<HybridVerifyResult>),
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
        Content::Finite(spec) => {
            let game = finite_game(spec, &given.file)?;
            let budget = Budget::metered(&used);
            let profile = read_choices(&request.profile, &game, &budget.part(0.5))?;
            let found = subsets::verify(&game, &profile, &budget).map_err(failed)?;
            let tolerance = exactly(request.tolerance.unwrap_or(0.0));
            let result = FiniteVerifyResult::new(name, &game, &profile, &found, &tolerance);
            Ok(Verified::Finite(Box::new(result)))
        }
        Content::Hybrid(spec) => {
            let game = hybrid::hybrid_game(spec, &given.file)?;
            let (profile, budget) = (&request.profile, Budget::metered(&used));
            let tolerance = request.tolerance;
            let result = hybrid::verify(&game, name, profile, tolerance, &given.file, &budget)?;
            Ok(Verified::Hybrid(Box::new(result)))
        }
        content => {
            let battle = battle(content, &given.file)?;
            let result = convex(request, name, &battle, &given.file)?;
            Ok(Verified::Convex(Box::new(result)))
        }
    }
}

/// Assesses a profile of a game on convex sets, in the game's own terms.
fn convex(
    request: &Request,
    name: Option<&str>,
    battle: &Battle,
    file: &str,
) -> Result<VerifyResult, AppError> {
    let game = battle.game();
    let profile = read_profile(&request.profile, game)?;
    feasible(game, &profile, &request.profile.name())?;
    let row = |i: usize, regret: f64, best: &[f64]| RegretResult {
        name: game.name(i).into_owned(),
        regret,
        best_response: best.to_vec(),
    };
    let rows = |regrets: &[f64], best: &Profile| -> Vec<RegretResult> {
        let regrets = regrets.iter().enumerate();
        regrets.map(|(i, r)| row(i, *r, best.action(i))).collect()
    };
    let (receiver, influencers, nothing) = match battle {
        Battle::Plain(game) => {
            let found = assess(game, &profile);
            let rows = rows(&found.regrets, &found.best_responses);
            let nothing = certify(game, &profile, None).allowed_gap;
            (found.receiver, rows, nothing)
        }
        Battle::Reduced(reduced) => {
            let found = reduced.assess(&profile);
            if !found.is_finite() {
                return Err(too_large(file));
            }
            let rows = rows(&found.regrets, &found.best_responses);
            (found.receiver, rows, reduced.allowed_gain(&profile))
        }
        Battle::Private(private, _) => {
            let found = private.assess(&profile);
            let types = found.types.iter().flatten().enumerate();
            let rows = types.map(|(i, of)| row(i, of.regret, &of.best_response));
            (found.receiver, rows.collect(), private.allowed_gain())
        }
    };
    Ok(VerifyResult::new(
        battle.embedded(name),
        &profile,
        receiver,
        influencers,
        request.tolerance.unwrap_or(nothing),
    ))
}
