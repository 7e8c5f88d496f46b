"""Does the game predict a trained network?

Two annotators label pairs of responses, honestly or with fake ideal points. A reward network is trained on the pooled labels and
outputs the response that it likes best. Is where it lands affine in the two fake ideal points, as the game assumes? And does play by
best responses against the network end where the game says?

    pip install big-game jax
    python trained_receiver.py --pairs 1000

Prints a table, and writes it (--json FILE) and the figure (--figure FILE.svg) where asked.
"""

import argparse
import itertools
import json
import math

import big_game as bg
import jax
import jax.numpy as jnp
import numpy as np

TARGETS = (-0.2, 0.3)


def pairs_of(seed, counts):
    """Everybody's own pairs, and the luck of every label: the same fake ideal point gives the same labels."""
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=n), rng.normal(size=n), rng.random(n)) for n in counts]


def labelled(pairs, actions):
    """The pooled pairs, the preferred response first."""
    better, worse = [], []
    for (a, b, luck), action in zip(pairs, actions, strict=True):
        first = luck < 1 / (1 + np.exp((a - action) ** 2 - (b - action) ** 2))
        better.append(np.where(first, a, b))
        worse.append(np.where(first, b, a))
    return np.concatenate(better), np.concatenate(worse)


def network(key, hidden):
    """Two hidden layers of tanh."""
    sizes = [1, hidden, hidden, 1]
    keys = jax.random.split(key, 3)
    return [
        (jax.random.normal(k, (m, n)) / math.sqrt(m), jnp.zeros(n))
        for k, m, n in zip(keys, sizes[:-1], sizes[1:], strict=True)
    ]


def reward(weights, x):
    for w, b in weights[:-1]:
        x = jnp.tanh(x @ w + b)
    w, b = weights[-1]
    return (x @ w + b)[:, 0]


def trainer(hidden, steps, seed, rate=3e-3, decay=1e-3):
    """Trains a network on pairs by AdamW, full batch; a function that is compiled once."""
    start = network(jax.random.key(seed), hidden)

    def loss(weights, better, worse):
        margin = reward(weights, better[:, None]) - reward(weights, worse[:, None])
        return jnp.mean(jax.nn.softplus(-margin))

    def step(state, t, better, worse):
        weights, m, v = state
        gradient = jax.grad(loss)(weights, better, worse)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradient)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradient)

        def moved(w, m, v):
            towards = (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
            return w - rate * (towards + decay * w)

        return (jax.tree.map(moved, weights, m, v), m, v)

    @jax.jit
    def train(better, worse):
        zeros = jax.tree.map(jnp.zeros_like, start)
        times = jnp.arange(1, steps + 1, dtype=jnp.float32)
        (weights, _, _), _ = jax.lax.scan(
            lambda state, t: (step(state, t, better, worse), None), (start, zeros, zeros), times
        )
        responses = jnp.linspace(-2.5, 2.5, 2001)
        return responses[jnp.argmax(reward(weights, responses[:, None]))]

    return train


def affinity(profiles, answers):
    """Scalar weights and R² of the affine receiver nearest to the answers."""
    design = np.column_stack([profiles, np.ones(len(profiles))])
    found, *_ = np.linalg.lstsq(design, answers, rcond=None)
    residual = answers - design @ found
    return found[:-1], 1 - residual @ residual / ((answers - answers.mean()) @ (answers - answers.mean()))


def compare(counts, hidden=64, steps=1200, seed=0, grid=9, turns=40):
    """The table of one experiment."""
    pairs = pairs_of(seed, counts)
    train = trainer(hidden, steps, seed)

    def likes_best(actions):
        better, worse = labelled(pairs, [action[0] for action in actions])
        return [float(train(better, worse))]

    def estimate(actions):
        better, worse = labelled(pairs, [action[0] for action in actions])
        ones = np.ones(len(better), dtype=int)
        found = bg.fit({"a": better[:, None], "b": worse[:, None], "label": ones}, compare=False)
        return found.theta.tolist()

    ends = np.linspace(-1, 1, grid)
    profiles = np.array(list(itertools.product(ends, ends)))
    rows = {}
    for name, receiver in [("ideal-point estimate", estimate), ("network", likes_best)]:
        answers = np.array([receiver([[x], [y]])[0] for x, y in profiles])
        weights, r_squared = affinity(profiles, answers)
        spec = {
            "action_space": {"type": "box", "lower": -1, "upper": 1},
            "influencers": [{"theta": [t]} for t in TARGETS],
        }
        played = bg.play(spec, receiver=receiver, max_iterations=turns, tolerance=1e-5)
        rows[name] = {
            "weights": weights.tolist(),
            "r_squared": float(r_squared),
            "shrinkage": float(1 - weights.sum()),
            "answers": answers.tolist(),
            "settled": played.converged,
            "actions": played.actions[:, 0].tolist(),
            "lands": float(played.theta_hat[0]),
        }
    weights = rows["network"]["weights"]
    game = bg.solve(bg.Game(TARGETS, weights, bg.Box(-1, 1)))
    return {
        "pairs": list(counts),
        "profiles": profiles.tolist(),
        "receivers": rows,
        "predicted": {"actions": game.actions[:, 0].tolist(), "lands": float(game.receiver[0])},
    }


def told(found):
    lines = [f"pairs: {found['pairs']}", "receiver              weights          R²     settled  reports          lands"]
    for name, row in found["receivers"].items():
        w, x = row["weights"], row["actions"]
        lines.append(
            f"{name:21} {w[0]:.3f}, {w[1]:.3f}   {row['r_squared']:.3f}  {'yes' if row['settled'] else 'no ':7}  "
            f"{x[0]:+.3f}, {x[1]:+.3f}  {row['lands']:+.3f}"
        )
    x = found["predicted"]["actions"]
    lines.append(f"{'the game predicts':51} {x[0]:+.3f}, {x[1]:+.3f}  {found['predicted']['lands']:+.3f}")
    return "\n".join(lines)


def drawn(found, path):
    """Where each receiver lands against where the affine one with its weights does."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(8, 4), sharex=True, sharey=True)
    profiles = np.array(found["profiles"])
    for ax, (name, row) in zip(panels, found["receivers"].items(), strict=True):
        answers = np.array(row["answers"])
        (w, v), _ = affinity(profiles, answers)
        ax.plot(profiles @ [w, v] + answers.mean() - (profiles @ [w, v]).mean(), answers, ".", ms=5)
        ax.axline((0, 0), slope=1, lw=1, color="gray")
        ax.set_title(f"{name}: R² = {row['r_squared']:.3f}")
        ax.set_xlabel("affine receiver")
    panels[0].set_ylabel("lands at")
    figure.tight_layout()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[1000], help="of each annotator, or of the two")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--grid", type=int, default=9)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--json")
    parser.add_argument("--figure")
    it = parser.parse_args()
    counts = it.pairs * 2 if len(it.pairs) == 1 else it.pairs
    found = compare(counts, it.hidden, it.steps, it.seed, it.grid, it.turns)
    print(told(found))
    if it.json:
        with open(it.json, "w", encoding="utf-8") as file:
            json.dump(found, file)
    if it.figure:
        drawn(found, it.figure)


if __name__ == "__main__":
    main()
