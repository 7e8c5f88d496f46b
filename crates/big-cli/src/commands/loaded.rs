//! What `plot` and `report` are given: a game, a table of comparisons, or what another command answered.

use std::time::Duration;

use big_game::action_space::ConvexSet;
use big_game::dynamics::Step;
use big_game::equilibrium::{Assessment, Equilibrium, assess};
use big_game::finite::Budget;
use big_game::profile::Profile;
use big_game::{Game, SolveOptions, solve};
use big_io::result::{DynamicsResult, SolveResult};
use big_io::{Content, GameFile, InputError, Source, game_from_text};
use big_report::figure::finite_figures;
use big_report::{Figure, equilibrium_figures};
use serde_json::Value;

use super::answer::{self, Answer};
use super::prefs::{Picturing, is_table, picture};
use super::{finite, read};
use crate::failure::Failure;

/// How long a finite game is solved for a figure.
const LIMIT: Duration = Duration::from_secs(60);

/// A solved game, and perhaps a run of best-response dynamics.
pub(crate) struct Loaded {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) game: Box<Game>,
    pub(crate) equilibrium: Equilibrium,
    pub(crate) assessment: Assessment,
    /// Where a run started, and its moves.
    pub(crate) run: Option<(Profile, Vec<Step>)>,
}

impl Loaded {
    fn new(
        file: (Option<String>, Option<String>),
        game: Box<Game>,
        equilibrium: Equilibrium,
        run: Option<(Profile, Vec<Step>)>,
    ) -> Self {
        Self {
            name: file.0,
            description: file.1,
            assessment: assess(&game, &equilibrium.actions),
            equilibrium,
            game,
            run,
        }
    }

    /// The run as the figures have it.
    pub(crate) fn run(&self) -> Option<(&Profile, &[Step])> {
        let (start, steps) = self.run.as_ref()?;
        Some((start, steps))
    }

    /// Its figures, the most telling first.
    pub(crate) fn figures(&self) -> Vec<Box<dyn Figure>> {
        equilibrium_figures(
            &self.game,
            self.name.as_deref(),
            &self.equilibrium,
            &self.assessment,
            self.run(),
        )
    }
}

/// What there is to draw and report.
pub(crate) enum Subject {
    /// A game on convex sets.
    Continuous(Box<Loaded>),
    /// An answer that is told by figures and tables of its own.
    Other(Answer),
}

/// Reads a game (and solves it), a table of comparisons (and fits it, and if `compared` other models too), or a result
/// (and checks it).
pub(crate) fn load(argument: &str, how: &Picturing, compared: bool) -> Result<Subject, Failure> {
    if is_table(argument) {
        return Ok(Subject::Other(picture(argument, how, compared)?));
    }
    how.refuse()?;
    let source = Source::parse(argument);
    let name = source.name();
    let text = source.read_text()?;
    // Whatever is wrong with a text that is no result is said by the reader of games.
    if let Ok(value) = serde_json::from_str::<Value>(&text) {
        if let Some(loaded) = with_its_game(&value, &name)? {
            return Ok(Subject::Continuous(Box::new(loaded)));
        }
        if let Some(answer) = Answer::of(&value, &name)? {
            return Ok(Subject::Other(answer));
        }
    }
    let GameFile {
        name: title,
        description,
        content,
    } = match source {
        Source::Path(_) => read(argument),
        Source::Stdin => game_from_text(&name, &text).map_err(Failure::from),
    }
    .map_err(pointing)?;
    match content {
        Content::Continuous(game) => {
            let equilibrium = solve(&game, &SolveOptions::default())?;
            let loaded = Loaded::new((title, description), game, equilibrium, None);
            Ok(Subject::Continuous(Box::new(loaded)))
        }
        Content::FiniteInnerProduct(_) => Err(finite::dominated()),
        Content::Finite(spec) => {
            let game = finite::game(spec, argument)?;
            let used = finite::meter(Some(LIMIT));
            let found = finite::answer(&game, title, false, &Budget::metered(&used))?;
            let result = found.result;
            let profile: Vec<_> = result
                .influencers
                .iter()
                .map(|i| i.choice.clone())
                .collect();
            let figures = finite_figures(&game, result.name.as_deref(), &profile, &found.truthful);
            Ok(Subject::Other(Answer::finite(&result, figures)))
        }
    }
}

/// An equilibrium or a run that carries its game on convex sets.
fn with_its_game(value: &Value, file: &str) -> Result<Option<Loaded>, Failure> {
    let refused = |message: String| InputError::new(message).in_file(file);
    let has = |key: &str| value.get(key).is_some();
    let solved = has("solution_concept") && has("influencers");
    let Some(game) = value.get("game").filter(|_| solved || has("steps")) else {
        return Ok(None);
    };
    let GameFile {
        name,
        description,
        content: Content::Continuous(game),
    } = game_from_text(file, &game.to_string())?
    else {
        return Ok(None);
    };
    let about = (name, description);
    if solved {
        let result: SolveResult = answer::read(value, file)?;
        let equilibrium = result
            .equilibrium(&game)
            .map_err(|e| refused(e.to_string()))?;
        return Ok(Some(Loaded::new(about, game, equilibrium, None)));
    }
    let result: DynamicsResult = answer::read(value, file)?;
    let (n, d) = (game.influencers(), game.dim());
    let fits = |s: &big_io::result::StepResult| {
        s.receiver.len() == d
            && s.influencer
                .is_none_or(|i| i < n && s.action.len() == game.space(i).dim())
    };
    let start = Profile::from_actions(&game, result.start.iter().map(Vec::as_slice));
    let Some(start) = start.filter(|_| result.steps.iter().all(fits)) else {
        return Err(refused("the moves do not fit the game".into()).into());
    };
    let steps = result.steps.into_iter().map(Step::from).collect();
    let equilibrium = solve(&game, &SolveOptions::default())?;
    let run = Some((start, steps));
    Ok(Some(Loaded::new(about, game, equilibrium, run)))
}

/// A refused game with advice, where the text may be another file.
fn pointing(failure: Failure) -> Failure {
    let Failure::Input(error) = failure else {
        return failure;
    };
    let has = |key: &str| error.message == format!("unknown key `{key}` in the game");
    let help = if has("actions") || has("choices") {
        "a profile is no game: give the game, or what `big verify GAME PROFILE --json` answers"
            .to_owned()
    } else if has("pairs") || has("distribution") {
        "an experiment is no game: give what `big prefs play` answers with --json, or the table that `big prefs simulate` writes"
            .to_owned()
    } else if let Some(help) = error
        .help
        .as_ref()
        .filter(|_| error.message.ends_with(" in the game"))
    {
        format!(
            "a game {}; anything else must be what a command answers with --json",
            help.trim_start_matches("it ")
        )
    } else {
        return Failure::Input(error);
    };
    Failure::Input(error.with_help(help))
}
