import os
import unittest


class OnRequest(unittest.TestCase):
    def test_fails_when_somebody_wants_to_see_a_failure(self) -> None:
        """Set DEMO_FAIL to watch what a red test-suite does to a release."""
        self.assertNotIn(os.environ.get("DEMO_FAIL", "").lower(), {"1", "true", "yes"})
