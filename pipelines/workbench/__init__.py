"""The analysts' workbench: edit, preview, new, check, diff."""
