//! The HTML report: what it says, and that nothing given as text can become markup.
#![allow(clippy::unwrap_used)]

use big_answer::solve::SolveResult;
use big_game::equilibrium::{Selection, assess};
use big_game::spec::{GameSpec, InfluencerSpec, Loss, SpaceSpec, WeightSpec};
use big_game::welfare::welfare;
use big_game::{Game, SolveOptions, solve};
use big_report::html::{Cell, Section, Table};
use big_report::{EquilibriumReport, Report, equilibrium_figures, equilibrium_report};
use resvg::usvg::roxmltree;

const EVIL: &str = "<img src=x onerror=alert(1)> & \"'</script>]]>";

fn game(targets: &[f64]) -> Game {
    let influencers = targets.iter().enumerate().map(|(i, t)| InfluencerSpec {
        cost: None,
        name: Some(format!("{EVIL}{i}")),
        weight: WeightSpec::Scalar(0.5),
        target: vec![*t],
        space: 0,
    });
    GameSpec {
        coalitions: Vec::new(),
        loss: Loss::SquaredEuclidean,
        bias: vec![0.0],
        spaces: vec![SpaceSpec::Box {
            lower: vec![-1.0],
            upper: vec![1.0],
        }],
        influencers: influencers.collect(),
    }
    .check()
    .unwrap()
}

fn rendered(game: &Game) -> String {
    let equilibrium = solve(game, &SolveOptions::default()).unwrap();
    let assessment = assess(game, &equilibrium.actions);
    let welfare = welfare(game, &equilibrium).unwrap();
    let report = equilibrium_report(&EquilibriumReport {
        answer: &SolveResult::new(
            Some(EVIL.into()),
            game,
            &equilibrium,
            &welfare,
            Selection::default(),
        ),
        game,
        description: Some(EVIL),
        equilibrium: &equilibrium,
        assessment: &assessment,
        welfare: &welfare,
        run: None,
        command: Some(EVIL),
        version: EVIL,
    });
    report.render()
}

#[test]
fn everything_is_escaped() {
    let page = rendered(&game(&[-0.8, -0.3]));
    assert!(!page.contains("<img"));
    assert_eq!(page.matches("</script>").count(), 1);
    assert_eq!(page, rendered(&game(&[-0.8, -0.3])), "the same bytes");
    // Nothing from outside: no addresses but the names of XML namespaces.
    let elsewhere = page.replace("http://www.w3.org/2000/svg", "");
    assert!(
        !elsewhere.contains("http://")
            && !elsewhere.contains("https://")
            && !elsewhere.contains("url(h"),
        "outside"
    );
}

/// The body closes every element that it opens: read as XML once the elements that HTML leaves open are gone.
#[test]
fn the_body_is_well_formed() {
    let page = rendered(&game(&[-0.8, -0.3, 0.4]));
    let main = &page[page.find("<main>").unwrap()..page.find("</main>").unwrap() + "</main>".len()];
    let tree = roxmltree::Document::parse(main).unwrap();
    let count = |name: &str| {
        tree.descendants()
            .filter(|n| n.tag_name().name() == name)
            .count()
    };
    assert_eq!(count("section"), 4);
    assert_eq!(count("table"), 3);
    assert!(count("svg") >= 1);
    for table in tree
        .descendants()
        .filter(|n| n.tag_name().name() == "table")
    {
        let columns = table
            .descendants()
            .filter(|n| n.tag_name().name() == "th")
            .count();
        for row in table
            .descendants()
            .filter(|n| n.tag_name().name() == "tr")
            .skip(1)
        {
            assert_eq!(
                row.children()
                    .filter(|n| n.tag_name().name() == "td")
                    .count(),
                columns
            );
        }
    }
}

/// The page says what the answer says: a proved equilibrium, and one that is none.
#[test]
fn the_page_leads_with_the_verdict_of_the_answer() {
    let same_side = game(&[-0.8, -0.3]);
    let mut equilibrium = solve(&same_side, &SolveOptions::default()).unwrap();
    let assessment = assess(&same_side, &equilibrium.actions);
    let welfare = welfare(&same_side, &equilibrium).unwrap();
    for gap in [equilibrium.certificate.duality_gap, f64::NAN] {
        equilibrium.certificate.duality_gap = gap;
        let answer = SolveResult::new(
            None,
            &same_side,
            &equilibrium,
            &welfare,
            Selection::default(),
        );
        let expected = if gap.is_nan() {
            "UNFINISHED: this is as far as the solver got, not an equilibrium."
        } else {
            "One equilibrium; the receiver lands at -0.3;"
        };
        assert!(answer.verdict.starts_with(expected), "{}", answer.verdict);
        let report = equilibrium_report(&EquilibriumReport {
            answer: &answer,
            game: &same_side,
            description: None,
            equilibrium: &equilibrium,
            assessment: &assessment,
            welfare: &welfare,
            run: None,
            command: None,
            version: "1",
        });
        assert_eq!(report.lead, answer.verdict);
        assert!(report.sections[0].paragraphs[0].contains("by playing 0.4"));
    }
}

#[test]
fn every_game_gets_a_figure() {
    for d in 1..=4 {
        for n in [1, 2, 5, 80] {
            for loss in [Loss::SquaredEuclidean, Loss::InnerProduct] {
                let people = (0..n).map(|i| InfluencerSpec {
                    cost: None,
                    name: None,
                    weight: WeightSpec::Scalar(1.0 / f64::from(n)),
                    target: (0..d)
                        .map(|k| (f64::from(i * 4 + k) * 0.618).fract() - 0.5)
                        .collect(),
                    space: 0,
                });
                let spec = GameSpec {
                    coalitions: Vec::new(),
                    loss,
                    bias: vec![0.0; d as usize],
                    spaces: vec![SpaceSpec::Box {
                        lower: vec![-1.0; d as usize],
                        upper: vec![1.0; d as usize],
                    }],
                    influencers: people.collect(),
                };
                let game = spec.check().unwrap();
                let equilibrium = solve(&game, &SolveOptions::default()).unwrap();
                let assessment = assess(&game, &equilibrium.actions);
                let figures =
                    equilibrium_figures(&game, Some("game"), &equilibrium, &assessment, None);
                assert!(!figures.is_empty(), "d = {d}, n = {n}");
            }
        }
    }
}

#[test]
fn plain_reports_need_no_game() {
    let report = Report {
        title: "Audit".into(),
        lead: String::new(),
        sections: vec![Section {
            heading: "Ranks".into(),
            tables: vec![Table {
                caption: String::new(),
                columns: vec!["name".into(), "value".into()],
                rows: vec![
                    vec!["a".into(), Cell::Number(f64::NAN)],
                    vec!["b".into(), Cell::Number(1e-9)],
                ],
            }],
            ..Section::default()
        }],
        command: None,
        version: "1".into(),
    };
    let page = report.render();
    assert!(page.contains("<td class=\"n\" data-v=\"0.000000001\">1e−9</td>"));
    assert!(page.contains("not a number"));
}
