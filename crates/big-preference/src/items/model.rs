//! The likelihood of what is known of one pair, and its derivatives.

use super::Pair;

/// What a tie says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// Half a win for each of the two: Bradley and Terry.
    #[default]
    Half,
    /// It is a third outcome, as likely as `ν √(π_i π_j)` beside `π_i` and `π_j`, `π = e^s`: Davidson (1970).
    Davidson,
    /// Two items within a threshold `η` of each other are not told apart: `P(i beats j) = σ(s_i − s_j − η)`: Rao and Kupper (1967).
    RaoKupper,
}

/// The log-likelihood of a pair, its first derivatives and minus its second ones: by the difference `x` of the scores and by the
/// parameter `t` of ties (`log ν`, or `η`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Terms {
    pub(super) value: f64,
    pub(super) gx: f64,
    pub(super) gt: f64,
    pub(super) hxx: f64,
    pub(super) hxt: f64,
    pub(super) htt: f64,
}

impl Ties {
    /// Is there a parameter of ties?
    pub(super) fn has_parameter(self) -> bool {
        self != Self::Half
    }

    /// Where a search for the parameter begins, at so large a share of ties between 0 and 1: right where all scores are equal.
    pub(super) fn start(self, share: f64) -> f64 {
        match self {
            Self::Half => 0.0,
            Self::Davidson => (2.0 * share / (1.0 - share)).ln(),
            Self::RaoKupper => 2.0 * share.atanh(),
        }
    }

    /// May the parameter have this value?
    pub(super) fn allows(self, t: f64) -> bool {
        t.is_finite() && (self != Self::RaoKupper || t > 0.0)
    }

    /// The terms of a pair at a difference and a parameter.
    pub(super) fn terms(self, pair: &Pair, x: f64, t: f64) -> Terms {
        let (a, b, ties) = (pair.a_wins, pair.b_wins, pair.ties);
        match self {
            Self::Half => half(a + 0.5 * ties, b + 0.5 * ties, x),
            Self::Davidson => davidson(a, b, ties, x, t),
            Self::RaoKupper => rao_kupper(a, b, ties, x, t),
        }
    }
}

/// `log σ(x)`.
fn log_sigmoid(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
}

pub(super) fn sigmoid(x: f64) -> f64 {
    let small = (-x.abs()).exp();
    match x < 0.0 {
        true => small / (1.0 + small),
        false => 1.0 / (1.0 + small),
    }
}

fn half(a: f64, b: f64, x: f64) -> Terms {
    let (up, down) = (sigmoid(x), sigmoid(-x));
    Terms {
        value: a * log_sigmoid(x) + b * log_sigmoid(-x),
        gx: a * down - b * up,
        hxx: (a + b) * up * down,
        ..Terms::default()
    }
}

fn davidson(a: f64, b: f64, ties: f64, x: f64, t: f64) -> Terms {
    // e^{x/2}, e^{−x/2} and ν, by the largest.
    let largest = (0.5 * x.abs()).max(t);
    let (pa, pb, pt) = (
        (0.5 * x - largest).exp(),
        (-0.5 * x - largest).exp(),
        (t - largest).exp(),
    );
    let sum = pa + pb + pt;
    let (pa, pb, pt) = (pa / sum, pb / sum, pt / sum);
    let n = a + b + ties;
    let slope = 0.5 * (pa - pb);
    Terms {
        value: 0.5 * (a - b) * x + ties * t - n * (largest + sum.ln()),
        gx: 0.5 * (a - b) - n * slope,
        gt: ties - n * pt,
        hxx: n * (0.25 * (pa + pb) - slope * slope),
        hxt: -n * pt * slope,
        htt: n * pt * (1.0 - pt),
    }
}

fn rao_kupper(a: f64, b: f64, ties: f64, x: f64, t: f64) -> Terms {
    let mut terms = Terms::default();
    for (n, u, sign) in [(a, x - t, 1.0), (b, -x - t, -1.0)] {
        let (up, down) = (sigmoid(u), sigmoid(-u));
        terms.value += n * log_sigmoid(u);
        terms.gx += sign * n * down;
        terms.gt -= n * down;
        terms.hxx += n * up * down;
        terms.hxt -= sign * n * up * down;
        terms.htt += n * up * down;
    }
    if ties > 0.0 {
        // log P(tie) = log sinh t − log(cosh x + cosh t), with hyperbolic functions by the larger exponential.
        let largest = x.abs().max(t);
        let (xp, xm) = ((x - largest).exp(), (-x - largest).exp());
        let (tp, tm) = ((t - largest).exp(), (-t - largest).exp());
        let sum = 0.5 * (xp + xm + tp + tm);
        let (sinh_x, cosh_x) = (0.5 * (xp - xm) / sum, 0.5 * (xp + xm) / sum);
        // e^{−L}(e^t − e^{−t}) without cancellation at small t.
        let sinh_t = (-largest).exp() * t.sinh() / sum;
        let cosh_t = 0.5 * (tp + tm) / sum;
        let coth = 1.0 / t.tanh();
        terms.value += ties * sinh_t.ln();
        terms.gx -= ties * sinh_x;
        terms.gt += ties * (coth - sinh_t);
        terms.hxx += ties * (cosh_x - sinh_x * sinh_x);
        terms.hxt -= ties * sinh_x * sinh_t;
        terms.htt += ties * (coth * coth - 1.0 + cosh_t - sinh_t * sinh_t);
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_value() {
        let pair = Pair {
            annotator: 0,
            a: 0,
            b: 1,
            a_wins: 3.0,
            b_wins: 1.5,
            ties: 2.0,
        };
        let h = 1e-5;
        for ties in [Ties::Half, Ties::Davidson, Ties::RaoKupper] {
            for (x, t) in [(0.3, 0.7), (-2.0, 0.1), (5.0, 1.5), (-9.0, 2.0)] {
                let at = |x: f64, t: f64| ties.terms(&pair, x, t);
                let here = at(x, t);
                let near = |d: f64, expected: f64| {
                    assert!(
                        (d - expected).abs() < 1e-6 * (1.0 + expected.abs()),
                        "{ties:?} {x} {t}: {d} {expected}"
                    );
                };
                near(
                    (at(x + h, t).value - at(x - h, t).value) / (2.0 * h),
                    here.gx,
                );
                near(
                    (at(x, t + h).value - at(x, t - h).value) / (2.0 * h),
                    here.gt,
                );
                near(-(at(x + h, t).gx - at(x - h, t).gx) / (2.0 * h), here.hxx);
                near(-(at(x, t + h).gx - at(x, t - h).gx) / (2.0 * h), here.hxt);
                near(-(at(x, t + h).gt - at(x, t - h).gt) / (2.0 * h), here.htt);
            }
        }
    }

    #[test]
    fn outcomes_are_probabilities() {
        let outcome = |which: usize| Pair {
            annotator: 0,
            a: 0,
            b: 1,
            a_wins: f64::from(u8::from(which == 0)),
            b_wins: f64::from(u8::from(which == 1)),
            ties: f64::from(u8::from(which == 2)),
        };
        for ties in [Ties::Davidson, Ties::RaoKupper] {
            for (x, t) in [(0.3, 0.7), (-2.0, 0.1), (40.0, 1.5)] {
                let sum: f64 = (0..3)
                    .map(|k| ties.terms(&outcome(k), x, t).value.exp())
                    .sum();
                assert!((sum - 1.0).abs() < 1e-12, "{ties:?}: {sum}");
            }
        }
    }
}
