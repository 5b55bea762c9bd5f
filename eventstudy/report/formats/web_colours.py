"""The colours of the web page as CSS variables, by day and by night."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from eventstudy.report.drawing import theme
from eventstudy.report.drawing.theme import INKS, Ink

LEAST_CONTRAST: Final = 4.5
"""Of type against its ground (WCAG AA)."""

NIGHT: Final = {
    "colour": replace(
        INKS["colour"],
        text="#E9E7E4",
        grey="#A9B0B8",
        rule="#5B636C",
        grid="#2D333A",
        paper="#15181C",
        blue="#5BB4E5",
        deep_blue="#A9D6F2",
        orange="#E9A820",
        vermilion="#F08A4B",
        event="#F08A4B",
        band="#1F3F55",
        outer_band="#19293A",
        missing="#22272D",
    ),
    "grey": replace(
        INKS["grey"],
        text="#E6E6E6",
        grey="#AFAFAF",
        rule="#606060",
        grid="#303030",
        paper="#161616",
        blue="#D2D2D2",
        deep_blue="#F2F2F2",
        orange="#8F8F8F",
        vermilion="#A8A8A8",
        event="#FFFFFF",
        band="#3C3C3C",
        outer_band="#292929",
        missing="#262626",
    ),
}
"""The counterpart of each ink on a dark ground: the same hues, as far from it."""

_FIELDS: Final = (
    *("text", "grey", "rule", "grid", "paper", "blue", "deep_blue", "orange", "vermilion"),
    *("event", "band", "outer_band", "missing"),
)


def palette_css() -> str:
    """The variables of the ink in force: light, and dark where the reader or the system wants it.

    `--ink-…` is a colour of marks, `--type-…` the same for letters, where it has to be darker or
    lighter to be read. What is on a `card` stays as by day. Print is always light.
    """
    day, night = _values(theme.ink()), _values(NIGHT[theme.ink().name])
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
    for name in _FIELDS:
        names.setdefault(getattr(theme.ink(), name).lower(), f"var({_variable(kind, name)})")
    return names


def _variable(kind: str, name: str) -> str:
    return f"--{kind}-{name.replace('_', '-')}"


def _values(ink: Ink) -> str:
    found = []
    for name in _FIELDS:
        colour = getattr(ink, name)
        found.append(f"{_variable('ink', name)}:{colour}")
        found.append(f"{_variable('type', name)}:{readable(colour, ink.paper, ink.text)}")
    return ";".join(found)


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
    return theme.luminance([c / 255 for c in _channels(colour)])
