"""An invoice as plain text, its amounts in one column."""

from __future__ import annotations

from tally.invoice import Invoice
from tally.money import show

WIDTH = 40


def render(invoice: Invoice) -> str:
    """The invoice in lines of at most `WIDTH` characters."""
    rows = [(f"{line.quantity} x {line.text}", show(line.total)) for line in invoice.lines]
    body = [_row(*row) for row in rows]
    return "\n".join([f"Invoice for {invoice.customer}"[:WIDTH], *body, "-" * WIDTH, _row("Total", show(invoice.total))])


def _row(label: str, amount: str) -> str:
    room = WIDTH - len(amount) - 1
    return f"{label[:room]:<{room}} {amount}"
