#![allow(clippy::all, missing_docs)]
use big_game::equilibrium::*;
use big_game::spec::*;
use big_game::*;
fn s(x: f64) -> WeightSpec<f64> {
    WeightSpec::Scalar(x)
}
fn show(spec: GameSpec<f64>) {
    let g = spec.check().unwrap();
    for m in [Method::Auto, Method::Reference] {
        let e = solve(
            &g,
            &SolveOptions {
                method: m,
                ..Default::default()
            },
        )
        .unwrap();
        let r = potential::receiver(&g, &e.actions);
        println!(
            "{:?} {:?}\n r={:?} r(x)={:?} {:?} {:?} {:?} win {:?} x={:?} passes {}",
            e.method,
            e.certificate,
            e.receiver,
            r,
            e.cardinality,
            e.dimension,
            e.free,
            e.winners,
            e.actions.values(),
            e.passes
        );
    }
}
fn main() {
    let inf = |w, t: Vec<f64>, space| InfluencerSpec {
        name: None,
        weight: w,
        target: t,
        space,
    };
    let m = |r: Vec<Vec<f64>>| WeightSpec::Matrix(r);
    show(GameSpec {
        loss: Loss::SquaredEuclidean,
        bias: vec![-0.26916094173505734, -0.266517935817873],
        spaces: vec![
            SpaceSpec::L1Ball {
                center: vec![-0.8139466783252914],
                radius: 0.0,
            },
            SpaceSpec::L1Ball {
                center: vec![-0.5942264110742822],
                radius: 1.0,
            },
            SpaceSpec::Ellipsoid {
                center: vec![0.10285854882984706, 0.8140832585794456],
                shape: vec![
                    vec![1.4639397441174484, -0.6661131620837173],
                    vec![-0.6661131620837173, 1.54312804332185],
                ],
            },
        ],
        influencers: vec![
            inf(
                m(vec![vec![0.25], vec![-0.48367894447102844]]),
                vec![0.0, 0.0],
                0,
            ),
            inf(
                m(vec![vec![0.0], vec![1.0]]),
                vec![0.0, -0.38532609800176365],
                1,
            ),
            inf(
                m(vec![
                    vec![-0.5598048266615734, -0.012433556485540792],
                    vec![0.4740505447714041, 0.0],
                ]),
                vec![0.45233559994367145, 0.25],
                2,
            ),
        ],
    });
    let u = 2f64.powi(-200);
    for u in [1.0, u] {
        show(GameSpec {
            loss: Loss::SquaredEuclidean,
            bias: vec![-0.5 * u],
            spaces: vec![
                SpaceSpec::Vertices(vec![vec![0.0], vec![0.8458303487755741 * u]]),
                SpaceSpec::Ellipsoid {
                    center: vec![0.0],
                    shape: vec![vec![0.1 * u * u]],
                },
                SpaceSpec::L1Ball {
                    center: vec![-0.07134542556025185 * u],
                    radius: 0.46217553981816284 * u,
                },
            ],
            influencers: vec![
                inf(s(0.46172514427703554), vec![0.0], 0),
                inf(m(vec![vec![-0.11949986396209934]]), vec![0.0], 1),
                inf(s(-1.0), vec![0.8128691411255997 * u], 2),
            ],
        });
    }
}
