"""What a worker of a local batch uses, imported once in the process that all of them are forked from (warm.py)."""

import gc

import distributed.nanny
import distributed.worker  # noqa: F401

import pipelines.batch.work
import pipelines.render.both
import pipelines.render.execute
import pipelines.render.readback  # noqa: F401


# A worker's collections would otherwise walk through all these objects, and copy their pages doing so.
gc.collect()
gc.freeze()
