"""What disclosure control can end in."""


class DisclosureError(Exception):
    """No choice of hidden figures protects what must be hidden; ``cells`` names those left open (keys only)."""

    def __init__(self, cells: list[str]):
        super().__init__(f"cannot protect {len(cells)} cells")
        self.cells = cells
