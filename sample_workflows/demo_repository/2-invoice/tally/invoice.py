"""An invoice: who it is for, and its lines."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """Something sold: `quantity` pieces at `price` cents each."""

    text: str
    price: int
    quantity: int = 1

    @property
    def total(self) -> int:
        return self.price * self.quantity


@dataclass(frozen=True)
class Invoice:
    """What `customer` owes, in cents."""

    customer: str
    lines: tuple[Line, ...] = field(default=())

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)
