"""Before, in or after the session: the spellings of vendors."""

from __future__ import annotations

import re
from typing import Literal, get_args

Timing = Literal["pre", "intraday", "post"]
TIMINGS: tuple[Timing, ...] = get_args(Timing)

_UNKNOWN = "- -- nan none na nat unknown timenotsupplied notsupplied unspecified tns tba tbd"
_SPELLED: dict[Timing | Literal[""], str] = {
    "pre": (
        "pre bmo before beforemarket beforemarketopen beforemarketopens beforeopen beforetheopen "
        "befmkt beforehours premarket premarketopen preopen timepremarket"
    ),
    "intraday": (
        "intraday dmh dmt during duringmarket duringmarkethours duringmkt duringsession "
        "duringtrading duringtradinghours duringthemarket markethours insession"
    ),
    "post": (
        "post amc after aftermarket aftermarketclose aftermarketcloses afterclose aftertheclose "
        "aftmkt afterhours aftermarkethours postmarket postmarketclose postclose timeafterhours"
    ),
    "": f"{_UNKNOWN} ",
}
_BY_WORD = {word: timing for timing, words in _SPELLED.items() for word in (*words.split(), "")}
_REST = re.compile(r"[\W_]+")


def timing_of(text: str) -> Timing | Literal[""] | None:
    """What a vendor's word says of the time of day, "" if nothing; None for any other word.

    Args:
        text: Such as "post", "AMC", "After Market Close" or "time-after-hours".
    """
    return _BY_WORD.get(_REST.sub("", text).lower())
