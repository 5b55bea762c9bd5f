"""The case: one registered event with its prices, which all evidence is computed from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from eventstudy.errors import InputError
from eventstudy.estimation.fitting import Fitted, fit_placed
from eventstudy.estimation.labels import weights_in
from eventstudy.estimation.left_out import cleaned_returns, registered_happenings
from eventstudy.estimation.placement import Assembly, assemble, joined
from eventstudy.events.confounders import WHOLE_MARKET
from eventstudy.models.rolling import model_for
from eventstudy.prices.prices import Prices
from eventstudy.prices.returns import returns_of
from eventstudy.result.entities import Entity
from eventstudy.result.participants import Participants
from eventstudy.spec.study_spec import PRECISION, ReturnKind, StudySpec
from eventstudy.spec.windows import Window
from eventstudy.text.brief import Brief, Shown
from eventstudy.text.numbers import counted, window_text
from eventstudy.text.table import PlainTable


@dataclass(frozen=True, slots=True)
class RegisteredNear:
    """A registered event near another, and whom it concerns: "whole market", or tickers."""

    event_id: str
    title: str
    rel_day: int
    concerns: str


@dataclass(frozen=True, repr=False)
class Case(Shown, Participants):
    """One registered event under study, and the prices around it.

    Args:
        result: the study of a single registered event, see `StudyResult.only`.
        prices: those that it was run on.

    Raises:
        InputError: the result has no registered event, several, or no estimate.
    """

    prices: Prices

    def __post_init__(self) -> None:
        result = self.result
        ids = {
            str(one)
            for table in (result.assets.labels, result.alignments)
            for one in table["event_id"]
        }
        if result.context is None or len(ids) != 1 or not result.n:
            raise InputError(
                "Evidence is gathered for one event with an estimate, studied on prices of "
                "load_prices: a registered event, taken out of several by result.only(event_id), "
                "or a frame of one row."
            )

    @property
    def spec(self) -> StudySpec:
        """The study's own specification."""
        return self.result.spec

    @cached_property
    def event_id(self) -> str:
        """The event's id in the registry."""
        return str(self.result.assets.labels["event_id"].iloc[0])

    @cached_property
    def sessions(self) -> pd.DatetimeIndex:
        """(T,) the days of the prices."""
        return self.prices.sessions

    @cached_property
    def at(self) -> int:
        """Which of the sessions is day 0."""
        return int(self.sessions.searchsorted(self.day0))

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Returns of the study's kind; see `returns_of`."""
        return self.returns_of(self.spec.returns)

    def returns_of(self, kind: ReturnKind) -> pd.DataFrame:
        """Sessions × (tickers, then a column an entity that is a portfolio, see `column`).

        A portfolio's return is the mean over its members with a return on that session.
        """
        return self._with_portfolios(self._single(kind))

    def _single(self, kind: ReturnKind) -> pd.DataFrame:
        """Sessions × tickers."""
        return returns_of(self.prices.adj_close, self.prices.returns, kind)

    def _with_portfolios(self, single: pd.DataFrame) -> pd.DataFrame:
        together = {
            column(entity): self.mean_return(single, entity.members)
            for entity in self.entities
            if entity.portfolio
        }
        return pd.concat([single, pd.DataFrame(together, index=single.index)], axis=1)

    @cached_property
    def weights(self) -> pd.Series[float] | None:
        """Weight by ticker, for those that have one; None where all weigh alike."""
        labels = self.result.assets.labels
        known = (
            1 / self.result.assets.fits.s
            if self.spec.weights == PRECISION
            else weights_in(labels, self.spec)
        )
        if known is None:
            return None
        by_ticker = pd.Series(known, index=labels["ticker"].astype(str))
        return by_ticker[by_ticker.notna()].groupby(level=0).first()

    def mean_return(self, returns: pd.DataFrame, members: Sequence[str]) -> pd.Series[float]:
        """The mean of some columns with the study's weights, over those with a return.

        Members without a weight have no part in it, unless none of them has one: assets that the
        study does not have weigh alike.

        Args:
            returns: Sessions × tickers.
            members: Columns of it.
        """
        weights = self.weights
        chosen = [m for m in members if weights is not None and m in weights.index]
        if weights is None or not chosen:
            return returns[list(members)].mean(axis=1)
        part = returns[chosen]
        each = part.notna() * weights[chosen]
        return (part.fillna(0.0) * each).sum(axis=1) / each.sum(axis=1).replace(0.0, np.nan)

    def placed(
        self,
        observations: pd.DataFrame,
        spec: StudySpec,
        returns: pd.DataFrame | None = None,
        make: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    ) -> Assembly:
        """Observations of any columns on the returns, under `spec`.

        Args:
            observations: event_id, ticker (a column), date and group, one row each.
            spec: Its `clean_estimation` leaves out the days of registered events, as in the
                study.
            returns: What `make` makes of the returns, where it is there already.
            make: Makes all columns of the tickers' returns; the portfolios beside them if None.
        """
        make = make or self._with_portfolios
        if returns is None:
            returns = make(self._single(spec.returns))
        factors = self.prices.factors
        assembly = assemble(observations, returns, model_for(spec), spec, factors=factors)
        if not spec.clean_estimation:
            return assembly
        registered = registered_happenings(self.context.events)
        clean = make(cleaned_returns(self._single(spec.returns), registered, spec))
        panel = replace(assembly.panel, clean=np.ascontiguousarray(clean.to_numpy().T))
        return replace(assembly, panel=panel)

    def refit(
        self,
        columns: Sequence[str],
        days: Iterable[pd.Timestamp],
        spec: StudySpec,
        make: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    ) -> Fitted:
        """Each of the columns at each of the days, fitted anew under `spec`.

        Day by day, and on a day in the order of the columns; the labels' event_id numbers the
        days. What cannot be fitted is in the exclusions. `spec.benchmark` None stands for the
        event's own. `make` as in `placed`.
        """
        observations = observations_at(pd.DatetimeIndex(list(days)), columns)
        if spec.benchmark is None and self.benchmark:
            spec = spec.model_copy(update={"benchmark": self.benchmark})
        model = model_for(spec)
        known = self.returns if make is None and spec.returns == self.spec.returns else None
        assembly = self.placed(observations, spec, known, make)
        fitted = fit_placed(assembly, model, spec)
        return replace(fitted, exclusions=joined(assembly.exclusions, fitted.exclusions))

    def by_benchmark(self) -> dict[str, Case]:
        """The case under its own benchmark, then under each that it is compared with."""
        others = {
            name: replace(
                self,
                result=replace(
                    self.result,
                    spec=self.spec.model_copy(update={"benchmark": name}),
                    comparison={},
                ),
            )
            for name in self.result.comparison
        }
        return {self.benchmark: self, **others}

    def gap(self, tickers: Sequence[str], day: pd.Timestamp, window: Window) -> str:
        """Which of the tickers lack a return on some day of `window` after `day`, or empty."""
        return gap_of(tickers, self.lost(day, window), window)

    def lost(self, day: pd.Timestamp, window: Window) -> frozenset[str]:
        """The columns of `returns` that lack one on some day of `window` after `day`."""
        at = int(self.sessions.searchsorted(day))
        lost = self.returns.iloc[at + window.start : at + window.end + 1].isna().any()
        return frozenset(lost.index[lost])

    def ordinary_days(
        self, tickers: Sequence[str], estimation: Window, window: Window
    ) -> pd.DatetimeIndex:
        """The sessions at which nothing registered happened, for placebos of `window`.

        Around such a session (i) all days of the estimation window and of `window` lie in the
        prices; (ii) `window` holds no day 0 of a registered event of any of the tickers or of the
        whole market; (iii) `window` stays out of the studied event's own window, and (iv) the
        estimation window holds the day 0 of neither the studied event nor a headline event.
        """
        size = len(self.sessions)
        day = np.arange(1, size)  # the first session has no return
        registered, headline = self._registered(tickers)
        inside = (day + estimation.start >= 1) & (day + min(window.start, 0) >= 1)
        inside &= (day + estimation.end < size) & (day + max(window.end, 0) < size)
        own = Window(self.at + self.spec.window.start, self.at + self.spec.window.end)
        clear = ~_holds(day, window, np.array(registered))
        clear &= (day + window.end < own.start) | (day + window.start > own.end)
        clear &= ~_holds(day, estimation, np.array([*headline, self.at]))
        return self.sessions[day[inside & clear]]

    def registered_near(
        self, tickers: Sequence[str], at: int, window: Window, but: str
    ) -> list[RegisteredNear]:
        """Registered events of any of the tickers, or of the market, on the days of `window`.

        By day, counted from the session `at`; the event `but` is left out.
        """
        wanted = set(tickers)
        near = [
            RegisteredNear(event_id, title, day - at, ";".join(sorted(shared)) or WHOLE_MARKET)
            for event_id, title, day, named in self._dated
            if window.start <= day - at <= window.end
            and event_id != but
            and ((shared := named & wanted) or not named)
        ]
        return sorted(near, key=lambda one: one.rel_day)

    @cached_property
    def _dated(self) -> list[tuple[str, str, int, frozenset[str]]]:
        """The registered events inside the prices: id, title, which session, whom it names."""
        events = self.context.events
        inside = events[(events["day0"] <= self.sessions[-1]).to_numpy()]
        at = self.sessions.searchsorted(pd.DatetimeIndex(inside["day0"])).tolist()
        named = [frozenset(row.split(";")) - {""} for row in inside["tickers"]]
        return list(zip(inside["event_id"], inside["title"], at, named, strict=True))

    def _registered(self, tickers: Sequence[str]) -> tuple[list[int], list[int]]:
        """Sessions of the registered events of these tickers or of the market; of headline ones."""
        events = self.context.events
        at = self.sessions.searchsorted(pd.DatetimeIndex(events["day0"]))
        concerned = [not row or bool(_shared(row, tickers)) for row in events["tickers"]]
        mine = at[np.array(concerned, dtype=bool)]
        return mine.tolist(), at[events["headline"].to_numpy(dtype=bool)].tolist()

    def _brief(self) -> Brief:
        rows = [(e.name, e.key, str(len(e.members))) for e in self.entities]
        against = f", benchmark {self.benchmark}" if self.benchmark else ""
        sessions = self.sessions
        heads = ("entity", "key", "assets")
        return Brief(
            f"The case of {self.event_id}: day 0 is {self.day0:%Y-%m-%d}",
            f"{self.result.model_label}{against}; prices of "
            f"{counted(len(self.prices.tickers), 'ticker')}, {sessions[0]:%Y-%m-%d} to "
            f"{sessions[-1]:%Y-%m-%d}; the first {len(self.leads)} lead.",
            (PlainTable.of(heads, rows, len(rows), words=(0, 1), more="entities"),),
        )


def gap_of(tickers: Sequence[str], lost: Collection[str], window: Window) -> str:
    """A sentence on those of the tickers that are `lost` in the window, or empty."""
    names = ", ".join(ticker for ticker in dict.fromkeys(tickers) if ticker in lost)
    return f"missing returns of {names} in {window_text(window)}" if names else ""


def observations_at(days: pd.DatetimeIndex, columns: Sequence[str]) -> pd.DataFrame:
    """Each of the columns at each of the days, day by day; the event_id numbers the days."""
    return pd.DataFrame(
        {
            "event_id": np.repeat(np.arange(len(days)), len(columns)),
            "ticker": pd.Series(np.tile(np.array(columns, dtype=object), len(days)), dtype="str"),
            "date": np.repeat(days.to_numpy().astype("datetime64[ns]"), len(columns)),
            "group": "all",
        }
    )


def _shared(registered: str, tickers: Sequence[str]) -> list[str]:
    """Which of the tickers a registered event names."""
    return sorted(set(registered.split(";")) & set(tickers))


def column(entity: Entity) -> str:
    """What a portfolio's column is called beside the tickers."""
    return f"group {entity.key}" if entity.portfolio else entity.key


def _holds(
    day: npt.NDArray[np.int64], window: Window, days: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Whether day + window holds any of `days`, for each day."""
    distance = days[None, :] - day[:, None]
    return np.asarray(((distance >= window.start) & (distance <= window.end)).any(axis=1))
