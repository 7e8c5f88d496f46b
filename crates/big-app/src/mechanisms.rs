//! Which rules would take the incentive to lie away, and what do they cost?

use big_answer::mechanisms::{MechanismResult, MechanismsResult};
use big_io::{Content, Source};
use big_mechanism::{ALL, Poll, Refusal, Rule, measure};

use crate::digits::unsolved;
use crate::error::{AppError, Variant};
use crate::given::read;
use crate::monitor::Monitor;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Request {
    /// The game.
    pub game: Source,
    /// The rules by name; all where there are none.
    pub only: Vec<String>,
}

impl Request {
    /// All rules.
    pub fn new(game: Source) -> Self {
        let only = Vec::new();
        Self { game, only }
    }
}

/// Measures rules on what a game asks of them.
///
/// ```
/// # use big_app::{AppError, Monitor};
/// # use big_io::Source;
/// use big_app::mechanisms::{Request, mechanisms};
///
/// let request = Request {
///     only: vec!["coordinate_median".into()],
///     ..Request::new(Source::game("example-1-same-side"))
/// };
/// assert_eq!(mechanisms(&request, &Monitor::default())?.mechanisms.len(), 1);
/// # Ok::<(), AppError>(())
/// ```
///
/// # Errors
/// When the game cannot be read or solved, is not one that rules can be asked about, or there is no rule of a name.
pub fn mechanisms(request: &Request, monitor: &Monitor<'_>) -> Result<MechanismsResult, AppError> {
    let rule = |name: &String| {
        Rule::of_name(name).ok_or_else(|| {
            let known: Vec<&str> = ALL.iter().map(|rule| rule.name()).collect();
            AppError::unfit(
                format!("there is no rule '{name}'"),
                format!("they are {}", known.join(", ")),
            )
        })
    };
    let rules: Vec<Rule> = match request.only.is_empty() {
        true => ALL.to_vec(),
        false => request.only.iter().map(rule).collect::<Result<_, _>>()?,
    };
    let given = read(&request.game, monitor)?;
    Variant::refuse(&given.game.content, "what other rules make")?;
    let Content::Continuous(game) = given.game.content else {
        return Err(AppError::unfit(
            format!("{}: rules are measured on games on convex sets", given.file),
            "give the influencers a polytope of the items as `vertices`",
        ));
    };
    let refused = |refusal: Refusal| match refusal {
        Refusal::Unsolved(error) => unsolved(&game, error, &given.file),
        Refusal::Misfit(..) => AppError::unfit(
            format!("{}: {refusal}", given.file),
            "ask for other rules, or for none by name: those that are not for the game are then left out",
        ),
        other => AppError::unfit(
            format!("{}: {other}", given.file),
            "change the game: rules are for weights that are numbers of at least 0, and influencers who play alone and lie for free",
        ),
    };
    let poll = Poll::of(&game).map_err(refused)?;
    // Whoever asks for all is told which are not for this game; whoever asks for one that is not, why.
    let mut left_out = Vec::new();
    let rules: Vec<Rule> = rules
        .into_iter()
        .filter(|rule| match rule.misfit(&poll) {
            Some(why) if request.only.is_empty() => {
                left_out.push((*rule, why));
                false
            }
            _ => true,
        })
        .collect();
    let mut measured = Vec::with_capacity(rules.len());
    for (done, rule) in rules.iter().enumerate() {
        if monitor.is_cancelled() {
            break;
        }
        monitor.progress("measuring", done as u64, rules.len() as u64);
        measured.push(MechanismResult::from(
            measure(&poll, *rule).map_err(refused)?,
        ));
    }
    Ok(MechanismsResult::new(
        given.game.name,
        &game,
        measured,
        left_out,
    ))
}
