"""Rows of the alignment stack."""

import big_game as bg
import numpy as np


class Encoder:
    """Like a sentence transformer: letters counted."""

    def __init__(self):
        self.texts = 0

    def encode(self, texts):
        self.texts += len(texts)
        return np.array([[text.count("a"), text.count("b")] for text in texts])


def test_chats_are_embedded_once_and_fitted():
    rng = np.random.default_rng(0)
    rows = []
    for k in range(400):
        texts = ["a" * rng.integers(4) + "b" * rng.integers(4) for _ in range(2)]
        score = [(-((t.count("a") - 1) ** 2) - (t.count("b") - 2) ** 2) for t in texts]
        first = rng.random() < 1 / (1 + np.exp(score[1] - score[0]))
        good, bad = texts if first else texts[::-1]
        chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": good}]
        rows.append({"chosen": chat, "rejected": bad, "who": k % 3})
    encoder = Encoder()
    table = bg.datasets.from_trl(rows, encoder, annotator="who", batch_size=7)
    assert encoder.texts <= 16
    assert table["chosen"].shape == (400, 2)
    found = bg.fit(table, by="annotator", precision=1)
    assert np.allclose(found.theta, [1, 2], atol=0.4)
    assert len(found.annotators) == 3


def test_an_arena_is_items():
    rows = {
        "model_a": ["x", "y", "x"],
        "model_b": ["y", "x", "y"],
        "winner": ["model_a", "tie", "model_b"],
        "judge": [1, 2, 1],
    }
    table = bg.datasets.from_arena(rows)
    assert table["annotator"] == ["1", "2", "1"]
    assert isinstance(bg.fit(table), bg.Scores)


def test_a_data_frame_gives_columns():
    import pandas

    frame = pandas.DataFrame({"chosen": ["aa"], "rejected": ["b"], "weight": [2]})
    table = bg.datasets.from_trl(frame, Encoder(), weight="weight")
    assert table["weight"] == [2.0]
    assert table["rejected"].tolist() == [[0, 1]]
