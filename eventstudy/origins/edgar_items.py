"""The items of Form 8-K, by their numbers before and since 23 August 2004."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.errors import InputError, unknown_name

EXHIBITS = ("9.01", "7")
"""Items that only list what is attached."""

ITEMS: Mapping[str, str] = {
    "1.01": "material agreement",
    "1.02": "end of a material agreement",
    "1.03": "bankruptcy or receivership",
    "1.04": "mine safety",
    "1.05": "material cybersecurity incident",
    "2.01": "acquisition or disposal of assets",
    "2.02": "results of operations",
    "2.03": "new financial obligation",
    "2.04": "acceleration of a financial obligation",
    "2.05": "costs of exit or disposal",
    "2.06": "material impairment",
    "3.01": "notice of delisting or listing transfer",
    "3.02": "unregistered sale of equity",
    "3.03": "change of holders' rights",
    "4.01": "change of auditor",
    "4.02": "earlier financial statements no longer reliable",
    "5.01": "change of control",
    "5.02": "change of directors or officers",
    "5.03": "change of articles, bylaws or fiscal year",
    "5.04": "suspended trading in benefit plans",
    "5.05": "code of ethics",
    "5.06": "change of shell company status",
    "5.07": "shareholder vote",
    "5.08": "director nominations by shareholders",
    "6.01": "asset-backed securities: information",
    "6.02": "asset-backed securities: change of servicer or trustee",
    "6.03": "asset-backed securities: change of credit enhancement",
    "6.04": "asset-backed securities: failed distribution",
    "6.05": "asset-backed securities: Securities Act disclosure",
    "6.06": "asset-backed securities: static pool",
    "7.01": "Regulation FD disclosure",
    "8.01": "other events",
    "9.01": "financial statements and exhibits",
    "1": "change of control",
    "2": "acquisition or disposal of assets",
    "3": "bankruptcy or receivership",
    "4": "change of auditor",
    "5": "other events",
    "6": "resignation of directors",
    "7": "financial statements and exhibits",
    "8": "change of fiscal year",
    "9": "Regulation FD disclosure",
    "10": "code of ethics",
    "11": "suspended trading in benefit plans",
    "12": "results of operations",
}
"""Number → what it reports, in the words of the SEC's list of items, shortened."""


def require_items(items: tuple[str, ...], forms: tuple[str, ...]) -> None:
    """Check that items exist and that the forms have any.

    Args:
        items: Numbers such as "2.02".
        forms: The forms that are asked for.

    Raises:
        InputError: An item does not exist, or items are asked of another form than 8-K.
    """
    for item in items:
        if item not in ITEMS:
            raise unknown_name("item of form 8-K", item, list(ITEMS))
    others = [form for form in forms if not form.startswith("8-K")]
    if items and others:
        raise InputError(
            f"Option items: form {others[0]} has no items, only 8-K has; leave out --items, or ask "
            "for the forms one at a time."
        )


def reported(items: tuple[str, ...]) -> str:
    """What a filing reports, by its items; empty without any.

    Args:
        items: Their numbers; exhibits are named only where nothing else is.
    """
    own = [item for item in items if item not in EXHIBITS] or list(items)
    return ", ".join(dict.fromkeys(ITEMS.get(item, f"item {item}") for item in own))
