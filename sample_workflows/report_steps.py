"""The steps of `nightly_report.yaml`: read, sum up, compare, write."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

ROWS = Path("rows.json")


def read(orders: str) -> dict[str, Any]:
    """Keep the orders that have an amount as `rows.json`; each row left out is counted in a caveat.

    `output`: `rows`, the path of that file, and `kept`, their number. Raises FileNotFoundError, and KeyError
    for a missing column.
    """
    kept, left_out = [], []
    with Path(orders).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                kept.append({"customer": row["customer"], "amount": str(Decimal(row["amount"]))})
            except InvalidOperation:
                left_out.append(row["order"])
    ROWS.write_text(json.dumps(kept), encoding="utf-8")
    print(f"{len(kept)} orders read, {len(left_out)} left out")
    missing = f"{len(left_out)} orders have no amount and were left out: {', '.join(left_out)}."
    return {
        "output": {"rows": str(ROWS.resolve()), "kept": len(kept)},
        "caveats": [missing] if left_out else [],
    }


def total(rows: str) -> dict[str, Any]:
    """Sum up all orders into `state.total`, and each customer's into `output.customers`, largest first."""
    customers: Counter[str] = Counter()
    for row in json.loads(Path(rows).read_text(encoding="utf-8")):
        customers[row["customer"]] += round(Decimal(row["amount"]) * 100)
    ranked = [{"customer": name, "amount": cents / 100} for name, cents in customers.most_common()]
    return {"output": {"customers": ranked}, "state": {"total": customers.total() / 100}}


def compare(before: str, total: float) -> dict[str, Any]:
    """The change against the day before, in percent. Raises FileNotFoundError when there is no such file."""
    earlier = Path(before)
    if not earlier.is_file():
        raise FileNotFoundError(
            f"there are no orders of the day before ({earlier.name}): nothing to compare with"
        )
    with earlier.open(encoding="utf-8", newline="") as file:
        amount = sum(float(row["amount"] or 0) for row in csv.DictReader(file))
    return {"change_percent": round((total - amount) / amount * 100, 1)}


def report(total: float, customers: list[dict[str, Any]]) -> dict[str, Any]:
    """Write `report.md`."""
    rows = [f"| {row['customer']} | {row['amount']:.2f} |" for row in customers]
    text = "\n".join(
        ["# Orders", "", "| Customer | Amount |", "|---|---:|", *rows, f"| **All** | **{total:.2f}** |"]
    )
    Path("report.md").write_text(text + "\n", encoding="utf-8")
    print(text)
    return {"customers": len(customers)}
