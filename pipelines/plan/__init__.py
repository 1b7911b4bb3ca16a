"""The county's plan as data, and how far each of its countable items has come (docs/plan.md).

``model`` and ``reading``: tasks and items from data/reference/plan; ``ledger`` and ``measures``: what the task ledger
says and what other tables tell; ``status``: the rule that names an item's state; ``figures``: all of it for every town;
``history``: since when an item is late, how often it was opened again; ``page``: what the notebooks show.
"""
