//! Which pure equilibria does a finite game have?

use std::ops::ControlFlow;
use std::time::Duration;

use big_answer::enumerate::{EnumerateResult, EquilibriumResult};
use big_answer::hybrid::HybridEnumerateResult;
use big_finite::{
    Budget, EnumerateError, EnumerateOptions, Enumeration, FiniteGame, FoundEquilibrium, Progress,
};
use big_game::spec::Rational;
use big_io::{Content, Source};
use num_bigint::BigUint;

use crate::error::{AppError, FiniteUse, Variant};
use crate::given::{finite_only, read};
use crate::hybrid;
use crate::monitor::Monitor;

/// Parts of a whole that are told of as progress.
const PARTS: f64 = 10_000.0;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The equilibria, at most so many.
    Equilibria(usize),
    /// The receivers that they lead to, at most so many.
    Receivers(usize),
    /// Nothing: they are counted.
    Nothing,
}

/// What to enumerate.
#[derive(Clone, Debug)]
pub struct Request {
    /// The game.
    pub game: Source,
    /// What is listed.
    pub listed: Listed,
    /// Everything from which nobody gains more than this.
    pub epsilon: Rational,
    /// Stop after so long.
    pub time_limit: Option<Duration>,
}

/// Is told of each equilibrium that is listed, as it is found.
pub type Found<'a> = dyn FnMut(&EquilibriumResult) -> ControlFlow<()> + 'a;

/// The answer.
#[derive(Clone, Debug)]
pub enum Enumerated {
    /// Of a finite game, with the game.
    Finite(Box<(FiniteGame, EnumerateResult)>),
    /// Of a game in which only some choose items.
    Hybrid(Box<HybridEnumerateResult>),
}

/// Enumerates.
///
/// # Errors
/// When the game cannot be read, has no finite action spaces, or too many items; or when more is asked than is told of a game in which
/// only some choose items.
pub fn enumerate(
    request: &Request,
    found: &mut Found<'_>,
    monitor: &Monitor<'_>,
) -> Result<Enumerated, AppError> {
    let used = monitor.meter(request.time_limit);
    let given = read(&request.game, monitor)?;
    if let Content::Hybrid(spec) = given.game.content {
        let refuse = |what| Err(AppError::SolvedOnly(Variant::Hybrid, what));
        let Listed::Equilibria(limit) = request.listed else {
            return refuse("a count, or a list by receiver,");
        };
        if request.epsilon != Rational::default() {
            return refuse("a list of what is nearly at equilibrium");
        }
        let game = hybrid::hybrid_game(spec, &given.file)?;
        let (name, budget) = (given.game.name.as_deref(), Budget::metered(&used));
        let result = hybrid::enumerate(&game, name, &given.file, limit, &budget, monitor)?;
        return Ok(Enumerated::Hybrid(Box::new(result)));
    }
    let (game, name) = finite_only(given, FiniteUse::Enumerate)?;
    let options = EnumerateOptions {
        epsilon: request.epsilon.clone(),
        by_receiver: matches!(request.listed, Listed::Receivers(_)),
        budget: Budget::metered(&used),
    };
    let mut watch = |progress: Progress<'_>| {
        monitor.progress("enumerating", (progress.done * PARTS) as u64, PARTS as u64);
        if monitor.is_cancelled() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let (mut all, listed) = match request.listed {
        Listed::Equilibria(limit) => {
            // A listing that goes fast asks nobody else whether it is to end.
            let mut found = |equilibrium: &EquilibriumResult| match found(equilibrium) {
                ControlFlow::Continue(()) if monitor.is_cancelled() => ControlFlow::Break(()),
                flow => flow,
            };
            let (all, listed) = list(limit, &game, &options, &mut found, &mut watch)?;
            (all, Some(listed))
        }
        Listed::Receivers(_) | Listed::Nothing => {
            let all = big_finite::count(&game, &options, &mut watch).map_err(refused)?;
            (all, None)
        }
    };
    let groups = std::mem::take(&mut all.receivers);
    // A cut list has nothing to be compared with.
    let optimum = if all.complete {
        big_finite::social_optimum(&game, &options.budget).map_err(refused)?
    } else {
        None
    };
    let name = name.as_deref();
    let mut result =
        EnumerateResult::new(name, &game, all, optimum.as_ref(), &options.epsilon, listed);
    if let Listed::Receivers(limit) = request.listed {
        result = result.by_receiver(groups, limit);
    }
    Ok(Enumerated::Finite(Box::new((game, result))))
}

fn refused(error: EnumerateError) -> AppError {
    AppError::unfit(error.to_string(), "choose fewer items")
}

/// Lists as many as are allowed.
fn list(
    limit: usize,
    game: &FiniteGame,
    options: &EnumerateOptions<'_>,
    found: &mut Found<'_>,
    watch: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<(Enumeration, Vec<EquilibriumResult>), AppError> {
    let mut listed = Vec::new();
    let mut cut = false;
    let mut receive = |equilibrium: FoundEquilibrium<'_>| {
        // One more than the limit shows that the list is cut.
        if listed.len() == limit {
            cut = true;
            return ControlFlow::Break(());
        }
        let equilibrium = EquilibriumResult::new(game, &equilibrium);
        let flow = found(&equilibrium);
        listed.push(equilibrium);
        cut |= flow.is_break();
        flow
    };
    let mut all = big_finite::enumerate(game, options, &mut receive, watch).map_err(refused)?;
    if cut {
        let most = BigUint::from(listed.len());
        all.distinct = all.distinct.map(|distinct| distinct.min(most.clone()));
        all.strict = BigUint::from(listed.iter().filter(|e| e.strict).count());
        all.count = most;
    }
    Ok((all, listed))
}
