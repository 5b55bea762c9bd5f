"""Descriptions of a study's options, for the command line, `help` and the docs."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo

from eventstudy.spec.study_spec import StudySpec, plain_text


def sentence_of(field: FieldInfo) -> str:
    """What an option is, with its unit or allowed words: "Type of returns: simple or log"."""
    about = about_option(field)
    unit = f", in {about['unit']}" if about["unit"] else ""
    *first, last = ("",) if about["names"] else words_of(field) or ("",)
    words = f"{', '.join(first)} or {last}" if first else last
    return f"{field.description}{unit}{': ' if words else ''}{words}"


def about_option(field: FieldInfo) -> dict[str, str]:
    """What `_choice` records of an option beside its type, default and limits."""
    about = field.json_schema_extra
    assert isinstance(about, dict)
    return {name: str(value) for name, value in about.items()}


def words_of(field: FieldInfo) -> tuple[str, ...]:
    """The words that an option allows, beside registered names; none for most."""
    kinds = (field.annotation, *get_args(field.annotation))
    return next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())


def limits_of(field: FieldInfo) -> str:
    """The bounds of a number in words: "above 0, below 1"."""
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return ", ".join(
        f"{word} {getattr(bound, name):,}"
        for bound in field.metadata
        for name, word in words.items()
        if hasattr(bound, name)
    )


def explained_option(field: FieldInfo) -> str:
    """The full description of an option, for the docs and `help`."""
    sentences = (sentence_of(field), limits_of(field), about_option(field)["more"])
    return " ".join(f"{one[0].upper()}{one[1:]}".rstrip(".") + "." for one in sentences if one)


Class = TypeVar("Class", bound=type)


def explained(spec: type[StudySpec]) -> Callable[[Class], Class]:
    """Write the options of a specification into the docstring and signature of a class.

    Args:
        spec: the specification whose fields the class takes.
    """
    types = get_type_hints(spec)
    lines = [
        textwrap.fill(
            f"{name}: {explained_option(field)} Default {plain_text(field.default)}.",
            92,
            initial_indent=" " * 4,
            subsequent_indent=" " * 8,
            break_on_hyphens=False,
        )
        for name, field in spec.model_fields.items()
    ]
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=field.default,
            annotation=types[name],
        )
        for name, field in spec.model_fields.items()
    ]

    def explain(takes: Class) -> Class:
        text, heads_errors, errors = inspect.cleandoc(takes.__doc__ or "").partition("Raises:\n")
        takes.__doc__ = "\n".join([f"{text}Args:", *lines, "", f"{heads_errors}{errors}"])
        takes.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return takes

    return explain
