"""The colours of the web page as CSS variables, by day and by night."""

from __future__ import annotations

from typing import Final

from matplotlib.colors import to_hex, to_rgb

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.palette import NIGHT, Ink, is_dark, luminance

LEAST_CONTRAST: Final = 4.5
"""Of type against its ground (WCAG AA)."""


def palette_css(used: str = "") -> str:
    """The variables of the ink in force: light, and dark where the reader or the system wants it.

    `--ink-…` is a colour of marks, `--type-…` the same for letters, where it has to be darker or
    lighter to be read; `--shade-…` one of the diverging colours, those that the rules in `used`
    name. What is on a `card` stays as by day. Print is always light.
    """
    by_day, by_night = _shade_values(used)
    day = f"{_values(theme.ink())}{by_day}"
    night = f"{_values(NIGHT[theme.ink().name])}{by_night}"
    card = (
        f"color-scheme:light;{day};background:var(--ink-paper);color:var(--ink-text);"
        "padding:.9rem;border-radius:4px"
    )
    asked, system = ":root[data-theme=dark]", ":root:not([data-theme=light])"
    dark = "{0}{{color-scheme:dark;{1}}}{0} .card{{{2}}}".format
    return "\n".join(
        (
            f":root{{color-scheme:light;{day}}}",
            f"@media screen{{{dark(asked, night, card)}}}",
            f"@media screen and (prefers-color-scheme:dark){{{dark(system, night, card)}}}",
        )
    )


def variables(kind: str) -> dict[str, str]:
    """The variable, of kind "ink" or "type", of every colour of the ink in force, by its code."""
    names: dict[str, str] = {}
    for name, colour in theme.ink().named.items():
        names.setdefault(colour.lower(), f"var({_variable(kind, name)})")
    return names


def shade_variables() -> dict[str, str]:
    """The variable of every diverging colour of the ink in force, by its code."""
    names: dict[str, str] = {}
    for index, colour in enumerate(_shades(theme.ink())):
        names.setdefault(colour, f"var(--shade-{index})")
    return names


def _shades(ink: Ink) -> list[str]:
    scale = theme.shades(ink)
    return [to_hex(scale(index)) for index in range(scale.N)]


def _shade_values(used: str) -> tuple[str, str]:
    """The shades that rules name, by day and by night, each clear of the letters that stand on it.

    Which letters these are was decided by day: those of the paper's colour on dark shades.
    """
    inks = theme.ink(), NIGHT[theme.ink().name]
    found = [""] * 2
    for index, shades in enumerate(zip(*map(_shades, inks), strict=True)):
        if f"var(--shade-{index})" not in used:
            continue
        on_dark = is_dark(to_rgb(shades[0]))
        for at, (ink, shade) in enumerate(zip(inks, shades, strict=True)):
            letters, away = (ink.paper, ink.text) if on_dark else (ink.text, ink.paper)
            found[at] += f";--shade-{index}:{readable(shade, letters, away)}"
    return found[0], found[1]


def _variable(kind: str, name: str) -> str:
    return f"--{kind}-{name.replace('_', '-')}"


def _values(ink: Ink) -> str:
    values = []
    for name, colour in ink.named.items():
        values.append(f"{_variable('ink', name)}:{colour}")
        values.append(f"{_variable('type', name)}:{readable(colour, ink.paper, ink.text)}")
    return ";".join(values)


def readable(colour: str, ground: str, text: str) -> str:
    """The colour, moved towards that of the text as far as letters on the ground need it.

    The ground's own colour is left alone: it is that of letters on dark marks.
    """
    mixed, share = colour, 0.0
    while colour != ground and contrast(mixed, ground) < LEAST_CONTRAST and share < 1:
        share = min(1.0, share + 0.04)
        mixed = _mix(colour, text, share)
    return mixed


def contrast(one: str, other: str) -> float:
    """The contrast of two hex colours (WCAG 2), 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02X}" for a, b in pairs)


def _luminance(colour: str) -> float:
    return luminance([c / 255 for c in _channels(colour)])
