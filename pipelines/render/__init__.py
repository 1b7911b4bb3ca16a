"""From a notebook to finished pages: execute it, build one HTML body of it, and print that as HTML and as PDF."""
