import unittest

from tally.discount import with_discount
from tally.invoice import Invoice, Line


class Discounts(unittest.TestCase):
    def test_takes_its_share_off_the_total(self) -> None:
        self.assertEqual(with_discount(Invoice("Ada", (Line("ink", 2000),)), 15).total, 1700)

    def test_refuses_more_than_everything(self) -> None:
        with self.assertRaises(ValueError):
            with_discount(Invoice("Ada"), 101)
