"""Invoice lines from a CSV file with the columns text, price and quantity."""

from __future__ import annotations

import csv
from pathlib import Path

from tally.invoice import Invoice, Line
from tally.money import parse


def read(path: Path, customer: str) -> Invoice:
    """The invoice of the file's lines. Raises KeyError for a missing column, ValueError for a bad amount."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return Invoice(customer, tuple(Line(row["text"], parse(row["price"]), int(row["quantity"])) for row in rows))
