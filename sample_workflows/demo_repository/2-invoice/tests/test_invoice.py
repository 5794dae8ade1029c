import unittest

from tally.invoice import Invoice, Line


class Totals(unittest.TestCase):
    def test_a_line_counts_its_pieces(self) -> None:
        self.assertEqual(Line("paper", 450, 3).total, 1350)

    def test_an_invoice_adds_up_its_lines(self) -> None:
        self.assertEqual(Invoice("Ada", (Line("paper", 450, 3), Line("ink", 1999))).total, 3349)

    def test_an_empty_invoice_owes_nothing(self) -> None:
        self.assertEqual(Invoice("Ada").total, 0)
