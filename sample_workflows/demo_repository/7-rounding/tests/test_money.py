import unittest

from tally import money


class Parsing(unittest.TestCase):
    def test_reads_whole_and_broken_amounts(self) -> None:
        self.assertEqual([money.parse(text) for text in ("12", "12.5", "12.05")], [1200, 1250, 1205])

    def test_keeps_the_sign_of_an_amount_below_one(self) -> None:
        self.assertEqual(money.parse("-0.07"), -7)

    def test_refuses_what_is_no_amount(self) -> None:
        with self.assertRaises(ValueError):
            money.parse("12,50")


class Printing(unittest.TestCase):
    def test_prints_what_it_reads(self) -> None:
        for text in ("0.00", "12.50", "-0.07"):
            self.assertEqual(money.show(money.parse(text)), text)


class Shares(unittest.TestCase):
    def test_halves_are_rounded_away_from_zero(self) -> None:
        self.assertEqual([money.share(cents, 50) for cents in (3, -3, 4)], [2, -2, 2])
