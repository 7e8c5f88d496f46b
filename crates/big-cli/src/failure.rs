//! Why a command did not answer, and how that is told.

use std::fmt;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use big_app::{Advice, AppError, Asked, FiniteUse, Limit};
use big_game::SolveError;
use big_io::preference::OTHER_COLUMNS;
use big_io::{InputError, visible};

use crate::terminal::colour_on_stderr;

/// Texts larger than this are not quoted from, in bytes.
const QUOTABLE: usize = 1 << 20;
/// Nor are lines longer than this.
const LINE: usize = 200;

/// A command that has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is wrong: the user's to mend.
    Input(InputError),
    /// The options do not go together, or do not fit the input.
    Usage {
        message: String,
        help: Option<String>,
    },
    /// A failure of ours.
    Internal(String),
}

impl Failure {
    /// Options that do not fit, and what to do.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help: Some(help.into()),
        }
    }

    /// A file that cannot be written.
    pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::usage(
            format!("{} cannot be written: {error}", path.display()),
            "name a file in a folder that exists and that you may write to",
        )
    }

    /// 2 for what the user can mend, 3 for what we have to.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::Usage { .. } => 2,
            Self::Internal(_) => 3,
        }
    }

    /// What is wrong and where, and what to do.
    fn told(&self) -> (String, Option<String>) {
        match self {
            Self::Input(error) => {
                let mut place = error.file.clone().unwrap_or_default();
                if let Some(line) = error.line {
                    place += &format!(":{line}:{}", error.column.unwrap_or(1));
                }
                if !place.is_empty() {
                    place += ": ";
                }
                if let Some(row) = error.row {
                    place += &format!("row {row}: ");
                }
                (format!("{place}{}", error.message), error.help.clone())
            }
            Self::Usage { message, help } => (message.clone(), help.clone()),
            Self::Internal(message) => (
                message.clone(),
                Some("this is a fault of the program: please report it with the input".into()),
            ),
        }
    }

    /// Tells it on standard error.
    pub(crate) fn report(&self) {
        let (message, help) = self.told();
        let quoted = match self {
            Self::Input(error) => quoted(error),
            Self::Usage { .. } | Self::Internal(_) => None,
        };
        let told = Level::ERROR
            .primary_title(visible(&message))
            .elements(quoted.as_ref().map(Quoted::snippet))
            .elements(help.map(|help| Level::HELP.message(visible(&help).into_owned())));
        let renderer = if colour_on_stderr() {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let text = renderer.decor_style(DecorStyle::Unicode).render(&[told]);
        // Standard error may be closed; there is nowhere left to say so.
        let _ = writeln!(std::io::stderr(), "{}", text.trim_end());
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Usage { message, .. } | Self::Internal(message) => f.write_str(message),
        }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<SolveError> for Failure {
    fn from(error: SolveError) -> Self {
        match error {
            SolveError::NotApplicable { .. }
            | SolveError::Unanswered { .. }
            | SolveError::Stopped => Self::Usage {
                message: error.to_string(),
                help: None,
            },
            SolveError::Failed => Self::Internal(error.to_string()),
        }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        match error {
            AppError::Input(error) => Self::Input(other_columns(error)),
            AppError::Advised(error, advice) => Self::Input(match option(advice) {
                Some(option) => error.with_help(option),
                None => error,
            }),
            AppError::Unfit { message, help } => Self::Usage { message, help },
            AppError::ConvexOnly(Asked::Damping) => Self::usage(
                "there is no going part of the way between sets of items",
                "leave --damping out",
            ),
            AppError::ConvexOnly(asked) => {
                let (option, help) = convex_only(asked);
                Self::usage(
                    format!("{option} is for games on convex sets; this one is finite"),
                    help,
                )
            }
            AppError::FiniteOnly(FiniteUse::TimeLimit) => Self::usage(
                format!("--time-limit: {message}"),
                "--max-rounds limits the moves",
            ),
            AppError::FiniteOnly(FiniteUse::Enumerate) => Self::usage(
                message,
                "`big solve` describes the whole set of its equilibria",
            ),
            AppError::FiniteOnly(FiniteUse::Table) => Self::usage(
                message,
                "give every influencer an action space of type `finite`; `big solve` describes all equilibria of this one",
            ),
            AppError::Limit(limit, message) => Self::usage(
                message,
                match limit {
                    Limit::Payoffs => {
                        "--most sets the limit; `big enumerate` needs no table for pure equilibria"
                    }
                    Limit::Supports => "ask for --concept correlated",
                    _ => "--time-limit allows more",
                },
            ),
            AppError::SolvedOnly(variant, _) => Self::usage(message, variant.advice()),
            AppError::Dominated => Self::usage(
                message,
                "`big solve` gives everybody's dominant choices: their combinations are all the equilibria",
            ),
            AppError::Solve(error) => error.into(),
            AppError::MissingFeature { .. } => {
                Self::usage(message, "use a build of `big` with the feature")
            }
            _ => Self::Internal(message),
        }
    }
}

/// Where other columns may be named, how.
fn other_columns(error: InputError) -> InputError {
    let help = error.help.clone().unwrap_or_default();
    match help.strip_suffix(OTHER_COLUMNS) {
        Some(help) => error.with_help(format!(
            "{help}and --a and --b, or --chosen and --rejected, name other columns"
        )),
        None => error,
    }
}

/// The advice in options, where there are any.
fn option(advice: Advice) -> Option<&'static str> {
    Some(match advice {
        Advice::FixPrecision => {
            "--precision 1 fixes it; `big prefs audit` audits the linear reward where there is no other"
        }
        Advice::FixPrecisionOrPool => "fix it with --precision 1, or leave --by out",
        Advice::FixPrecisionOrAudit => {
            "fix it with --precision 1; `big prefs audit` deals with linear rewards"
        }
        Advice::FitWithoutPopulation => {
            "`big prefs fit` without --pool, or without --by, needs no population; under a smaller --precision labels are less certain"
        }
        Advice::CountTies => {
            "--ties half counts it as half a preference each way; or drop such rows"
        }
        Advice::FreeScratch => {
            "free some space there, name another folder in the environment variable TMPDIR, or hold the table in memory \
             with --memory"
        }
        Advice::NameAnnotators => "name it with --by COLUMN",
        Advice::BootstrapByAnnotator => "name their column: --by annotator",
        Advice::BootstrapTheFit => {
            "`big prefs fit --by COLUMN --se bootstrap` has them for the same estimate"
        }
        Advice::OtherState => "the state may be of another run: name another --state file",
        Advice::NameEmbeddings => {
            "name columns of vectors with --a and --b, or the table of the embeddings with --responses; `big prefs fit` and `big prefs \
             audit` take names of items as they are"
        }
        Advice::UseResponses => "leave --method out: best responses are for all of them",
        _ => return None,
    })
}

/// The option that asks for something which finite games do not have, and what to do.
fn convex_only(asked: Asked) -> (&'static str, &'static str) {
    const ENUMERATE: &str = "`big enumerate` lists every pure equilibrium";
    match asked {
        Asked::Selection => ("--select", ENUMERATE),
        Asked::Vertices => ("--vertices", ENUMERATE),
        Asked::Actions => (
            "--actions",
            "--json lists every influencer's choice and action",
        ),
        Asked::Sensitivity => ("--sensitivity", "leave it out"),
        Asked::Honesty => ("--honesty", "leave it out"),
        _ => ("--method", "leave it out"),
    }
}

/// A few lines to quote, and the place in them.
struct Quoted {
    file: String,
    text: String,
    /// The number of the first line.
    line: usize,
    place: Range<usize>,
}

impl Quoted {
    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let mark = AnnotationKind::Primary
            .span(self.place.clone())
            .label("here");
        Snippet::source(&self.text)
            .path(&self.file)
            .line_start(self.line)
            .fold(false)
            .annotation(mark)
    }
}

/// The line in which an error is, with those beside it, where they can be quoted, and the place in them: what a terminal would obey is
/// escaped, and so the place moves.
fn quoted(error: &InputError) -> Option<Quoted> {
    let (text, span) = (error.text.as_ref()?, error.span.clone()?);
    if text.len() > QUOTABLE || !short_lines(error, text) {
        return None;
    }
    // A span of an error is of whole characters (`InputError::at`); were it not, nothing is quoted.
    let (before, here, after) = (
        text.get(..span.start)?,
        text.get(span.clone())?,
        text.get(span.end..)?,
    );
    let here = here.lines().next().unwrap_or_default();
    let mut above = before.rsplitn(3, '\n');
    let (own, last) = (above.next().unwrap_or_default(), above.next());
    let mut below = after.split('\n');
    let (rest, next) = (below.next().unwrap_or_default(), below.next());
    let line = before.matches('\n').count() + 1 - usize::from(last.is_some());
    let mut text = String::new();
    if let Some(last) = last {
        text += &format!("{}\n", visible(last));
    }
    text += &visible(own);
    let start = text.len();
    text += &visible(here);
    let place = start..text.len();
    text += &visible(rest);
    if let Some(next) = next {
        text += &format!("\n{}", visible(next));
    }
    let file = visible(error.file.as_deref().unwrap_or_default()).into_owned();
    Some(Quoted {
        file,
        text,
        line,
        place,
    })
}

/// Are the lines around the error's place short enough to be shown?
fn short_lines(error: &InputError, text: &str) -> bool {
    let line = error.line.unwrap_or(1);
    text.lines()
        .skip(line.saturating_sub(2))
        .take(3)
        .all(|line| line.len() <= LINE)
}
