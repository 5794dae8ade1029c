"""Discounts: a share of the total that the customer does not owe."""

from __future__ import annotations

from tally.invoice import Invoice, Line
from tally.money import share


def with_discount(invoice: Invoice, percent: int) -> Invoice:
    """The invoice with one more line that takes `percent` off. Raises ValueError outside 0 to 100."""
    if not 0 <= percent <= 100:
        raise ValueError(f"a discount is between 0 and 100 percent, not {percent}")
    line = Line(f"discount {percent}%", -share(invoice.total, percent))
    return Invoice(invoice.customer, (*invoice.lines, line))
