"""The sample workflows: every step's program, run for real."""
