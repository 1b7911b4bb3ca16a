"""The options that commands share: one name, one environment variable and one help text for each."""

import argparse
import os


_HELP = {
    "town": "镇街区名称、曾用名、九位代码或拼音",
    "period": "季度，如 2026Q3；不写则取最新",
    "dataset": "数据集；不写则用 monitoring.toml 的默认值",
    "edition": "internal（内部版）或 public（公开版）",
    "theme": "dropout、aid、left_behind、plan 或 all",
}


def env(name: str) -> str:
    """The value of EDUREPORT_<name>, which is how make passes what a user typed; empty if there is none."""
    return os.environ.get(f"EDUREPORT_{name}", "")


def add_options(command: argparse.ArgumentParser, *names: str, **helps: str) -> None:
    """Add options that take a text: shared ones by name, others (or with another help text) as ``name=help``."""
    for name, text in {**{name: _HELP[name] for name in names}, **helps}.items():
        command.add_argument(f"--{name}", default=env(name.upper()), help=text)
