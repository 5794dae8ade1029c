"""`python3 -m tally CUSTOMER LINES.csv [DISCOUNT]` prints an invoice."""

from __future__ import annotations

import sys
from pathlib import Path

from tally.discount import with_discount
from tally.table import read
from tally.text import render


def main(arguments: list[str]) -> int:
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    customer, lines, *discount = arguments
    invoice = read(Path(lines), customer)
    print(render(with_discount(invoice, int(discount[0])) if discount else invoice))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
