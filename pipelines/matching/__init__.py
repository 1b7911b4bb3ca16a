"""Persons that may be the same and are not joined: near matches for a person to confirm, and what was confirmed.

- ``near``: pairs of a row and a pupil of the roll, level 丙 or 丁 with reasons (reads identity/, writes nothing);
- ``levels``: how sure two rows are one person, 甲, 乙 or 丙;
- ``confirmed``: ``data/raw/<dataset>/confirmed_matches.csv``, the answers, which ``match.load_facts`` honours.

Levels: contract.md section 4. 甲 and 乙 are joined by ``pipelines/joining.py`` and take no part here.
"""
