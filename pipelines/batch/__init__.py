"""``make batch``: every town × theme and the county, on Dask; resumable, the same bytes whatever the workers."""

from pipelines.batch.run import Options, run_batch


__all__ = ["Options", "run_batch"]
