//! The paper's experiment over many seeds, the affine prediction against play, relabelling, resuming, external receivers.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::Duration;

use big_game::action_space::{ActionSpace, ConvexSet};
use big_game::spec::SpaceSpec;
use big_game::{SolveOptions, solve};
use big_preference::command::Command;
use big_preference::data::{BLOCK_ROWS, Parts};
use big_preference::likelihood::Model;
use big_preference::play::{Play, PlayOptions, PlayState, on_the_line};
use big_preference::receiver::{AffineReceiver, Agreement, Mle, Receiver, Relabelled};
use big_preference::simulate::{Labelled, Labeller, Pairs, Responses, Simulation, SimulationSpec};

fn simulation(ideals: &[Vec<f64>], pairs: usize, seed: u64) -> Simulation {
    SimulationSpec {
        dim: ideals[0].len(),
        labellers: ideals
            .iter()
            .enumerate()
            .map(|(i, ideal)| Labeller {
                name: format!("influencer {}", i + 1),
                pairs,
                ideal: ideal.clone(),
            })
            .collect(),
        responses: Responses::Normal {
            mean: 0.0,
            deviation: 1.0,
        },
        precision: 1.0,
        seed,
    }
    .check()
    .unwrap()
}

fn cube(dim: usize) -> SpaceSpec<f64> {
    SpaceSpec::Box {
        lower: vec![-1.0; dim],
        upper: vec![1.0; dim],
    }
}

/// The affine receiver that truthfully labelled data implies, through the truthful answer.
fn implied(drawn: &[Labelled], truthful: &[Vec<f64>], receiver: &mut Mle) -> AffineReceiver {
    let parts = Parts::held(drawn.iter().map(|l| l.comparisons().clone()).collect()).unwrap();
    let theta = receiver.respond(truthful).unwrap();
    AffineReceiver::implied(&parts, Model::ideal_point(1.0), &theta, 0.0)
        .unwrap()
        .through(truthful, &theta)
}

#[test]
fn the_papers_trajectory() {
    let targets = vec![vec![-0.2], vec![0.3]];
    let spaces = [ActionSpace::new(&cube(1)).unwrap()];
    let seeds = 100;
    let mut as_in_the_paper = 0;
    for seed in 0..seeds {
        let drawn = simulation(&targets, 1000, seed).draw();
        let mut receiver = Mle::new(drawn, Model::ideal_point(1.0), None);
        let mut play = Play::new(
            &mut receiver,
            &targets,
            &spaces,
            None,
            PlayOptions::default(),
        )
        .unwrap();
        assert!(play.run().unwrap(), "seed {seed}");
        let state = play.into_state();
        // Whatever the seed: the two extremes are where it ends.
        assert_eq!(state.actions, [[-1.0], [1.0]], "seed {seed}");
        let moves: Vec<(usize, f64)> = state
            .moves
            .iter()
            .map(|m| (m.influencer, m.action[0]))
            .collect();
        let holds = matches!(
            moves[..],
            [(0, interior), (1, 1.0), (0, -1.0)] if interior > -1.0 && interior < -0.4
        );
        as_in_the_paper += usize::from(holds);
        if holds {
            // The first response reaches its target, the second falls short of its own.
            assert!((state.moves[0].theta_hat[0] + 0.2).abs() < 0.02);
            assert!(state.moves[1].theta_hat[0] < 0.3);
        }
    }
    let share = as_in_the_paper as f64 / seeds as f64;
    println!("the paper's trajectory holds in {as_in_the_paper} of {seeds} seeds");
    assert!(share >= 0.95, "{share}");
}

/// On a line the bisection's equilibrium is where best responses end, and nobody's report gains against it: tried all over the
/// interval.
#[test]
fn on_a_line_the_equilibrium_is_one_bisection() {
    let cases: [(&[f64], f64); 5] = [
        (&[-0.2, 0.3], 1.0),
        (&[-0.8, -0.3], 1.0),
        (&[0.1, 0.1, 0.1, -0.5], 1.0),
        (&[-0.9, -0.4, 0.0, 0.05, 0.3, 0.35, 0.8], 0.6),
        (&[3.0, 4.0], 0.5),
    ];
    for (ideals, reach) in cases {
        let targets: Vec<Vec<f64>> = ideals.iter().map(|t| vec![*t]).collect();
        let spec = SpaceSpec::Box {
            lower: vec![-reach],
            upper: vec![reach],
        };
        let spaces = [ActionSpace::new(&spec).unwrap()];
        let drawn = simulation(&targets, 400, 2).draw();
        let mut receiver = Mle::new(drawn, Model::ideal_point(1.0), None);
        let found = on_the_line(&mut receiver, &targets, &spaces).unwrap();
        assert!(found.evaluations <= 70);
        assert_eq!(receiver.respond(&found.actions).unwrap(), found.theta_hat);
        // Two labels' worth of staircase: 2 · 2|a − b| / (4 Σ ¼ ...) is below 0.01 with 800 rows and more.
        for i in 0..targets.len() {
            let now = (found.theta_hat[0] - targets[i][0]).abs();
            for step in 0..=40 {
                let mut other = found.actions.clone();
                other[i][0] = reach * (f64::from(step) / 20.0 - 1.0);
                let there = receiver.respond(&other).unwrap();
                assert!(
                    (there[0] - targets[i][0]).abs() > now - 0.01,
                    "{ideals:?} {i}"
                );
            }
        }
        let mut play = Play::new(
            &mut receiver,
            &targets,
            &spaces,
            None,
            PlayOptions::default(),
        )
        .unwrap();
        assert!(play.run().unwrap());
        assert!(
            (play.state().theta_hat[0] - found.theta_hat[0]).abs() < 0.01,
            "{ideals:?}"
        );
    }
    // Two dimensions are no line.
    let targets = vec![vec![0.1, 0.2]; 2];
    let drawn = simulation(&targets, 50, 2).draw();
    let mut receiver = Mle::new(drawn, Model::ideal_point(1.0), None);
    let spaces = [ActionSpace::new(&cube(2)).unwrap()];
    assert!(on_the_line(&mut receiver, &targets, &spaces).is_err());
}

/// The case in which local searches from where they are found nothing, and a report gained 0.02.
#[test]
fn everybody_looks_all_over_the_space_before_play_ends() {
    let targets = vec![vec![-0.5, 0.4], vec![0.8, 0.1]];
    let ball = SpaceSpec::Ball {
        center: vec![0.0; 2],
        radius: 1.0,
    };
    let spaces = [ActionSpace::new(&ball).unwrap()];
    let gains = |seed: u64, starts: usize| {
        let drawn = simulation(&targets, 150, seed).draw();
        let mut receiver = Mle::new(drawn.clone(), Model::ideal_point(1.0), None);
        let affine = implied(&drawn, &targets, &mut receiver);
        let options = PlayOptions {
            starts,
            evaluations: 60,
            ..PlayOptions::default()
        };
        let mut play = Play::new(&mut receiver, &targets, &spaces, Some(&affine), options).unwrap();
        assert!(play.run().unwrap());
        let state = play.into_state();
        // What a fine grid of reports finds that they did not.
        let mut most = 0.0_f64;
        for i in 0..2 {
            let loss = |theta: &[f64]| {
                (theta[0] - targets[i][0]).powi(2) + (theta[1] - targets[i][1]).powi(2)
            };
            let now = loss(&state.theta_hat);
            let grid = (-12..=12)
                .flat_map(|x| (-12..=12).map(move |y| [f64::from(x) / 12.0, f64::from(y) / 12.0]));
            let edge = (0..360).map(|k| {
                let angle = f64::from(k).to_radians();
                [angle.cos(), angle.sin()]
            });
            for [x, y] in grid.chain(edge).filter(|[x, y]| x.hypot(*y) <= 1.0 + 1e-12) {
                let mut other = state.actions.clone();
                other[i] = vec![x, y];
                most = most.max(now - loss(&receiver.respond(&other).unwrap()));
            }
        }
        most
    };
    let (mut local, mut everywhere) = (Vec::new(), Vec::new());
    for seed in 0..6 {
        local.push(gains(seed, 0));
        everywhere.push(gains(seed, 128));
    }
    println!(
        "a grid gains {local:.4?} after local play, {everywhere:.4?} after play from everywhere"
    );
    let sum = |gains: &[f64]| gains.iter().sum::<f64>();
    assert!(local.iter().any(|gain| *gain > 0.01), "{local:?}");
    assert!(
        sum(&everywhere) < 0.25 * sum(&local),
        "{everywhere:?} {local:?}"
    );
}

#[test]
fn the_affine_prediction_is_where_play_ends() {
    for (dim, influencers, pairs, tolerance) in
        [(1, 2, 4000, 0.05), (2, 3, 4000, 0.08), (8, 3, 6000, 0.16)]
    {
        let targets: Vec<Vec<f64>> = (0..influencers)
            .map(|i| {
                (0..dim)
                    .map(|k| 0.35 * ((3 * i + k) as f64 * 1.3 + 0.4).sin())
                    .collect()
            })
            .collect();
        let drawn = simulation(&targets, pairs, 11).draw();
        let mut receiver = Mle::new(drawn.clone(), Model::ideal_point(1.0), None);
        let affine = implied(&drawn, &targets, &mut receiver);
        let spec = cube(dim);
        let spaces = [ActionSpace::new(&spec).unwrap()];
        let found = affine.agreement(&mut receiver, &spaces, 40, 5).unwrap();
        let Agreement { r_squared, slope } = found;
        assert!((0.8..1.1).contains(&slope), "d = {dim}: slope {slope}");
        println!("d = {dim}: R² = {r_squared:.4}");
        assert!(r_squared > 0.9, "d = {dim}: R² = {r_squared}");
        let game = affine
            .game(&[], &targets, std::slice::from_ref(&spec))
            .check()
            .unwrap();
        let predicted = solve(&game, &SolveOptions::default()).unwrap();
        let mut play = Play::new(
            &mut receiver,
            &targets,
            &spaces,
            Some(&affine),
            // Near where they are: in eight dimensions looking everywhere takes long.
            PlayOptions {
                starts: 0,
                ..PlayOptions::default()
            },
        )
        .unwrap();
        assert!(play.run().unwrap(), "d = {dim}: {:?}", play.state());
        let state = play.into_state();
        let away: f64 = state
            .theta_hat
            .iter()
            .zip(&predicted.receiver)
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f64>()
            .sqrt();
        println!(
            "d = {dim}: {away:.4} apart after {} moves, {} evaluations",
            state.moves.len(),
            state.evaluations
        );
        assert!(away < tolerance, "d = {dim}: {away}");
        // Nobody gains by any of many other actions.
        for i in 0..influencers {
            let loss = |theta: &[f64]| -> f64 {
                theta
                    .iter()
                    .zip(&targets[i])
                    .map(|(a, b)| (a - b) * (a - b))
                    .sum()
            };
            for trial in 0..20_u32 {
                let mut actions = state.actions.clone();
                for (k, x) in actions[i].iter_mut().enumerate() {
                    let chance = (f64::from(trial) * 0.618 + k as f64 * 0.383).fract();
                    let reach = if trial % 2 == 0 { 2.0 } else { 0.2 };
                    *x = (*x + reach * (chance - 0.5)).clamp(-1.0, 1.0);
                }
                let gain = loss(&state.theta_hat) - loss(&receiver.respond(&actions).unwrap());
                assert!(gain < 1e-3, "d = {dim}: influencer {i} gains {gain}");
            }
        }
        // Losses fall in every move, and nobody leaves the space.
        let mut theta = state.start_theta_hat.clone();
        for step in &state.moves {
            let loss = |theta: &[f64]| -> f64 {
                theta
                    .iter()
                    .zip(&targets[step.influencer])
                    .map(|(a, b)| (a - b) * (a - b))
                    .sum()
            };
            assert!(step.loss < loss(&theta));
            assert!(spaces[0].contains(&step.action, 1e-9));
            theta.clone_from(&step.theta_hat);
        }
    }
}

#[test]
fn an_interrupted_run_goes_on_as_it_would_have() {
    let targets = vec![vec![-0.2, 0.1], vec![0.3, 0.2], vec![0.1, -0.4]];
    let spaces = [ActionSpace::new(&SpaceSpec::Ball {
        center: vec![0.0; 2],
        radius: 1.0,
    })
    .unwrap()];
    let drawn = simulation(&targets, 800, 2).draw();
    let mut receiver = Mle::new(drawn.clone(), Model::ideal_point(1.0), None);
    let options = PlayOptions::default();
    let mut whole = Play::new(&mut receiver, &targets, &spaces, None, options).unwrap();
    assert!(whole.run().unwrap());
    let expected = whole.into_state();
    for turns in [1, 3, 4] {
        let mut receiver = Mle::new(drawn.clone(), Model::ideal_point(1.0), None);
        let mut first = Play::new(&mut receiver, &targets, &spaces, None, options).unwrap();
        for _ in 0..turns {
            first.turn().unwrap();
        }
        let saved = serde_json::to_string(first.state()).unwrap();
        let state: PlayState = serde_json::from_str(&saved).unwrap();
        let mut fresh = Mle::new(drawn.clone(), Model::ideal_point(1.0), None);
        let mut rest = Play::resume(&mut fresh, &targets, &spaces, None, options, state).unwrap();
        assert!(rest.run().unwrap());
        assert_eq!(rest.into_state(), expected);
    }
}

#[test]
fn pairs_block_by_block_have_the_labels_of_all_at_once() {
    let simulation = simulation(&[vec![0.3, -0.2], vec![0.0, 0.5]], 3 * BLOCK_ROWS + 17, 9);
    let (mut pairs, mut labelled, mut labels) = (Pairs::default(), Pairs::default(), Vec::new());
    for (i, drawn) in simulation.draw().iter().enumerate() {
        // Behind the last block there is nothing.
        let mut blocks = drawn.labels().chunks(BLOCK_ROWS).chain([&[][..]]);
        for block in 0..5 {
            simulation.pairs(i, block, &mut pairs);
            simulation.labelled_pairs(i, block, &mut labelled, &mut labels);
            assert_eq!(labels, blocks.next().unwrap());
            assert_eq!((&labelled.a, &labelled.b), (&pairs.a, &pairs.b));
            assert_eq!(labelled.thresholds, pairs.thresholds);
        }
        assert!(blocks.next().is_none());
    }
}

#[test]
fn relabelling_changes_only_what_it_must() {
    let simulation = simulation(&[vec![0.3, -0.2], vec![0.0, 0.5]], 3 * BLOCK_ROWS + 17, 9);
    let mut drawn = simulation.draw();
    let original = drawn.clone();
    let fake = [0.9, 0.4];
    let before = drawn[1].labels().to_vec();
    let changed = drawn[1].relabel(&fake);
    // The definition, pair by pair.
    let mut pairs = Pairs::default();
    let mut flips = 0;
    for (r, now) in drawn[1].labels().iter().enumerate() {
        if r % BLOCK_ROWS == 0 {
            simulation.pairs(1, r / BLOCK_ROWS, &mut pairs);
        }
        let at = r % BLOCK_ROWS;
        let reward = |x: &[f64], theta: &[f64]| -> f64 {
            -x.iter()
                .zip(theta)
                .map(|(x, t)| (x - t) * (x - t))
                .sum::<f64>()
        };
        let (a, b) = (&pairs.a[2 * at..2 * at + 2], &pairs.b[2 * at..2 * at + 2]);
        let margin = |theta: &[f64]| reward(a, theta) - reward(b, theta);
        assert_eq!(*now, pairs.thresholds[at] < margin(&fake));
        let (low, high) = (
            margin(&fake).min(margin(&[0.0, 0.5])),
            margin(&fake).max(margin(&[0.0, 0.5])),
        );
        let crossed = low <= pairs.thresholds[at] && pairs.thresholds[at] < high;
        assert_eq!(*now != before[r], crossed);
        flips += usize::from(crossed);
        // The stored row carries the sign.
        let mut row = [0.0; 3];
        drawn[1].comparisons().row(r, &mut row);
        let sign = if *now { 1.0 } else { -1.0 };
        assert!((row[0] - sign * (a[0] - b[0])).abs() < 1e-12);
    }
    assert_eq!(changed, flips);
    assert!(flips > 0);
    assert_eq!(drawn[0], original[0]);
    // There and back again.
    assert_eq!(drawn[1].relabel(&[0.0, 0.5]), flips);
    assert_eq!(drawn[1], original[1]);
    assert_eq!(drawn[1].relabel(&[0.0, 0.5]), 0);
}

#[test]
fn real_pairs_can_be_labelled_by_anybody() {
    // Whatever their labels were, and from both sides.
    let mut drawn = simulation(&[vec![0.3, -0.2], vec![0.1, 0.4]], 1500, 3).draw();
    let model = Model::ideal_point(1.0);
    let held = |drawn: &[Labelled]| {
        Parts::held(drawn.iter().map(|l| l.comparisons().clone()).collect()).unwrap()
    };
    let actions = [vec![0.6, 0.0], vec![0.6, 0.0]];
    let parts = held(&drawn);
    let mut straight = Relabelled::new(&parts, model, 0.0, 5, &actions);
    let near = |theta: &[f64]| (theta[0] - 0.6).abs() < 0.1 && theta[1].abs() < 0.1;
    let theta = straight.respond(&actions).unwrap();
    assert!(near(&theta), "{theta:?}");
    assert!(drawn[0].relabel(&[-0.6, 0.3]) > 100);
    let turned = held(&drawn);
    let mut again = Relabelled::new(&turned, model, 0.0, 5, &actions);
    assert!(near(&again.respond(&actions).unwrap()));
    // Another action of one moves the estimate, another seed draws other labels.
    let moved = again.respond(&[vec![0.6, 0.0], vec![-0.6, 0.0]]).unwrap();
    assert!(moved[0] < 0.3, "{moved:?}");
    let other = Relabelled::new(&parts, model, 0.0, 6, &actions)
        .respond(&actions)
        .unwrap();
    assert_ne!(other, theta);
    // Nobody's rows are the first of somebody's chances: two with the same rows do not label alike.
    let twins = held(&[drawn[0].clone(), drawn[0].clone()]);
    let mut twins = Relabelled::new(&twins, model, 0.0, 5, &actions);
    let one_alone = held(&drawn[..1]);
    let alone = Relabelled::new(&one_alone, model, 0.0, 5, &actions[..1])
        .respond(&actions[..1])
        .unwrap();
    assert_ne!(twins.respond(&actions).unwrap(), alone);
    assert!(twins.respond(&actions[..1]).is_err());
}

#[test]
fn labels_are_drawn_as_bradley_and_terry_say() {
    // The share of labels for a, against the mean probability.
    let simulation = simulation(&[vec![0.4]], 200_000, 1);
    let drawn = &simulation.draw()[0];
    let mut pairs = Pairs::default();
    let (mut expected, mut found) = (0.0, 0.0);
    for (r, label) in drawn.labels().iter().enumerate() {
        if r % BLOCK_ROWS == 0 {
            simulation.pairs(0, r / BLOCK_ROWS, &mut pairs);
        }
        let (a, b) = (pairs.a[r % BLOCK_ROWS], pairs.b[r % BLOCK_ROWS]);
        let margin = (b - 0.4_f64).powi(2) - (a - 0.4_f64).powi(2);
        // Only pairs where a is clearly the better one, so that the mean is not ½ by symmetry.
        if margin > 0.5 {
            expected += 1.0 / (1.0 + (-margin).exp());
            found += f64::from(u8::from(*label));
        }
    }
    assert!(
        (found - expected).abs() < 4.0 * 200.0,
        "{found}, {expected}"
    );
    assert!((found / expected - 1.0).abs() < 0.01);
}

#[test]
fn the_first_draws_never_change() {
    let simulation = simulation(&[vec![0.0]], 4, 42);
    let mut pairs = Pairs::default();
    simulation.pairs(0, 0, &mut pairs);
    assert_eq!(
        [pairs.a[0], pairs.b[3], pairs.thresholds[0]],
        GOLDEN,
        "{pairs:?}"
    );
}

/// Seeds are part of the interface: what a version draws, all later ones draw.
const GOLDEN: [f64; 3] = [-0.5357647398812717, -0.9342201431167775, 1.215375960446677];

#[test]
fn the_same_data_on_any_number_of_threads() {
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| simulation(&[vec![0.2, 0.1], vec![-0.5, 0.0]], 5000, 4).draw())
    };
    let one = run(1);
    assert_eq!(run(2), one);
    assert_eq!(run(7), one);
}

#[test]
fn a_shell_script_can_be_the_receiver() {
    let start = |script: &str| {
        Command::start(
            "sh",
            &["-c".to_owned(), script.to_owned()],
            2,
            1,
            Duration::from_millis(1500),
        )
        .unwrap()
    };
    let actions = vec![vec![0.25], vec![-1.0]];
    let mut echo = start(r#"while read line; do echo '{"theta_hat": [0.5]}'; done"#);
    for _ in 0..3 {
        assert_eq!(echo.respond(&actions).unwrap(), [0.5]);
    }
    let says = |script: &str| start(script).respond(&actions).unwrap_err().to_string();
    assert!(says("echo boom >&2; exit 3").contains("boom"));
    assert!(says("sleep 30").contains("within 1.5 s"));
    assert!(says("read x; echo nonsense").contains("'nonsense'"));
    assert!(!says(r"read x; printf '\033[31mred\n'").contains('\u{1b}'));
    assert!(!says(r"read x; printf '\033[31mred\n' >&2").contains('\u{1b}'));
    assert!(says(r#"read x; echo '{"theta_hat": [1, 2]}'"#).contains("2 numbers"));
    assert!(says(r#"read x; echo '{"error": "no labels"}'"#).contains("reports: no labels"));
    // One line too many is not taken for the next answer.
    let mut twice = start(
        r#"while read line; do echo '{"theta_hat": [0.5]}'; echo '{"theta_hat": [0.5]}'; done"#,
    );
    assert_eq!(twice.respond(&actions).unwrap(), [0.5]);
    std::thread::sleep(Duration::from_millis(300));
    let told = twice.respond(&actions).unwrap_err().to_string();
    assert!(told.contains("before it was asked"), "{told}");
    // Nor is one of a program that never stops.
    let mut endless = start(r#"yes '{"theta_hat": [0.5]}'"#);
    std::thread::sleep(Duration::from_millis(300));
    let told = endless.respond(&actions).unwrap_err().to_string();
    assert!(told.contains("before it was asked"), "{told}");
    // A question that fills the pipe of a program that does not read.
    let sleep = ["30".to_owned()];
    let mut deaf = Command::start("sleep", &sleep, 1, 100_000, Duration::from_millis(500)).unwrap();
    let begun = std::time::Instant::now();
    let told = deaf.respond(&[vec![0.1; 100_000]]).unwrap_err().to_string();
    assert!(told.contains("within 0.5 s"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    let missing = Command::start(
        "no-such-program-anywhere",
        &[],
        1,
        1,
        Duration::from_secs(1),
    );
    assert!(missing.unwrap_err().to_string().contains("could not start"));
}
