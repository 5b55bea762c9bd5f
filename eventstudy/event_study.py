"""EventStudy: the steps of a study in their order; no numerics here.

Events are matched with prices, normal returns are fitted, abnormal returns are tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.compute.checkpoints import Checkpoints, checkpoints_in
from eventstudy.compute.threads import one_blas_thread
from eventstudy.errors import InputError
from eventstudy.estimation.context import context_for, without_confounded
from eventstudy.estimation.diagnostics import with_zero_share
from eventstudy.estimation.estimates import Estimates
from eventstudy.estimation.fitting import fit_placed, make_groups, missing_windows, portfolios, slim
from eventstudy.estimation.intake import admitted_from
from eventstudy.estimation.left_out import (
    cleaned,
    left_out_sentence,
    no_days,
    observed_happenings,
    registered_happenings,
)
from eventstudy.estimation.observations import (
    Intake,
    chosen_events,
    from_events,
    from_frame,
    shifted_dates,
)
from eventstudy.estimation.observed import check_observations
from eventstudy.estimation.on_disk import mapped_room, write_estimates
from eventstudy.estimation.own_windows import own_window_sentence
from eventstudy.estimation.placement import (
    Assembly,
    assemble,
    benchmarks_set_aside,
    joined,
)
from eventstudy.estimation.weights import with_weights, without_weight
from eventstudy.events.aligned import AlignedRegistry
from eventstudy.events.groups import Groups, read_groups
from eventstudy.events.registry import Events
from eventstudy.files.frames import is_frame
from eventstudy.models.kernel.batch import Room
from eventstudy.models.registry import Model, needs_benchmark, require_one_unit
from eventstudy.models.rolling import model_for
from eventstudy.options import explained
from eventstudy.prices.checks.door import Admitted
from eventstudy.prices.checks.still import NO_STANDSTILLS
from eventstudy.prices.checks.units import FACTORS
from eventstudy.prices.prices import Prices
from eventstudy.result.result import StudyResult
from eventstudy.result.tables import averages_frame, tests_frame
from eventstudy.significance.averages import average_all
from eventstudy.significance.registry import chosen_tests
from eventstudy.significance.run import run_tests
from eventstudy.significance.sample import FittedGroup
from eventstudy.spec.study_spec import DEFAULT_BENCHMARK, StudySpec
from eventstudy.spec.windows import Window
from eventstudy.text.numbers import counted

Progress = Callable[[str, int, int], None]
STAGES = ("fitting", "testing")
"""What a study says it is doing: to the observations, and to their estimation windows."""


@dataclass(frozen=True, slots=True)
class _Running:
    """What changes how a study runs, and no figure of it."""

    engine: str
    progress: Progress | None = None
    folder: str | Path | None = None
    checkpoints: Checkpoints | None = None


if TYPE_CHECKING:  # type checkers read the options from the fields
    _TakesOptions = StudySpec
else:
    _TakesOptions = object


@explained(StudySpec)
class EventStudy(_TakesOptions):
    """An event study: its options, and `run`, which applies them to events and prices.

    A window is a pair of sessions from day 0, both ends included, or a text such as "-1,1".
    Several names are a list or one text with commas.

    Raises:
        InputError: Invalid options, all named at once.
    """

    if TYPE_CHECKING:

        @property
        def spec(self) -> StudySpec:
            """The options, as saved with a result."""

        @property
        def _model(self) -> Model: ...

    else:

        def __init__(self, *values: Any, **options: Any) -> None:
            if len(values) > len(StudySpec.model_fields):
                raise TypeError(f"EventStudy takes {len(StudySpec.model_fields)} options.")
            in_order = dict(zip(StudySpec.model_fields, values, strict=False))
            self.spec = StudySpec(**in_order, **options)
            self._model = model_for(self.spec)
            chosen_tests(self.spec.tests)

        def __getattr__(self, name: str) -> Any:
            if name not in StudySpec.model_fields:
                raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}")
            return getattr(self.spec, name)

        def __repr__(self) -> str:
            return repr(self.spec).replace("StudySpec", type(self).__name__, 1)

    def run(
        self,
        events: Events | AlignedRegistry | pd.DataFrame,
        prices: Prices | pd.DataFrame | None = None,
        *,
        returns: pd.DataFrame | None = None,
        groups: Groups | str | Path | None = None,
        event_ids: Sequence[str] | None = None,
        engine: str = "serial",
        progress: Progress | None = None,
        folder: str | Path | None = None,
        checkpoints: str | Path | None = None,
    ) -> StudyResult:
        """Study registered events, or a frame of observations.

        Args:
            events: a registry from `read_events` (its headline events are studied, or all where
                none is marked), one that is aligned already, or a frame with event_id, ticker, date
                and any further columns; a column `group` defines groups.
            prices: from `load_prices`, or a wide frame of price levels, sessions × tickers.
            returns: instead of prices, a wide frame of returns in decimals with the benchmark.
            groups: the groups that the registry refers to, or a TOML file; the packaged
                ones if None.
            event_ids: which registered events to study.
            engine: "serial", "processes", "dask" or the address of a Dask scheduler; the figures
                are the same.
            folder: where to keep the event-level figures instead of in memory, for a frame of
                millions of observations: mapped arrays, which the result reads, and the table
                observations.parquet. They must stay as long as the result is used.
            checkpoints: a folder that keeps each finished chunk of fits until the study is done, so
                that an interrupted run resumes when it is started again with the same
                input and options. For models fitted one observation at a time, such as garch.
            progress: called as progress("fitting", tasks done, tasks in all), then with "testing".

        Returns:
            The estimates and their tests. What cannot be estimated is in `exclusions` with the
            reason.

        Raises:
            InputError: Events, prices, returns or options are wrong.
            DataMissingError: A regressor is missing from the data.
        """
        if is_frame(events):
            if self.spec.drop_confounded:
                raise InputError(
                    "Option drop_confounded looks for other events of the same asset in a "
                    "registry; a frame of observations has none: leave it out or use read_events."
                )
            observed = check_observations(events, self.calendar)
            known = (observed.event_id, observed.ticker)
            intake = from_frame(observed.frame, observed.alignments, known)
            data = self._admitted(prices, returns, intake)
            with checkpoints_in(checkpoints) as kept:
                how = _Running(engine, progress, folder, kept)
                return self._study(intake, data, prices, None, how)
        if folder is not None and isinstance(events, (Events, AlignedRegistry)):
            raise InputError("Option folder is for a frame of observations, not for a registry.")
        registered = self._registered(events, prices, groups, event_ids)
        chosen = chosen_events(registered.events, event_ids)
        intake = from_events(chosen, registered)
        data = self._admitted(prices, returns, intake)
        with checkpoints_in(checkpoints) as kept:
            how = _Running(engine, progress, checkpoints=kept)
            singles = [from_events([each], registered) for each in chosen if len(chosen) > 1]
            result, *parts = [
                self._study(each, data, prices, registered, how) for each in (intake, *singles)
            ]
        by_id = {event.event_id: part for event, part in zip(chosen, parts, strict=False)}
        return replace(result, parts=by_id)

    def _registered(
        self,
        events: object,
        prices: Prices | pd.DataFrame | None,
        groups: Groups | str | Path | None,
        event_ids: Sequence[str] | None,
    ) -> AlignedRegistry:
        """The registry, aligned once for the whole run."""
        if isinstance(events, AlignedRegistry):
            return events
        if not isinstance(events, Events):
            raise InputError(
                f"events is a {type(events).__name__}; give what read_events returns, or a "
                "DataFrame with event_id, ticker and date."
            )
        known = groups if isinstance(groups, Groups) else read_groups(groups)
        reads_all = isinstance(prices, Prices) or self.drop_confounded or self.clean_estimation
        needed = None if reads_all else chosen_events(events, event_ids)
        return AlignedRegistry.of(events, known, self.calendar, needed)

    def run_placed(self, intake: Intake, returns: pd.DataFrame, engine: str) -> StudyResult:
        """Study observations whose dates are in `returns` already, whatever its rows stand for.

        For measures whose sessions are not days: minute bars.

        Args:
            intake: the observations.
            returns: sessions × tickers, in decimals.
            engine: as in `run`.
        """
        placed = Admitted(returns, (), NO_STANDSTILLS)
        return self._study(intake, placed, None, None, _Running(engine))

    def _admitted(
        self,
        prices: Prices | pd.DataFrame | None,
        returns: pd.DataFrame | None,
        intake: Intake,
    ) -> Admitted:
        """The returns of whatever was handed in, after the checks that all of them pass."""
        spec, observations = self.spec, intake.observations
        studied = intake.keys.ticker.distinct.tolist()
        others = (spec.benchmark, *(spec.compare or ()), *spec.donors, DEFAULT_BENCHMARK, *FACTORS)
        named = observations["benchmark"].unique() if "benchmark" in observations else ()
        own = [name for name in named if name] or [DEFAULT_BENCHMARK]
        names = {*studied, *filter(None, others), *own}
        require_one_unit(self._model, spec, own if spec.benchmark is None else [spec.benchmark])
        return admitted_from(
            prices,
            returns,
            kind=spec.returns,
            asked=spec.frequency,
            calendar=spec.calendar,
            levels=spec.levels,
            level_unit=spec.level_unit,
            studied=studied,
            used=names,
            market=own if spec.benchmark is None else [spec.benchmark],
            regressors=spec.factors,
        )

    @one_blas_thread()
    def _study(
        self,
        intake: Intake,
        data: Admitted,
        prices: Prices | pd.DataFrame | None,
        registered: AlignedRegistry | None,
        how: _Running,
    ) -> StudyResult:
        source = prices if isinstance(prices, Prices) else None
        place = partial(
            assemble,
            returns=data.returns,
            still=data.still,
            model=self._model,
            factors=source.factors if source else None,
            unavailable=source.unavailable if source else None,
        )
        assembly = place(intake.observations, spec=self.spec, keys=intake.keys)
        if self.drop_confounded and registered is not None:
            assembly = without_confounded(assembly, registered, self.spec)
        assembly = with_weights(assembly, self.spec, source)
        assembly, left_out = self._cleaned(assembly, intake, registered)
        spec = assembly.spec
        fitting, testing = (partial(how.progress, s) if how.progress else None for s in STAGES)
        room: Room = np.empty if how.folder is None else mapped_room(Path(how.folder))
        fitted = fit_placed(assembly, self._model, spec, how.engine, fitting, room, how.checkpoints)
        if how.folder is not None:
            write_estimates(fitted.estimates, Path(how.folder))

        def under(labels: pd.DataFrame, spec: StudySpec) -> Assembly:
            return self._cleaned(place(labels, spec=spec), intake, registered)[0]

        groups = make_groups(fitted, intake.extra_members, assembly, self._model)
        labels = fitted.estimates.labels
        context = context_for(registered, labels, source, spec)
        return StudyResult(
            spec=spec,
            model_label=self._model.label,
            assets=slim(with_zero_share(fitted.estimates, assembly.panel)),
            portfolios=slim(portfolios(groups, fitted.estimates)),
            comparison={
                name: slim(self._under(name, under, labels))
                for name in self._other_benchmarks(source if context else None, labels)
            },
            tests=tests_frame(run_tests(groups, spec, how.engine, testing)),
            averages=averages_frame(average_all(groups, spec)),
            exclusions=joined(
                assembly.exclusions,
                fitted.exclusions,
                missing_windows(fitted.estimates, _lacking(groups, fitted.estimates)),
                without_weight(
                    fitted.estimates.labels,
                    self.spec,
                    given=self.spec.weights in intake.observations,
                ),
            ),
            alignments=(
                intake.alignments
                if registered
                else joined(intake.alignments, shifted_dates(labels, spec.frequency))
            ),
            notes=(
                *(registered.events.notes if registered else ()),
                *benchmarks_set_aside(intake.observations, self._model, spec),
                *own_window_sentence(labels),
                *left_out_sentence(assembly.labels, spec),
                *_notes(source, data.notes, fitted.estimates),
            ),
            context=context,
            source=asdict(source.provenance) if source and context is None else {},
            left_out=left_out,
            panel=assembly.panel,
        )

    def _cleaned(
        self, assembly: Assembly, intake: Intake, registered: AlignedRegistry | None
    ) -> tuple[Assembly, pd.DataFrame]:
        """Without the days of other events where that is asked for, and which those are."""
        if not self.clean_estimation:
            return assembly, no_days()
        if registered is None:
            return cleaned(assembly, observed_happenings(intake.observations))
        return cleaned(assembly, registered_happenings(registered.table))

    def _under(
        self, benchmark: str, place: Callable[..., Assembly], labels: pd.DataFrame
    ) -> Estimates:
        """The same observations under another benchmark."""
        spec = self.spec.model_copy(update={"benchmark": benchmark})
        return fit_placed(place(labels, spec=spec), self._model, spec).estimates

    def _other_benchmarks(self, source: Prices | None, labels: pd.DataFrame) -> tuple[str, ...]:
        offered = source.benchmarks if source else ()
        wanted = offered if self.spec.compare is None else self.spec.compare
        if not wanted or labels.empty or not needs_benchmark(self._model):
            return ()
        own = set(labels["benchmark"].unique())
        return tuple(name for name in wanted if own != {name})


def _lacking(groups: Sequence[FittedGroup], estimates: Estimates) -> list[Window]:
    """The CAR windows of which some observation lacks a day, as counted by the tests."""
    n, windows = len(estimates.labels), estimates.spec.car
    return [w for w in windows if not groups or groups[0].moments(w).n < n]


def _notes(source: Prices | None, doubts: tuple[str, ...], estimates: Estimates) -> tuple[str, ...]:
    """What a reader should know beside the figures."""
    flagged = tuple(dict.fromkeys((*doubts, *(source.factor_notes if source else ()))))
    if estimates.has_placebo or not len(estimates.labels):
        return (*flagged, *_without_placebo(estimates))
    said = "Placebo p-values were not computed; ask for them with placebo=True (--placebo)."
    return (*flagged, said)


def _without_placebo(estimates: Estimates) -> Iterator[str]:
    """Why p_placebo is empty beside a CAR, a sentence a window."""
    spec, n_obs = estimates.spec, estimates.fits.n_obs
    after = spec.post_estimation.length if spec.post_estimation else 0
    complete = bool((n_obs == spec.estimation.length + after).all())
    for window in spec.car:
        if complete and window.length <= spec.estimation.length:
            continue  # every run is there
        table = estimates.car_table(window)
        lacking = int((table["car"].notna() & table["p_placebo"].isna()).sum())
        if lacking:
            yield (
                f"No placebo p over {window} for {counted(lacking, 'observation')}: no complete "
                f"run of {window.length} estimation {spec.rows} to compare with."
            )
