"""`eventstudy models` and `eventstudy tests`: what there is to choose from."""

from __future__ import annotations

from eventstudy.commands.options import AsJson
from eventstudy.console import print_rows


def models(as_json: AsJson = False) -> None:
    """List the normal-return models."""
    from eventstudy.models.registry import list_models

    rows = [
        {"name": m.name, "label": m.label, "paper": m.reference} for m in list_models().values()
    ]
    print_rows(rows, as_json)


def tests(as_json: AsJson = False) -> None:
    """List the tests, their null distributions and papers."""
    from eventstudy.significance.registry import list_tests

    rows = [
        {
            "name": t.name,
            "for": " / ".join(t.layouts),
            "null": t.null,
            "paper": t.reference,
        }
        for t in list_tests().values()
    ]
    print_rows(rows, as_json)
