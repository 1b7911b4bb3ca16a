"""第一版、第二版 …: what was issued is never overwritten; a correction lies beside it and says what changed and why.

``records`` keeps what was issued (editions.json in a unit's folder), ``basis`` what its figures were made from,
``compare`` finds what a correction changes, ``page`` puts it on the first page, ``seal`` issues (``make issue``).
"""
