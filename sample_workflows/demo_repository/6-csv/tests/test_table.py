import tempfile
import unittest
from pathlib import Path

from tally.table import read


class Reading(unittest.TestCase):
    def test_reads_one_line_a_row(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "lines.csv")
            path.write_text("text,price,quantity\npaper,4.50,3\nink,19.99,1\n", encoding="utf-8")
            self.assertEqual(read(path, "Ada").total, 3349)
