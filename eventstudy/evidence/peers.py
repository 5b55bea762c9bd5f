"""The lead share beside its peers: one abnormal return from several expectations.

The peer index is the mean return of the event's group `peers`, equal-weighted and, where shares
outstanding of all of them are known, weighted by market value at the close before. It stands beside
the market as a second factor, R = α + β_m R_m + β_p R_p + ε, and alone, R = α + β_p R_p + ε (the
comparable index of Cornell & Morgan 1990). The synthetic control (Abadie, Diamond & Hainmueller
2010) mixes the peers so that the mix moves as the share did.

A peer that the event moves as well takes a part of the effect out of the estimate: the last row
says how far the peer index itself was from what the market explains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, InputError
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.fitting import fit_placed, make_groups
from eventstudy.estimation.labels import without_rows
from eventstudy.estimation.placement import joined
from eventstudy.estimation.quoted import quoted_table
from eventstudy.events.groups import PEERS
from eventstudy.evidence.case import Case, observations_at
from eventstudy.evidence.parts.damages import (
    MARKET_AND_PEERS,
    OTHER,
    PEERS_ALONE,
    PEERS_THEMSELVES,
    STUDY,
    SYNTHETIC,
)
from eventstudy.evidence.refits import typed
from eventstudy.models.rolling import model_for
from eventstudy.prices.shares import Shares
from eventstudy.result.dollars import asset_values
from eventstudy.result.entities import Entity
from eventstudy.significance.donor_placebo import donor_placebo
from eventstudy.spec.study_spec import StudySpec
from eventstudy.spec.windows import Window

EQUAL_INDEX, VALUE_INDEX = "peer index, equal-weighted", "peer index, value-weighted"
"""Columns beside the tickers."""

LEAST_DONORS = 2
"""A synthetic control of one peer is that peer."""

_COLUMNS = "kind:s label:s weighting:s start:i end:i car se t df p_value p_placebo p_donors low"
_COLUMNS += " high p test:s n_obs:i r_squared beta_market beta_peers per_share per_share_low"
_COLUMNS += " per_share_high reason:s"

Make = Callable[[pd.DataFrame], pd.DataFrame]


def lead_share(case: Case) -> Entity:
    """What the event is primarily about, its peers apart.

    Raises:
        InputError: that is a group or an index.
    """
    lead = next((each for each in case.entities if each.group != PEERS), case.entities[0])
    if lead.portfolio or lead.key.startswith("^"):
        raise InputError(f"the event is primarily about {lead.name}, which is no single share")
    return lead


def peers_of(case: Case) -> tuple[str, ...]:
    """The shares of the event's group `peers` without the lead itself; empty without that group."""
    if PEERS not in case.groups:
        return ()
    lead = lead_share(case).key
    return tuple(t for t in case.members(PEERS) if t != lead and not t.startswith("^"))


def peer_estimates(
    case: Case,
    windows: Sequence[Window],
    closes: Sequence[float],
    shares: Mapping[str, Shares] | None = None,
) -> pd.DataFrame:
    """`Damages.estimates`: the lead under the study's benchmark, the others, and its peers.

    Args:
        case: the event and its prices, primarily about a share.
        windows: those to sum over.
        closes: of each window the close before its first session.
        shares: from `load_shares`, beside those that the study knows.
    """
    lead, priced = lead_share(case).key, dict(zip(windows, closes, strict=True))
    rows = _rows(_Asked(STUDY, _against(case, case.benchmark)), case.result.assets, lead, priced)
    for benchmark, estimates in case.result.comparison.items():
        rows += _rows(_Asked(OTHER, _against(case, benchmark)), estimates, lead, priced)
    peers = peers_of(case)
    if peers:
        weights, unknown = _market_values(case, peers, shares)
        make = _with_indices(peers, weights)
        for asked in _asked(case, peers, unknown):
            rows += _estimated(case, asked, make, priced)
    return typed(rows, _COLUMNS)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One row of estimates before it is estimated."""

    kind: str
    label: str
    weighting: str = ""
    column: str = ""
    """What is explained."""
    spec: StudySpec | None = None
    refused: str = ""
    """Why it cannot be estimated."""


def _against(case: Case, benchmark: str) -> str:
    """The study's model with a benchmark; of the market model the benchmark alone."""
    if not benchmark:
        return case.result.model_label
    name = case.name(benchmark)
    return name if case.spec.model == "market" else f"{case.result.model_label}, {name}"


def _asked(case: Case, peers: Sequence[str], unknown: Sequence[str]) -> list[_Asked]:
    """The estimates with peers, in the order of the table."""
    lead, market = lead_share(case).key, case.benchmark
    placebo = case.result.assets.has_placebo
    base = case.spec.model_copy(update={"placebo": placebo, "compare": ()})

    def spec(**options: Any) -> StudySpec:
        return base.model_copy(update=options)

    asked = []
    for index, weighting in ((EQUAL_INDEX, "equal"), (VALUE_INDEX, "value")):
        lost = unknown if index == VALUE_INDEX else ()
        why = f"shares outstanding of {', '.join(lost)} not known" if lost else ""
        if market:
            both = spec(model="factors", factors=(market, index))
            label = f"{case.name(market)} + peers, {weighting} weights"
            asked.append(_Asked(MARKET_AND_PEERS, label, weighting, lead, both, why))
        alone = spec(model="market", benchmark=index)
        label = f"Peers, {weighting} weights"
        asked.append(_Asked(PEERS_ALONE, label, weighting, lead, alone, why))
    few = "" if len(peers) >= LEAST_DONORS else f"needs {LEAST_DONORS} peers or more"
    mixed = spec(model="synthetic", donors=tuple(peers))
    asked.append(_Asked(SYNTHETIC, "Synthetic control of peers", "", lead, mixed, few))
    if market:
        themselves = spec(model="market", benchmark=market)
        label = f"The peers themselves, on {case.name(market)}"
        asked.append(_Asked(PEERS_THEMSELVES, label, "equal", EQUAL_INDEX, themselves))
    return asked


def _market_values(
    case: Case, peers: Sequence[str], shares: Mapping[str, Shares] | None
) -> tuple[pd.DataFrame | None, list[str]]:
    """Market values at the close before each session, and the peers without known shares."""
    table = asset_values(case.result, shares).set_index("ticker")["shares"]
    counts = table.reindex(list(peers))
    unknown = [str(ticker) for ticker in counts.index[counts.isna()]]
    if unknown:
        return None, unknown
    return case.prices.close[list(peers)].shift(1) * counts, []


def _with_indices(peers: Sequence[str], weights: pd.DataFrame | None) -> Make:
    """Adds the peer indices to the returns of single tickers.

    A session averages the peers that have a return on it.
    """

    def make(returns: pd.DataFrame) -> pd.DataFrame:
        each = returns[list(peers)]
        indices = {EQUAL_INDEX: each.mean(axis=1)}
        if weights is not None:
            held = weights.where(each.notna())
            indices[VALUE_INDEX] = (each * held).sum(axis=1, min_count=1) / held.sum(
                axis=1, min_count=1
            )
        return pd.concat([returns, pd.DataFrame(indices, index=returns.index)], axis=1)

    return make


def _estimated(
    case: Case, asked: _Asked, make: Make, priced: Mapping[Window, float]
) -> list[dict[str, Any]]:
    """The rows of one estimate; those that cannot be made say why."""
    spec = asked.spec
    if asked.refused or spec is None:
        return _missing(asked, priced)
    observations = observations_at(pd.DatetimeIndex([case.day0]), [asked.column])
    model = model_for(spec)
    try:
        assembly = case.placed(observations, spec, None, make)
        fitted = fit_placed(assembly, model, spec)
    except (InputError, DataMissingError) as error:
        return _missing(replace(asked, refused=str(error)), priced)
    if not len(fitted.estimates.labels):
        out = joined(assembly.exclusions, fitted.exclusions)
        return _missing(replace(asked, refused=str(out["reason"].iloc[0])), priced)
    rows = _rows(asked, fitted.estimates, asked.column, priced)
    if asked.kind == SYNTHETIC:
        nobody = without_rows(dict.fromkeys(("event_id", "ticker", "group"), "str"))
        group = make_groups(fitted, nobody, assembly, model)[0]
        for row, window in zip(rows, priced, strict=True):
            row["p_donors"] = donor_placebo(group.over(window)).p_value
    return rows


def _missing(asked: _Asked, priced: Mapping[Window, float]) -> list[dict[str, Any]]:
    return [
        {
            **_about(asked),
            "start": window.start,
            "end": window.end,
            "reason": asked.refused,
        }
        for window in priced
    ]


def _about(asked: _Asked) -> dict[str, str]:
    return {"kind": asked.kind, "label": asked.label, "weighting": asked.weighting}


def _rows(
    asked: _Asked, estimates: Estimates, ticker: str, priced: Mapping[Window, float]
) -> list[dict[str, Any]]:
    """One row a window of the estimates of one ticker."""
    at = estimates.rows_of("ticker", ticker)
    if not len(at):
        return _missing(replace(asked, refused="no estimate"), priced)
    row = int(at[0])
    fit = estimates.fit_table().iloc[row]
    rows = []
    for window, close in priced.items():
        table = estimates.car_table(window).iloc[[row]]
        quoted = quoted_table(table, estimates.spec.confidence).iloc[0]
        figures = table.iloc[0]
        own = asked.kind != PEERS_THEMSELVES
        amounts = (figures["car"], quoted["low"], quoted["high"])
        money = [amount * close if own else np.nan for amount in amounts]
        rows.append(
            {
                **_about(asked),
                "start": window.start,
                "end": window.end,
                **{n: figures[n] for n in ("car", "se", "t", "df", "p_value", "p_placebo")},
                **{n: quoted[n] for n in ("low", "high", "p", "test")},
                "p_donors": np.nan,
                "n_obs": int(fit["n_obs"]),
                "r_squared": fit["r_squared"],
                **_betas(asked, fit),
                **dict(zip(("per_share", "per_share_low", "per_share_high"), money, strict=True)),
                "reason": str(figures["reason"]),
            }
        )
    return rows


def _betas(asked: _Asked, fit: pd.Series[float]) -> dict[str, float]:
    """The slopes on market and peers, as far as the model has them."""
    beta = float(fit.get("beta", np.nan))
    if asked.kind == PEERS_ALONE:
        return {"beta_market": np.nan, "beta_peers": beta}
    if asked.kind == MARKET_AND_PEERS and asked.spec is not None:
        market, index = (float(fit.get(name, np.nan)) for name in asked.spec.factors)
        return {"beta_market": market, "beta_peers": index}
    return {"beta_market": beta, "beta_peers": np.nan}
