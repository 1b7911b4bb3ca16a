# Every target installs what it needs first; nothing happens when nothing changed.
# 直接输入 make 查看可用命令。

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Texts and figures must not depend on the machine's language or clock zone.
export PYTHONHASHSEED := 0
export TZ := Asia/Shanghai
export PYTHONUTF8 := 1

# Options reach the program through the environment, never through the shell's words: a town named with
# quotes, spaces or $(…) is compared with the register, not executed.
export EDUREPORT_TOWN     := $(value TOWN)
export EDUREPORT_PERIOD   := $(value PERIOD)
export EDUREPORT_DATASET  := $(value DATASET)
export EDUREPORT_EDITION  := $(value EDITION)
export EDUREPORT_THEME    := $(value THEME)
export EDUREPORT_SCALE    := $(value SCALE)
export EDUREPORT_WORKERS  := $(value WORKERS)
export EDUREPORT_SCHEDULER := $(value SCHEDULER)
export EDUREPORT_STORE    := $(value STORE)
export EDUREPORT_WHY      := $(value WHY)
export EDUREPORT_REASON   := $(value REASON)
export EDUREPORT_DATE     := $(value DATE)
export EDUREPORT_CONFIRM  := $(value CONFIRM)
export EDUREPORT_PASSFD   := $(value PASSFD)
export EDUREPORT_NAME     := $(value NAME)
export EDUREPORT_TITLE    := $(value TITLE)
export EDUREPORT_PORT     := $(value PORT)
export EDUREPORT_FULL     := $(value FULL)
export EDUREPORT_AGAINST  := $(value AGAINST)
# make would expand the originals once more to hand them to its children.
unexport TOWN PERIOD DATASET EDITION THEME SCALE WORKERS SCHEDULER STORE WHY REASON DATE CONFIRM PASSFD NAME TITLE PORT FULL AGAINST

.DEFAULT_GOAL := help
.PHONY: help setup report notice new preview edit check diff batch issue verify annex purge bench data demo test test-browser gallery approve index lint fix clean

help: ## 列出全部命令
	@echo "用法：make 命令 [TOWN=景芝镇] [PERIOD=2026Q3] [DATASET=demo] [THEME=dropout|aid|left_behind|plan|all]"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.ready ## 建立运行环境（其他命令会自动先做这一步）

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "需要 Python 3.11 或更高版本；可用 make PYTHON=python3.12 … 指定。")'
	@echo "正在建立运行环境（首次约需一两分钟）……"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pipelines.workbench.tidy
	@touch $@
	@echo "运行环境已就绪。"

report: $(VENV)/.ready ## 生成一个镇街区的报告：make report TOWN=景芝镇
	@$(BIN)/edureport report

notice: $(VENV)/.ready ## 生成全市重点任务进展情况通报（内部版）
	@EDUREPORT_TOWN=000 EDUREPORT_THEME=notice $(BIN)/edureport report

batch: $(VENV)/.ready ## 生成全部镇街区和全市的报告，可写 WORKERS=4 SCHEDULER=tcp://… STORE=s3://… WHY=1
	@$(BIN)/edureport batch

issue: $(VENV)/.ready ## 印发：记下已印发的报告，今后不覆盖，更正另出第二版（可写 TOWN= DATE=2026-10-12）
	@$(BIN)/edureport issue

verify: $(VENV)/.ready ## 重新生成一个镇街区已出的报告并逐字节核对：make verify TOWN=景芝镇
	@$(BIN)/edureport verify

new: $(VENV)/.ready ## 新建一份报告：make new NAME=boarding TITLE=住校情况
	@$(BIN)/edureport new

check: $(VENV)/.ready ## 检查数据、笔记本、检查规则和设置（不改动文件）；FULL=1 并在全部镇街区试运行
	@$(BIN)/edureport check

diff: $(VENV)/.ready ## 比较两次报告：make diff PERIOD=2026Q3 AGAINST=2026Q2 [TOWN=景芝镇]，或 AGAINST=第一版
	@$(BIN)/edureport diff

edit: $(VENV)/.ready ## 打开 JupyterLab 修改笔记本，可写 TOWN= PERIOD=
	@$(BIN)/edureport edit

preview: $(VENV)/.ready ## 边改边看一份报告：make preview TOWN=景芝镇 THEME=dropout
	@$(BIN)/edureport preview

annex: $(VENV)/.ready ## 生成加密的名单附件：make annex TOWN=景芝镇 REASON=九月入户劝返（口令在终端输入）
	@$(BIN)/edureport annex

purge: $(VENV)/.ready ## 清除一个季度的个人信息，保留汇总数：make purge PERIOD=2026Q1（先列出，再加 CONFIRM=）
	@$(BIN)/edureport purge

bench: $(VENV)/.ready ## 测量速度，与常用做法和最低耗时比较（QUICK=1 用小规模，几分钟）
	@$(BIN)/python -m benchmarks $(if $(value QUICK),--quick)

data: $(VENV)/.ready ## 只做读取、清洗和检查，输出数据质量结果
	@$(BIN)/edureport data

demo: $(VENV)/.ready ## （重新）生成演示数据集，SCALE= 可放大
	@$(BIN)/edureport demo

test: $(VENV)/.ready ## 运行全部测试
	@$(BIN)/python -m pytest -n 2 --dist loadfile

test-browser: $(VENV)/.browser ## 在真实浏览器里检查网页（需要系统里有 chromium）
	@EDUREPORT_BROWSER=required $(BIN)/python -m pytest tests/browser

$(VENV)/.browser: $(VENV)/.ready tests/browser/requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r tests/browser/requirements.lock
	@touch $@

gallery: $(VENV)/.ready ## 把演示报告的各种情形画成图，供审阅（先 make report）
	@$(BIN)/edureport gallery

approve: $(VENV)/.ready ## 把现在的样张定为以后比对用的样张（先用 make gallery 看过）
	@EDUREPORT_APPROVE=1 $(BIN)/python -m pytest -q -n 0 tests/render/test_pictures.py

index: $(VENV)/.ready ## 重写一个季度的目录页 index.html
	@$(BIN)/edureport index

lint: $(VENV)/.ready ## 代码检查（不改动任何文件）
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

fix: $(VENV)/.ready ## 自动改好能安全改的：笔记本的运行结果和参数标签、代码格式
	@$(BIN)/edureport tidy
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## 删除生成的文件（绝不动 data/raw；有已印发的报告时先提醒）
	@if [ -z "$(filter delete,$(value ISSUED))" ] && find reports -name editions.json 2>/dev/null | grep -q .; then \
	  echo "错误：reports 里有已印发的报告，删除后无法恢复，没有删除。请先把 reports 另存；确认要删请运行 make clean ISSUED=delete。" >&2; exit 2; fi
	@rm -rf data/clean reports
	@echo "已删除 data/clean 和 reports；data/raw 未动。"
