"""A failing example for every expectation that warns or hints, and the good tables pass each of them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.checks import engine
from pipelines.checks.derived import NOT_HANDED_IN, parameters
from pipelines.checks.evaluate import SHEET_LOST, evaluate, table_frame
from pipelines.checks.inputs import SOURCE, Inputs
from pipelines.checks.pupils import pupil_known
from pipelines.checks.suites import load_suites
from pipelines.reference import load_reference
from pipelines.settings import Settings
from pipelines.tables.contract import load_contract
from tests.check_samples import DATASET, PERIOD, ROOT, good_tables, make_root


Tables = dict[str, pd.DataFrame]
Spoil = Callable[[Tables], None]
DAY = pd.Timestamp
LATER = DAY("2026-10-01")  # after the period


def put(table: str, **cells: Any) -> Spoil:
    """Spoil cells of the first row."""

    def spoil(tables: Tables) -> None:
        for column, value in cells.items():
            tables[table].loc[0, column] = value

    return spoil


def same(table: str, *columns: str, **cells: Any) -> Spoil:
    """Give the second row the first row's cells in the columns, after setting ``cells`` in both."""

    def spoil(tables: Tables) -> None:
        for column, value in cells.items():
            tables[table][column] = value
        for column in columns:
            tables[table].loc[1, column] = tables[table].loc[0, column]

    return spoil


def doubt(table: str, rule: str) -> Spoil:
    """Let the clean stage have had a doubt about the first row."""

    def spoil(tables: Tables) -> None:
        tables["doubts"] = tables[table].loc[[0], SOURCE].assign(table=table, rule=rule, message="")

    return spoil


def after(table: str, *columns: str) -> dict[tuple[str, str], Spoil]:
    """Dates after the end of the period."""
    return {(table, f"{column}_not_after_period"): put(table, **{column: LATER}) for column in columns}


def negative(table: str, *columns: str) -> dict[tuple[str, str], Spoil]:
    """Numbers below zero."""
    return {(table, f"{column}_not_negative"): put(table, **{column: -1}) for column in columns}


def id_shares(table: str) -> dict[tuple[str, str], Spoil]:
    return {(table, f"id_{state}_share"): put(table, id_state=state) for state in ("checksum", "format")}


NOBODY = {"roll_key": "nobody", "id_key": "nobody"}
BAD: dict[tuple[str, str], Spoil] = {
    ("school", "school_id_form"): put("school", school_id="37"),
    ("school", "pupils_present"): lambda tables: tables.update(student_roll=tables["student_roll"].iloc[:0]),
    ("school", "merged_into_filled"): put("school", close_date=DAY("2026-08-01")),
    ("school", "merged_into_known"): put("school", merged_into="3707849999"),
    ("school", "close_date_not_before_open_date"): put("school", close_date=DAY("1999-01-01")),
    **id_shares("student_roll"),
    ("student_roll", "id_present_share"): put("student_roll", id_state="missing"),
    ("student_roll", "person_unique"): same("student_roll", "id_key"),
    ("student_roll", "roll_no_unique"): same("student_roll", "roll_key"),
    ("student_roll", "age_plausible"): put("student_roll", birth_date=DAY("1980-01-01")),
    ("student_roll", "age_fits_grade"): put("student_roll", birth_date=DAY("2008-01-01")),
    **after("student_roll", "birth_date"),
    ("student_roll", "roll_no_form"): doubt("student_roll", "roll_format"),
    ("student_roll", "birth_date_agrees_with_id"): doubt("student_roll", "id_birth_differs"),
    ("student_roll", "sex_agrees_with_id"): doubt("student_roll", "id_sex_differs"),
    ("student_roll", "entry_fits_grade"): put("student_roll", entry_ym="2026-09"),
    ("student_roll", "one_roll_number"): same("student_roll", "id_key"),
    ("student_roll", "one_school"): lambda tables: (
        same("student_roll", "id_key")(tables), put("student_roll", school_id="3707840002")(tables), None)[-1],
    **after("roll_event", "event_date"),
    ("roll_event", "no_expulsion_in_compulsory"): put("roll_event", event_type="开除"),
    ("roll_event", "suspension_approved"): put("roll_event", event_type="休学", has_approval_no=False),
    ("roll_event", "expected_return_not_before_event_date"): put("roll_event", expected_return=DAY("2026-09-01")),
    ("roll_event", "event_unique"): same("roll_event", "roll_key"),
    ("roll_event", "pupil_known"): put("roll_event", **NOBODY),
    ("roll_event", "to_school_filled"): put("roll_event", event_type="转入", to_school=None),
    ("roll_event", "transfer_out_matched"): put("roll_event", matched="否"),
    ("absence", "month_not_after_period"): put("absence", month="2026-10"),
    **after("absence", "first_absent_date"),
    ("absence", "consecutive_days_plausible"): put("absence", consecutive_days=0),
    ("absence", "school_days_plausible"): put("absence", school_days_in_month=40),
    ("absence", "first_visit_date_not_before_first_absent_date"): put("absence", first_visit_date=DAY("2026-08-01")),
    ("absence", "absence_unique"): same("absence", "roll_key"),
    ("absence", "pupil_known"): put("absence", roll_key="nobody"),
    ("absence", "first_absent_date_not_after_month"): put("absence", month="2026-08"),
    ("dropout_case", "reported_date_not_before_first_absent_date"): put("dropout_case", first_absent_date=DAY("2026-09-04")),
    ("dropout_case", "verified_date_not_before_reported_date"): put("dropout_case", verified_date=DAY("2026-09-02")),
    ("dropout_case", "close_date_not_before_reported_date"): put("dropout_case", close_date=DAY("2026-09-01")),
    ("dropout_case", "return_date_not_before_reported_date"): put("dropout_case", return_date=DAY("2026-09-01")),
    **after("dropout_case", "first_absent_date", "reported_date", "verified_date", "return_date", "close_date"),
    ("dropout_case", "report_delay_plausible"): put("dropout_case", first_absent_date=DAY("2025-01-01")),
    ("dropout_case", "first_absent_date_filled"): put("dropout_case", first_absent_date=None),
    ("dropout_case", "verdict_filled"): put("dropout_case", verdict=None),
    ("dropout_case", "verified_date_filled"): put("dropout_case", verified_date=None),
    ("dropout_case", "close_type_filled"): put("dropout_case", close_date=DAY("2026-09-20")),
    ("dropout_case", "close_date_filled"): put("dropout_case", close_type="11"),
    ("dropout_case", "close_evidence"): put("dropout_case", close_date=DAY("2026-09-20"), has_evidence_id=False),
    ("dropout_case", "person_filled"): put("dropout_case", id_key=None, roll_key=None),
    **id_shares("dropout_case"),
    ("dropout_case", "closed_51_verified"): put("dropout_case", close_type="51", verified_date=None, verdict=None),
    ("dropout_case", "close_date_not_before_verified_date"): put("dropout_case", close_date=DAY("2026-09-04")),
    ("dropout_case", "close_date_not_before_return_date"): put(
        "dropout_case", close_date=DAY("2026-09-20"), return_date=DAY("2026-09-25")),
    ("dropout_case", "return_date_filled"): put("dropout_case", state="已复学"),
    ("dropout_case", "closed_state_dated"): put("dropout_case", state="已销号"),
    ("dropout_case", "cause_filled"): put("dropout_case", cause_main=None),
    ("dropout_case", "one_open_case"): same("dropout_case", "id_key"),
    ("persuasion_log", "case_id_known"): put("persuasion_log", case_id="unknown"),
    **after("persuasion_log", "contact_date"),
    ("persuasion_log", "next_date_not_before_contact_date"): put("persuasion_log", next_date=DAY("2026-09-01")),
    ("aid_identification", "school_year_form"): put("aid_identification", school_year="2026"),
    **after("aid_identification", "identified_date", "cancelled_date"),
    ("aid_identification", "cancelled_date_not_before_identified_date"): put(
        "aid_identification", cancelled_date=DAY("2026-09-01")),
    ("aid_identification", "identification_unique"): same("aid_identification", "id_key"),
    **id_shares("aid_identification"),
    ("aid_identification", "pupil_known"): put("aid_identification", **NOBODY),
    ("aid_payment", "school_year_form"): put("aid_payment", school_year="2026"),
    ("aid_payment", "paid_not_above_due"): put("aid_payment", paid_fen=50001),
    ("aid_payment", "paid_positive"): put("aid_payment", paid_fen=0),
    ("aid_payment", "due_not_negative"): put("aid_payment", due_fen=-1),
    ("aid_payment", "paid_date_filled"): put("aid_payment", paid_date=None),
    **after("aid_payment", "paid_date"),
    ("aid_payment", "payment_unique"): same("aid_payment", "id_key", "batch"),
    **id_shares("aid_payment"),
    ("aid_payment", "pupil_known"): put("aid_payment", **NOBODY),
    ("aid_payment", "not_above_standard"): put("aid_payment", paid_fen=62501, programme="义务教育生活补助"),
    ("aid_payment", "paid_once"): same("aid_payment", "id_key", reissue_of=None),
    ("aid_payment", "reissue_batch_known"): put("aid_payment", reissue_of="unknown"),
    **after("dept_list", "list_date"),
    ("dept_list", "valid_to_not_before_valid_from"): put("dept_list", valid_to=DAY("2026-09-01")),
    ("dept_list", "id_no_filled"): put("dept_list", id_key=None),
    **id_shares("dept_list"),
    ("dept_list", "list_row_unique"): same("dept_list", "id_key"),
    ("dept_list", "not_expired"): put("dept_list", valid_to=DAY("2026-09-01"), status="享受"),
    ("dept_list", "valid_from_not_after_list_date"): put("dept_list", valid_from=DAY("2026-09-11")),
    ("dept_list", "list_fresh"): same("dept_list", list_date=DAY("2026-05-01")),
    ("left_behind", "person_unique"): same("left_behind", "id_key"),
    **id_shares("left_behind"),
    ("left_behind", "age_plausible"): put("left_behind", birth_date=DAY("2000-01-01")),
    **after("left_behind", "in_date", "out_date"),
    ("left_behind", "out_date_not_before_in_date"): put("left_behind", out_date=DAY("2026-07-01")),
    ("left_behind", "out_reason_filled"): put("left_behind", out_date=DAY("2026-09-01")),
    ("left_behind", "a_parent_away"): put("left_behind", father_away="否", mother_away="否"),
    ("left_behind", "school_id_filled"): put("left_behind", school_id=None, schooling="在校"),
    ("left_behind", "agreement_until_filled"): put("left_behind", agreement="有", agreement_until=None),
    ("left_behind", "pupil_known"): put("left_behind", schooling="在校", id_key="nobody"),
    ("left_behind", "away_since_not_after_in_date"): put("left_behind", away_since=DAY("2026-07-03")),
    ("left_behind", "still_under_16"): put("left_behind", birth_date=DAY("2010-09-30")),
    ("left_behind", "agreement_not_expired"): put("left_behind", agreement="有", agreement_until=DAY("2026-09-29")),
    ("left_behind", "birth_date_agrees_with_id"): doubt("left_behind", "id_birth_differs"),
    ("care_log", "child_id_known"): put("care_log", child_id="unknown"),
    **after("care_log", "care_date"),
    ("care_log", "next_date_not_before_care_date"): put("care_log", next_date=DAY("2026-09-01")),
    ("care_facility", "built_date_not_after_period"): put("care_facility", built_date=LATER),
    ("care_facility", "area_plausible"): put("care_facility", area_m2=0.5),
    ("care_facility", "staff_plausible"): put("care_facility", staff=-1),
    ("care_facility", "evidence_present"): put("care_facility", has_evidence_id=False),
    ("care_facility", "facility_unique"): same("care_facility", "place"),
    ("hukou_cohort", "id_no_filled"): put("hukou_cohort", id_key=None),
    ("hukou_cohort", "id_no_unique"): same("hukou_cohort", "id_key"),
    **id_shares("hukou_cohort"),
    ("hukou_cohort", "age_plausible"): put("hukou_cohort", birth_date=DAY("1990-01-01")),
    ("hukou_cohort", "birth_date_agrees_with_id"): doubt("hukou_cohort", "id_birth_differs"),
    ("task_ledger", "task_no_listed"): put("task_ledger", task_no=14),
    ("task_ledger", "target_not_negative"): put("task_ledger", target=-1.0),
    ("task_ledger", "done_not_negative"): put("task_ledger", done=-1.0),
    **after("task_ledger", "as_of", "close_date"),
    ("task_ledger", "close_date_filled"): put("task_ledger", status="已销号"),
    ("task_ledger", "target_filled"): put("task_ledger", target=None),
    ("task_ledger", "item_known"): put("task_ledger", sub_item="没有的子项"),
    ("task_ledger", "evidence_filled"): put("task_ledger", status="已销号", has_evidence_id=False),
    ("task_ledger", "reviewer_filled"): put("task_ledger", status="已销号", has_reviewer=False),
    ("task_ledger", "item_unique"): same("task_ledger", "sub_item"),
    **after("inspection", "visit_date", "mended_date"),
    ("inspection", "mended_date_not_before_visit_date"): put("inspection", mended_date=DAY("2026-09-09")),
    ("inspection", "mend_due_not_before_visit_date"): put("inspection", mend_due=DAY("2026-09-09")),
    ("inspection", "mend_due_filled"): put("inspection", mend_due=None),
    ("inspection", "problem_kind_agrees"): put("inspection", problem_kind="无问题"),
    ("inspection", "semester_agrees"): put("inspection", semester="春"),
    ("inspection", "inspector_filled"): put("inspection", has_inspector=False),
    **negative("mentor_coverage", "pupils", "mentored", "weak_pupils", "weak_filed"),
    ("mentor_coverage", "mentored_not_above_pupils"): put("mentor_coverage", mentored=21),
    ("mentor_coverage", "weak_not_above_pupils"): put("mentor_coverage", weak_pupils=21),
    ("mentor_coverage", "filed_not_above_weak"): put("mentor_coverage", weak_filed=21),
    ("mentor_coverage", "school_unique"): same("mentor_coverage", "as_of"),
    **after("mentor_coverage", "as_of"),
    **negative("school_network", "classes", "classes_connected"),
    ("school_network", "connected_not_above_classes"): put("school_network", classes_connected=21),
    ("school_network", "school_unique"): same("school_network", "as_of"),
    **after("school_network", "as_of"),
    **negative("kindergarten", "children"),
    ("kindergarten", "recognition_no_filled"): put("kindergarten", has_recognition_no=False),
    ("kindergarten", "school_unique"): same("kindergarten", "as_of"),
    **after("kindergarten", "as_of"),
    **negative("principal_age", "persons", "two_terms", "rotated"),
    ("principal_age", "two_terms_not_above_persons"): put("principal_age", two_terms=21),
    ("principal_age", "rotated_not_above_two_terms"): put("principal_age", rotated=21),
    ("principal_age", "band_unique"): same("principal_age", "age_band"),
    **after("principal_age", "as_of"),
    **after("complaint", "received_date", "answered_date"),
    ("complaint", "answered_date_not_before_received_date"): put("complaint", answered_date=DAY("2026-09-09")),
}  # fmt: skip
COUNTS: dict[str, dict[str, Any]] = {
    "warned_part_of_used": {"warned": 9},
    "set_aside_warn": {"read": 30, "set_aside": 28},
    "data_fresh": {"as_of": "2026-08-01"},
    "ledger_not_shrinking": {"used": 1},
    "snapshot_not_shrinking": {"used": 1},
    "monthly_returns_complete": {},
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_root(tmp_path_factory.mktemp("root"))


@pytest.fixture(scope="module")
def runner() -> Iterator[engine.Runner]:
    yield engine.Runner()


def inputs_of(settings: Settings, tables: Tables) -> Inputs:
    good, reference = good_tables(), load_reference(settings, DATASET)
    doubts = tables.pop("doubts", good["school"].loc[[], SOURCE].assign(table="", rule="", message=""))
    before = {name: good[name] for name in ("school", "student_roll")}
    contract = load_contract(settings.paths.reference)
    return Inputs(
        settings,
        PERIOD,
        contract,
        dict(tables),
        before,
        doubts,
        reference.standards,
        reference.calendar,
        reference.plan,
        reference.towns,
    )


def counts_of(tables: Tables, **changes: Any) -> dict[str, Any]:
    each = {"warned": 0, "set_aside": 0, "as_of": "2026-09-30"} | changes
    counts = {name: {"read": len(frame), "used": len(frame), **each} for name, frame in tables.items()}
    return {
        "files": [{"file": f"{n}.xlsx", "tables": [{"table": n}], "problem": None} for n in tables],
        "tables": counts,
    }


def outcome(
    settings: Settings, runner: engine.Runner, table: str, rule: str, tables: Tables, **counts: Any
) -> engine.Outcome:
    """Run one expectation of a shipped suite on the tables."""
    inputs = inputs_of(settings, tables)
    frame, unready = table_frame(table, inputs, counts_of(tables, **counts), counts_of(good_tables()))
    assert frame is not None and unready == {}
    entry = next(e for e in load_suites(settings)[table].expectations if e["meta"]["id"] == rule)
    return runner.run(table, frame, [entry], parameters(inputs))[rule]


@pytest.mark.parametrize(("table", "rule"), list(BAD), ids=[f"{table}-{rule}" for table, rule in BAD])
def test_bad_table_is_found(settings: Settings, runner: engine.Runner, table: str, rule: str) -> None:
    tables = good_tables()
    BAD[table, rule](tables)
    found = outcome(settings, runner, table, rule, tables)
    assert not found.success and found.rows[0].file == f"{table}.xlsx" and found.rows[0].row in (3, 4)


@pytest.mark.parametrize(("rule", "changes"), list(COUNTS.items()), ids=list(COUNTS))
def test_bad_counts_are_found(
    settings: Settings, runner: engine.Runner, rule: str, changes: dict[str, Any]
) -> None:
    tables = good_tables()
    if rule == "monthly_returns_complete":
        tables["absence"]["month"] = "2026-08"  # a month of holidays; September, with school days, has no row
    found = outcome(settings, runner, "reconciliation", rule, tables, **changes)
    assert not found.success and found.rows


def test_first_quarter_cannot_tell_who_left_from_who_never_was(settings: Settings) -> None:
    tables = good_tables()
    BAD["roll_event", "pupil_known"](tables)
    inputs = inputs_of(settings, tables)
    inputs.previous["student_roll"] = None
    frame, unready = table_frame("roll_event", inputs, counts_of(tables), counts_of(good_tables()))
    assert frame is not None and "pupil_known" not in frame
    assert unready["pupil_known"] == NOT_HANDED_IN


def test_rows_of_a_school_whose_roll_was_refused_are_not_held_against_it(settings: Settings) -> None:
    tables = good_tables()
    BAD["aid_payment", "pupil_known"](tables)
    inputs = inputs_of(settings, tables)
    assert not pupil_known(tables["aid_payment"], inputs).all()
    elsewhere = tables["aid_payment"].assign(school_id="3707840009")  # nobody of it is on either roll
    assert pupil_known(elsewhere, inputs).all()


TOLD = "工作表缺少必填列“学校标识码”，398行都没有使用"


def with_a_refused_sheet(table: str) -> Tables:
    """Good tables; a further sheet of one of them had no 学校标识码."""
    tables = good_tables()
    tables["doubts"] = pd.DataFrame(
        [{"table": table, "source_file": "另一份.xlsx", "source_sheet": "1", "source_row": 2,
          "rule": "missing_columns", "message": TOLD}]
    )  # fmt: skip
    return tables


def test_with_part_of_the_roll_refused_nobody_is_said_to_be_off_it(settings: Settings) -> None:
    for table, judged in (("student_roll", False), ("absence", True)):
        tables = with_a_refused_sheet(table)
        inputs = inputs_of(settings, tables)
        frame, _ = table_frame("aid_payment", inputs, counts_of(tables), counts_of(good_tables()))
        assert frame is not None and ("pupil_known" in frame) is judged


def test_a_lost_sheet_names_the_columns_it_lacks(settings: Settings, runner: engine.Runner) -> None:
    tables = with_a_refused_sheet("student_roll")
    inputs = inputs_of(settings, tables)
    counts = counts_of(tables, read=400, set_aside=398)
    part = {"table": "student_roll", "read": 398, "set_aside": 398}
    counts["files"].append({"file": "另一份.xlsx", "tables": [part], "problem": None})
    done = evaluate(load_suites(settings)["reconciliation"], inputs, counts, None, parameters(inputs), runner)
    assert done is not None
    lost = next(f for f in done.findings if f.expectation == SHEET_LOST)
    assert lost.rows[0].file == "另一份.xlsx" and lost.message.endswith(f"不能出报告。{TOLD}")


def crowd(tables: Tables, pupils: int) -> pd.DataFrame:
    """A roll of so many pupils in the one school."""
    roll = pd.concat([tables["student_roll"]] * (pupils + 1), ignore_index=True).iloc[:pupils]
    return roll.assign(source_row=range(3, 3 + pupils))


@pytest.mark.parametrize(
    ("rule", "now", "before", "closed", "found"),
    [
        ("school_not_halved", 9, 20, None, True),
        ("school_not_halved", 10, 20, None, False),
        ("school_not_halved", 5, 19, None, False),  # too small to say
        ("school_not_halved", 0, 20, "2026-08-01", False),  # 撤并 explains it
        ("school_not_halved", 0, 20, "2026-10-01", True),  # closed after the period: not yet
        ("school_not_doubled", 41, 20, None, True),
        ("school_not_doubled", 40, 20, None, False),
    ],
)
def test_volume_of_a_school(
    settings: Settings,
    runner: engine.Runner,
    rule: str,
    now: int,
    before: int,
    closed: str | None,
    found: bool,
) -> None:
    tables = good_tables()
    other = tables["school"].assign(school_id="3707840002", source_row=4)
    tables["school"] = pd.concat([tables["school"], other], ignore_index=True)
    if closed:
        tables["school"].loc[0, "close_date"] = DAY(closed)
        tables["school"].loc[0, "merged_into"] = "3707840002"
    base = inputs_of(settings, tables)
    base.previous["student_roll"] = crowd(tables, before)
    base.tables["student_roll"] = crowd(tables, now)
    if closed:  # its pupils are at the other school by now
        base.tables["student_roll"] = crowd(tables, before).assign(school_id="3707840002")
    assert volume(settings, runner, rule, base).success is not found


def test_a_school_that_vanishes(settings: Settings, runner: engine.Runner) -> None:
    tables = good_tables()
    base = inputs_of(settings, tables)
    tables["school"] = tables["school"].assign(school_id="3707840002")
    gone = Inputs(**{**base.__dict__, "tables": tables})
    found = volume(settings, runner, "school_not_vanished", gone)
    assert not found.success and found.rows[0].file == "（上季度）school.xlsx"


def volume(settings: Settings, runner: engine.Runner, rule: str, inputs: Inputs) -> engine.Outcome:
    frame, _ = table_frame("school_volume", inputs, {"files": [], "tables": {}}, None)
    assert frame is not None
    entry = next(e for e in load_suites(settings)["school_volume"].expectations if e["meta"]["id"] == rule)
    return runner.run("school_volume", frame, [entry], parameters(inputs))[rule]


def test_every_expectation_has_a_bad_example() -> None:
    shown = {*BAD, *(("reconciliation", rule) for rule in COUNTS)}
    shown |= {("school_volume", f"school_not_{what}") for what in ("halved", "doubled", "vanished")}
    for path in (ROOT / "expectations").glob("*.json"):
        suite = json.loads(Path(path).read_text(encoding="utf-8"))
        for entry in suite["expectations"]:
            if entry["severity"] != "阻断":  # those: tests/test_expectations.py
                assert (suite["table"], entry["meta"]["id"]) in shown
