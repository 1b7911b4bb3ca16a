from pipelines.periods import Period
from pipelines.plan.history import late_since, reopenings, with_history


Q = [Period(2025, 3).shift(n) for n in range(6)]


def test_reopened_twice() -> None:
    assert reopenings(["已销号", "到期未完成", "已销号", "已完成待核"]) == 2
    assert reopenings(["序时推进", "已完成待核", "已销号", "已销号"]) == 0
    assert reopenings([]) == 0


def test_a_quarter_without_data_opens_nothing() -> None:
    assert reopenings(["已销号", None, "已销号"]) == 0
    assert reopenings(["已销号", None, "到期未完成"]) == 1


def test_late_since_is_the_start_of_the_unbroken_run() -> None:
    assert late_since([(Q[0], "滞后"), (Q[1], "序时推进"), (Q[2], "滞后"), (Q[3], "到期未完成")]) == Q[2]
    assert late_since([(Q[0], "滞后"), (Q[1], None), (Q[2], "滞后")]) == Q[0]
    assert late_since([(Q[0], "滞后"), (Q[1], "已销号")]) is None


def entry(state: str | None, due: str = "2025-12-31") -> dict:
    return {"id": "0.1", "status": state, "due": due}


def test_a_new_semester_opens_nothing_again() -> None:
    earlier = {Q[0]: {"0.1": entry("已销号", "2025-08-31")}, Q[1]: {"0.1": entry("未启动")}}
    [found] = with_history([entry("滞后")], Q[2], earlier)
    assert (found["reopened"], found["previous"], found["late_since"]) == (0, "未启动", str(Q[2]))
