//! What is there to draw and to report of a game, or of an answer?

use big_answer::Answer;
use big_answer::battle::Battle;
use big_answer::dynamics::DynamicsResult;
use big_answer::finite::FiniteResult;
use big_answer::hybrid::HybridResult;
use big_finite::{FiniteGame, HybridGame};
use big_game::dynamics::Step;
use big_game::equilibrium::{Assessment, assess};
use big_game::profile::Profile;
use big_io::{InputError, Source};
use big_report::figure::{finite_figures, hybrid_figures};
use big_report::{
    EquilibriumReport, Figure, Report, Story, equilibrium_figures, equilibrium_report,
};
use serde_json::Value;

use crate::again::{Again, again};
use crate::error::AppError;
use crate::monitor::Monitor;
use crate::solve::{Convex, Request, Solved, solve};

/// What is said of an answer that does not hold what it was made of.
const UNCHECKED: &str = "These numbers are from the file. It does not hold the game or the data that they were computed \
                         from, so that nothing here was checked.";

/// What there is to draw and report.
pub enum Subject {
    /// A solved game on convex sets, and perhaps a run of best-response dynamics.
    Equilibrium(Box<Pictured>),
    /// An answer that is told by figures and tables of its own.
    Story(Story),
}

/// A solved game on convex sets.
pub struct Pictured {
    /// The equilibrium, and what is asked of it.
    pub solved: Box<Convex>,
    assessment: Assessment,
    /// Where a run started, and its moves.
    run: Option<(Profile, Vec<Step>)>,
}

impl Pictured {
    fn new(solved: Box<Convex>, run: Option<(Profile, Vec<Step>)>) -> Self {
        Self {
            assessment: assess(&solved.game, &solved.equilibrium.actions),
            solved,
            run,
        }
    }

    /// A run of best responses, where there is one: where it started, and its moves.
    pub fn run(&self) -> Option<(&Profile, &[Step])> {
        let (start, steps) = self.run.as_ref()?;
        Some((start, steps))
    }

    /// Its figures, the most telling first.
    pub fn figures(&self) -> Vec<Box<dyn Figure>> {
        equilibrium_figures(
            &self.solved.game,
            self.solved.name.as_deref(),
            &self.solved.equilibrium,
            &self.assessment,
            self.run(),
        )
    }

    /// Its page.
    pub fn report(&self, command: Option<&str>, version: &str) -> Report {
        equilibrium_report(&EquilibriumReport {
            answer: &self.solved.result(),
            game: &self.solved.game,
            description: self.solved.description.as_deref(),
            equilibrium: &self.solved.equilibrium,
            assessment: &self.assessment,
            welfare: &self.solved.welfare,
            run: self.run(),
            command,
            version,
        })
    }
}

/// Reads a game and solves it, or an answer and makes it again. The source is read once.
///
/// # Errors
/// When it is neither, or an answer that disagrees with its game.
pub fn subject(source: Source, monitor: &Monitor<'_>) -> Result<Subject, AppError> {
    let source = source.hold()?;
    let text = match &source {
        Source::Game(_) => "".into(),
        text => text.read_text()?,
    };
    let file = source.name();
    // Whatever is wrong with a text that is no answer is said by the reader of games.
    if let Ok(value) = serde_json::from_str::<Value>(&text)
        && let Some(found) = again(&value, &file, monitor)?
    {
        return of_answer(found, monitor);
    }
    match solve(&Request::new(source), monitor).map_err(pointing)? {
        Solved::Convex(solved) => Ok(equilibrium(solved, None)),
        Solved::Finite(found) => Ok(Subject::Story(finite(&found.0, &found.1))),
        Solved::Hybrid(found) => Ok(Subject::Story(hybrid(&found.0, &found.1))),
        Solved::Dominant(result) => story(Answer::SolveDominant(result)),
        Solved::Reduced(found) => story(Answer::Solve(Box::new(found.1))),
        Solved::Private(result) => story(Answer::SolvePrivate(result)),
    }
}

fn equilibrium(solved: Box<Convex>, run: Option<(Profile, Vec<Step>)>) -> Subject {
    Subject::Equilibrium(Box::new(Pictured::new(solved, run)))
}

fn of_answer(found: Again, monitor: &Monitor<'_>) -> Result<Subject, AppError> {
    match found {
        Again::Convex(solved) => Ok(equilibrium(solved, None)),
        Again::Finite(found) => Ok(Subject::Story(finite(&found.0, &found.1))),
        Again::Hybrid(found) => Ok(Subject::Story(hybrid(&found.0, &found.1))),
        Again::Reproduced(made) => Ok(Subject::Story(made.story())),
        Again::Made(answer) => story(answer),
        Again::Unchecked(answer) => match story(answer)? {
            Subject::Story(mut story) => {
                story.paragraphs.insert(0, UNCHECKED.into());
                Ok(Subject::Story(story))
            }
            other => Ok(other),
        },
        Again::Run(run) if !matches!(run.battle, Battle::Plain(_)) => {
            story(Answer::Dynamics(Box::new(run.result().held())))
        }
        Again::Run(run) => {
            let result: DynamicsResult<_> = run.result();
            let steps: Vec<Step> = result.steps.rows().map(Step::from).collect();
            let Some(game) = &result.game else {
                return Err(AppError::Internal("a run without its game".into()));
            };
            let request = Request::new(Source::text("the game of the run", &game.to_string()));
            let Solved::Convex(solved) = solve(&request, monitor)? else {
                return Err(AppError::Internal("a run of another game".into()));
            };
            Ok(equilibrium(solved, Some((run.start().clone(), steps))))
        }
    }
}

fn story(answer: Answer) -> Result<Subject, AppError> {
    match Story::of(&answer) {
        Some(story) => Ok(Subject::Story(story)),
        None => Err(AppError::unfit(
            "nothing is drawn or reported of such an answer yet",
            "read its numbers from the JSON",
        )),
    }
}

/// A pure equilibrium of a finite game, drawn.
fn finite(game: &FiniteGame, result: &FiniteResult) -> Story {
    let influencers = result.influencers.iter();
    let profile: Vec<_> = influencers.clone().map(|i| i.choice.clone()).collect();
    let truthful: Vec<_> = influencers.map(|i| i.truthful_choice.clone()).collect();
    let figures = finite_figures(game, result.name.as_deref(), &profile, &truthful);
    Story::finite(result, figures)
}

/// A pure equilibrium of a game in which only some choose items, drawn.
fn hybrid(game: &HybridGame, result: &HybridResult) -> Story {
    Story::hybrid(result, hybrid_figures(game, result))
}

/// A refused game with advice, where the text may be another file.
fn pointing(error: AppError) -> AppError {
    let AppError::Input(error) = error else {
        return error;
    };
    AppError::Input(advised(error))
}

fn advised(error: InputError) -> InputError {
    let has = |key: &str| error.message == format!("unknown key `{key}` in the game");
    let help = if has("actions") || has("choices") {
        "a profile is no game: give the game, or what `verify` answers about the two, as JSON"
            .to_owned()
    } else if has("pairs") || has("distribution") {
        "an experiment is no game: give what `prefs play` answers about it, as JSON, or the table that `prefs simulate` \
         writes"
            .to_owned()
    } else if let Some(help) = error
        .help
        .as_ref()
        .filter(|_| error.message.ends_with(" in the game"))
    {
        format!(
            "a game {}; anything else must be an answer, as JSON",
            help.trim_start_matches("it ")
        )
    } else {
        return error;
    };
    error.with_help(help)
}
