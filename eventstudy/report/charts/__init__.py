"""Charts: each takes the axes first, draws plain tables and arrays into them, fits nothing."""

from eventstudy.report.charts.heatmap import draw_heatmap
from eventstudy.report.charts.paths import draw_car_paths
from eventstudy.report.charts.placebo import draw_placebo
from eventstudy.report.charts.rows import draw_benchmarks, draw_forest
from eventstudy.report.charts.timeline import draw_timeline

__all__ = [
    "draw_benchmarks",
    "draw_car_paths",
    "draw_forest",
    "draw_heatmap",
    "draw_placebo",
    "draw_timeline",
]
