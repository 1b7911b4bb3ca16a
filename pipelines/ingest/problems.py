"""What is said about a file that cannot be read, and the limits that keep one file from stopping the rest."""


class Unreadable(Exception):
    """A file that cannot be read; the message is for the analyst (Chinese) and never quotes content."""


MAX_FILE_BYTES = 1_000_000_000
MAX_TEXT_BYTES = 300_000_000  # a text file is held decoded and as cells: several times its size
MAX_CELLS = 30_000_000  # a county's largest sheet has some 7 million
MAX_PARTS = 10_000  # files inside one workbook
MAX_UNPACKED = 1_500_000_000  # bytes of all parts of a workbook together
MAX_RATIO, RATIO_FROM = 150, 60_000_000  # real sheets shrink to a fifth or a fiftieth, bombs to a thousandth

EMPTY = "文件是空的。请重新导出后再放入。"
PASSWORD = "文件设有密码，打不开。请去掉密码后另存再放入。"
DAMAGED = "文件已损坏或不是表格文件，打不开。请用 Excel 打开后另存为 .xlsx 再放入。"
NO_TABLE = "文件里没有表格。请用 Excel 打开后另存为 .xlsx 再放入。"
UNKNOWN = "不是能识别的表格文件（Excel 或 CSV）。请另存为 .xlsx 再放入。"
TOO_WIDE = "工作表范围过大（有内容的单元格离得太远）。请删除表格以外的内容后另存再放入。"
TOO_LARGE = "文件太大（超过 1 GB），没有读取。请分成几个文件。"
TEXT_TOO_LARGE = "文本文件太大（超过 300 MB），没有读取。请分成几个文件，或另存为 .xlsx。"
BOMB = "文件解压后大得不正常，为安全起见没有读取。请用 Excel 打开，把需要的内容另存为新的 .xlsx 再放入。"
CHANGED = "文件在读取过程中被改动，没有使用。请关闭正在编辑或同步它的程序，再重新运行。"
NO_ACCESS = "文件读不了（可能没有权限或正被占用）。请关闭文件后重试。"
BAD_CSV = "CSV 文件的引号或分隔符有误，读不了。请用 Excel 打开后另存为 .xlsx 再放入。"
