"""Lists of runs: what was asked for, newest first, on pages that do not move."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from engine.core.errors import Ambiguous, NotFound
from engine.core.states import RunState
from engine.store.views import Cursor, RunFilter, Views

from .build import CHAIN, START, Desk, gate, step, workflow
from .build import KNOWN as _KNOWN

OTHER = workflow(step("only"), gate("ask", "only"), name="other")
_KNOWN[OTHER.digest] = OTHER


async def ids(views: Views, wanted: RunFilter | None = None, limit: int = 50) -> list[str]:
    return [run.id for run in (await views.runs(wanted, limit=limit)).runs]


async def submit(desk: Desk, runs: Iterable[str]) -> None:
    for run in runs:
        await desk.submit(run)


async def test_the_newest_run_comes_first(desk: Desk, views: Views) -> None:
    await submit(desk, ["r1", "r2", "r3"])
    assert await ids(views) == ["r3", "r2", "r1"]
    assert await ids(views, limit=2) == ["r3", "r2"]


async def test_pages_stay_where_they_are_while_runs_are_added(desk: Desk, views: Views) -> None:
    await submit(desk, [f"r{number:02}" for number in range(10)])
    seen: list[str] = []
    cursor: Cursor | None = None
    for added in range(4):
        page = await views.runs(cursor=cursor, limit=3)
        seen += [run.id for run in page.runs]
        cursor = page.next
        await desk.submit(f"s{added}")
    assert seen == [f"r{number:02}" for number in reversed(range(10))]
    assert cursor is None


async def test_runs_of_the_same_moment_are_on_one_page_or_the_next_but_never_on_both(
    desk: Desk, views: Views
) -> None:
    for run in ("r1", "r2", "r3"):
        desk.at = START
        await desk.submit(run)
    first = await views.runs(limit=2)
    second = await views.runs(cursor=first.next, limit=2)
    assert [run.id for run in (*first.runs, *second.runs)] == ["r3", "r2", "r1"]


async def test_filters_join(desk: Desk, views: Views) -> None:
    await submit(desk, ["r1", "r2"])
    await desk.submit("r3", OTHER, labels={"team": "blue", 'odd"key': "x"})
    await desk.submit("r4", OTHER, key="nightly")
    await desk.finish("r2")
    await desk.execute("r4", "only", exit_code=1)
    wanted = [
        (RunFilter(states=(RunState.SUCCEEDED,)), ["r2"]),
        (RunFilter(states=(RunState.FAILED, RunState.SUCCEEDED)), ["r4", "r2"]),
        (RunFilter(workflow="chain"), ["r2", "r1"]),
        (RunFilter(workflow="other", states=(RunState.QUEUED,)), ["r3"]),
        (RunFilter(since=START + 3), ["r4", "r3"]),
        (RunFilter(queue="default", text="NIGHT"), ["r4"]),
        (RunFilter(text="r3"), ["r3"]),
        (RunFilter(queue="elsewhere"), []),
    ]
    for filtered, expected in wanted:
        assert await ids(views, filtered) == expected, filtered
        assert await views.count(filtered) == len(expected), filtered
    for label in ({"team": "blue"}, {'odd"key': "x"}):
        assert await ids(views, RunFilter(labels=label)) == ["r3"]
    assert await ids(views, RunFilter(labels={"team": "red"})) == []
    assert await views.count() == 4


async def test_a_run_shows_where_it_is(desk: Desk, views: Views) -> None:
    await desk.submit("r1", OTHER, priority=3, key="k", labels={"team": "blue"})
    queued = await views.run("r1")
    assert (queued.state, queued.current, queued.gate) == (RunState.QUEUED, "only", None)
    assert queued.why == "about to start: queue default has a free slot (0 of 2 taken)"
    await desk.execute("r1", "only")
    waiting = await views.run("r1")
    assert (waiting.state, waiting.current, waiting.steps_done, waiting.steps_total) == (
        "waiting",
        "ask",
        1,
        2,
    )
    assert waiting.gate == next(iter(desk.runs["r1"].gates))
    assert waiting.why == f"waits for gate {waiting.gate}: Go on?"
    assert (waiting.priority, waiting.key, waiting.labels, waiting.starter) == (
        3,
        "k",
        {"team": "blue"},
        "alice",
    )
    assert [run.id for run in await views.active_runs()] == ["r1"]


async def test_an_ended_run_is_nowhere_any_more(desk: Desk, views: Views) -> None:
    await desk.submit("r1")
    await desk.finish("r1")
    ended = await views.run("r1")
    assert (ended.state, ended.current, ended.gate, ended.why) == ("succeeded", None, None, "")
    assert await views.active_runs() == []


async def test_a_prefix_that_one_id_has_will_do(desk: Desk, views: Views) -> None:
    await submit(desk, ["ra1", "ra2", "ra", "rb1"])
    assert await views.resolve_run("rb") == "rb1"
    assert await views.resolve_run("ra") == "ra"
    with pytest.raises(NotFound, match="opsgate runs"):
        await views.resolve_run("x")
    with pytest.raises(NotFound):
        await views.resolve_run("")


async def test_an_ambiguous_prefix_names_candidates(desk: Desk, views: Views) -> None:
    await submit(desk, [f"r{number}" for number in range(7)])
    with pytest.raises(Ambiguous, match="could be r0, r1, r2, r3, r4, …") as caught:
        await views.resolve_run("r")
    assert caught.value.details == {"candidates": ["r0", "r1", "r2", "r3", "r4"]}


async def test_a_run_that_is_not_there_is_not_found(desk: Desk, views: Views) -> None:
    with pytest.raises(NotFound, match="There is no run r9"):
        await views.run("r9")
    with pytest.raises(NotFound, match="There is no run r9"):
        await views.detail("r9")


async def test_the_latest_definition_of_a_name_is_the_one_that_ran_last(desk: Desk, views: Views) -> None:
    assert await views.latest_definition("chain") is None
    await desk.submit("r1")
    assert await views.latest_definition("chain") == {"name": "chain"}
    stored = await views.definition(CHAIN.digest)
    assert (stored.name, stored.bundle, stored.created_at) == ("chain", {"name": "chain"}, START + 1)
    with pytest.raises(NotFound):
        await views.definition("f" * 64)
