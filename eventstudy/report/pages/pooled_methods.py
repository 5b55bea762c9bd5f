"""The last pages of a pooled study: the regression, and how all was computed."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.figure import Figure

from eventstudy.estimation.left_out import left_out_sentence
from eventstudy.report.drawing.blocks import Page, Table, Text
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis, at
from eventstudy.report.pages.contents import not_shown
from eventstudy.report.pooled.story import ALL, PooledStory, test_label
from eventstudy.report.story import setting
from eventstudy.significance.registry import list_tests
from eventstudy.text.measure import worded
from eventstudy.text.numbers import counted, number, p_text, window_text
from eventstudy.text.rounding import rounded
from eventstudy.text.table import Column, Row
from eventstudy.text.words import listed

_SIZE = 8.5
_MOST_NOTES = 12


def regression_page(story: PooledStory) -> Page:
    """The coefficients with their errors, and what the regression left out."""
    found = story.regression
    assert found is not None
    level = 1 - found.confidence
    table = rounded(found.table)
    names = ("coef", "se", "t", "p_value", "ci_low", "ci_high")
    rows = []
    for term, *figures in zip(table.index, *(table[name] for name in names), strict=True):
        coef, se, t, p, low, high = figures
        digits = _digits(se)
        interval = f"{number(low, digits, signed=True)} to {number(high, digits, signed=True)}"
        cells = [
            _term_text(str(term)),
            number(coef, digits, signed=True),
            number(se, digits),
            number(t, signed=True),
        ]
        rows.append(Row([*cells, p_text(p, prefix=False), interval], bold=bool(p <= level)))
    columns = (
        Column("Term", "left"),
        *(Column(name) for name in ("Coefficient", "s.e.", "t", "p")),
        Column(f"{story.level} interval", "right"),
    )
    ranked = sorted(zip(table["p_value"], rows, strict=True), key=lambda pair: float(pair[0]))
    sure = [row.cells[0] for _, row in ranked if row.bold and row.cells[0] != "Intercept"]
    said = (
        f"{listed([str(name) for name in sure[:4]])} significant"
        if sure
        else "no term is significant"
    )
    more = f" and {len(sure) - 4} more" if len(sure) > 4 else ""
    finding = f"CAR {window_text(found.window)} regressed on characteristics: {said}{more}"
    texts = [_errors(story)]
    texts += [f"Caution: {found.warning}."] if found.warning else []
    text = Text(tuple(Paragraph(each, size=_SIZE) for each in texts))
    block = Table(columns, tuple(rows), "tables/regression.csv")
    counts = {"significant": sure, "further": max(len(sure) - 4, 0)}
    basis = Basis((at("regression"),), counts)
    return Page("regression", finding, setting(story), (text, block), basis=basis)


def _term_text(term: str) -> str:
    """A term as a reader knows it: "sector: Energy" for "C(sector)[T.Energy]"."""
    return re.sub(r"C\(([^(),]+)[^()]*\)\[(?:T\.)?([^\]]*)\]", r"\1: \2", term)


def _digits(se: float) -> int:
    """Decimals with which a standard error has three figures."""
    if not (np.isfinite(se) and se > 0):
        return 5
    return int(np.clip(2 - np.floor(np.log10(se)), 2, 9))


def _errors(story: PooledStory) -> str:
    found = story.regression
    assert found is not None
    fit = "" if found.components else f"R² {number(found.r_squared, 3)}; "
    clusters = f" by {found.cluster} ({found.n_clusters} clusters)" if found.cluster else ""
    missing = f"; {counted(len(found.left_out), 'row')} left out" if len(found.left_out) else ""
    return (
        f"{found.formula}; CAR in decimals. N {found.n:,}; {fit}standard errors "
        f"{found.covariance}{clusters}{missing} (tables/regression_left_out.csv)."
        if missing
        else f"{found.formula}; CAR in decimals. N {found.n:,}; {fit}standard errors "
        f"{found.covariance}{clusters}."
    )


def pooled_methods_page(story: PooledStory) -> Page:
    """How it was computed, on what data."""
    absent = [f"{', '.join(labels)}: {why}." for why, labels in not_shown(story).items()]
    pages = (_head("Pages not shown"), *map(_body, absent)) if absent else ()
    how = Text((_head("How it was computed"), *map(_body, _methods(story)), *pages))
    data = Text((_head("Data"), *map(_body, _data(story))))

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.0, 1.0, gap=24)
        how.draw(fig, left)
        data.draw(fig, right)

    finding = f"How these figures were computed: {story.counted}"
    basis = Basis((at("estimated"), at("events")))
    return Page("methods", finding, setting(story), (how, data), arrange, basis=basis)


def _methods(story: PooledStory) -> list[str]:
    spec, result = story.result.spec, story.result
    against = f" on {story.name(story.benchmark)}" if story.benchmark else ""
    n_obs = result.fits["n_obs"]
    quoted = story.mean(ALL, story.focus)
    weighted = (
        " The quoted test is of the mean weighted by the reciprocal of each standard error; its "
        "interval contains the effects that it does not reject."
        if story.weighted
        else ""
    )
    texts = [
        f"Normal return: {result.model_label.lower()}{against}, {spec.returns} returns, estimated "
        f"on {spec.rows} {spec.estimation} before day 0 ({n_obs.min()} to {n_obs.max()} valid "
        f"returns; minimum {spec.min_obs}). A missing return stays missing."
        + "".join(f" {said}" for said in left_out_sentence(result.assets.labels, spec)),
        "Abnormal return (AR): the observed return minus the expected one. CAR: its sum over a "
        "window; it needs every day. AAR and CAAR: the means over all observations"
        f"{_weights(story)}.{weighted}",
        "All observations form one study; a company with several events has one fit for each. Each "
        "group is tested separately, in the same way.",
        "Common dates: observations of one date are exposed to the same shocks. Kolari and "
        "Pynnönen's correction and errors clustered by date allow for that; tests that assume "
        "independence may over-reject and carry a caution where that was measured "
        "(docs/size.md).",
        "Differences of groups: plain means, errors clustered by date with Bartlett weights for "
        "windows that overlap; Welch's t and permutations are in tables/differences.csv.",
    ]
    if quoted.test:
        known = list_tests().get(quoted.test)
        reference = f", {known.reference}" if known and known.reference else ""
        texts.append(f"Quoted test: {test_label(quoted.test)} ({quoted.test}){reference}.")
    return [worded(text) for text in texts]


def _weights(story: PooledStory) -> str:
    weights = story.result.spec.weights
    return "" if weights == "equal" else f", weighted by {weights}"


def _data(story: PooledStory) -> list[str]:
    origin = story.origin
    lines = [f"Prices from {origin['description']}."] if origin else ["Data supplied as a table."]
    lines += [f"Retrieved {origin['retrieved']}."] if origin.get("retrieved") else []
    lines += [f"SHA-256 {origin['sha256']}."] if origin.get("sha256") else []
    lines += [f"{origin['note'].rstrip('.')}."] if origin.get("note") else []
    notes = [note if note.endswith(".") else f"{note}." for note in story.result.notes]
    more = len(notes) - _MOST_NOTES
    shown = [" ".join(lines), *notes[:_MOST_NOTES]]
    return [*shown, *([f"{counted(more, 'further note')}: results.json."] if more > 0 else [])]


def _head(text: str) -> Paragraph:
    return Paragraph(text, size=10.5, weight="bold", space=3.0)


def _body(text: str) -> Paragraph:
    return Paragraph(text, size=_SIZE)
