"""Disclosure control: which figures of a set may be published, decided over the whole set at once.

``model``: cells, items and what everybody knows about them; ``primary``: which are small; ``protect``: what else has
to be hidden so that nobody can work them out; ``bounds``: what a reader can work out; ``figures``: the figures of
indicators.json as such a model; ``apply``: the same figures with only what is allowed. The rule is stated and argued
in docs/privacy/disclosure.zh-CN.md. Nothing is imported here: internal reports need no optimiser.
"""
