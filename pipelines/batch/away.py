"""What a worker does that shares no folder with the batch: fetch its files, make the report, hand it back.

The report itself is made by the same function as ever, in a private project folder of the worker's process.
"""

import json
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from pipelines.batch import work
from pipelines.batch.exchange import Listing, Store, bring, listed, own_files
from pipelines.batch.plan import Job
from pipelines.errors import EduReportError
from pipelines.settings import Settings


_LOCK = threading.Lock()
_ROOTS: dict[str, Path] = {}


def _root(turn: str) -> Path:
    """The private project folder for one run; that of the run before goes."""
    if turn not in _ROOTS:
        while _ROOTS:
            shutil.rmtree(_ROOTS.popitem()[1], ignore_errors=True)
        _ROOTS[turn] = Path(tempfile.mkdtemp(prefix="er"))
    return _ROOTS[turn]


def make_away(address: str, shared: str, own: Listing, code: str, turn: str, job: Job) -> work.Outcome:
    """Make one report from files of the store; as ``work.make_one``, with ``objects`` (path → SHA-256, to be fetched
    in this order) and ``gone`` (paths that are no more). Never raises.
    """
    try:
        store = Store(address)
        with _LOCK:
            root = _root(turn)
            bring(root, store, json.loads(store.get(shared)))
            bring(root, store, own)
        outcome = work.make_in(root, code, turn, job)
        return outcome | _brought_back(Settings.load(root), store, own, job)
    except EduReportError as error:
        return work.failed(job, error.message, error.hint)


def _brought_back(settings: Settings, store: Store, own: Listing, job: Job) -> dict[str, Any]:
    """Send what is new or changed of the unit; stamps last, so that a report is there before it counts as made."""
    now = listed(settings, own_files(settings, job))
    mine = {name for name in own if name.startswith("data/") or Path(name).suffix in (".html", ".pdf")}
    changed = {name: digest for name, digest in now.items() if own.get(name) != digest}
    order = sorted(changed, key=lambda name: (not name.startswith("reports/"), name))
    for name in order:
        store.put((settings.root / name).read_bytes())
    return {"objects": {name: changed[name] for name in order}, "gone": sorted(mine - now.keys())}
