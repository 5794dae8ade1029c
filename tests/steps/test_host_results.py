"""What a callable returns becomes the attempt's result, or one sentence about why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from .hosting import hosting


@pytest.mark.parametrize(
    ("returned", "result"),
    [
        ("None", {}),
        ("{}", {}),
        ("{'rows': 3}", {"output": {"rows": 3}}),
        ("{'output': {'rows': 3}}", {"output": {"rows": 3}}),
        ("{'output': {}, 'rows': 3}", {"output": {"output": {}, "rows": 3}}),
        (
            "{'output': {'a': [1, 2.5, None, True, 'ä']}, 'state': {'v': '1'},"
            " 'caveats': ['c'], 'decisions': ['d']}",
            {
                "output": {"a": [1, 2.5, None, True, "ä"]},
                "state": {"v": "1"},
                "caveats": ["c"],
                "decisions": ["d"],
            },
        ),
    ],
)
async def test_a_returned_dict_is_the_result_or_just_its_output(
    tmp_path: Path, returned: str, result: dict[str, object]
) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", f"def give():\n    return {returned}\n")
        ended = await world.call("steps:give")
        assert (ended.exit_code, ended.error, ended.result) == (0, None, result)


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        ("[1]", "TypeError: the callable returned list; it has to return a dict or None"),
        ("{'when': object()}", "the callable returned something that is not JSON"),
        ("{'share': float('nan')}", "the callable returned something that is not JSON"),
        ("{'text': chr(0xD800)}", "the callable returned something that is not JSON"),
        ("{'text': 'x' * (1 << 20)}", "the callable returned more than 1 MiB"),
        ("{'state': 'done'}", "state is not an object"),
    ],
)
async def test_what_cannot_be_a_result_is_an_error(tmp_path: Path, returned: str, sentence: str) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", f"def give():\n    return {returned}\n")
        ended = await world.call("steps:give")
        assert ended.error is not None
        assert sentence in ended.error
        assert ended.result == {}


async def test_arguments_arrive_as_keywords(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "pack/sums.py",
            "class Sums:\n    @staticmethod\n    def add(a, b):\n        return {'sum': a + b}\n",
        )
        ended = await world.call("pack.sums:Sums.add", a=2, b=3)
        assert ended.result == {"output": {"sum": 5}}


async def test_declared_artifacts_are_kept_and_a_missing_one_fails_the_attempt(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", "def give():\n    open('kept.txt', 'w').write('kept')\n")
        kept = await world.run(replace(world.python("steps:give"), artifacts=("kept.txt",)))
        assert [each.path.read_text() for each in kept.artifacts] == ["kept"]
        missing = await world.run(replace(world.python("steps:give"), artifacts=("other.txt",)))
        assert missing.error is not None
        assert "other.txt" in missing.error
