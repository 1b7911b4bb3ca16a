"""The data contract: which tables and columns exist, what they are called, and what may stand in them."""
