"""Wording: the sentences of sentences.toml that fit the figures."""

from pipelines import notes, sentences
from pipelines.report.reading import Reading


class Wording(Reading):
    """Sentences about the figures; every text stands in data/reference/sentences.toml."""

    def say(self, wanted: str, section: str = "") -> str:
        """The sentence of sentences.toml that fits the indicator's figure."""
        texts = self._sentences.get(section or wanted, {})
        thresholds = self.settings.threshold_texts()
        words = self._sentences["change"]
        return sentences.sentence(
            texts, self.indicator(wanted), self.catalogue.entry(wanted), thresholds, words
        )

    def coverage(self, ids: list[str]) -> str:
        """The sentence that says which of the tables behind these indicators were not received."""
        absent = notes.missing_titles(self, ids)
        if absent:
            return self.phrase("basics", "missing_tables", tables="、".join(absent))
        return self.phrase("basics", "complete")

    def unless_missing(self, columns: list[str], text: str) -> str:
        """``text`` (none were found) if these columns of the school table are known, else that they are not."""
        unknown = self.schools.empty or bool(self.schools[columns].isna().any(axis=None))
        return self.phrase("basics", "schools_unknown") if unknown else text

    def texts(self, section: str) -> dict[str, str]:
        """A whole section of sentences.toml; empty if there is none."""
        return self._sentences.get(section, {})

    def phrase(self, section: str, case: str, **values: object) -> str:
        """A text of sentences.toml that hangs on no indicator, with its placeholders filled in."""
        return self._sentences[section][case].format(**values)
