"""The parts of the check stage: suites as data, derived columns, the Great Expectations run, what is written."""
