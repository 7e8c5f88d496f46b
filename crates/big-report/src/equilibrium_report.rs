//! The report of a solved game: the verdict in words, figures, tables, the certificate explained.

use big_answer::solve::{InfluencerRows, Influencers, SolveResult};
use big_game::Game;
use big_game::dynamics::Step;
use big_game::equilibrium::{Assessment, Cardinality, Equilibrium, vertices};
use big_game::potential::{potential, receiver};
use big_game::profile::Profile;
use big_game::spec::Loss;
use big_game::welfare::Welfare;

use crate::draw::number::point;
use crate::draw::{count, number};
use crate::figure::{
    BarsFigure, DirectionsFigure, Figure, HistogramFigure, LineFigure, MOST_ROWS, PlaneFigure,
    PotentialFigure, TrajectoryFigure, Variable,
};
use crate::figure::{most_exaggerated, sentence};
use crate::html::{Cell, Report, ReportFigure, Section, Table};

/// The most rows of the table of influencers.
const MOST_LISTED: usize = 500;
/// The set of equilibria is drawn by its vertices when it has no more than this.
const MOST_VERTICES: usize = 256;
/// Up to this many influencers are ranked by bars; of more, a histogram is drawn.
const RANKED: usize = 60;

/// What a report of a solved game is made of.
#[derive(Clone, Copy)]
pub struct EquilibriumReport<'a> {
    /// The answer: what the page says is what it says.
    pub answer: &'a SolveResult<Influencers<'a>>,
    /// The game.
    pub game: &'a Game,
    /// What it is about.
    pub description: Option<&'a str>,
    /// Its equilibrium.
    pub equilibrium: &'a Equilibrium,
    /// The assessment of the equilibrium's actions.
    pub assessment: &'a Assessment,
    /// What the battle costs.
    pub welfare: &'a Welfare,
    /// A run of best-response dynamics: where it started, and its moves.
    pub run: Option<(&'a Profile, &'a [Step])>,
    /// The command that made the report.
    pub command: Option<&'a str>,
    /// The version of the program.
    pub version: &'a str,
}

/// The figures that suit a solved game, the most telling first: the line or the plane where there is one (of a crowd on
/// a line, first how much it exaggerates), directions of an inner-product game, a slice of the potential, who
/// exaggerates, and of a run of best-response dynamics (where it started, and its moves) its course.
pub fn equilibrium_figures(
    game: &Game,
    name: Option<&str>,
    equilibrium: &Equilibrium,
    assessment: &Assessment,
    run: Option<(&Profile, &[Step])>,
) -> Vec<Box<dyn Figure>> {
    let n = game.influencers();
    let crowd = n > RANKED;
    let squared = game.loss() == Loss::SquaredEuclidean;
    let steps = run.map_or(&[][..], |(_, steps)| steps);
    let mut figures: Vec<Box<dyn Figure>> = Vec::new();
    if squared {
        let corners = if crowd {
            None
        } else {
            vertices(game, equilibrium, MOST_VERTICES)
        };
        let corners = corners.as_deref();
        if let Some(plane) = PlaneFigure::new(game, name, equilibrium, assessment, corners, steps) {
            figures.push(Box::new(plane));
        }
    } else if let Some(directions) = DirectionsFigure::new(game, name, equilibrium) {
        figures.push(Box::new(directions));
    }
    if let Some(line) = LineFigure::new(game, name, equilibrium, assessment) {
        figures.push(Box::new(line));
    }
    if squared && !crowd {
        let slice = slice_of_potential(game, &titled(name, "the potential"), equilibrium, run);
        figures.extend(slice.map(|f| Box::new(f) as Box<dyn Figure>));
    }
    if crowd {
        let title = titled(name, "how much the influencers exaggerate");
        let histogram = Box::new(HistogramFigure::exaggeration(Some(&title), assessment));
        // On a line, thirty rows say less of a crowd than all of it.
        let at = if game.dim() == 1 { 0 } else { figures.len() };
        figures.insert(at, histogram);
    }
    // On a line with a row for everybody the arrows say it already.
    let ranked = squared && n > 2 && !crowd && (game.dim() > 1 || n > MOST_ROWS);
    if ranked || figures.is_empty() {
        let title = titled(name, "who exaggerates most");
        let bars = BarsFigure::exaggeration(game, Some(&title), equilibrium, assessment);
        figures.push(Box::new(bars));
    }
    figures.extend(course(game, name, equilibrium, run).map(|f| Box::new(f) as Box<dyn Figure>));
    figures
}

/// A run from its start on; none of a run without moves.
fn course(
    game: &Game,
    name: Option<&str>,
    equilibrium: &Equilibrium,
    run: Option<(&Profile, &[Step])>,
) -> Option<TrajectoryFigure> {
    let (start, steps) = run?;
    let title = titled(name, "best-response dynamics");
    let figure = TrajectoryFigure::new(Some(&title), steps, Some(equilibrium))?;
    let above = potential(game, start) - equilibrium.potential;
    Some(figure.starting_at(&receiver(game, start), above))
}

/// What a figure shows, of which game.
fn titled(game: Option<&str>, what: &str) -> String {
    game.map_or_else(|| sentence(what), |name| format!("{name}: {what}"))
}

/// The potential over the actions of the first two influencers on a line, or over the action of one in the plane: the
/// winner's, or else the first one's. The run is drawn where it stays in the slice.
fn slice_of_potential(
    game: &Game,
    title: &str,
    equilibrium: &Equilibrium,
    run: Option<(&Profile, &[Step])>,
) -> Option<PotentialFigure> {
    let n = game.influencers();
    let who = equilibrium.winners.first().copied().unwrap_or(0);
    let variable = |influencer, coordinate| Variable {
        influencer,
        coordinate,
    };
    let (variables, run) = match game.dim() {
        1 if n >= 2 => ([variable(0, 0), variable(1, 0)], run.filter(|_| n == 2)),
        2 => ([variable(who, 0), variable(who, 1)], None),
        _ => return None,
    };
    PotentialFigure::new(game, Some(title), equilibrium, variables, run)
}

/// The report of a solved game.
pub fn equilibrium_report(of: &EquilibriumReport<'_>) -> Report {
    let figures = equilibrium_figures(of.game, None, of.equilibrium, of.assessment, of.run);
    let mut outcome = Section {
        heading: "The equilibrium".into(),
        paragraphs: of.description.map(str::to_owned).into_iter().collect(),
        figures: figures
            .iter()
            .map(|f| ReportFigure::new(f.as_ref()))
            .collect(),
        tables: Vec::new(),
    };
    outcome.paragraphs.push(set_in_words(of));
    let mut sections = vec![outcome, influencers(of)];
    sections.push(welfare(of, of.welfare));
    sections.push(certificate(of));
    Report {
        title: of
            .answer
            .name
            .as_deref()
            .unwrap_or("An equilibrium")
            .to_owned(),
        lead: of.answer.verdict.clone(),
        sections,
        command: of.command.map(str::to_owned),
        version: of.version.to_owned(),
    }
}

fn set_in_words(of: &EquilibriumReport<'_>) -> String {
    let e = of.equilibrium;
    let n = of.game.influencers();
    let extreme = of.assessment.extreme.iter().filter(|x| **x).count();
    let mut text = format!(
        "{} of {} {} at the boundary of {} possible actions.",
        count(extreme),
        count(n),
        if extreme == 1 {
            "influencers is"
        } else {
            "influencers are"
        },
        if extreme == 1 { "its" } else { "their" },
    );
    if let (&[winner], Some(all)) = (of.answer.winners.as_slice(), &of.answer.influencers) {
        let told = all.row(winner);
        if !told.is_honest() {
            text.push_str(&format!(
                " ‘{}’ brings the receiver to its target by playing {}.",
                told.name,
                point(&told.action)
            ));
        }
    }
    if let (Cardinality::Infinite, Some(dimension)) = (e.cardinality, e.dimension) {
        text.push_str(&format!(
            " The equilibria form a convex set of dimension {dimension}: {} can play differently without changing where \
             the receiver lands. The table gives the range of every action over the whole set.",
            match e.free.as_slice() {
                [one] => format!("‘{}’", of.game.name(one.influencer)),
                all => format!("{} influencers", count(all.len())),
            }
        ));
        if of.game.loss() == Loss::InnerProduct {
            text = text.replace(
                " without changing where the receiver lands",
                " at no cost to themselves",
            );
        }
    }
    text
}

fn influencers(of: &EquilibriumReport<'_>) -> Section {
    let (e, a) = (of.equilibrium, of.assessment);
    let n = of.game.influencers();
    let mut listed = most_exaggerated(a, MOST_LISTED);
    if n > MOST_LISTED {
        listed.sort_by(|&i, &j| {
            a.exaggeration[j]
                .total_cmp(&a.exaggeration[i])
                .then(i.cmp(&j))
        });
    }
    let ranges = !e.free.is_empty();
    // What came out first, then what it came from.
    let mut columns = vec!["name", "winner", "extreme", "regret", "action"];
    if ranges {
        columns.extend(["least", "greatest"]);
    }
    columns.extend(["target", "exaggeration", "loss", "weight"]);
    let rows = listed.iter().filter_map(|&i| {
        let told = of.answer.influencers.as_ref()?.row(i);
        let mut row = vec![
            Cell::Text(told.name),
            Cell::Flag(of.answer.winners.binary_search(&i).is_ok()),
            Cell::Flag(told.extreme),
            Cell::Number(told.regret),
            Cell::Point(told.action),
        ];
        if ranges {
            row.extend([
                Cell::Point(told.action_range.lower),
                Cell::Point(told.action_range.upper),
            ]);
        }
        row.extend([
            Cell::Point(told.target),
            Cell::Number(told.exaggeration),
            Cell::Number(told.loss),
            Cell::weight(&told.weight),
        ]);
        Some(row)
    });
    let caption = if n > MOST_LISTED {
        format!(
            "The {} of {} influencers that exaggerate most, the largest exaggeration first",
            count(MOST_LISTED),
            count(n)
        )
    } else {
        "The influencers, in the order of the game".into()
    };
    Section {
        heading: "The influencers".into(),
        paragraphs: vec![
            "Exaggeration is the distance from an influencer's target to its action. An influencer is extreme when its \
             action is at the boundary of its possible actions, and a winner when the receiver lands on its target. \
             Regret is what it could still gain by its best reply to the others: none, at an equilibrium."
                .into(),
        ],
        figures: Vec::new(),
        tables: vec![Table {
            caption,
            columns: columns.into_iter().map(str::to_owned).collect(),
            rows: rows.collect(),
        }],
    }
}

fn welfare(of: &EquilibriumReport<'_>, w: &Welfare) -> Section {
    let mut text = format!(
        "If everybody were truthful, the receiver would land at {}. The least total loss is reached at {}.",
        point(&w.truthful_receiver),
        point(&w.optimal_receiver)
    );
    if let Some(price) = w.price_of_anarchy {
        text.push_str(&format!(
            " The battle costs {} times what it would under the best outcome for all together (the price of anarchy).",
            number(price, 4)
        ));
    }
    let (mut better, mut worse) = (0, 0);
    for gain in &w.gains {
        better += usize::from(*gain > 0.0);
        worse += usize::from(*gain < 0.0);
    }
    text.push_str(&format!(
        " Compared with truthful play by all, {} of the {} influencers are better off and {} are worse off.",
        count(better),
        count(of.game.influencers()),
        count(worse)
    ));
    let row = |what: &str, receiver: &[f64], cost: Option<f64>| {
        vec![
            what.into(),
            Cell::Point(receiver.to_vec()),
            cost.map_or_else(|| Cell::Text("–".into()), Cell::Number),
        ]
    };
    Section {
        heading: "What the battle costs".into(),
        paragraphs: vec![text],
        figures: Vec::new(),
        tables: vec![Table {
            caption: String::new(),
            columns: ["outcome", "receiver", "total loss"]
                .map(str::to_owned)
                .to_vec(),
            rows: vec![
                row(
                    "at equilibrium",
                    &of.equilibrium.receiver,
                    Some(w.equilibrium_cost),
                ),
                row(
                    "best for all together",
                    &w.optimal_receiver,
                    Some(w.optimal_cost),
                ),
                row(
                    "everybody truthful",
                    &w.truthful_receiver,
                    truthful_cost(of, w),
                ),
            ],
        }],
    }
}

fn truthful_cost(of: &EquilibriumReport<'_>, w: &Welfare) -> Option<f64> {
    let n = of.game.influencers();
    let total: f64 = (0..n)
        .map(|i| big_game::equilibrium::loss(of.game, i, &w.truthful_receiver))
        .sum();
    total.is_finite().then_some(total)
}

fn certificate(of: &EquilibriumReport<'_>) -> Section {
    let c = &of.equilibrium.certificate;
    let short = |v: f64| number(v, 3);
    let mut paragraphs = vec![
        "The answer comes with a proof that does not depend on how it was found; it was recomputed from the game and the \
         actions alone."
            .to_owned(),
    ];
    if c.holds() {
        paragraphs.push(format!(
            "All equilibria are the lowest points of one function, the potential. A bound from below on that function shows \
             that no profile is lower than this one by more than {} (the duality gap), which proves that the receiver is \
             within {} of where it lands at equilibrium. By an exact best reply to the others, nobody could gain more \
             than {}.",
            short(c.duality_gap),
            short(c.receiver_error_bound),
            short(c.max_regret)
        ));
    } else {
        paragraphs.push(format!(
            "The proof is not complete: the duality gap is {}, where {} is allowed for a game of this scale, and actions are \
             up to {} away from their sets. Somebody could gain {} by deviating. Treat the numbers above as an approximation.",
            short(c.duality_gap),
            short(c.allowed_gap),
            short(c.infeasibility),
            short(c.max_regret)
        ));
    }
    let row = |what: &str, v: f64| vec![what.into(), Cell::Quantity(v)];
    Section {
        heading: "The certificate".into(),
        paragraphs,
        figures: Vec::new(),
        tables: vec![Table {
            caption: String::new(),
            columns: ["quantity", "value"].map(str::to_owned).to_vec(),
            rows: vec![
                row("duality gap", c.duality_gap),
                row("duality gap allowed at this scale", c.allowed_gap),
                row("bound on the receiver's error", c.receiver_error_bound),
                row("largest regret", c.max_regret),
                row(
                    "largest distance of an action from its set",
                    c.infeasibility,
                ),
                row("potential", of.equilibrium.potential),
            ],
        }],
    }
}
