"""``make batch``: every town × theme and the county, on Dask; resumable, the same bytes whatever the workers."""
