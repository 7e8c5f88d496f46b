//! Figures of preference data.

use super::*;

pub(super) fn preferences() -> Named {
    let normal = |k: usize, salt: f64| {
        let (u, v) = (
            spread(k + 1, 0.618_033_988_75 + salt),
            spread(k + 1, 0.754_877_666 + salt),
        );
        (-2.0 * u.max(1e-12).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    };
    let pairs = |n: usize| -> Vec<PairPoint> {
        (0..n)
            .map(|k| {
                let (a, b) = (normal(k, 0.0), normal(k, 0.123));
                let odds = b * b - a * a + 2.0 * -0.2 * (a - b);
                let first_preferred = spread(k, 0.569_840_29) < 1.0 / (1.0 + (-odds).exp());
                PairPoint {
                    a,
                    b,
                    first_preferred,
                }
            })
            .collect()
    };
    let curve: Vec<[f64; 2]> = (0..=120)
        .map(|k| {
            let theta = -1.5 + f64::from(k) * 0.025;
            [
                theta,
                -1180.0 - 260.0 * (theta - 0.05).powi(2) - 30.0 * (theta - 0.05).powi(4),
            ]
        })
        .collect();
    let grid = Grid::of((-1.0, 1.0), (-0.8, 1.2), 60, 60, |x, y| {
        -900.0
            - 120.0 * ((x - 0.1).powi(2) + 1.6 * (y - 0.25).powi(2) + 0.9 * (x - 0.1) * (y - 0.25))
    });
    let evaluate = |x: f64| 0.5 * x + 0.16 - 0.02 * x * x;
    let (mut low, mut high) = (-1.0, 1.0);
    let mut evaluations = vec![[low, evaluate(low)], [high, evaluate(high)]];
    for _ in 0..9 {
        let middle = 0.5 * (low + high);
        evaluations.push([middle, evaluate(middle)]);
        if evaluate(middle) > -0.2 {
            high = middle
        } else {
            low = middle
        }
    }
    let play = IterationsFigure {
        title: Some("Empirical play".into()),
        influencers: vec![
            FakePoints {
                name: "influencer 1".into(),
                target: Some(-0.2),
                points: vec![-0.2, -0.71, -0.71, -1.0, -1.0],
            },
            FakePoints {
                name: "influencer 2".into(),
                target: Some(0.3),
                points: vec![0.3, 0.3, 1.0, 1.0, 1.0],
            },
        ],
        estimate: vec![0.04, -0.2, 0.16, 0.01, 0.01],
        bounds: Some([-1.0, 1.0]),
    };
    let likelihood = LikelihoodFigure {
        title: Some("Pooled data".into()),
        curve,
        maximiser: [0.05, -1180.0],
        standard_error: Some(0.06),
        marks: vec![("target 1".into(), -0.2), ("target 2".into(), 0.3)],
        remark: None,
    };
    let surface = SurfaceFigure {
        title: Some("Two dimensions".into()),
        grid,
        estimate: [0.1, 0.25],
        covariance: Some([[0.012, -0.003], [-0.003, 0.007]]),
        marks: vec![
            ("annotator A".into(), [-0.6, 0.1]),
            ("annotator B".into(), [0.5, 0.8]),
        ],
        remark: None,
    };
    let bisection = BisectionFigure {
        title: Some("Best response of influencer 1".into()),
        evaluations,
        target: -0.2,
        bounds: [-1.0, 1.0],
    };
    vec![
        (
            "scatter",
            Box::new(ScatterFigure::new(
                Some("Influencer 1, truthful"),
                pairs(1000),
                Some(-0.2),
            )),
        ),
        (
            "scatter-large",
            Box::new(ScatterFigure::new(
                Some("A large data set"),
                pairs(200_000),
                Some(-0.2),
            )),
        ),
        ("likelihood", Box::new(likelihood)),
        ("surface", Box::new(surface)),
        ("bisection", Box::new(bisection)),
        ("iterations", Box::new(play)),
    ]
}
