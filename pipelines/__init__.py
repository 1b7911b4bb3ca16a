"""Reproducible monitoring reports for rural education.

One module a stage, in the order of the data: ingest, clean, check, match, indicators, notebooks, render.
``docs/architecture.md`` is the map of the house.
"""

__version__ = "0.1.0"
