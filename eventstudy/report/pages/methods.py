"""The page on methods: what was computed, how, and by which papers."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.figure import Figure

from eventstudy.estimation.left_out import left_out_sentence
from eventstudy.report.drawing.blocks import Page, Table, Text
from eventstudy.report.drawing.geometry import Rect
from eventstudy.report.drawing.text import Paragraph
from eventstudy.report.machine.places import Basis
from eventstudy.report.pages.contents import not_shown
from eventstudy.report.story import Story, setting
from eventstudy.result.detectable import ASSET, EFFECTS, PORTFOLIO, POWER
from eventstudy.result.entities import assets_text, counted_assets, is_index
from eventstudy.result.multiple_testing import remaining
from eventstudy.significance.sums.placebo_runs import LONG_RUN
from eventstudy.text.measure import measure, worded
from eventstudy.text.numbers import counted, number, p_text, percent, share, window_text
from eventstudy.text.table import Column, Row

_SIZE = 8.5


def _head(text: str) -> Paragraph:
    return Paragraph(text, size=10.5, weight="bold", space=3.0)


WELL_ADJUSTED = ("bundled", "yahoo")
"""Sources whose adjusted closes are known to include dividends."""


def _tight(text: str) -> Paragraph:
    return Paragraph(text, size=_SIZE, space=1.0)


def _body(text: str) -> Paragraph:
    return Paragraph(text, size=_SIZE)


def method_paragraphs(story: Story) -> list[Paragraph]:
    """Model, inference and limits."""
    spec, result = story.result.spec, story.result
    against = f" on {story.name(story.benchmark)} ({story.benchmark})" if story.benchmark else ""
    n_obs = result.fits["n_obs"]
    used = str(n_obs.min()) if n_obs.min() == n_obs.max() else f"{n_obs.min()} to {n_obs.max()}"
    own = story.context.origin["name"] in WELL_ADJUSTED
    adjusted = "adjusted for splits and dividends" if own else "as their source adjusted them"
    texts = [
        f"Day 0 is {story.day0:%Y-%m-%d}. "
        + (f"{story.event['shift_reason']}." if story.event["shift_reason"] else ""),
        f"Normal return: {result.model_label.lower()}{against}, {_figures_text(story, adjusted)}, "
        f"estimated on {spec.rows} {spec.estimation} before day 0 ({used} valid returns; "
        f"minimum {spec.min_obs}). A missing return stays missing."
        + "".join(f" {said}" for said in left_out_sentence(result.assets.labels, spec)),
        "Abnormal return (AR): the observed return minus the expected one. CAR: the sum over a "
        "window; it needs every day. All standard errors include the forecast error of the "
        "estimated parameters.",
        "t: AR over its standard error, Student's t. Placebo p: (1 + k)/(1 + m), where k of m "
        "estimation sessions lie at least as far from expectation, each forecast by a fit that "
        "leaves it out (exactly so for least-squares models). It does not assume normal returns, "
        "only that day 0 would otherwise have been an ordinary day. It is the p-value to quote for "
        "a single event; intervals, markers and adjectives follow it. It cannot be smaller than "
        f"1/(1 + m). For windows over {LONG_RUN} {spec.rows} "
        "placebo p-values are somewhat too small, because the runs overlap.",
    ]
    more = (_groups(story), _detectable(story), _many(story), _dollars(story))
    texts += [text for text in more if text]
    return [
        _head("How it was computed"),
        *(_body(text) for text in texts),
        _head("What the figures do not say"),
        _body(
            "An abnormal return is the part of a return that the model does not expect. It "
            "measures the event only if nothing else moved the asset that day; "
            f"{_searched(story)} A benchmark that holds the affected assets moves with them and "
            "understates the effect; one without them can move the other way, and the abnormal "
            "return then exceeds the observed one."
        ),
    ]


def _groups(story: Story) -> str:
    """How a group is made one asset; empty where there is none."""
    if not len(story.result.portfolios.labels):
        return ""
    tickers = story.result.assets.labels["ticker"].astype(str)
    held = " Indices are part of the group all, but do not count as assets."
    held = held if any(map(is_index, tickers)) else ""
    return (
        f"Groups: the return of the group, {story.result.spec.weighting}, averaged each day over "
        "the members with a return, is treated as one asset. All members have the same day 0, so "
        "tests that take them as independent may over-reject; tables/tests.csv has them with a "
        f"caution.{held}"
    )


def _figures_text(story: Story, adjusted: str) -> str:
    """What is explained: returns of prices, or changes of levels."""
    spec = story.result.spec
    if spec.returns != "difference":
        return f"{spec.returns} returns on prices {adjusted}"
    beside = "; returns of prices beside them in per cent" if spec.levels else ""
    return f"changes of levels in {measure().name}{beside}"


def _detectable(story: Story) -> str:
    """What the leads' quoted tests could find on the focus day."""
    looked = EFFECTS[story.result.spec.unit][1]
    table = story.result.detectable(story.focus, looked)
    rows = {(row["kind"], row["ticker"]): row for row in table.to_dict("records")}
    kinds = {True: PORTFOLIO, False: ASSET}
    told = [
        (entity.name, rows.get((kinds[entity.portfolio], entity.key))) for entity in story.leads
    ]
    found = [(name, row) for name, row in told if row is not None and not row["reason"]]
    if not found:
        return ""
    least = ", ".join(
        f"{percent(row['detectable'], 1, signed=False)} for {name}" for name, row in found
    )
    name, row = found[0]
    effect = percent(looked, 0, signed=False)
    power, factor = share(row["power"], 0), number(row["type_m"], 1)
    return (
        f"Power: on {window_text(story.focus)} the quoted test detects an effect with "
        f"{share(POWER, 0)} probability if it is at least {least}. For {name}, a true effect of "
        f"{effect} would be significant with {power} probability, and a significant estimate would "
        f"then be {factor} times too large on average; see tables/detectable.csv."
    )


def _many(story: Story) -> str:
    """What is left of the assets' p-values when all are taken into account."""
    if story.result.n < 2:
        return ""
    level = 1 - story.result.spec.confidence
    return f"Many p-values: {remaining(story.day_table, level).sentence}"


def _dollars(story: Story) -> str:
    """How amounts were made, and of which shares."""
    known = len(story.context.shares)
    if not known:
        return ""
    return (
        "Dollars: abnormal return × previous close × shares outstanding on the split basis of the "
        f"closes, known for {counted(known, 'asset')} (figures of company filings, dated in "
        "eventstudy/data/shares.toml). A group's amount is the sum over its members, where all "
        f"are known; its percentage is a mean, {story.result.spec.weighting}."
    )


def _searched(story: Story) -> str:
    """Where other events are listed, or that none were searched."""
    if len(story.context.events) == 1:
        return "other events were not searched, because the list holds this event alone."
    return "the timeline shows the other registered events."


def _confounder_lines(story: Story) -> list[str]:
    """What else is registered inside the studied days."""
    return [
        f"Day {number(row['rel_day'], 0, signed=True)}: {row['title']} "
        f"({_few(row['concerns'].split(';'), story.result.n)})."
        for row in story.confounders.to_dict("records")
    ]


def _few(names: list[str], total: int) -> str:
    if len(names) <= 3:
        return ", ".join(names)
    return "all assets" if len(names) == total else f"{len(names)} of the assets"


def provenance_paragraphs(story: Story) -> list[Paragraph]:
    """Where the prices come from, what was flagged, what the residuals say."""
    origin = story.context.origin
    lines = [f"Prices from {origin['description']}."]
    if origin["retrieved"]:
        lines.append(f"Retrieved {origin['retrieved']}.")
    if origin["sha256"]:
        lines.append(f"SHA-256 {origin['sha256']}.")
    if origin["note"]:
        lines.append(_ended(origin["note"]))
    shown = [
        _head("Data"),
        _body(" ".join(lines)),
        _body(f"Event: {story.event['source'] or 'no source given'}."),
        *(_body(_ended(note)) for note in _other_notes(story)[:4]),
    ]
    flags = _diagnostic_lines(story)
    if flags:
        shown += [_head("Residuals of the fits"), *(_body(text) for text in flags)]
    others = _confounder_lines(story)
    if others:
        shown += [_head("Also registered in the studied days"), *(_tight(line) for line in others)]
    if left_out := _not_shown(story):
        shown[-1] = replace(shown[-1], space=max(shown[-1].space, _body("").space))
        shown += [_head("Not shown"), *(_tight(line) for line in left_out)]
    if len(story.result.exclusions):
        shown.append(_head("Exclusions"))
    return shown


def _not_shown(story: Story) -> list[str]:
    """The pages that are left out, each reason once."""
    if story.evidence is None:
        return []
    return [f"{', '.join(labels)}: {why}." for why, labels in not_shown(story).items()]


def _other_notes(story: Story) -> list[str]:
    """The notes but for what `method_paragraphs` says already."""
    said = {*left_out_sentence(story.result.assets.labels, story.result.spec)}
    return [note for note in story.result.notes if note not in said]


def _diagnostic_lines(story: Story) -> list[str]:
    table = story.result.diagnostics
    if table.empty:
        return []
    lead = story.leads[0].members[0]
    row = table[table.index.get_level_values("ticker") == lead].to_dict("records")[0]
    flagged = {
        flag: int(table["flags"].str.contains(flag).sum())
        for flag in ("not normal", "volatility clusters", "autocorrelated")
    }
    counts = ", ".join(f"{flag}: {count}" for flag, count in flagged.items())
    return [
        f"{story.name(lead)}: Durbin-Watson {number(row['durbin_watson'])}, Ljung-Box "
        f"{p_text(row['ljung_box_p'])}, ARCH-LM {p_text(row['arch_lm_p'])}, Jarque-Bera "
        f"{p_text(row['jarque_bera_p'])}.",
        f"Flagged at 1%, of {counted(len(table), 'fit')}: {counts}. Where residuals are not "
        "normal, quote the placebo p: the t-based one is approximate.",
    ]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."


def methods_page(story: Story) -> Page:
    """How it was computed, on what data, and what was left out."""
    result = story.result
    out = result.exclusions
    missing = counted(len(out), "exclusion") if len(out) else "none left out"
    studied = assets_text(result.assets.labels["ticker"].astype(str))
    finding = f"How these figures were computed: {studied} estimated, {missing}"
    how, data = Text(tuple(method_paragraphs(story))), Text(tuple(provenance_paragraphs(story)))
    rows = tuple(
        Row([str(r.ticker), str(r.stage), worded(str(r.reason))]) for r in out.itertuples()
    )
    columns = tuple(Column(name, "left") for name in ("Left out", "Stage", "Reason"))
    table = Table(columns, rows, "tables/exclusions.csv")

    def arrange(fig: Figure, body: Rect) -> None:
        left, right = body.columns(1.0, 1.0, gap=24)
        how.draw(fig, left)
        bottom = data.draw(fig, right)
        if rows:
            table.draw(fig, right.below(bottom - 8))

    blocks = (how, data, table) if rows else (how, data)
    assets, indices = counted_assets(result.assets.labels["ticker"].astype(str))
    basis = Basis(figures={"assets": assets, "indices": indices, "exclusions": len(out)})
    return Page("methods", finding, setting(story), blocks, arrange, basis=basis)
