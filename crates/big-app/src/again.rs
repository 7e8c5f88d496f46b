//! An answer that is read back is not believed: it is made again from its game, and refused where the two disagree.
//!
//! What is told afterwards is what was made. The answers about preference data, and those about games that were too large
//! to be carried, do not hold what they were made of; they are told as what they are, numbers from a file.

use big_answer::coalitions::CoalitionsResult;
use big_answer::compare::agree;
use big_answer::dynamics::DynamicsResult;
use big_answer::enumerate::EnumerateResult;
use big_answer::finite::{FiniteDynamicsResult, FiniteResult, FiniteVerifyResult};
use big_answer::hybrid::{HybridEnumerateResult, HybridResult, HybridVerifyResult};
use big_answer::mechanisms::MechanismsResult;
use big_answer::otherwise::{CommitResult, EnterResult, LearnResult};
use big_answer::private::TypeResult;
use big_answer::reproduce::Reproduction;
use big_answer::solve::{Method, SolveResult};
use big_answer::verify::VerifyResult;
use big_answer::{Answer, version};
use big_finite::{Budget, FiniteGame, HybridGame};
use big_game::spec::Rational;
use big_io::{Content, InputError, Source, exact_number, game_from_text};
use serde::Serialize;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::time::Duration;

use crate::coalitions;
use crate::dynamics::{self, Begin, Played, Run, dynamics};
use crate::enumerate::{self, Enumerated, Listed, enumerate};
use crate::error::AppError;
use crate::finite;
use crate::given::battle;
use crate::hybrid;
use crate::mechanisms;
use crate::monitor::Monitor;
use crate::otherwise;
#[cfg(feature = "figures")]
use crate::reproduce::{Reproduced, reproduce};
use crate::solve::{self, Convex, Solved, solve};
use crate::verify::{self, Verified, verify};

/// How long a finite game is searched again.
const LIMIT: Duration = Duration::from_secs(60);
/// What a search decides: where one ended early, another may say more or less.
const SEARCHED: [&str; 11] = [
    "status",
    "verdict",
    "equilibrium",
    "proven",
    "regret",
    "regret_bound",
    "max_regret",
    "best_response",
    "best_choice",
    "truthful_choice",
    "truthful_proven",
];

/// What came of reading an answer back.
pub enum Again {
    /// The equilibrium of a game on convex sets, solved again.
    Convex(Box<Convex>),
    /// A run on convex sets, played again.
    Run(Box<Run>),
    /// A pure equilibrium of a finite game, searched again.
    Finite(Box<(FiniteGame, FiniteResult)>),
    /// A pure equilibrium of a game in which only some choose items, made again from its choices.
    Hybrid(Box<(HybridGame, HybridResult)>),
    /// The claims of the paper and beyond it, tried again.
    #[cfg(feature = "figures")]
    Reproduced(Box<Reproduced>),
    /// Another answer, made again.
    Made(Answer),
    /// An answer that does not hold what it was made of: nothing about it was checked.
    Unchecked(Answer),
}

/// The answer in a JSON value, made again; `None` when it does not say that it is one.
///
/// # Errors
/// When it is none, or disagrees with its game.
pub fn again(value: &Value, file: &str, monitor: &Monitor<'_>) -> Result<Option<Again>, AppError> {
    let game = value.get("game").filter(|game| !game.is_null());
    if let Some(game) = game.filter(|_| Answer::is_claimed_by(value)) {
        // What is wrong with the game is said by its reader, at its place.
        game_from_text(file, &game.to_string())?;
    }
    let answer = Answer::from_json(value).map_err(|error| {
        InputError::new(error.to_string())
            .with_help("make it again with the command that answered, as JSON")
            .in_file(file)
    })?;
    let Some(answer) = answer else {
        return Ok(None);
    };
    if let Answer::Reproduce(result) = answer {
        return reproduced(&result, file, monitor).map(Some);
    }
    let Some(game) = game else {
        // What it says twice must be the same at least.
        answer.check().map_err(|d| {
            let message = format!(
                "`{}` is {}, but from the rest follows {}",
                d.field, d.told, d.made
            );
            changed(file, message)
        })?;
        return Ok(Some(Again::Unchecked(answer)));
    };
    let it = Read {
        value,
        file,
        game: Source::text(file, &game.to_string()),
        monitor,
    };
    Ok(Some(match answer {
        Answer::Solve(result) if result.terms.is_some() => it.solve_reduced(&result)?,
        Answer::Solve(result) => it.solve(&result)?,
        Answer::SolveFinite(result) => it.solve_finite(&result)?,
        Answer::SolveHybrid(result) => it.solve_hybrid(&result)?,
        Answer::VerifyHybrid(result) => it.verify_hybrid(&result)?,
        Answer::EnumerateHybrid(result) => it.enumerate_hybrid(&result)?,
        Answer::SolveDominant(_) => it.solve_dominant()?,
        Answer::SolvePrivate(_) => it.solve_private()?,
        Answer::Verify(result) => it.verify(&result)?,
        Answer::VerifyFinite(result) => it.verify_finite(&result)?,
        Answer::Dynamics(result) => it.dynamics(&result)?,
        Answer::DynamicsFinite(result) => it.dynamics_finite(&result)?,
        Answer::Enumerate(result) => it.enumerate(&result)?,
        Answer::Coalitions(result) if result.complete => it.coalitions(&result)?,
        Answer::Mechanisms(result) => it.mechanisms(&result)?,
        Answer::Learn(result) => it.learn(&result)?,
        Answer::Commit(result) => it.commit(&result)?,
        Answer::Enter(result) => it.enter(&result)?,
        other => Again::Unchecked(other),
    }))
}

/// They end in figures.
#[cfg(not(feature = "figures"))]
fn reproduced(_: &Reproduction, _: &str, _: &Monitor<'_>) -> Result<Again, AppError> {
    Err(AppError::without_figures())
}

/// All claims tried again with the seed of the answer. What came out is told as it comes out here: the last digits of an
/// error are the processor's.
#[cfg(feature = "figures")]
fn reproduced(result: &Reproduction, file: &str, monitor: &Monitor<'_>) -> Result<Again, AppError> {
    let made = reproduce(result.seed, monitor)?;
    let told = |of: &Reproduction| -> Vec<(String, bool)> {
        let claims = of.claims.iter().chain(&of.beyond);
        claims.map(|c| (c.claim.clone(), c.holds)).collect()
    };
    let (before, now) = (told(result), told(&made.answer));
    let differs = before.iter().zip(&now).find(|(before, now)| before != now);
    match differs {
        Some(((claim, holds), (also, also_holds))) => Err(changed(
            file,
            format!("it says \"{claim}\": {holds}; tried again: \"{also}\": {also_holds}"),
        )),
        None if before.len() != now.len() || result.holds != made.answer.holds => Err(changed(
            file,
            format!(
                "it has {} claims, and there are {}",
                before.len(),
                now.len()
            ),
        )),
        None => Ok(Again::Reproduced(Box::new(made))),
    }
}

/// The refusal of an answer that is not as it was made.
fn changed(file: &str, message: impl Into<String>) -> AppError {
    InputError::new(message)
        .with_help("the answer was changed, or made by another version: make it again")
        .in_file(file)
        .into()
}

/// An answer that carries its game.
struct Read<'a> {
    value: &'a Value,
    file: &'a str,
    game: Source,
    monitor: &'a Monitor<'a>,
}

impl Read<'_> {
    fn refused(&self, message: impl Into<String>) -> AppError {
        changed(self.file, message)
    }

    /// Refuses what disagrees with what was made.
    fn compare(&self, made: &impl Serialize, scale: f64, but: &[&str]) -> Result<(), AppError> {
        let made =
            serde_json::to_value(made).map_err(|error| AppError::Internal(error.to_string()))?;
        agree(self.value, &made, scale, but).map_err(|error| self.refused(error.to_string()))
    }

    /// A question that does not fit the game is one that was never asked of it.
    fn asked(&self, field: &str, error: AppError) -> AppError {
        match error {
            AppError::Input(_) | AppError::Internal(_) => error,
            other => self.refused(format!("`{field}` does not go with the game: {other}")),
        }
    }

    fn other_game(&self) -> AppError {
        self.refused("`game` is of another kind than the answer")
    }

    fn finite_game(&self) -> Result<FiniteGame, AppError> {
        let text = self.game.read_text()?;
        match game_from_text(self.file, &text)?.content {
            Content::Finite(spec) => finite::finite_game(spec, self.file),
            _ => Err(self.other_game()),
        }
    }

    fn solve(&self, result: &SolveResult) -> Result<Again, AppError> {
        let request = solve::Request {
            method: match result.solver.method {
                // No choice of a solver leads there.
                Method::Dominance => Method::Auto.into(),
                method => method.into(),
            },
            selection: result.solver.selection.into(),
            vertices: result.vertices.is_some(),
            sensitivity: result.sensitivity.is_some(),
            honesty: result.honesty.as_ref().map(|h| h.epsilon),
            ..solve::Request::new(self.game.clone())
        };
        let solved = solve(&request, self.monitor).map_err(|e| self.asked("solver.method", e))?;
        let Solved::Convex(solved) = solved else {
            return Err(self.other_game());
        };
        // Another version may have come to the same answer in other steps.
        let ours = result.version == version();
        let but: &[&str] = if ours { &[] } else { &["iterations"] };
        self.compare(&solved.result(), solved.game.scale(), but)?;
        Ok(Again::Convex(solved))
    }

    /// The choices are taken from the answer; all else is computed from them.
    fn solve_finite(&self, result: &FiniteResult) -> Result<Again, AppError> {
        let game = self.finite_game()?;
        let used = self.monitor.meter(Some(LIMIT));
        let budget = Budget::metered(&used);
        let profile: Vec<_> = result
            .influencers
            .iter()
            .map(|i| i.choice.clone())
            .collect();
        game.check_profile(&profile)
            .map_err(|e| self.refused(format!("`influencers` do not fit the game: {e}")))?;
        let truthful = finite::truthful(&game, &budget);
        let minimum = match result.potential_minimum {
            None => None,
            Some(_) => {
                let (least, proven, bound) = finite::potential_minimum(&game, &budget);
                Some((
                    proven && game.potential(&least) == game.potential(&profile),
                    bound,
                ))
            }
        };
        let name = self.value["game"]["name"].as_str().map(str::to_owned);
        let mut made = finite::told(
            &game,
            name,
            &profile,
            &truthful,
            minimum,
            result.moves,
            &budget,
        )?;
        made.game = Some(self.value["game"].clone());
        // A search that ends early says less than one that does not: what either did not prove is not compared.
        let proved = |of: &FiniteResult| {
            of.regret_bound.is_none() && of.influencers.iter().all(|i| i.truthful_proven)
        };
        let all = proved(result) && proved(&made);
        let least = result.potential_minimum == made.potential_minimum;
        let mut but = vec!["moves", "relaxation"];
        if !all {
            but.extend(SEARCHED);
        }
        if result.potential_minimum == Some(false) || !least && minimum.is_none_or(|m| !m.0) {
            but.extend(["potential_minimum", "potential_lower_bound", "verdict"]);
        }
        self.compare(&made, 0.0, &but)?;
        Ok(Again::Finite(Box::new((game, made))))
    }

    /// The choices are taken from the answer; all else follows from them.
    fn solve_hybrid(&self, result: &HybridResult) -> Result<Again, AppError> {
        let text = self.game.read_text()?;
        let Content::Hybrid(spec) = game_from_text(self.file, &text)?.content else {
            return Err(self.other_game());
        };
        let game = hybrid::hybrid_game(spec, self.file)?;
        let used = self.monitor.meter(Some(LIMIT));
        let budget = Budget::metered(&used);
        let choices = result.influencers.iter().filter_map(|i| i.choice.clone());
        let choices: Vec<_> = choices.collect();
        game.check_choices(&choices)
            .map_err(|e| self.refused(format!("`influencers` do not fit the game: {e}")))?;
        let name = self.value["game"]["name"].as_str().map(str::to_owned);
        let (mut made, scale) = hybrid::of_choices(&game, name, self.file, choices, &budget)?;
        made.game = Some(self.value["game"].clone());
        let all = result.regret_bound.is_none() && made.regret_bound.is_none();
        let mut but = vec!["moves"];
        if !all {
            but.extend(SEARCHED);
            but.push("truthful_action");
        }
        self.compare(&made, scale, &but)?;
        Ok(Again::Hybrid(Box::new((game, made))))
    }

    fn verify_hybrid(&self, result: &HybridVerifyResult) -> Result<Again, AppError> {
        let profile = json!({ "choices": result.choices, "actions": result.actions });
        let request = verify::Request {
            game: self.game.clone(),
            profile: Source::text(self.file, &profile.to_string()),
            tolerance: Some(result.tolerance),
            time_limit: Some(LIMIT),
        };
        let verified = verify(&request, self.monitor).map_err(|e| self.asked("actions", e))?;
        let Verified::Hybrid(made) = verified else {
            return Err(self.other_game());
        };
        let all = result.regret_bound.is_none() && made.regret_bound.is_none();
        self.compare(&made, 0.0, if all { &[] } else { &SEARCHED })?;
        Ok(Again::Made(Answer::VerifyHybrid(made)))
    }

    fn enumerate_hybrid(&self, result: &HybridEnumerateResult) -> Result<Again, AppError> {
        let listed = result.equilibria.len();
        let request = enumerate::Request {
            game: self.game.clone(),
            listed: Listed::Equilibria(if result.complete { usize::MAX } else { listed }),
            epsilon: Rational::default(),
            time_limit: Some(LIMIT),
        };
        let mut found = |_: &_| ControlFlow::Continue(());
        let made = match enumerate(&request, &mut found, self.monitor)? {
            Enumerated::Hybrid(made) => made,
            Enumerated::Finite(_) => return Err(self.other_game()),
        };
        if result.complete && !made.complete {
            return Err(self.not_again());
        }
        self.compare(&made, 0.0, &[])?;
        Ok(Again::Made(Answer::EnumerateHybrid(made)))
    }

    /// The refusal of a list that was not completed again.
    fn not_again(&self) -> AppError {
        AppError::unfit(
            format!(
                "{}: the search was not completed again within {} s, so that the list cannot be checked",
                self.file,
                LIMIT.as_secs()
            ),
            "enumerate the game itself",
        )
    }

    fn solve_dominant(&self) -> Result<Again, AppError> {
        let request = solve::Request::new(self.game.clone());
        match solve(&request, self.monitor)? {
            Solved::Dominant(made) => {
                self.compare(&made, 0.0, &[])?;
                Ok(Again::Made(Answer::SolveDominant(made)))
            }
            _ => Err(self.other_game()),
        }
    }

    fn solve_reduced(&self, result: &SolveResult) -> Result<Again, AppError> {
        let request = solve::Request {
            selection: result.solver.selection.into(),
            ..solve::Request::new(self.game.clone())
        };
        match solve(&request, self.monitor)? {
            Solved::Reduced(made) => {
                self.compare(&made.1, made.0, &["method", "iterations", "seconds"])?;
                Ok(Again::Made(Answer::Solve(Box::new(made.1))))
            }
            _ => Err(self.other_game()),
        }
    }

    fn solve_private(&self) -> Result<Again, AppError> {
        let request = solve::Request::new(self.game.clone());
        match solve(&request, self.monitor)? {
            Solved::Private(made) => {
                let size = |t: &TypeResult| t.receiver.iter().chain(&t.target).fold(0.0, largest);
                let types = made.influencers.iter().flat_map(|i| &i.types);
                let scale = types.map(size).fold(0.0, f64::max);
                self.compare(&made, scale, &["seconds"])?;
                Ok(Again::Made(Answer::SolvePrivate(made)))
            }
            _ => Err(self.other_game()),
        }
    }

    fn coalitions(&self, result: &CoalitionsResult) -> Result<Again, AppError> {
        let request = coalitions::Request {
            size: result.size,
            limit: result.limit,
            ..coalitions::Request::new(self.game.clone())
        };
        let made = coalitions::coalitions(&request, self.monitor)?;
        self.compare(&made, scale(&made.game), &[])?;
        Ok(Again::Made(Answer::Coalitions(Box::new(made))))
    }

    fn mechanisms(&self, result: &MechanismsResult) -> Result<Again, AppError> {
        // Rules are left out where all were asked for.
        let all = !result.left_out.is_empty();
        let named = result.mechanisms.iter().filter(|_| !all);
        let request = mechanisms::Request {
            only: named.map(|m| m.name.clone()).collect(),
            ..mechanisms::Request::new(self.game.clone())
        };
        let made = mechanisms::mechanisms(&request, self.monitor)?;
        self.compare(&made, scale(&made.game), &[])?;
        Ok(Again::Made(Answer::Mechanisms(Box::new(made))))
    }

    fn learn(&self, result: &LearnResult) -> Result<Again, AppError> {
        let made = otherwise::learn(&self.game, result.rounds, self.monitor)
            .map_err(|e| self.asked("rounds", e))?;
        self.compare(&made, scale(&made.game), &[])?;
        Ok(Again::Made(Answer::Learn(Box::new(made))))
    }

    fn commit(&self, result: &CommitResult) -> Result<Again, AppError> {
        let leaders = result.leaders.iter().map(|l| l.name.clone());
        let made = otherwise::commit(&self.game, &leaders.collect::<Vec<_>>(), self.monitor)
            .map_err(|e| self.asked("leaders", e))?;
        self.compare(&made, scale(&made.game), &[])?;
        Ok(Again::Made(Answer::Commit(Box::new(made))))
    }

    fn enter(&self, result: &EnterResult) -> Result<Again, AppError> {
        let made = otherwise::enter(&self.game, result.cost, self.monitor)
            .map_err(|e| self.asked("cost", e))?;
        self.compare(&made, scale(&made.game), &[])?;
        Ok(Again::Made(Answer::Enter(Box::new(made))))
    }

    fn verify(&self, result: &VerifyResult) -> Result<Again, AppError> {
        let profile = json!({ "actions": result.actions });
        let request = verify::Request {
            game: self.game.clone(),
            profile: Source::text(self.file, &profile.to_string()),
            tolerance: Some(result.tolerance),
            time_limit: None,
        };
        let Verified::Convex(made) =
            verify(&request, self.monitor).map_err(|e| self.asked("actions", e))?
        else {
            return Err(self.other_game());
        };
        self.compare(&made, scale(&made.game), &[])?;
        Ok(Again::Made(Answer::Verify(made)))
    }

    fn verify_finite(&self, result: &FiniteVerifyResult) -> Result<Again, AppError> {
        let profile = json!({ "choices": result.choices });
        let request = verify::Request {
            game: self.game.clone(),
            profile: Source::text(self.file, &profile.to_string()),
            tolerance: Some(result.tolerance),
            time_limit: Some(LIMIT),
        };
        let Verified::Finite(made) =
            verify(&request, self.monitor).map_err(|e| self.asked("choices", e))?
        else {
            return Err(self.other_game());
        };
        let all = result.regret_bound.is_none() && made.regret_bound.is_none();
        self.compare(&made, 0.0, if all { &[] } else { &SEARCHED })?;
        Ok(Again::Made(Answer::VerifyFinite(made)))
    }

    fn dynamics(&self, result: &DynamicsResult) -> Result<Again, AppError> {
        let start = json!({ "actions": result.start });
        let request = dynamics::Request {
            begin: Begin::At(Source::text(self.file, &start.to_string())),
            order: result.order,
            max_rounds: result.max_rounds,
            damping: result.damping,
            tolerance: Some(result.tolerance),
            seed: result.seed,
            most_moves: result.steps.len(),
            ..dynamics::Request::new(self.game.clone())
        };
        let played = dynamics(&request, self.monitor).map_err(|e| self.asked("start", e))?;
        let Played::Convex(run) = played else {
            return Err(self.other_game());
        };
        self.compare(&run.result(), run.battle.scale(), &[])?;
        Ok(Again::Run(run))
    }

    fn dynamics_finite(&self, result: &FiniteDynamicsResult) -> Result<Again, AppError> {
        let start = json!({ "choices": result.start });
        let request = dynamics::Request {
            begin: Begin::At(Source::text(self.file, &start.to_string())),
            order: result.order,
            max_rounds: result.max_rounds,
            tolerance: Some(result.tolerance),
            seed: result.seed,
            most_moves: result.steps.len(),
            time_limit: Some(LIMIT),
            ..dynamics::Request::new(self.game.clone())
        };
        let played = dynamics(&request, self.monitor).map_err(|e| self.asked("start", e))?;
        let Played::Finite(made) = played else {
            return Err(self.other_game());
        };
        if made.1.interrupted || result.interrupted {
            return Err(AppError::unfit(
                format!(
                    "{}: this run was, or would be, ended by its time limit, and cannot be checked by playing it again",
                    self.file
                ),
                "play it with a limit on the rounds instead",
            ));
        }
        self.compare(&made.1, 0.0, &[])?;
        Ok(Again::Made(Answer::DynamicsFinite(Box::new(made.1))))
    }

    fn enumerate(&self, result: &EnumerateResult) -> Result<Again, AppError> {
        let most = |listed: usize| if result.complete { usize::MAX } else { listed };
        let request = enumerate::Request {
            game: self.game.clone(),
            listed: match (&result.receivers, &result.equilibria) {
                (Some(receivers), _) => Listed::Receivers(most(receivers.len())),
                (None, Some(equilibria)) => Listed::Equilibria(most(equilibria.len())),
                (None, None) => Listed::Nothing,
            },
            epsilon: match &result.epsilon_exact {
                Some(text) => {
                    exact_number(text).map_err(|e| self.refused(format!("`epsilon_exact`: {e}")))?
                }
                None => Rational::from_float(result.epsilon)
                    .ok_or_else(|| self.refused("`epsilon` is no number"))?,
            },
            time_limit: Some(LIMIT),
        };
        let mut found = |_: &_| ControlFlow::Continue(());
        let Enumerated::Finite(made) = enumerate(&request, &mut found, self.monitor)? else {
            return Err(self.other_game());
        };
        let made = made.1;
        if result.complete && !made.complete {
            return Err(self.not_again());
        }
        self.compare(&made, 0.0, &[])?;
        Ok(Again::Made(Answer::Enumerate(Box::new(made))))
    }
}

/// The length that the positions of a game that was carried are measured by; 0, so that numbers must be the same, where
/// it cannot be read.
fn scale(game: &Option<Value>) -> f64 {
    let game = game
        .as_ref()
        .and_then(|game| game_from_text("", &game.to_string()).ok());
    let battle = game.and_then(|game| battle(game.content, "").ok());
    battle.map_or(0.0, |battle| battle.scale())
}

/// The larger size, to fold with.
fn largest(size: f64, v: &f64) -> f64 {
    size.max(v.abs())
}
