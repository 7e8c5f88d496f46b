//! Games whose equilibria are known by hand: (game, cardinality, dimension, receiver, actions).

#![allow(clippy::unwrap_used)] // in tests a panic is the report

mod common;

use big_game::equilibrium::{Cardinality, Method, vertices};
use big_game::spec::{GameSpec, Loss, Rational, SpaceSpec};
use big_game::{Game, SolveOptions, solve};
use common::{cube, exact, list, near, written};

struct Golden {
    name: &'static str,
    game: GameSpec<Rational>,
    dimension: usize,
    receiver: &'static [f64],
    /// The selected (least exaggerated) actions, one after the other.
    actions: &'static [f64],
    winners: &'static [usize],
    /// How many vertices the set has; `None`: it is no polytope.
    vertices: Option<usize>,
}

fn nash(
    bias: &str,
    space: SpaceSpec<Rational>,
    influencers: &[(&str, &str)],
) -> GameSpec<Rational> {
    written(Loss::SquaredEuclidean, bias, space, influencers)
}

fn diamond() -> SpaceSpec<Rational> {
    SpaceSpec::L1Ball {
        center: list("0 0"),
        radius: exact("1"),
    }
}

fn disc(radius: &str) -> SpaceSpec<Rational> {
    SpaceSpec::Ball {
        center: list("0 0"),
        radius: exact(radius),
    }
}

fn table() -> Vec<Golden> {
    let line = || cube(1, "-1", "1");
    let row = |name, game, dimension, receiver, actions, winners, vertices| Golden {
        name,
        game,
        dimension,
        receiver,
        actions,
        winners,
        vertices,
    };
    vec![
        row(
            "example 1, opposite targets",
            nash("0", line(), &[("1/2", "-0.5"), ("1/2", "0.7")]),
            0,
            &[0.0],
            &[-1.0, 1.0],
            &[],
            Some(1),
        ),
        row(
            "example 1, same side",
            nash("0", line(), &[("1/2", "-0.8"), ("1/2", "-0.3")]),
            0,
            &[-0.3],
            &[-1.0, 0.4],
            &[1],
            Some(1),
        ),
        row(
            "the winner sits at the boundary",
            nash("0", line(), &[("1/2", "-0.4"), ("1/2", "0")]),
            0,
            &[0.0],
            &[-1.0, 1.0],
            &[1],
            Some(1),
        ),
        row(
            "example 2, a continuum",
            nash(
                "0 0",
                cube(2, "-1", "1"),
                &[("1/2", "-0.5 0"), ("1/2", "0.5 0")],
            ),
            1,
            &[0.0, 0.0],
            &[-1.0, 0.0, 1.0, 0.0],
            &[],
            Some(2),
        ),
        row(
            "example 2, corners",
            nash(
                "0 0",
                cube(2, "-1", "1"),
                &[("1/2", "-0.5 -0.3"), ("1/2", "0.5 0.3")],
            ),
            0,
            &[0.0, 0.0],
            &[-1.0, -1.0, 1.0, 1.0],
            &[],
            Some(1),
        ),
        row(
            "0.1 + 0.2 is 0.3 when it is written so",
            nash(
                "0.1",
                cube(1, "0", "0.2"),
                &[("1", "5"), ("1/2", "0.3"), ("1/4", "0.3")],
            ),
            0,
            &[0.3],
            &[0.2, 0.0, 0.0],
            &[1, 2],
            Some(1),
        ),
        row(
            "an idle influencer plays anything",
            nash(
                "0",
                line(),
                &[("1/2", "-0.8"), ("0", "0.1"), ("1/2", "-0.3")],
            ),
            1,
            &[-0.3],
            &[-1.0, 0.1, 0.4],
            &[2],
            Some(2),
        ),
        row(
            "alone",
            nash("0.1", line(), &[("1/2", "0.3")]),
            0,
            &[0.3],
            &[0.4],
            &[0],
            Some(1),
        ),
        row(
            "alone and unable",
            nash("0.1", line(), &[("1/2", "3")]),
            0,
            &[0.6],
            &[1.0],
            &[],
            Some(1),
        ),
        row(
            "a negative weight",
            nash("0", line(), &[("-1/2", "0.8")]),
            0,
            &[0.5],
            &[-1.0],
            &[],
            Some(1),
        ),
        row(
            "twins share",
            nash("0", line(), &[("1/2", "0.1"), ("1/2", "0.1")]),
            1,
            &[0.1],
            &[0.1, 0.1],
            &[0, 1],
            Some(2),
        ),
        row(
            "a flat set",
            nash(
                "0",
                cube(1, "0.5", "0.5"),
                &[("1/2", "0.1"), ("1/2", "0.1")],
            ),
            0,
            &[0.5],
            &[0.5, 0.5],
            &[],
            Some(1),
        ),
        row(
            "discs, opposite",
            nash("0 0", disc("1"), &[("1/2", "-1 0"), ("1/2", "1 0")]),
            0,
            &[0.0, 0.0],
            &[-1.0, 0.0, 1.0, 0.0],
            &[],
            Some(1),
        ),
        row(
            "discs, a winner",
            nash("0 0", disc("1"), &[("1/2", "-1 0"), ("1/2", "-0.25 0")]),
            0,
            &[-0.25, 0.0],
            &[-1.0, 0.0, 0.5, 0.0],
            &[1],
            Some(1),
        ),
        row(
            "discs, twins",
            nash("0 0", disc("1"), &[("1/2", "0.25 0"), ("1/2", "0.25 0")]),
            2,
            &[0.25, 0.0],
            &[0.25, 0.0, 0.25, 0.0],
            &[0, 1],
            None,
        ),
        row(
            "discs of no radius",
            nash("0 0", disc("0"), &[("1/2", "0.25 0")]),
            0,
            &[0.0, 0.0],
            &[0.0, 0.0],
            &[],
            Some(1),
        ),
        row(
            "diamonds, face against face",
            nash("0 0", diamond(), &[("1/2", "-2 -2"), ("1/2", "2 2")]),
            1,
            &[0.0, 0.0],
            &[-0.5, -0.5, 0.5, 0.5],
            &[],
            Some(2),
        ),
        row(
            "one coordinate each",
            nash(
                "0 0",
                cube(2, "-1", "1"),
                &[("1 0;0 0", "0.3 0.9"), ("0 0;0 1", "0.9 0.4")],
            ),
            2,
            &[0.3, 0.4],
            &[0.3, 0.9, 0.9, 0.4],
            &[],
            Some(4),
        ),
        row(
            "two levers on one number",
            nash("0", cube(2, "0", "1"), &[("1 1;", "1")]),
            1,
            &[1.0],
            &[0.5, 0.5],
            &[0],
            Some(2),
        ),
        row(
            "example 3: a generic direction",
            written(
                Loss::InnerProduct,
                "0 0",
                diamond(),
                &[("1", "1 0.3"), ("1", "-0.2 -1")],
            ),
            0,
            &[1.0, -1.0],
            &[1.0, 0.0, 0.0, -1.0],
            &[],
            Some(1),
        ),
        row(
            "example 4: normal to a face",
            written(Loss::InnerProduct, "0 0", diamond(), &[("1", "0.1 0.1")]),
            1,
            &[0.5, 0.5],
            &[0.5, 0.5],
            &[],
            Some(2),
        ),
        row(
            "a negative weight flips the direction",
            written(Loss::InnerProduct, "0 0", diamond(), &[("-1", "1 0.3")]),
            0,
            &[1.0, 0.0],
            &[-1.0, 0.0],
            &[],
            Some(1),
        ),
    ]
}

#[test]
fn the_table_holds() {
    for golden in table() {
        let name = golden.name;
        let mut spec = golden.game;
        // "1 1;" writes one row: its empty second row goes.
        for influencer in &mut spec.influencers {
            if let big_game::spec::WeightSpec::Matrix(rows) = &mut influencer.weight {
                rows.retain(|row| !row.is_empty());
            }
        }
        let game = Game::from_exact(spec).unwrap();
        let answer = solve(&game, &SolveOptions::default()).unwrap();
        assert!(
            answer.certificate.holds(),
            "{name}: {:?}",
            answer.certificate
        );
        assert!(answer.certificate.max_regret <= 1e-12, "{name}");
        let cardinality = match golden.dimension {
            0 => Cardinality::Unique,
            _ => Cardinality::Infinite,
        };
        assert_eq!(answer.cardinality, cardinality, "{name}");
        assert_eq!(answer.dimension, Some(golden.dimension), "{name}");
        assert!(
            near(&answer.receiver, golden.receiver, 1e-15),
            "{name}: {:?}",
            answer.receiver
        );
        assert!(
            near(answer.actions.values(), golden.actions, 2e-8),
            "{name}: {:?}",
            answer.actions
        );
        assert_eq!(answer.winners, golden.winners, "{name}");
        assert_eq!(
            vertices(&game, &answer, 100).map(|v| v.len()),
            golden.vertices,
            "{name}"
        );
        if game.loss() == Loss::SquaredEuclidean {
            let options = SolveOptions {
                method: Method::Reference,
                ..SolveOptions::default()
            };
            let reference = solve(&game, &options).unwrap();
            assert!(
                near(&reference.receiver, golden.receiver, 1e-6),
                "{name}, by the reference"
            );
        }
    }
}
