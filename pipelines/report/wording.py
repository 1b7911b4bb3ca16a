"""Wording: the sentences of sentences.toml that fit the figures."""

from pipelines import notes, sentences
from pipelines.report import own
from pipelines.report.reading import Reading


class Wording(Reading):
    """Sentences about the figures; every text stands in data/reference/sentences.toml."""

    def say(self, wanted: str, section: str = "") -> str:
        """与指标数字相符的一句话，文字在 data/reference/sentences.toml 里（改文字不用改程序）。

        例：report.text(report.say("D05"), report.say("D06"))

        自己定义的指标（X01 等）没有写句子时，用 [own] 里的通用句。
        """
        texts = self._sentences.get(section or wanted, {})
        if not texts and self.catalogue.entry(wanted).theme == own.THEME:
            name = self.catalogue.entry(wanted).name
            texts = {case: text.replace("{name}", name) for case, text in self._sentences["own"].items()}
        thresholds = self.settings.threshold_texts()
        words = self._sentences["change"]
        return sentences.sentence(
            texts, self.indicator(wanted), self.catalogue.entry(wanted), thresholds, words
        )

    def coverage(self, ids: list[str]) -> str:
        """这些指标所用的数据表里，哪些本季度没有收到（一句话）。

        例：report.text(report.coverage(["D05", "D14"]))
        """
        return notes.coverage_text(self, ids)

    def unless_missing(self, columns: list[str], text: str) -> str:
        """学校表这几列都有数时用 text（没有发现问题），否则说明数据未知：没有收到不等于没有。"""
        unknown = self.schools.empty or bool(self.schools[columns].isna().any(axis=None))
        return self.phrase("basics", "schools_unknown") if unknown else text

    def texts(self, section: str) -> dict[str, str]:
        """文字文件 sentences.toml 的一整节：情形 → 文字；没有这一节则为空。"""
        return self._sentences.get(section, {})

    def phrase(self, section: str, case: str, **values: object) -> str:
        """文字文件 sentences.toml 里不随指标变化的一句话，占位符换成给的值。

        例：report.phrase("basics", "schools", count=12, pupils="3,456人")
        """
        return self._sentences[section][case].format(**values)
