"""Amounts of money as whole cents: parsing, printing and shares, with no binary fractions."""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d{1,2}))?")


def parse(text: str) -> int:
    """The cents written as `text`, such as "12", "12.5" or "-0.07". Raises ValueError for anything else."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an amount: {text!r}")
    sign, whole, fraction = match.groups()
    cents = int(whole) * 100 + int((fraction or "0").ljust(2, "0"))
    return -cents if sign else cents


def show(cents: int) -> str:
    """`cents` as "12.50"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


def share(cents: int, percent: int) -> int:
    """`percent` of `cents`."""
    return cents * percent // 100
