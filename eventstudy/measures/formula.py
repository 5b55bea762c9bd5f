"""The right-hand side of a regression by formula: its columns, and whether they can be used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.frames import some_names

if TYPE_CHECKING:
    from eventstudy.models.kernel.batch import Floats


def require(fine: bool, sentence: str) -> None:
    """Raise InputError with the sentence unless `fine`."""
    if not fine:
        raise InputError(sentence)


def right_hand(formula: str) -> str:
    """The terms of a formula; InputError when its left-hand side is another than the CAR."""
    left, _, right = formula.rpartition("~")
    if left.strip() not in ("", "car"):
        raise InputError(
            f"The formula {formula!r} explains {left.strip()!r}; the left-hand side is car."
        )
    if not right.strip():
        raise InputError(f"The formula {formula!r} names no term; give one such as size + sector.")
    return right.strip()


def named(terms: str, data: pd.DataFrame) -> list[str]:
    """The columns that a formula speaks of."""
    quoted = re.findall(r"""Q\(\s*(["'])(.+?)\1\s*\)""", terms)
    words = {*re.findall(r"[^\W\d]\w*", terms), *(name for _, name in quoted)}
    return [str(name) for name in data.columns if name in words]


def design_of(terms: str, data: pd.DataFrame) -> pd.DataFrame:
    """(N, k) the terms' columns; missing and infinite values stay."""
    import patsy  # type: ignore[import-untyped]

    keep = patsy.NAAction(NA_types=[])
    names = patsy.EvalEnvironment([{"np": np, "log": np.log, "sqrt": np.sqrt}])
    plain = data.assign(
        **{
            str(name): data[name].astype(object)
            for name, kind in data.dtypes.items()
            if pd.api.types.is_string_dtype(kind)
        }
    )
    try:
        with np.errstate(all="ignore"):
            frame: pd.DataFrame = patsy.dmatrix(
                terms, plain, eval_env=names, NA_action=keep, return_type="dataframe"
            )
    except (patsy.PatsyError, TypeError, ValueError, KeyError, AttributeError, SyntaxError) as bad:
        why = str(bad).strip().splitlines()[0].removeprefix("Error evaluating factor: ")
        raise InputError(
            f"The formula {terms!r} cannot be evaluated ({why}); columns are "
            f"{some_names([str(name) for name in data.columns], 20)}."
        ) from None
    return frame


def first_infinite(design: pd.DataFrame) -> npt.NDArray[np.object_]:
    """(N,) the first term of each row that is not finite; empty where all are."""
    broken = ~np.isfinite(design.to_numpy(dtype=np.float64))
    names = np.asarray(design.columns, dtype=object)
    return np.where(broken.any(axis=1), names[broken.argmax(axis=1)], "")


def units_of(design: pd.DataFrame) -> Floats:
    """(k,) powers of two near the largest value of each column: divided by them, columns of market
    values and of shares meet on equal terms and no digit changes."""
    largest = np.abs(design.to_numpy(dtype=np.float64)).max(axis=0)
    return np.asarray(np.exp2(np.floor(np.log2(np.where(largest > 0, largest, 1.0)))))


def check_design(design: pd.DataFrame, cov: str) -> None:
    """Refuse what has no unique coefficients or no standard errors."""
    values: Floats = design.to_numpy(dtype=np.float64) / units_of(design)
    n, k = values.shape
    names = some_names([str(name) for name in design.columns])
    require(n > k, f"{n} observations cannot determine {k} coefficients ({names}) and an error.")
    size = np.sqrt((values**2).sum(axis=0))
    scaled = values / np.where(size > 0, size, 1.0)
    u, scale, _ = np.linalg.svd(scaled, full_matrices=False)
    require(
        bool(scale[-1] > 1e-10),
        f"The terms {names} are collinear, so they have no unique coefficients; leave one out.",
    )
    leverage = (u**2).sum(axis=1)
    require(
        cov not in ("HC2", "HC3") or bool(leverage.max() < 1 - 1e-10),
        f"One observation alone determines one of the coefficients ({names}), where {cov} is not "
        "defined; merge small categories or use cov='HC1'.",
    )
