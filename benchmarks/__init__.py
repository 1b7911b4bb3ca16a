"""Measurements; ``make bench`` prints them and keeps them under benchmarks/results/ (not tracked)."""
