"""A second, separate computation of the indicators, to hold the pipeline's to (see README.md)."""
