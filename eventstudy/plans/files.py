"""The file of a plan: written once, read with what was altered in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventstudy.errors import InputError
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.formats import MOST_TOML, read_toml
from eventstudy.files.reading import shown_path
from eventstudy.plans.model import Plan, plan_of
from eventstudy.plans.seal import SEAL, altered_fields, seal_of

HEAD = (
    "# A sealed plan, written by eventstudy plan and run by eventstudy run --plan.\n"
    "# Changing any value breaks the seal at the end; make a new plan instead.\n\n"
)


@dataclass(frozen=True, slots=True)
class SealedPlan:
    """A plan as its file has it."""

    plan: Plan
    path: Path
    seal: str
    """The SHA-256 of its content as it is; where `altered` is empty, also the one in the file."""
    altered: tuple[str, ...]
    """What was altered since it was sealed, a phrase a field."""

    @property
    def stamp_path(self) -> Path:
        """Where its time stamp lies, if it has one."""
        return self.path.with_name(f"{self.path.name}.tsr")


def content_of(plan: Plan) -> dict[str, Any]:
    """The plan as TOML holds it, with its seal.

    Args:
        plan: The plan.
    """
    content = plan.model_dump(mode="json", exclude_none=True)
    return {**content, SEAL: seal_of(content)}


def plan_text(plan: Plan) -> str:
    """The file of a plan; the same plan gives the same text.

    Args:
        plan: The plan.
    """
    import tomlkit

    return HEAD + tomlkit.dumps(content_of(plan))


def write_plan(plan: Plan, path: Path) -> SealedPlan:
    """Seal a plan and write its file, which must not exist.

    Args:
        plan: The plan.
        path: The file.

    Raises:
        InputError: The file exists or cannot be written, or there are too many series.
    """
    refuse_existing(path)
    content = plan_text(plan).encode()
    if len(content) > MOST_TOML:
        raise InputError(
            f"A plan of {len(plan.vintage.series):,} series would exceed {MOST_TOML // 2**20} MB, "
            "the most that a run reads; plan for fewer assets at once."
        )
    with writing(path, "name another file with --out", InputError), replace_file(path) as stream:
        stream.write(content)
    return read_plan(path)


def refuse_existing(path: Path) -> None:
    """InputError where there is a file already: a plan is never replaced.

    Args:
        path: The file.
    """
    if path.exists() or path.is_symlink():
        raise InputError(
            f"{shown_path(path)} already exists, and a plan is never overwritten; name another "
            "file with --out, or delete this one."
        )


def read_plan(path: str | Path) -> SealedPlan:
    """Read a plan and hold it against its seal.

    Args:
        path: The file.

    Raises:
        InputError: It is no plan, or altered so that it is none any more; the fields are named.
    """
    content = read_toml(path, "plan.toml", "plan")
    altered = altered_fields(content)
    plain = {name: value for name, value in content.items() if name != SEAL}
    try:
        plan = plan_of(plain, shown_path(path))
    except InputError as error:
        if not altered or content.get(SEAL) is None:
            raise
        raise InputError(
            [f"{shown_path(path)} differs from the sealed plan: {one}." for one in altered]
            + list(error.problems)
        ) from None
    return SealedPlan(plan, Path(path), seal_of(content)["sha256"], altered)
