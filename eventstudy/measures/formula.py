"""The right-hand side of a regression by formula: its columns, and whether they can be used."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, quoted, some_names

if TYPE_CHECKING:
    from formulaic.parser.types import Term

    from eventstudy.arrays import Floats, Texts


OPERATORS = ("+", "-", "*", "/", ":", "**", "(", ")")
"""What joins the terms of a formula; whatever stands between them is an expression of Python."""

CALL = "__term__"
"""How the formula handed to formulaic calls `_checked`; no column has that name."""

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


def require(fine: bool, sentence: str) -> None:
    """Refuse with the sentence unless `fine`.

    Raises:
        InputError: `fine` is false.
    """
    if not fine:
        raise InputError(sentence)


def right_hand(formula: str) -> str:
    """The terms of a formula such as "car ~ size" or "size".

    Raises:
        InputError: Its left-hand side is another than the CAR, or there is no term.
    """
    if not isinstance(formula, str):
        raise InputError(f"The formula is {quoted(formula)}; give a text such as size + sector.")
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
    in_quotes = re.findall(r"""Q\(\s*(["'])(.+?)\1\s*\)""", terms)
    words = {*re.findall(r"[^\W\d]\w*", terms), *(name for _, name in in_quotes)}
    return [str(name) for name in data.columns if name in words]


def design_of(terms: str, data: pd.DataFrame) -> pd.DataFrame:
    """(N, k) the terms' columns; missing and infinite values stay.

    Raises:
        InputError: The formula cannot be evaluated.
    """
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            design = _evaluated(list(_pieces(terms)), data)
    except (FormulaicError, TypeError, ValueError, SyntaxError, tokenize.TokenError) as error:
        cause = error.__cause__
        why = f"{type(cause).__name__}: {cause}" if cause else str(error)
        if isinstance(cause, NameError):
            why = f"{cause.name} is no column"
        raise InputError(
            f"The formula {terms!r} cannot be evaluated ({why.strip().splitlines()[0]}); columns "
            f"are {some_names([str(name) for name in data.columns], 20)}."
        ) from None
    require(design.shape[1] > 0, f"The formula {terms!r} leaves no term; name a column.")
    return design


def _pieces(terms: str) -> Iterator[str]:
    """The operators of a formula and the expressions between them, one by one."""
    expression: list[str] = []
    depth = 0
    line = terms.replace("\n", " ").strip()
    for token in tokenize.generate_tokens(io.StringIO(line).readline):
        opens_a_call = token.string == "(" and bool(expression)
        if token.string and (depth or opens_a_call or token.string not in OPERATORS):
            expression.append(token.string)
            depth += (token.string in "([{") - (token.string in ")]}")
            continue
        if expression:
            yield " ".join(expression)
            expression = []
        if token.string:
            yield token.string


def _evaluated(pieces: Sequence[str], data: pd.DataFrame) -> pd.DataFrame:
    from formulaic import Formula, model_matrix

    _check_numbers(pieces)
    expressions = [p for p in pieces if p not in OPERATORS and not p.isdigit()]
    calls = {p: f"{CALL}({p})" for p in expressions}
    text = " ".join(f"{{{calls[p]}}}" if p in calls else p for p in pieces)
    plain = data.reset_index(drop=True)
    options: dict[str, Any] = {"context": _names(len(plain)), "na_action": "ignore"}
    # As patsy lists them: the terms of a power by their degree, those of a sum as they are written.
    formula = Formula(text, _ordering="degree" if "**" in pieces else "none")
    categories = set(model_matrix(formula, plain, **options).model_spec.factor_contrasts)
    ordered = Formula(_ordered(list(formula), categories), _ordering="none")
    matrix = model_matrix(ordered, plain, **options)
    names = [str(name) for name in matrix.columns]
    for expression in expressions:
        spaced, printed = _printed(expression)
        names = [name.replace(f"{CALL}({spaced})", printed) for name in names]
    values = np.ascontiguousarray(matrix, dtype=np.float64)
    return pd.DataFrame(values, index=data.index, columns=names)


def _printed(expression: str) -> tuple[str, str]:
    """The expression with Python's own spacing, first in its quotes too, then in the user's."""
    spaced = ast.unparse(ast.parse(expression, mode="eval"))
    texts = iter(_QUOTED.findall(expression))
    return spaced, _QUOTED.sub(lambda text: next(texts, text[0]), spaced)


def _check_numbers(pieces: Sequence[str]) -> None:
    """ValueError for a number that is neither the intercept nor a power, and for minus a term."""
    for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
        if piece == "-" and before in ("", "(") and after not in ("0", "1"):
            raise ValueError("a minus at the beginning needs 0 or 1 behind it")
        if piece.isdigit() and before != "**":
            if piece not in ("0", "1"):
                raise ValueError("numbers besides 0 and 1 are only allowed with **")
            if {before, after} & {"*", "/", ":"}:
                raise ValueError("the intercept cannot interact with anything else")


def _names(n: int) -> dict[str, Any]:
    """What an expression may call besides the columns and what formulaic itself offers."""
    from formulaic.transforms import TRANSFORMS, C

    def checked(values: Any, *others: Any) -> Any:
        columns = isinstance(values, dict)  # of a spline
        if others or not (columns or getattr(values, "shape", ())[:1] == (n,)):
            raise ValueError(f"it does not give {n} values, one for each observation")
        return values if hasattr(values, "__formulaic_metadata__") else _categories(values)

    return {
        CALL: checked,
        "C": lambda values, *how, **options: C(_categories(values), *how, **options),
        "np": np,
        "log": np.log,
        "sqrt": np.sqrt,
        "scale": TRANSFORMS["standardize"],
    }


def _categories(values: Any) -> Any:
    """Truth values, texts and days as categories, everything else as it is."""
    kind: Any = getattr(values, "dtype", None)
    if pd.api.types.is_bool_dtype(kind):
        return pd.Categorical(values, categories=[False, True])
    if pd.api.types.is_datetime64_any_dtype(kind):
        return pd.Categorical(values).rename_categories(repr)
    return pd.Series(values, dtype=object) if pd.api.types.is_string_dtype(kind) else values


def _ordered(terms: list[Term], categories: set[Any]) -> list[Term]:
    """Terms of categories alone, then those that multiply the same figures beside each other.

    The order in which patsy has them; it also decides which category is left out.
    """

    def figures(term: Term) -> frozenset[Any]:
        return frozenset(f for f in term.factors if f not in categories and f.expr != "1")

    places = list(dict.fromkeys([frozenset(), *map(figures, terms)]))
    return sorted(terms, key=lambda term: (places.index(figures(term)), term.degree))


def first_infinite(design: pd.DataFrame) -> Texts:
    """(N,) the first term of each row that is not finite; empty where all are."""
    broken = ~np.isfinite(design.to_numpy(dtype=np.float64))
    names = np.asarray(design.columns, dtype=object)
    return np.where(broken.any(axis=1), names[broken.argmax(axis=1)], "")


def powers_near(design: pd.DataFrame) -> Floats:
    """(k,) powers of two near the largest value of each column.

    Divided by them, columns of market values and of shares meet on equal terms, and no digit
    changes.
    """
    largest = np.abs(design.to_numpy(dtype=np.float64)).max(axis=0)
    return np.asarray(np.exp2(np.floor(np.log2(np.where(largest > 0, largest, 1.0)))))


def check_design(design: pd.DataFrame, cov: str) -> None:
    """Refuse what has no unique coefficients or no standard errors.

    Args:
        design: (N, k) the columns of the regression.
        cov: How standard errors are computed; HC2 and HC3 divide by 1 − leverage.

    Raises:
        InputError: Too few rows, collinear columns, or a leverage of one.
    """
    values: Floats = design.to_numpy(dtype=np.float64) / powers_near(design)
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
