"""The demo dataset: an invented county whose every wrong thing is known.

``write_demo`` simulates children over the quarters (people, schools, world, population, aid, care), plants stories
among them (planted_*), cuts the ledgers at every data date (rows), lays them out as an office would send them (sheets,
layout.toml), and writes them (workbook). ``planted.json`` says what was planted and where it lies, which rows are bad,
how many rows each table has, and what some indicators must be.

The expected values (expected.py) come from the simulation itself: from the place on the roll of each child
(``World.rolls``), and from the whole stories in the ledgers, asked at d by the readings of contract.md section 5. They
use no file, no clean table and no function of the pipeline, and each child is known by its number in the simulation,
not by an ID, so that joining is part of what they test. Indicators for which the simulation would have to repeat the
pipeline's own reasoning (school days, match levels, ISO weeks) are left out.

Names are of syllables, ID numbers of area 000000: they belong to nobody. The same seed gives the same bytes.
"""

from pipelines.demo.generate import DemoSummary, simulate, write_demo


__all__ = ["DemoSummary", "simulate", "write_demo"]
