"""The figures of a pooled report as one JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from eventstudy.report.pooled.by_value import quoted_differences
from eventstudy.report.pooled.spread import counted_reasons, distribution, estimated_share
from eventstudy.report.pooled.story import ALL, MeanFigures, PooledStory
from eventstudy.text.measure import measure


def pooled_results(story: PooledStory) -> dict[str, Any]:
    """What the report says, for machines: the answer, the means, the tests to quote."""
    result = story.result
    estimated, asked = estimated_share(story)
    tests = result.tests[result.tests["headline"].astype(bool)]
    return {
        "event_id": story.event_id,
        "title": story.title,
        "unit": "fraction" if not measure().level else measure().name,
        "confidence": result.spec.confidence,
        "first_day0": f"{story.dates[0]:%Y-%m-%d}",
        "last_day0": f"{story.dates[1]:%Y-%m-%d}",
        "asked": asked,
        "estimated": estimated,
        "events": story.event_count,
        "headline": story.finding(),
        "answer": story.answer(),
        "focus": list(story.focus),
        "means": [
            _mean(story.mean(group, window))
            for group in (ALL, *story.groups)
            for window in story.windows
        ],
        "headline_tests": tests.drop(columns=["headline", "refused"]).to_dict("records"),
        "differences": quoted_differences(story).to_dict("records"),
        "distribution": dict(distribution(story).itertuples(index=False, name=None)),
        "left_out": counted_reasons(story).to_dict("records"),
        "regression": _regression(story),
        "notes": list(result.notes),
        "spec": result.spec.model_dump(mode="json"),
    }


def _mean(mean: MeanFigures) -> dict[str, Any]:
    figures = {**asdict(mean), "significant": mean.significant}
    window = figures.pop("window")
    return {"start": window[0], "end": window[1], **figures}


def _regression(story: PooledStory) -> dict[str, Any] | None:
    found = story.regression
    if found is None:
        return None
    return {
        "formula": found.formula,
        "window": list(found.window),
        "covariance": found.covariance,
        "n": found.n,
        "r_squared": found.r_squared,
        "terms": found.table.reset_index().to_dict("records"),
    }
