"""A hash of everything that decides a result, so that what was kept of another one is not used."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

VERSIONS = (
    *("eventstudy-kit", "numpy", "pandas", "scipy", "statsmodels", "arch", "scikit-learn"),
    *("matplotlib", "pyarrow"),
)
"""Packages whose version may change a figure or a drawing."""


def fingerprint(*values: Any) -> str:
    """SHA-256 (hex) of the values, type and order included, and of the versions in use.

    Takes plain values, arrays, frames, dates, paths, dataclasses, pydantic models, collections of
    these, and functions, which count by their names. Any other type is a TypeError: what cannot be
    compared must not pass for equal.
    """
    digest = hashlib.sha256()
    _feed(digest.update, {name: installed_version(name) for name in VERSIONS})
    for value in values:
        _feed(digest.update, value)
    return digest.hexdigest()


def installed_version(name: str) -> str:
    """Of an installed package; empty where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _feed(update: Callable[[Any], None], value: Any) -> None:
    update(f"<{type(value).__name__}>".encode())
    if isinstance(value, pd.DataFrame):
        for part in (
            value.index,
            value.columns,
            *(value.iloc[:, i] for i in range(value.shape[1])),
        ):
            _feed(update, part.to_numpy())
    elif isinstance(value, (pd.Series, pd.Index)):
        _feed(update, value.to_numpy())
    elif isinstance(value, np.ndarray):
        update(f"{value.dtype} {value.shape}".encode())
        if value.dtype.hasobject:
            _each(update, value.ravel().tolist())
        else:
            update(np.ascontiguousarray(value).view(np.uint8).data)
    elif isinstance(value, BaseModel):
        update(value.model_dump_json().encode())
    elif is_dataclass(value) and not isinstance(value, type):
        _each(update, [(f.name, getattr(value, f.name)) for f in fields(value)])
    elif isinstance(value, Mapping):
        _each(update, list(value.items()))
    elif isinstance(value, (list, tuple, range)):
        _each(update, value)
    elif isinstance(value, (set, frozenset)):
        _each(update, sorted(value))
    elif isinstance(value, (date, pd.Timestamp, np.datetime64, Path)):
        _each(update, [str(value)])
    elif (
        value is None
        or value is pd.NA
        or isinstance(value, (str, bytes, bool, int, float, np.generic))
    ):
        content = value if isinstance(value, bytes) else repr(value).encode()
        update(f"{len(content)} ".encode() + content)
    elif isinstance(value, partial):
        _each(update, [value.func, value.args, value.keywords])
    elif callable(value):
        _each(update, [value.__module__, value.__qualname__])
    else:
        raise TypeError(f"a {type(value).__name__} has no fingerprint")


def _each(update: Callable[[Any], None], values: Any) -> None:
    update(f"{len(values)} ".encode())
    for value in values:
        _feed(update, value)
