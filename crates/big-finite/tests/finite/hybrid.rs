//! Games in which only some choose items, beside the definitions in rationals.

use std::ops::ControlFlow;

use big_finite::{Budget, HybridGame, HybridSolution, assess_hybrid, every_hybrid, solve_hybrid};
use big_game::SolveOptions;
use big_game::spec::{
    HybridSpace, HybridSpec, InfluencerSpec, ItemSet, Rational, SpaceSpec, WeightSpec,
};
use num_traits::{Signed, ToPrimitive, Zero};

use super::brute::{Dice, all_choices, rational};

/// A game with `d` coordinates, of small numbers, so that ties, zero weights, flat sets and equal items occur.
fn draw(dice: &mut Dice, d: usize, space: impl Fn(&mut Dice) -> SpaceSpec<Rational>) -> HybridGame {
    let choosers = dice.roll(1, 2) as usize;
    let free = dice.roll(1, 3) as usize;
    let point = |dice: &mut Dice| -> Vec<Rational> {
        (0..d).map(|_| rational(dice.roll(-8, 8), 4)).collect()
    };
    let mut spaces = Vec::new();
    let mut influencers = Vec::new();
    let mut kinds: Vec<bool> = (0..choosers + free).map(|i| i < choosers).collect();
    for i in 0..kinds.len() {
        kinds.swap(i, dice.roll(0, i as i64) as usize);
    }
    for chooses in kinds {
        spaces.push(if chooses {
            let items: Vec<_> = (0..dice.roll(1, 4)).map(|_| point(dice)).collect();
            let repeats = dice.roll(0, 3) == 0;
            let choose = dice.roll(1, if repeats { 2 } else { items.len() as i64 }) as usize;
            HybridSpace::Items(ItemSet {
                items,
                choose,
                repeats,
            })
        } else {
            HybridSpace::Convex(space(dice))
        });
        influencers.push(InfluencerSpec {
            name: None,
            weight: WeightSpec::Scalar(rational(dice.roll(-2, 6), 4)),
            target: point(dice),
            space: spaces.len() - 1,
            cost: None,
        });
    }
    HybridGame::new(HybridSpec {
        bias: point(dice),
        spaces,
        influencers,
    })
    .unwrap()
}

fn cube(dice: &mut Dice, d: usize) -> SpaceSpec<Rational> {
    let lower: Vec<_> = (0..d).map(|_| rational(dice.roll(-6, 3), 3)).collect();
    let upper = lower.iter().map(|l| l + rational(dice.roll(0, 6), 3));
    SpaceSpec::Box {
        upper: upper.collect(),
        lower,
    }
}

fn scalar(weight: &WeightSpec<Rational>) -> &Rational {
    match weight {
        WeightSpec::Scalar(w) => w,
        WeightSpec::Matrix(_) => panic!("a matrix"),
    }
}

/// Where the free players of boxes settle in one coordinate: the only place that is between what those beyond it and those
/// before it make of it. Exact.
fn crossing(game: &HybridGame, k: usize, background: &Rational) -> Rational {
    let spec = game.spec();
    let free: Vec<(Rational, Rational, Rational)> = game
        .free()
        .iter()
        .map(|&i| {
            let of = &spec.influencers[i];
            let HybridSpace::Convex(SpaceSpec::Box { lower, upper }) = &spec.spaces[of.space]
            else {
                panic!("no box")
            };
            let w = scalar(&of.weight);
            let (a, b) = (w * &lower[k], w * &upper[k]);
            (of.target[k].clone(), a.clone().min(b.clone()), a.max(b))
        })
        .collect();
    let at = |y: &Rational, tied_up: bool| -> Rational {
        let pulls = free.iter().map(|(t, least, most)| {
            if t > y || t == y && tied_up {
                most
            } else {
                least
            }
        });
        background + pulls.sum::<Rational>()
    };
    let targets = free.iter().map(|(t, _, _)| t.clone());
    let between = free
        .iter()
        .flat_map(|(t, _, _)| [at(t, false), at(t, true)]);
    let mut settled: Vec<Rational> = targets
        .chain(between)
        .filter(|y| at(y, false) <= *y && *y <= at(y, true))
        .collect();
    settled.sort();
    settled.dedup();
    assert_eq!(settled.len(), 1, "{settled:?}");
    settled.remove(0)
}

type Means = Vec<Vec<Rational>>;

/// Every combination of means that is at equilibrium, by going through all choices and all deviations; and the position there.
fn by_definition(game: &HybridGame) -> Vec<(Means, Vec<Rational>)> {
    let spec = game.spec();
    let lists: Vec<Vec<Vec<Rational>>> = game
        .choosers()
        .iter()
        .enumerate()
        .map(|(k, &i)| {
            let HybridSpace::Items(set) = &spec.spaces[spec.influencers[i].space] else {
                panic!("no items")
            };
            let all = all_choices(set.items.len(), set.choose, set.repeats);
            let mut means: Vec<_> = all.iter().map(|c| game.mean(k, c)).collect();
            means.sort();
            means.dedup();
            means
        })
        .collect();
    let mut found = Vec::new();
    let mut profiles: Vec<Means> = vec![Vec::new()];
    for list in &lists {
        let longer = profiles.iter().flat_map(|p| {
            list.iter().map(move |mean| {
                let mut p = p.clone();
                p.push(mean.clone());
                p
            })
        });
        profiles = longer.collect();
    }
    for profile in profiles {
        let y: Vec<Rational> = (0..game.dim())
            .map(|k| {
                let chosen = game.choosers().iter().zip(&profile);
                let chosen = chosen.map(|(&i, x)| scalar(&spec.influencers[i].weight) * &x[k]);
                crossing(game, k, &(&spec.bias[k] + chosen.sum::<Rational>()))
            })
            .collect();
        let stays = game.choosers().iter().enumerate().all(|(c, &i)| {
            let (w, t) = (
                scalar(&spec.influencers[i].weight),
                &spec.influencers[i].target,
            );
            let loss = |to: &[Rational]| -> Rational {
                (0..y.len())
                    .map(|k| {
                        let off = &y[k] + w * (&to[k] - &profile[c][k]) - &t[k];
                        &off * &off
                    })
                    .sum()
            };
            let own = loss(&profile[c]);
            lists[c].iter().all(|other| loss(other) >= own)
        });
        if stays {
            found.push((profile, y));
        }
    }
    found
}

fn means(game: &HybridGame, solution: &HybridSolution) -> Means {
    let chosen = solution.choices.iter().enumerate();
    chosen.map(|(k, c)| game.mean(k, c)).collect()
}

fn every(game: &HybridGame) -> Vec<HybridSolution> {
    let mut all = Vec::new();
    let mut found = |_: f64, solution: Option<HybridSolution>| {
        all.extend(solution);
        ControlFlow::Continue(())
    };
    let options = SolveOptions::default();
    let done = every_hybrid(game, &options, &Budget::unlimited(), &mut found).unwrap();
    assert!(done.complete);
    all
}

#[test]
fn on_boxes_the_choices_at_equilibrium_are_those_of_the_definition() {
    let (mut many, mut undecided, mut seen) = (0, 0, 0);
    for seed in 0..1500 {
        let mut dice = Dice::new(seed);
        let d = dice.roll(1, 2) as usize;
        let game = draw(&mut dice, d, |dice| cube(dice, d));
        let exact = by_definition(&game);
        // Theorem: there is one.
        assert!(!exact.is_empty(), "seed {seed}");
        let listed = every(&game);
        for (profile, y) in &exact {
            let found = listed.iter().find(|s| means(&game, s) == *profile);
            let found = found.unwrap_or_else(|| panic!("seed {seed}: {profile:?} is missing"));
            let bound = found.equilibrium.certificate.receiver_error_bound + 1e-13;
            for (r, y) in found.equilibrium.receiver.iter().zip(y) {
                assert!((r - y.to_f64().unwrap()).abs() <= bound, "seed {seed}");
            }
        }
        for solution in &listed {
            let profile = means(&game, solution);
            let is = exact.iter().any(|(p, _)| *p == profile);
            match solution.settled() {
                Some(true) => assert!(is, "seed {seed}: {profile:?} is no equilibrium"),
                Some(false) => panic!("seed {seed}: listed, and left"),
                None => {
                    undecided += 1;
                    assert!(solution.margin.unwrap().abs() < 1e-9, "seed {seed}");
                }
            }
            seen += 1;
        }
        many += usize::from(exact.len() > 1);
        let one = solve_hybrid(&game, &SolveOptions::default(), &Budget::unlimited()).unwrap();
        assert_eq!(one.is_equilibrium(), Some(true), "seed {seed}");
        let profile = means(&game, &one);
        assert!(
            listed.iter().any(|s| means(&game, s) == profile),
            "seed {seed}"
        );
    }
    // Several equilibria are no exception, and ties that rounding hides are.
    assert!(many > 100, "{many}");
    assert!(undecided * 4 < seen, "{undecided} of {seen}");
}

#[test]
fn regrets_are_those_of_the_definition_among_balls() {
    for seed in 0..400 {
        let mut dice = Dice::new(10_000 + seed);
        let d = dice.roll(2, 3) as usize;
        let game = draw(&mut dice, d, |dice| SpaceSpec::Ball {
            center: (0..d).map(|_| rational(dice.roll(-2, 2), 2)).collect(),
            radius: rational(dice.roll(0, 4), 2),
        });
        let found = solve_hybrid(&game, &SolveOptions::default(), &Budget::unlimited()).unwrap();
        assert_eq!(found.is_equilibrium(), Some(true), "seed {seed}");
        let spec = game.spec();
        let actions = &found.equilibrium.actions;
        let receiver = &found.equilibrium.receiver;
        let double = |q: &Rational| q.to_f64().unwrap();
        // The choosers, over all choices, in rationals.
        let exact = |v: &f64| Rational::from_float(*v).unwrap();
        let mut r = spec.bias.clone();
        for (k, &i) in game.free().iter().enumerate() {
            let w = scalar(&spec.influencers[i].weight);
            let x = actions.action(k).iter().map(exact);
            r.iter_mut().zip(x).for_each(|(r, x)| *r += w * x);
        }
        let chosen = means(&game, &found);
        for (&i, x) in game.choosers().iter().zip(&chosen) {
            let w = scalar(&spec.influencers[i].weight);
            r.iter_mut().zip(x).for_each(|(r, x)| *r += w * x);
        }
        for (k, &i) in game.choosers().iter().enumerate() {
            let of = &spec.influencers[i];
            let HybridSpace::Items(set) = &spec.spaces[of.space] else {
                panic!("no items")
            };
            let loss = |to: &[Rational]| -> Rational {
                let w = scalar(&of.weight);
                let each = r.iter().zip(to).zip(&chosen[k]).zip(&of.target);
                each.map(|(((r, to), own), t)| {
                    let off = r + w * (to - own) - t;
                    &off * &off
                })
                .sum()
            };
            let all = all_choices(set.items.len(), set.choose, set.repeats);
            let best = all.iter().map(|c| loss(&game.mean(k, c))).min().unwrap();
            let regret = loss(&chosen[k]) - best;
            assert_eq!(found.verification.regrets[k], regret, "seed {seed}");
            assert!(!regret.is_negative());
        }
        // The others: what is left of the way to the target when a ball's radius is taken off.
        for (k, &i) in game.free().iter().enumerate() {
            let of = &spec.influencers[i];
            let HybridSpace::Convex(SpaceSpec::Ball { center, radius }) = &spec.spaces[of.space]
            else {
                panic!("no ball")
            };
            let w = double(scalar(&of.weight));
            let (mut own, mut best) = (0.0, 0.0);
            for x in 0..d {
                let off = receiver[x] - double(&of.target[x]);
                own += off * off;
                let to = off + w * (double(&center[x]) - actions.action(k)[x]);
                best += to * to;
            }
            let least = (best.sqrt() - w.abs() * double(radius)).max(0.0);
            let regret = own - least * least;
            assert!(regret < 1e-9, "seed {seed}: {regret}");
        }
    }
}

#[test]
fn a_tie_is_somebody_indifferent_and_an_idle_chooser_is_firm() {
    // One chooser between −1 and 1 whose target is in the middle, and one who pulls up.
    let one = |weight: i64, target: i64| {
        let chooser = |space| InfluencerSpec {
            name: None,
            weight: WeightSpec::Scalar(rational(weight, 2)),
            target: vec![rational(target, 1)],
            space,
            cost: None,
        };
        HybridGame::new(HybridSpec {
            bias: vec![Rational::zero()],
            spaces: vec![
                HybridSpace::Items(ItemSet {
                    items: vec![vec![rational(-1, 1)], vec![rational(1, 1)]],
                    choose: 1,
                    repeats: false,
                }),
                HybridSpace::Convex(SpaceSpec::Box {
                    lower: vec![rational(-1, 1)],
                    upper: vec![rational(1, 1)],
                }),
            ],
            influencers: vec![
                chooser(0),
                InfluencerSpec {
                    weight: WeightSpec::Scalar(rational(1, 2)),
                    target: vec![rational(5, 1)],
                    space: 1,
                    ..chooser(1)
                },
            ],
        })
        .unwrap()
    };
    let options = SolveOptions::default();
    let at = |game: &HybridGame, item| {
        assess_hybrid(game, vec![vec![item]], &options, &Budget::unlimited()).unwrap()
    };
    // The other one plays 1: the receiver is at 0 or 1, and 1/2 is between.
    let firm = one(1, 1);
    assert_eq!(at(&firm, 1).settled(), Some(true));
    assert_eq!(at(&firm, 0).settled(), Some(false));
    assert!((at(&firm, 1).margin.unwrap() - 0.5).abs() < 1e-12);
    assert_eq!(every(&firm).len(), 1);
    // Squares of lengths are far outside the range of doubles, and the lengths are not.
    let tiny = |v: Rational| v * Rational::new(1.into(), num_bigint::BigInt::from(10).pow(200));
    let mut spec = firm.spec().clone();
    spec.bias = spec.bias.into_iter().map(tiny).collect();
    for of in &mut spec.influencers {
        of.target = of.target.drain(..).map(tiny).collect();
    }
    for space in &mut spec.spaces {
        match space {
            HybridSpace::Items(set) => {
                set.items = vec![vec![tiny(rational(-1, 1))], vec![tiny(rational(1, 1))]];
            }
            HybridSpace::Convex(set) => {
                *set = SpaceSpec::Box {
                    lower: vec![tiny(rational(-1, 1))],
                    upper: vec![tiny(rational(1, 1))],
                };
            }
        }
    }
    let tiny = HybridGame::new(spec).unwrap();
    assert_eq!(at(&tiny, 1).settled(), Some(true));
    assert!((at(&tiny, 1).margin.unwrap() / 5e-201 - 1.0).abs() < 1e-12);
    // It does nothing: whatever it chooses.
    let idle = one(0, 1);
    assert_eq!(every(&idle).len(), 2);
    assert_eq!(at(&idle, 0).margin, Some(f64::INFINITY));
    assert!(at(&idle, 0).winners.is_empty());
}
