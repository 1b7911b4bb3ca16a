"""The indicators: one catalogue (catalogue.toml), computed for all towns and the county in one pass.

- ``catalogue``: what each indicator is called, means and needs;
- ``compute``: the figures of a period in the shape of indicators.json;
- ``dropout``, ``aid``, ``money``, ``left_behind``, ``contacts``: the rules, one module a purpose;
- ``worklist`` and ``schools``: the children behind the figures, and one row per school;
- ``period``: all of it for one period.
"""
