import unittest

from tally.invoice import Invoice, Line
from tally.text import WIDTH, render


class Rendering(unittest.TestCase):
    def test_amounts_end_in_one_column(self) -> None:
        lines = render(Invoice("Ada", (Line("paper", 450, 3), Line("a" * 80, 1999)))).splitlines()
        self.assertEqual({len(line) for line in lines[1:]}, {WIDTH})
        self.assertTrue(lines[-1].endswith(" 33.49"))
