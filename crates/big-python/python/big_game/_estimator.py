"""The ideal-point model as a scikit-learn estimator."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ._errors import NoEstimate
from ._preferences import fit
from ._tables import lent

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: The penalty that holds an estimate which does not exist, in units of the data's information.
_HOLD = 1e-4


class IdealPoint(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Which of two responses is preferred, by the distance to an ideal point: ``P(a) = σ(β(‖b − θ‖² − ‖a − θ‖²))``.

    Rows are ``[a | b]``: the embedding of the first response, then that of the second, of the same length. Where the number of
    columns is odd, the last one is no coordinate but a covariate of the comparison (the length of ``a`` less that of ``b``, say),
    which counts linearly.

    Parameters
    ----------
    precision : float or "fit", default=1.0
        ``β``.
    ridge : float, default=0.0
        Penalise the estimate by half of this times ``‖θ‖²`` (``‖βθ‖²`` with a fitted precision).

    Attributes
    ----------
    theta_ : ndarray of shape (d,)
        The ideal point.
    covariate_ : float
        Of an odd number of columns: the coefficient of the last one in the logit. Otherwise 0.
    precision_ : float
        ``β``.
    coef_ : ndarray of shape (d,)
        ``βθ``: twice this times ``a − b`` is the linear part of the logit.
    standard_errors_ : ndarray of shape (d,) or None
        Of ``theta_``, from the observed information. None where a ridge holds the estimate.
    ridge_ : float
        The penalty in force: ``ridge``, or a small one where the likelihood has no maximum without.
    separable_ : bool
        Did the likelihood have no maximum? Then a ``sklearn.exceptions.ConvergenceWarning`` says so, and the estimate is
        held by ``ridge_`` alone: it predicts, and is no estimate of an ideal point.
    classes_ : ndarray of shape (2,)
        The second class says that ``a`` is preferred.
    n_features_in_ : int
    result_ : Fit

    Examples
    --------
    >>> import numpy as np
    >>> from big_game import IdealPoint
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(3000, 4))
    >>> logit = 2 * (X[:, :2] - X[:, 2:]) @ [1.0, -0.5] + (X[:, 2:] ** 2).sum(1) - (X[:, :2] ** 2).sum(1)
    >>> y = rng.random(3000) < 1 / (1 + np.exp(-logit))
    >>> bool(np.allclose(IdealPoint().fit(X, y).theta_, [1.0, -0.5], atol=0.15))
    True
    """

    def __init__(self, precision: float | str = 1.0, ridge: float = 0.0) -> None:
        self.precision = precision
        self.ridge = ridge

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        # One ideal point and a fixed precision cannot tell any two clouds of points apart.
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fits the ideal point.

        Parameters
        ----------
        X : array of shape (n, 2 d)
        y : array of shape (n,)
            Two classes, of which the second in sorted order says that ``a`` is preferred.
        sample_weight : array of shape (n,), optional
            How often each row counts.

        Raises
        ------
        InputError
            A ``ValueError``: whatever is wrong with the data.
        """
        rows: Any
        labels: Any
        rows, labels = validate_data(self, _array(X), y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, first = np.unique(labels, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(
                f"Only binary classification is supported: y has {len(self.classes_)} class"
                f"{'es' if len(self.classes_) != 1 else ''}, and a comparison has two outcomes"
            )
        if rows.shape[1] < 2:
            raise ValueError("Found array with 1 feature(s) while a minimum of 2 is required: rows are [a | b]")
        a, b, odd = _sides(rows)
        table: dict[str, Any] = {"a": a, "b": b, "label": first.astype(np.int8)}
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
            kept = weight > 0
            table = {name: values[kept] for name, values in table.items()} | {"weight": weight[kept]}
            if len(np.unique(table["label"])) < 2:
                raise ValueError("sample_weight leaves rows of one class only, and a comparison has two outcomes")
        self.separable_ = False
        self.ridge_ = float(self.ridge)
        how: dict[str, Any] = {"precision": self.precision, "compare": False, "errors": "information"}
        try:
            found = fit(table, ridge=self.ridge_, **how)
        except NoEstimate as none:
            self.separable_ = True
            # The same for a row of weight 2 as for the row twice.
            squares = ((table["a"] - table["b"]) ** 2).mean(1)
            self.ridge_ = _HOLD * float(squares @ table.get("weight", np.ones(len(squares)))) or _HOLD
            warnings.warn(
                f"the likelihood has no maximum: {none}. A ridge of {self.ridge_:.3g} holds the estimate, which predicts but is "
                "no ideal point; set ridge= to choose another",
                ConvergenceWarning,
                stacklevel=2,
            )
            found = fit(table, ridge=self.ridge_, **how)
        self.result_ = found
        self.precision_ = float(found.precision)
        attraction = found.to_dict().get("attraction")
        coef = self.precision_ * found.theta if attraction is None else np.asarray(attraction, dtype=np.float64)
        theta, errors = found.theta, found.standard_errors
        self.covariate_ = 2 * float(coef[-1]) if odd else 0.0
        d = rows.shape[1] // 2
        self.coef_, self.theta_ = coef[:d], theta[:d]
        self.standard_errors_ = None if errors is None or self.ridge_ > 0 else errors[:d]
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """The logit of ``a`` being preferred, ``(n,)``."""
        check_is_fitted(self)
        rows: Any = validate_data(self, _array(X), dtype=np.float64, reset=False)
        d = rows.shape[1] // 2
        a, b = rows[:, :d], rows[:, d : 2 * d]
        norms = np.einsum("ij,ij->i", b, b) - np.einsum("ij,ij->i", a, a)
        # Row by row, so that a row's answer does not depend on the others.
        logit = 2 * np.einsum("ij,j->i", a - b, self.coef_) + self.precision_ * norms
        if rows.shape[1] % 2:
            logit = logit + self.covariate_ * rows[:, -1]
        found: NDArray[np.float64] = logit
        return found

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """``(n, 2)``: the probabilities that ``b`` and that ``a`` is preferred."""
        logit = self.decision_function(X)
        # Neither overflows.
        small = np.exp(-np.abs(logit))
        first = np.where(logit >= 0, 1 / (1 + small), small / (1 + small))
        second = np.where(logit >= 0, small / (1 + small), 1 / (1 + small))
        return np.column_stack([second, first])

    def predict_log_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """``(n, 2)``: their logarithms."""
        logit = self.decision_function(X)
        return -np.column_stack([np.logaddexp(0, logit), np.logaddexp(0, -logit)])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likelier class, ``(n,)``."""
        check_is_fitted(self)
        found: NDArray[Any] = self.classes_[(self.decision_function(X) > 0).astype(int)]
        return found


def _array(X: Any) -> Any:
    """Tensors that are no arrays to scikit-learn, as arrays."""
    return lent(X) if hasattr(X, "__dlpack__") and (hasattr(X, "detach") or not hasattr(X, "__array__")) else X


def _sides(X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """The two responses. A covariate ``z`` is one more coordinate, ``z/2`` of ``a`` and ``−z/2`` of ``b``: norms do not see it."""
    d = X.shape[1] // 2
    a, b = X[:, :d], X[:, d : 2 * d]
    if X.shape[1] % 2 == 0:
        return np.ascontiguousarray(a), np.ascontiguousarray(b), False
    half = X[:, -1:] / 2
    return np.hstack([a, half]), np.hstack([b, -half]), True
