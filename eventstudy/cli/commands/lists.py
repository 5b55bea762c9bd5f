"""`eventstudy models` and `eventstudy tests`: what there is to choose from."""

from __future__ import annotations

from eventstudy.cli.console import print_rows
from eventstudy.cli.options import AsJson


def models(json: AsJson = False) -> None:
    """Give a name to run --model; docs/models/ has a page on each.

    Examples:
        eventstudy models
        eventstudy models --json
    """
    from eventstudy.models.registry import list_models

    rows = [
        {"name": m.name, "label": m.label, "paper": m.reference} for m in list_models().values()
    ]
    print_rows(rows, json)


def tests(json: AsJson = False) -> None:
    """Give names to run --tests; docs/tests/ has a page on each.

    The column "for" says for which samples a test is valid; for others it is refused with the
    reason.

    Examples:
        eventstudy tests
        eventstudy tests --json
    """
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
    print_rows(rows, json)
