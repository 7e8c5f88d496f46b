//! Scores of items: against other programs, against the equations that they solve, and attacks against all attacks.

#![allow(clippy::unwrap_used)] // in tests a panic is the report

use big_preference::data::Preference::{self, A, B, Tie};
use big_preference::items::audit::{ItemsAuditOptions, audit};
use big_preference::items::{Builder, Errors, NoScores, Tally, Ties, fit};
use proptest::prelude::*;

/// Numbers that are easily drawn elsewhere.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self) -> u64 {
        self.0 = (self.0 * 1_103_515_245 + 12_345) % (1 << 31);
        self.0 >> 16
    }
}

/// 300 rows by 13 annotators of 6 items, 54 of them ties.
fn rows() -> Vec<(u32, u32, Preference, u32)> {
    let mut lcg = Lcg(1);
    (0..300)
        .map(|_| {
            let i = lcg.next() % 6;
            let j = (i + 1 + lcg.next() % 5) % 6;
            let h = lcg.next() % 11;
            let label = match h {
                h if h < 5 - u64::from(i > j) => A,
                h if h >= 9 => Tie,
                _ => B,
            };
            (i as u32, j as u32, label, (lcg.next() % 13) as u32)
        })
        .collect()
}

fn tally(rows: &[(u32, u32, Preference, u32)]) -> Tally {
    let mut builder = Builder::new();
    for &(a, b, label, who) in rows {
        builder.add(a, b, label, 1.0, Some(who));
    }
    builder.finish()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= tolerance, "{found:?} beside {expected:?}");
    }
}

#[test]
fn scores_are_those_of_choix_and_evalica() {
    // choix 0.4.1, ilsr_pairwise with each row twice (a tie once each way); evalica 0.4.2, bradley_terry, its scores' logarithms. Both
    // agree to 2e-15.
    let expected = [
        -0.117_494_539_736_556_8,
        0.173_969_531_468_586_4,
        -0.062_576_494_590_473_3,
        0.306_632_662_495_724_3,
        -0.049_231_403_170_743_1,
        -0.251_299_756_466_537_3,
    ];
    let tally = tally(&rows());
    assert_eq!((tally.rows(), tally.ties()), (300, 54));
    assert_eq!(tally.comparisons(), [85, 108, 94, 90, 109, 114]);
    let found = fit(&tally, Ties::Half, 0.0, Errors::Information).unwrap();
    close(&found.scores, &expected, 1e-12);
    assert!((found.log_likelihood + 205.142_788_162_448_6).abs() < 1e-9);
    assert!(found.ties.is_none() && found.clusters.is_none());
    // The inverse of the information under the constraint, by NumPy.
    let errors = [
        0.182_386_471_019_236_72,
        0.162_368_533_327_870_88,
        0.173_228_548_669_653_1,
        0.179_338_004_026_738_5,
        0.163_086_672_579_997_84,
        0.160_267_155_098_433_73,
    ];
    close(&found.standard_errors.unwrap(), &errors, 1e-12);
    let clustered = fit(&tally, Ties::Half, 0.0, Errors::Clustered).unwrap();
    assert_eq!(clustered.clusters, Some(13));
    let errors = [
        0.131_831_777_133_062,
        0.132_247_780_382_167_5,
        0.154_205_369_911_174_95,
        0.155_003_241_693_927_32,
        0.172_537_005_784_733_77,
        0.119_388_295_291_627_44,
    ];
    close(&clustered.standard_errors.unwrap(), &errors, 1e-12);
}

#[test]
fn ties_with_a_parameter() {
    // Newton's method on the likelihoods as written, with derivatives by autograd; the sandwich over the 13 annotators.
    let tally = tally(&rows());
    let davidson = fit(&tally, Ties::Davidson, 0.0, Errors::Clustered).unwrap();
    close(
        &davidson.scores,
        &[
            -0.143_801_660_869_634_28,
            0.212_889_186_908_547_7,
            -0.076_599_981_332_175_74,
            0.375_329_687_345_464_07,
            -0.060_270_504_627_804_8,
            -0.307_546_727_424_396_87,
        ],
        1e-12,
    );
    assert!((davidson.log_likelihood + 308.509_838_834_099_1).abs() < 1e-9);
    close(
        &davidson.standard_errors.unwrap(),
        &[
            0.161_045_505_391_290_45,
            0.164_753_768_166_893_47,
            0.188_950_683_581_380_42,
            0.185_829_033_116_647_7,
            0.210_669_556_710_603_6,
            0.149_689_909_793_057_5,
        ],
        1e-11,
    );
    let ties = davidson.ties.unwrap();
    let nu = (-0.809_143_339_654_149_2_f64).exp();
    close(
        &[ties.value, ties.standard_error.unwrap()],
        &[nu, nu * 0.150_662_942_352_035_1],
        1e-12,
    );

    let rao_kupper = fit(&tally, Ties::RaoKupper, 0.0, Errors::Information).unwrap();
    close(
        &rao_kupper.scores,
        &[
            -0.124_008_952_494_203_73,
            0.180_048_224_090_543_05,
            -0.077_261_627_354_113_13,
            0.306_212_349_025_267,
            -0.036_996_085_215_150_82,
            -0.247_993_908_052_342_45,
        ],
        1e-12,
    );
    close(
        &rao_kupper.standard_errors.unwrap(),
        &[
            0.170_453_024_038_016_7,
            0.152_284_097_001_271_2,
            0.164_725_693_449_193_58,
            0.166_210_723_757_928_2,
            0.149_891_900_148_703_6,
            0.148_976_600_800_119_07,
        ],
        1e-11,
    );
    let ties = rao_kupper.ties.unwrap();
    close(
        &[ties.value, ties.standard_error.unwrap()],
        &[0.371_071_906_478_448, 0.046_782_359_846_126_824],
        1e-11,
    );
    // Without a tie all three are one.
    let decided: Vec<_> = rows().into_iter().filter(|row| row.2 != Tie).collect();
    let decided = self::tally(&decided);
    let plain = fit(&decided, Ties::Half, 0.0, Errors::Information).unwrap();
    for ties in [Ties::Davidson, Ties::RaoKupper] {
        assert_eq!(
            fit(&decided, ties, 0.0, Errors::Information).unwrap(),
            plain
        );
    }
}

#[test]
fn many_items_solve_their_equations() {
    // Above the size of matrices: 3,000 items, 60,000 rows. At the maximum everybody's expected wins are those there were.
    let n = 3000;
    let mut lcg = Lcg(7);
    let mut builder = Builder::new();
    let mut rows = Vec::new();
    for _ in 0..60_000 {
        let (i, j) = (lcg.next() % n, lcg.next() % n);
        let won = lcg.next() % 100 < 50 + (i * 40 / n) - (j * 40 / n);
        builder.add(i as u32, j as u32, if won { A } else { B }, 1.0, None);
        rows.push((i as usize, j as usize, won));
    }
    let tally = builder.finish();
    let found = fit(&tally, Ties::Half, 0.0, Errors::Clustered).unwrap();
    assert!(found.standard_errors.is_none());
    let mut missing = vec![0.0; n as usize];
    for (i, j, won) in rows {
        let p = 1.0 / (1.0 + (found.scores[j] - found.scores[i]).exp());
        if i != j {
            missing[i] += f64::from(u8::from(won)) - p;
            missing[j] -= f64::from(u8::from(won)) - p;
        }
    }
    assert!(missing.iter().all(|m| m.abs() < 1e-9));
    assert!(found.scores.iter().sum::<f64>().abs() < 1e-9);
    assert!(found.scores[2900..].iter().sum::<f64>() > found.scores[..100].iter().sum::<f64>());
}

#[test]
fn weights_are_frequencies() {
    let rows = rows();
    let (mut twice, mut weighed) = (Builder::new(), Builder::new());
    for (k, &(a, b, label, _)) in rows.iter().enumerate() {
        for _ in 0..1 + k % 3 {
            twice.add(a, b, label, 1.0, None);
        }
        weighed.add(a, b, label, (1 + k % 3) as f64, None);
    }
    let fitted =
        |builder: Builder| fit(&builder.finish(), Ties::Davidson, 0.0, Errors::Clustered).unwrap();
    let (twice, weighed) = (fitted(twice), fitted(weighed));
    close(&twice.scores, &weighed.scores, 1e-12);
    close(
        &twice.standard_errors.unwrap(),
        &weighed.standard_errors.unwrap(),
        1e-12,
    );
}

/// Outcomes of rows, one of which may be missing.
type Rows = Vec<(u32, u32, Option<Preference>)>;

fn of(rows: &Rows) -> Tally {
    let mut builder = Builder::new();
    for &(a, b, label) in rows {
        if let Some(label) = label {
            builder.add(a, b, label, 1.0, Some((a + b) % 3));
        }
    }
    builder.finish()
}

/// Does any change of exactly `k` rows from `from` on swap two items?
fn any_swaps(rows: &mut Rows, from: usize, k: usize, above: usize, below: usize) -> bool {
    if k == 0 {
        return fit(&of(rows), Ties::Half, 0.0, Errors::Information).is_ok_and(|found| {
            found.scores.get(above) <= found.scores.get(below) && found.scores.len() == 4
        });
    }
    for at in from..rows.len() {
        let was = rows[at].2;
        for to in [Some(A), Some(B), Some(Tie), None] {
            if to != was {
                rows[at].2 = to;
                let swapped = any_swaps(rows, at + 1, k - 1, above, below);
                rows[at].2 = was;
                if swapped {
                    return true;
                }
            }
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn no_attack_beats_the_bound(
        rows in prop::collection::vec((0_u32..4, 0_u32..4, 0_u8..7), 10..90),
    ) {
        let mut rows: Rows = rows
            .into_iter()
            .filter(|(a, b, _)| a != b)
            .map(|(a, b, label)| {
                // Lower numbers win more often, so that there are gaps to close.
                let first = (label < 5) == (a < b);
                (a, b, Some(if label == 6 { Tie } else if first { A } else { B }))
            })
            .collect();
        let options = ItemsAuditOptions { top: 3, pair: None, ridge: 0.0 };
        let Ok(found) = audit(&of(&rows), &options) else {
            return Ok(()); // no scores
        };
        if found.scores.len() < 4 {
            return Ok(());
        }
        for swap in &found.swaps {
            prop_assert!(swap.gap >= 0.0);
            prop_assert!(swap.labels.found.is_none_or(|k| k >= swap.labels.at_least));
            let (above, below) = (swap.above as usize, swap.below as usize);
            for k in 1..swap.labels.at_least.min(3) as usize {
                prop_assert!(!any_swaps(&mut rows, 0, k, above, below), "{k} of {swap:?}");
            }
            let people = swap.annotators.as_ref().unwrap();
            prop_assert!(people.found.as_ref().is_none_or(|who| who.len() >= people.at_least));
        }
    }
}

#[test]
fn the_bound_is_worth_something() {
    // Four items, 16 rows a pair, the higher wins three of four: every change of one or two rows is tried, and the bound says three.
    let mut rows: Rows = Vec::new();
    for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        rows.extend((0..16).map(|k| (a, b, Some(if k % 4 < 3 { A } else { B }))));
    }
    let found = audit(
        &of(&rows),
        &ItemsAuditOptions {
            top: 0,
            pair: Some((0, 3)),
            ridge: 0.0,
        },
    )
    .unwrap();
    let swap = &found.swaps[0];
    assert_eq!((swap.above, swap.below), (0, 3));
    let needed = swap.labels.found.unwrap();
    assert!(
        swap.labels.at_least >= 4 && needed <= 3 * swap.labels.at_least,
        "{swap:?}"
    );
    assert!(!any_swaps(&mut rows, 0, 2, 0, 3));
    // And neighbours.
    let found = audit(
        &of(&rows),
        &ItemsAuditOptions {
            top: 3,
            pair: None,
            ridge: 0.0,
        },
    )
    .unwrap();
    assert!(
        found.swaps.iter().all(|swap| swap.labels.at_least >= 2),
        "{:?}",
        found.swaps
    );
}

#[test]
fn what_an_audit_finds_is_what_a_refit_gives() {
    let rows = rows();
    let tally = tally(&rows);
    let options = ItemsAuditOptions {
        top: 5,
        pair: Some((0, 3)),
        ridge: 0.0,
    };
    let found = audit(&tally, &options).unwrap();
    assert_eq!(found.ranking, [3, 1, 4, 2, 0, 5]);
    assert_eq!(found.swaps.len(), 6);
    let closest = &found.swaps[2];
    assert_eq!((closest.above, closest.below), (4, 2));
    // 0.013 apart: one label is enough.
    assert_eq!(
        (closest.labels.at_least, closest.labels.found),
        (1, Some(1))
    );
    let ends = &found.swaps[5];
    assert_eq!((ends.above, ends.below), (3, 0));
    let needed = ends.labels.found.unwrap();
    assert!(ends.labels.at_least > 1 && needed < 20, "{ends:?}");
    // The annotators who swap the ends, replayed: each says of every pair what the swap needs.
    let who = ends.annotators.as_ref().unwrap().found.clone().unwrap();
    let turned: Vec<_> = rows
        .iter()
        .map(|&(a, b, label, by)| {
            let rank = |item: u32| match item {
                3 => 0,
                0 => 2,
                _ => 1,
            };
            let label = match who.contains(&by) && rank(a) != rank(b) {
                true if rank(a) > rank(b) => A,
                true => B,
                false => label,
            };
            (a, b, label, by)
        })
        .collect();
    let scores = fit(&self::tally(&turned), Ties::Half, 0.0, Errors::Information)
        .unwrap()
        .scores;
    let gap = scores[3] - scores[0];
    assert!(gap < 0.5 * ends.gap, "{gap} of {}", ends.gap);
    // Movers: the refit is of the size of the first order.
    assert_eq!(found.annotators.len(), 13);
    for mover in &found.annotators[..5] {
        let refitted = mover.refitted.unwrap();
        assert!((refitted / mover.change - 1.0).abs() < 0.4, "{mover:?}");
    }
}

#[test]
fn a_mover_replayed() {
    let rows = rows();
    let found = audit(
        &tally(&rows),
        &ItemsAuditOptions {
            top: 0,
            pair: None,
            ridge: 0.0,
        },
    )
    .unwrap();
    let mover = &found.annotators[0];
    // Moving one item only, wins against it (or by it) are what counts most; all others are of second order in the potential, but turned
    // too: the refit is at least what turning the item's own labels alone gives.
    let up = mover.change > 0.0;
    let turned: Vec<_> = rows
        .iter()
        .map(|&(a, b, label, by)| {
            let label = match by == mover.annotator && (a == mover.item || b == mover.item) {
                true if (a == mover.item) == up => A,
                true => B,
                false => label,
            };
            (a, b, label, by)
        })
        .collect();
    let scores = fit(&tally(&turned), Ties::Half, 0.0, Errors::Information)
        .unwrap()
        .scores;
    let item = mover.item as usize;
    let alone = scores[item] - found.scores[item];
    assert!(
        mover.refitted.unwrap().abs() >= alone.abs() - 1e-9,
        "{mover:?} {alone}"
    );
}

#[test]
fn a_ridge_holds_what_would_run_away() {
    // 0 beat 1 twice, and nobody beat 0: s is the root of 2 σ(−2s) = λ s.
    let won = tally(&[(0, 1, A, 0), (0, 1, A, 1)]);
    let found = fit(&won, Ties::Half, 0.5, Errors::Information).unwrap();
    let s = found.scores[0];
    assert!((found.scores[1] + s).abs() < 1e-14);
    let left = 2.0 / (1.0 + (2.0 * s).exp()) - 0.5 * s;
    assert!(left.abs() < 1e-11, "{left} at {s}, {found:?}");
    // The information is 2 σσ′(2s) for the difference and λ for each: for s itself, twice over √2 …
    let p = 1.0 / (1.0 + (-2.0 * s).exp());
    let variance = 1.0 / (2.0 * (0.5 + 4.0 * p * (1.0 - p)));
    assert!((found.standard_errors.unwrap()[0] - variance.sqrt()).abs() < 1e-12);
    // Of three wins two have to be turned: one leaves two to one.
    let won = tally(&[(0, 1, A, 0), (0, 1, A, 1), (0, 1, A, 2)]);
    let options = ItemsAuditOptions {
        top: 1,
        pair: None,
        ridge: 0.5,
    };
    let swap = &audit(&won, &options).unwrap().swaps[0];
    assert_eq!(swap.labels.found, Some(2));
    let people = swap.annotators.as_ref().unwrap();
    assert_eq!(people.found.as_ref().map(Vec::len), Some(2));
    assert!(swap.labels.at_least <= 2 && people.at_least <= 2);
}

#[test]
fn no_scores_are_told() {
    let one_way = tally(&[(0, 1, A, 0), (1, 2, A, 0)]);
    assert!(matches!(
        fit(&one_way, Ties::Half, 0.0, Errors::Clustered),
        Err(NoScores::Components {
            connected: true,
            ..
        })
    ));
    assert_eq!(
        fit(&Builder::new().finish(), Ties::Half, 0.0, Errors::Clustered),
        Err(NoScores::TooFew)
    );
}
