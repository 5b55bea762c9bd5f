"""The bill of materials of a release, as CycloneDX JSON: `python tools/bill.py [FILE]`.

Lists the package and whatever it needs to run, directly or not, as it is installed beside this
Python, each with its version, its licence and what it needs itself. The same installation gives
the same bytes. Run it where nothing but the release is installed to tell what a user gets.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import AttachedText
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "eventstudy-kit"
_OSI = re.compile(r"License :: (?:OSI Approved :: )?(.+)")
_LONGEST = 60
"""Characters of a licence field; a longer one is the text of the licence and no name."""


def needs(root: str = ROOT) -> dict[str, tuple[str, ...]]:
    """Every distribution that `root` needs, itself included → those that it needs directly."""
    found: dict[str, tuple[str, ...]] = {}
    done: dict[str, set[str]] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(canonicalize_name(root), frozenset())]
    while waiting:
        name, extras = waiting.pop()
        fresh = {*extras, ""} - done.setdefault(name, set())
        if not fresh:
            continue
        done[name] |= fresh
        wanted = list(_wanted(name, fresh))
        waiting += wanted
        found[name] = tuple(sorted({*found.get(name, ()), *(other for other, _ in wanted)}))
    return dict(sorted(found.items()))


def _wanted(name: str, extras: set[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in distribution(name).requires or ():
        need = Requirement(line)
        if need.marker is None or any(need.marker.evaluate({"extra": each}) for each in extras):
            yield canonicalize_name(need.name), frozenset(need.extras)


def licence_of(dist: Distribution) -> str:
    """The licence as the distribution names it: expression, short name, classifiers; or empty."""
    told: Any = dist.metadata
    field = " ".join(str(told.get("License") or "").split())
    classified = [m[1] for c in told.get_all("Classifier", []) if (m := _OSI.fullmatch(c))]
    short = field if len(field) <= _LONGEST else ""
    return str(told.get("License-Expression") or short or "; ".join(classified))


def licence_text(dist: Distribution) -> str:
    """The files that a distribution names as its licence, one after another."""
    told: Any = dist.metadata
    names = told.get_all("License-File", [])
    texts = (dist.read_text(f"licenses/{name}") or dist.read_text(name) for name in names)
    return "\n".join(text for text in texts if text)


def bill(graph: Mapping[str, tuple[str, ...]], root: str = ROOT) -> str:
    """The bill as JSON with a line end: no clock time, a serial number made of the content."""
    parts = {name: _component(name, name == canonicalize_name(root)) for name in graph}
    bom = Bom()
    bom.metadata.component = parts[canonicalize_name(root)]
    for name, part in parts.items():
        if part is not bom.metadata.component:
            bom.components.add(part)
        bom.register_dependency(part, [parts[other] for other in graph[name]])
    made = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    told = json.loads(made)
    del told["metadata"]["timestamp"]
    del told["serialNumber"]
    told["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(told, sort_keys=True))}"
    return json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _component(name: str, root: bool) -> Component:
    dist = distribution(name)
    return Component(
        name=name,
        version=dist.version,
        type=ComponentType.APPLICATION if root else ComponentType.LIBRARY,
        bom_ref=f"{name}@{dist.version}",
        purl=PackageURL("pypi", None, name, dist.version),
        licenses=[_licence(dist)],
    )


def _licence(dist: Distribution) -> Any:
    if named := licence_of(dist):
        return LicenseFactory().make_from_string(named)
    if text := licence_text(dist):
        return DisjunctiveLicense(name="as in its licence file", text=AttachedText(content=text))
    raise SystemExit(f"{dist.name} states no licence; look it up before releasing.")


def main() -> None:
    """Write the bill to a file, or print it."""
    try:
        text = bill(needs())
    except PackageNotFoundError as error:
        raise SystemExit(f"{error.name} is not installed; install the release first.") from None
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8", newline="\n")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
