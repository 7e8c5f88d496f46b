//! The tail probabilities that tests need.

/// `P(χ²₁ > x)`: the p-value of a likelihood ratio `x = 2 (log L₁ − log L₀)` with one parameter of difference.
pub fn chi_squared_1_tail(x: f64) -> f64 {
    erfc((0.5 * x.max(0.0)).sqrt())
}

/// The complementary error function for `x ≥ 0`, to about 1e-14 relative: the series of erf below 2, Lentz's continued
/// fraction above.
fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let scale = (-x * x).exp() / std::f64::consts::PI.sqrt();
    if x < 2.0 {
        // erf x = 2x e^{−x²}/√π Σ (2x²)^k / (1·3·…·(2k+1)).
        let (mut term, mut sum, mut k) = (1.0, 1.0, 0.0);
        while term > 1e-18 * sum {
            k += 1.0;
            term *= 2.0 * x * x / (2.0 * k + 1.0);
            sum += term;
        }
        return 1.0 - 2.0 * x * scale * sum;
    }
    scale / erfc_tail(x)
}

/// `x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))` for `x ≥ 2`, from the inside out: `erfc x = e^{−x²}/√π` over that.
fn erfc_tail(x: f64) -> f64 {
    let mut tail = x;
    for k in (1..=200).rev() {
        tail = x + 0.5 * f64::from(k) / tail;
    }
    tail
}

/// The mean of a normal variable that is known not to be negative.
pub(crate) fn mean_if_not_negative(mean: f64, deviation: f64) -> f64 {
    let z = mean / deviation;
    let x = z.abs() / std::f64::consts::SQRT_2;
    // The density at 0 over the share that is above it.
    let density = (-x * x).exp() / std::f64::consts::TAU.sqrt();
    let hazard = if z >= 0.0 {
        density / (1.0 - 0.5 * erfc(x))
    } else if x < 2.0 {
        density / (0.5 * erfc(x))
    } else {
        std::f64::consts::SQRT_2 * erfc_tail(x)
    };
    (mean + deviation * hazard).max(0.0)
}

/// `P(χ²_d ≤ x)`: the series of the lower incomplete gamma function, or Lentz's continued fraction of the upper one.
fn chi_squared_below(x: f64, d: usize) -> f64 {
    let (a, x) = (0.5 * d as f64, 0.5 * x);
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > 1e-17 * sum {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        return front * sum;
    }
    // From the inside out, as the error function's.
    let steps = 200 + (8.0 * a.sqrt()) as u32;
    let mut tail = 0.0;
    for k in (1..=steps).rev() {
        let k = f64::from(k);
        tail = k * (k - a) / (x + 2.0 * k + 1.0 - a - tail);
    }
    1.0 - front / (x + 1.0 - a - tail)
}

/// The quantile of χ² with `d ≥ 1` degrees of freedom, by bisection.
pub fn chi_squared_quantile(share: f64, d: usize) -> f64 {
    let (mut lower, mut upper) = (0.0, 1.0);
    while chi_squared_below(upper, d) < share && upper < 1e12 {
        upper *= 2.0;
    }
    for _ in 0..100 {
        let middle = 0.5 * (lower + upper);
        if chi_squared_below(middle, d) < share {
            lower = middle;
        } else {
            upper = middle;
        }
    }
    upper
}

/// `log Γ(a)` for `a` a positive multiple of ½.
fn ln_gamma(a: f64) -> f64 {
    if a.fract() == 0.0 {
        return ln_factorial(a - 1.0);
    }
    // Γ(½) = √π, Γ(a + 1) = a Γ(a).
    let mut log = 0.5 * std::f64::consts::PI.ln();
    let mut k = 0.5;
    while k < a {
        log += f64::ln(k);
        k += 1.0;
    }
    log
}

/// The two-sided exact p-value of `heads` among `throws` of a fair coin: how often it lies as far from the half, or farther.
/// O(√n) terms of the binomial tail.
pub fn fair_coin_p_value(heads: u64, throws: u64) -> f64 {
    let most = heads.max(throws - heads.min(throws));
    if 2 * most <= throws {
        return 1.0;
    }
    let (n, k) = (throws as f64, most as f64);
    // log of C(n, k) / 2^n; then each term from the one before.
    let first =
        ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k) - n * std::f64::consts::LN_2;
    let (mut term, mut sum, mut j) = (1.0, 1.0, k);
    while j < n && term > 1e-17 * sum {
        term *= (n - j) / (j + 1.0);
        sum += term;
        j += 1.0;
    }
    (2.0 * first.exp() * sum).min(1.0)
}

/// `log n!` for whole `n`, to about 1e-15 relative: the product below 20, Stirling's series above.
fn ln_factorial(n: f64) -> f64 {
    if n < 20.0 {
        let mut product = 1.0;
        let mut k = 2.0;
        while k <= n {
            product *= k;
            k += 1.0;
        }
        return f64::ln(product);
    }
    let inverse = 1.0 / n;
    let square = inverse * inverse;
    let series =
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    n * n.ln() - n + 0.5 * (2.0 * std::f64::consts::PI * n).ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_chi_squared() {
        // SciPy's chi2.ppf.
        for (d, share, quantile) in [
            (1, 0.95, 3.841458820694124),
            (2, 0.95, 5.991464547107979),
            (3, 0.5, 2.3659738843753377),
            (16, 0.95, 26.29622760486423),
            (257, 0.95, 295.39336029816957),
            (1024, 0.95, 1099.557145864737),
        ] {
            let found = chi_squared_quantile(share, d);
            assert!((found / quantile - 1.0).abs() < 1e-9, "{d}: {found}");
        }
    }

    #[test]
    fn normal_variables_that_are_not_negative() {
        // SciPy: scipy.stats.truncnorm.mean(-m / s, inf, loc=m, scale=s).
        for (mean, deviation, expected) in [
            (0.0, 1.0, 0.797_884_560_802_865_4),
            (1.0, 0.5, 1.027_623_931_339_495),
            (10.0, 0.5, 10.0),
            (-1.0, 2.0, 1.282_155_540_736_129_6),
            (-3.0, 1.0, 0.283_098_654_930_439_95),
            (-40.0, 1.0, 0.024_968_847_210_885_77),
        ] {
            let found = mean_if_not_negative(mean, deviation);
            assert!((found / expected - 1.0).abs() < 1e-9, "{mean}: {found}");
        }
    }

    #[test]
    fn known_quantiles() {
        // SciPy: scipy.stats.chi2.sf(x, 1).
        for (x, p) in [
            (0.0, 1.0),
            (1.0, 0.317_310_507_862_914_04),
            (3.841_458_820_694_124, 0.05),
            (10.0, 0.001_565_402_258_002_549_5),
            (50.0, 1.537_459_794_428_034_7e-12),
        ] {
            assert!((chi_squared_1_tail(x) / p - 1.0).abs() < 1e-11, "{x}");
        }
    }

    #[test]
    fn fair_coins() {
        // SciPy: scipy.stats.binomtest(heads, throws).pvalue.
        for (heads, throws, p) in [
            (0, 0, 1.0),
            (5, 10, 1.0),
            (8, 10, 0.109_375),
            (0, 7, 0.015_625),
            (60, 100, 0.056_887_933_640_980_89),
            (5100, 10_000, 0.046_585_527_704_945_01),
            (501_500, 1_000_000, 0.002_708_655_306_059_374),
            (19, 20, 4.005_432_128_906_25e-5),
        ] {
            let found = fair_coin_p_value(heads, throws);
            assert!(
                (found / p - 1.0).abs() < 1e-7,
                "{heads} of {throws}: {found}"
            );
            assert_eq!(found, fair_coin_p_value(throws - heads, throws));
        }
    }
}
