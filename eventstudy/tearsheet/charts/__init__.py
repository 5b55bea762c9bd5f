"""Charts: each takes the axes first, draws plain tables and arrays into them, fits nothing."""

from eventstudy.tearsheet.charts.heatmap import draw_heatmap
from eventstudy.tearsheet.charts.paths import draw_car_paths
from eventstudy.tearsheet.charts.placebo import draw_placebo
from eventstudy.tearsheet.charts.rows import draw_benchmarks, draw_forest
from eventstudy.tearsheet.charts.timeline import draw_timeline

__all__ = [
    "draw_benchmarks",
    "draw_car_paths",
    "draw_forest",
    "draw_heatmap",
    "draw_placebo",
    "draw_timeline",
]
