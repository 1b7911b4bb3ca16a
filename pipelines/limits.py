"""What one notebook may use: the values of monitoring.toml ``[execution]``.

A module of its own, so that reading the settings does not import (or depend on) anything that runs notebooks.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; monitoring.toml ``[execution]``. 0 megabytes means no limit.

    ``report_seconds`` is kept by the fork engine only: a kernel's client can limit a cell, not a notebook.
    """

    cell_seconds: int = 600
    report_seconds: int = 1800
    memory_mb: int = 0
