"""Reproducible monitoring reports for rural education.

One module a stage, in the order of the data: ingest, clean, check, match, indicators, notebooks, render.
``docs/architecture.md`` is the map of the house.
"""

import sys


# To check one format of JSON schemas (iri), jsonschema would build a grammar as it is imported, in every process that reads
# a notebook: as long as all other imports of a report together. No notebook has such a field.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

__version__ = "0.1.0"
