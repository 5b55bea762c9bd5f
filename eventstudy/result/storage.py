"""A result on disk: one JSON file, the arrays as .npz, the tables as Parquet. No pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.context import Context
from eventstudy.estimation.estimates import Estimates
from eventstudy.files.atomic import refuse_others, replace_folder
from eventstudy.files.formats import write_arrays, write_parquet
from eventstudy.files.reading import shown_path, undamaged
from eventstudy.files.saved import saved_arrays, saved_json, saved_table
from eventstudy.models.kernel.batch import on_own_rows
from eventstudy.models.kernel.fits import arrays_of, fits_of
from eventstudy.result.inputs import fitted_returns
from eventstudy.result.planned import PlannedTests
from eventstudy.result.record import StudyRecord
from eventstudy.spec.study_spec import StudySpec

Record = TypeVar("Record", bound=StudyRecord)

FORMAT = 2
STUDY = "study.json"
_LABELS = ("event_id", "ticker", "group", "date", "benchmark", "day0")
_BY_OBSERVATION = (
    *("s", "n_obs", "df", "r_squared", "problem"),
    *("leverage_of", "leverage_level"),
)
_OF_OTHER_WIDTH = {
    "residuals": 2,
    "noise": 2,
    "noise_est": 2,
    "basis": 3,
    "leverage_center": 2,
    "leverage_whiten": 3,
}
"""Arrays with one row for each observation, and how many axes those have that are of any width."""
_RESULT_TABLES = {
    "tests": ("group", "start", "end", "test", "statistic", "p_value", "n", "headline", "refused"),
    "averages": ("group", "start", "end", "estimate", "se", "n"),
    "exclusions": ("event_id", "ticker", "stage", "reason"),
    "alignments": ("event_id", "announced_at", "day0", "shifted", "reason"),
    "left_out": ("event_id", "ticker", "date", "reason"),
}
"""Tables of a result, and columns that tell each from the others."""
_CONTEXT_TABLES: dict[str, tuple[str, ...]] = {
    "events": ("event_id", "title", "announced_at", "day0", "groups", "tickers"),
    "confounders": ("event_id", "confounder", "title", "rel_day"),
    "closes": (),
}
_FITTED = "fitted_returns"
_FITTED_COLUMNS = ("observation", "event_id", "ticker", "date", "rel_day", "return", "used")
_CONTEXT_MAPS = ("names", "group_labels", "shares", "origin")
_OWN = (
    STUDY,
    *(f"{name}.parquet" for name in (*_RESULT_TABLES, *_CONTEXT_TABLES, _FITTED)),
    *(
        f"{name}.{kind}"
        for name in ("assets", "portfolios", "comparison-*")
        for kind in ("parquet", "npz")
    ),
)
_NAMES = (*_OWN, *(f"part-*/{name}" for name in _OWN))
"""Every file of a saved result; any other in its folder is the user's own."""


def save_result(result: StudyRecord, directory: Path) -> Path:
    """Write `result` to `directory`, replacing an earlier one; whole or not at all."""
    refuse = partial(refuse_others, names=_NAMES)
    with replace_folder(directory, marker=STUDY, refuse=refuse) as folder:
        write_result(result, folder)
    return directory


def write_result(result: StudyRecord, folder: Path) -> None:
    """Write the files of a result into an existing folder."""
    context = result.context
    meta: dict[str, Any] = {
        "format": FORMAT,
        "spec": result.spec.model_dump(mode="json"),
        "model_label": result.model_label,
        "notes": list(result.notes),
        "comparison": list(result.comparison),
        "parts": list(result.parts),
        "source": dict(result.source),
        "context": context and {name: dict(getattr(context, name)) for name in _CONTEXT_MAPS},
        "coefficients": list(result.assets.coefficients),
    }
    if result.planned is not None:
        meta["planned"] = result.planned.as_json()
    text = json.dumps(meta, indent=1, ensure_ascii=False)
    (folder / STUDY).write_text(text, encoding="utf-8", newline="\n")
    for name in _RESULT_TABLES:
        write_parquet(getattr(result, name), folder / f"{name}.parquet")
    if context:
        for name in _CONTEXT_TABLES:
            write_parquet(getattr(context, name), folder / f"{name}.parquet")
    if (fitted := fitted_returns(result)) is not None:
        write_parquet(fitted, folder / f"{_FITTED}.parquet")
    for name, estimates in _estimates(result).items():
        write_parquet(estimates.labels, folder / f"{name}.parquet")
        write_arrays(folder / f"{name}.npz", _arrays(estimates))
    for i, part in enumerate(result.parts.values()):
        inside = folder / f"part-{i}"
        inside.mkdir()
        write_result(part, inside)


def load_result(directory: str | Path, kind: type[Record]) -> Record:
    """Read a saved result, or the one inside a bundle.

    Args:
        directory: what `save_result` or a run wrote.
        kind: the class that the result is made as.

    Raises:
        InputError: there is no saved result, or a damaged one.
    """
    folder = Path(directory)
    if not (folder / STUDY).is_file():
        folder = folder / "saved"
    if not (folder / STUDY).is_file():
        raise InputError(
            f"{directory} holds no saved result ({STUDY} is missing); "
            "give a folder that `eventstudy run` or StudyResult.save wrote."
        )
    with undamaged(f"The saved result in {shown_path(directory)}"):
        return _loaded(folder, kind)


def _loaded(folder: Path, kind: type[Record], *, is_part: bool = False) -> Record:
    meta = saved_json(folder / STUDY)
    if meta.get("format") != FORMAT:
        raise InputError(
            f"{folder / STUDY} has format {meta.get('format')!r}; this version reads {FORMAT}. "
            "Run the study again."
        )
    _require_texts(meta)
    if is_part and meta["parts"]:  # which could go on without an end
        raise ValueError(f"{folder.name} has parts itself")
    spec = StudySpec(**meta["spec"])
    coefficients = tuple(meta["coefficients"])

    def estimates(name: str, spec: StudySpec = spec) -> Estimates:
        arrays = saved_arrays(folder / f"{name}.npz")
        labels = _read_table(folder / f"{name}.parquet", _LABELS)
        days = spec.span.end - spec.span.start + 1
        _require_shapes(arrays, len(labels), len(coefficients), days)
        at = on_own_rows(len(labels), spec.span.start)
        sessions, returns = arrays["sessions"], arrays["returns"]
        return Estimates(labels, fits_of(arrays), coefficients, spec, sessions, returns, at)

    tables = {
        name: _read_table(folder / f"{name}.parquet", needed)
        for name, needed in _RESULT_TABLES.items()
        if name != "left_out" or (folder / f"{name}.parquet").exists()  # older results lack it
    }
    return kind(
        spec=spec,
        model_label=meta["model_label"],
        assets=estimates("assets"),
        portfolios=estimates("portfolios"),
        comparison={
            benchmark: estimates(
                f"comparison-{i}", spec.model_copy(update={"benchmark": benchmark})
            )
            for i, benchmark in enumerate(meta["comparison"])
        },
        notes=tuple(meta["notes"]),
        context=_read_context(folder, meta["context"]),
        source=meta.get("source", {}),  # older results lack it
        panel=None,
        fitted=(
            _read_table(folder / f"{_FITTED}.parquet", _FITTED_COLUMNS)
            if (folder / f"{_FITTED}.parquet").exists()
            else None
        ),
        parts={
            event_id: _loaded(folder / f"part-{i}", kind, is_part=True)
            for i, event_id in enumerate(meta["parts"])
        },
        planned=PlannedTests.of_json(meta["planned"]) if meta.get("planned") else None,
        prices=None,
        **tables,
    )


def _require_shapes(
    arrays: Mapping[str, npt.NDArray[Any]], n: int, coefficients: int, days: int
) -> None:
    """ValueError where arrays do not belong to n observations, which would show up pages later."""
    shapes = {
        **dict.fromkeys(_BY_OBSERVATION, (n,)),
        "coef": (n, coefficients),
        "ar": (n, days),
        "returns": (n, days),
    }
    wrong = [name for name, shape in shapes.items() if arrays[name].shape != shape]
    wrong += [
        name
        for name, axes in _OF_OTHER_WIDTH.items()
        if arrays[name].ndim != axes or len(arrays[name]) != n
    ]
    rows, of = arrays["leverage_rows"], arrays["leverage_of"]
    if rows.ndim != 3 or rows.shape[1] != days or not np.isin(of, np.arange(len(rows))).all():
        wrong.append("leverage_rows")
    if wrong:
        raise ValueError(f"{', '.join(wrong)} are of another shape than {n} observations need")


def _require_texts(meta: Mapping[str, Any]) -> None:
    """ValueError where a list of texts is something else, which would show up pages later."""
    for name in ("notes", "comparison", "parts", "coefficients"):
        if not isinstance(meta[name], list) or not all(isinstance(t, str) for t in meta[name]):
            raise ValueError(f"{name} is not a list of texts")
    if not isinstance(meta["model_label"], str):
        raise ValueError("model_label is not text")


def _arrays(estimates: Estimates) -> dict[str, npt.NDArray[Any]]:
    """Everything about the observations that is not a label; of the panel just their own days."""
    fits = replace(estimates.fits, leverage=estimates.fits.leverage.compact())
    return {
        **arrays_of(fits),
        "sessions": estimates.sessions,
        "returns": estimates.returns,
    }


def _read_context(folder: Path, maps: Mapping[str, Any] | None) -> Context | None:
    if maps is None:
        return None
    tables: dict[str, Any] = {
        name: _read_table(folder / f"{name}.parquet", needed)
        for name, needed in _CONTEXT_TABLES.items()
    }
    return Context(**tables, **maps)


def _estimates(result: StudyRecord) -> dict[str, Estimates]:
    others = {f"comparison-{i}": e for i, e in enumerate(result.comparison.values())}
    return {"assets": result.assets, "portfolios": result.portfolios, **others}


def _read_table(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """A table of the result; ValueError where it is another one than was written."""
    table = saved_table(path)
    if absent := set(needed) - set(table.columns):
        raise ValueError(f"{path.name} lacks {sorted(absent)}")
    return table
