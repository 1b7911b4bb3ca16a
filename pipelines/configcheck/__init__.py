"""The files that people edit without Python, checked: settings, reference tables, texts, catalogues, suites.

``everything.check_all(settings)`` lists all that is wrong with them, each with file, line, what is wrong and how to mend
it; it writes nothing. The loaders refuse with the same words (``finding.refuse``). The modules:

- ``finding``: a finding and the error it becomes; ``csvfile``, ``tomlfile``: reading with line numbers
- ``settings_file`` (settings.toml), ``reference_files`` (tables.toml), ``text_files``: what each file must hold
- ``everything``: all of them at once. It stands apart from this file because every stage reads settings: what is
  imported here would count as a part of every stage's program (``codehash``).
"""
