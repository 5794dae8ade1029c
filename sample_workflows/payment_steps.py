"""The steps of `gated_payment.yaml`: check a payment order, then put it into the outbox, once."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

CENT = Decimal("0.01")


def check(payee: str, amount: float, run: str) -> dict[str, Any]:
    """The order that will be sent: `payee`, `amount` as text with two digits, and its `reference`.

    An amount that had to be rounded is a caveat. Raises ValueError for a payee that cannot be printed.
    """
    if not payee.isprintable() or not payee.strip():
        raise ValueError("the payee's name holds characters that cannot be printed: write it in plain text")
    exact = Decimal(str(amount))
    cents = exact.quantize(CENT, ROUND_HALF_UP)
    rounded = [] if cents == exact else [f"The amount {exact} was rounded to {cents}."]
    return {
        "output": {"payee": payee.strip(), "amount": str(cents), "reference": f"opsgate-{run}"},
        "caveats": rounded,
    }


def pay(order: dict[str, str], outbox: str) -> dict[str, Any]:
    """Write the order into the folder `outbox`, named after its reference, and a copy as `receipt.json`.

    Raises FileExistsError when an order of that reference is there: it is never paid twice.
    """
    folder = Path(outbox)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(order, ensure_ascii=False, indent=2) + "\n"
    place = folder / f"{order['reference']}.json"
    with place.open("x", encoding="utf-8") as file:
        file.write(text)
    Path("receipt.json").write_text(text, encoding="utf-8")
    print(f"{place}: {order['amount']} to {order['payee']}")
    return {"order": str(place)}
