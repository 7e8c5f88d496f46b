"""The scikit-learn estimator."""

import warnings

import big_game as bg
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator


def checks():
    for estimator in (bg.IdealPoint(), bg.IdealPoint(ridge=1.0)):
        for made, check in estimator_checks_generator(estimator):
            yield pytest.param(made, check, id=f"{made.ridge}-{getattr(check, 'func', check).__name__}")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("made", "check"), checks())
def test_scikit_learns_checks(made, check):
    check(made)


def rows(drawn, *arguments, **more):
    table = drawn(*arguments, **more)
    return np.hstack([table["a"], table["b"]]), table["label"].astype(int)


def test_it_is_the_fit(drawn):
    X, y = rows(drawn, 5, 2000, 3, theta=[0.5, 0.0, -0.5])
    made = bg.IdealPoint().fit(X, y)
    found = bg.fit({"a": X[:, :3], "b": X[:, 3:], "label": y}, errors="information")
    assert np.array_equal(made.theta_, found.theta)
    assert np.array_equal(made.standard_errors_, found.standard_errors)
    a, b = X[:, :3], X[:, 3:]
    logit = ((b - made.theta_) ** 2).sum(1) - ((a - made.theta_) ** 2).sum(1)
    assert np.allclose(made.predict_proba(X)[:, 1], 1 / (1 + np.exp(-logit)))
    assert np.allclose(np.exp(made.predict_log_proba(X)), made.predict_proba(X))
    free = bg.IdealPoint(precision="fit").fit(X, y)
    assert abs(free.precision_ - 1) < 0.3


def test_labels_may_be_texts(drawn):
    X, y = rows(drawn, 6, 500, 1, theta=[0.4])
    words = np.where(y == 1, "second", "first")
    made = bg.IdealPoint().fit(X, words)
    assert list(made.classes_) == ["first", "second"]
    assert set(made.predict(X)) <= {"first", "second"}


def test_it_works_in_pipelines_and_searches(drawn):
    X, y = rows(drawn, 7, 1500, 2, theta=[0.8, -0.3])
    pipe = make_pipeline(FunctionTransformer(), bg.IdealPoint())
    assert cross_val_score(pipe, X, y, cv=4).mean() > 0.75
    search = GridSearchCV(bg.IdealPoint(), {"ridge": [0.0, 1.0, 1e6], "precision": [1.0, "fit"]}, scoring="neg_log_loss").fit(X, y)
    assert search.best_params_["ridge"] < 1e6
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()


def test_weights_are_repetitions(drawn):
    X, y = rows(drawn, 8, 300, 2)
    weight = np.random.default_rng(0).integers(0, 4, size=300)
    made = bg.IdealPoint().fit(X, y, sample_weight=weight)
    again = bg.IdealPoint().fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    assert np.allclose(made.theta_, again.theta_, atol=1e-9)


def test_separable_data_predict_with_a_warning():
    X = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    y = [1, 1, 0, 0]
    with pytest.warns(ConvergenceWarning, match="no maximum"):
        made = bg.IdealPoint().fit(X, y)
    assert made.separable_
    assert made.ridge_ > 0
    assert made.standard_errors_ is None
    assert list(made.predict(X)) == y
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not bg.IdealPoint(ridge=1.0).fit(X, y).separable_


def test_an_odd_column_is_a_covariate(drawn):
    X, y = rows(drawn, 9, 4000, 1, theta=[0.3])
    rng = np.random.default_rng(1)
    z = rng.normal(size=len(X))
    logit = (X[:, 1] - 0.3) ** 2 - (X[:, 0] - 0.3) ** 2 + 0.7 * z
    y = rng.random(len(X)) < 1 / (1 + np.exp(-logit))
    made = bg.IdealPoint().fit(np.column_stack([X, z]), y)
    assert abs(made.covariate_ - 0.7) < 0.15
    assert abs(made.theta_[0] - 0.3) < 0.1
