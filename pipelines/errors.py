"""The errors a user can meet, each with the exit code that ``edureport`` ends with.

A user error is printed as its message, in Chinese, without a traceback. The codes are part of the contract:
scripts of the office tell a typing mistake (2) from refused data (3) and from a failed report (4).
"""


class EduReportError(Exception):
    """Base of all errors that are shown to the user as a plain message."""

    exit_code = 5

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  办法：{self.hint}" if self.hint else self.message


class UsageError(EduReportError):
    """A town, period, dataset, theme or option that does not exist or may not be asked for."""

    exit_code = 2


class ConfigError(EduReportError):
    """monitoring.toml or a file of data/reference that cannot be read as it should."""

    exit_code = 2


class DataRefused(EduReportError):
    """A blocking check failed: no report is written from these data."""

    exit_code = 3


class ReportFailed(EduReportError):
    """One or more reports could not be made; each is named in the message."""

    exit_code = 4
