"""`docs/settings.md` names every variable and option there is, and its limits are the code's."""

from __future__ import annotations

import re

from engine.definition.lint_steps import _ENV_PREFIXES
from engine.home import default_home
from engine.runtime.acts import GRACE
from engine.runtime.engine import DEFAULT_SLOTS
from engine.runtime.prepare import BASE_ENVIRONMENT
from engine.runtime.protocol import MAX_REQUEST
from engine.steps import artifacts, hosts, result
from engine.steps.supervision import PASSED_ON
from tests.docs.pages import ROOT, page, rows, sections, words

TEXT = page("settings.md")
PARTS = sections(TEXT)
SOURCE = "\n".join(path.read_text() for room in ("engine", "tui") for path in (ROOT / room).rglob("*.py"))
_READ = re.compile(r'environ(?:ment)?(?:\.get\(|\[)"([A-Z_]+)"|"([A-Z_]+)" (?:not )?in os\.environ')


def documented(part: str) -> set[str]:
    return {name for row in rows(PARTS[part]) for name in words(row[0])}


def test_exactly_the_variables_that_the_code_reads_are_documented() -> None:
    named = {name for found in _READ.findall(SOURCE) for name in found if name}
    assert documented("Environment variables that opsgate reads") == named | {
        *PASSED_ON,
        *BASE_ENVIRONMENT,
    }


def test_exactly_the_variables_that_a_step_gets_are_documented() -> None:
    given = set(re.findall(r"^ +(OPSGATE_[A-Z]+)=", SOURCE, re.MULTILINE)) | set(BASE_ENVIRONMENT)
    assert documented("What a step gets") - {"env"} == given


def test_every_name_of_our_own_is_on_the_page() -> None:
    ours = set(re.findall(r"\bOPSGATE_[A-Z]+", SOURCE))
    assert ours <= set(re.findall(r"\bOPSGATE_[A-Z]+", TEXT))
    assert "OPSGATE_" in _ENV_PREFIXES, "and no workflow may set one"


def test_the_home_is_looked_for_in_the_order_of_the_page() -> None:
    listed = words(PARTS["Where the home is"])
    assert listed[:4] == ["--home DIR", "OPSGATE_HOME", "$XDG_STATE_HOME/opsgate", "~/.local/state/opsgate"]
    assert str(default_home({"OPSGATE_HOME": "/a", "XDG_STATE_HOME": "/b"}).path) == "/a"
    assert str(default_home({"XDG_STATE_HOME": "/b"}).path) == "/b/opsgate"
    assert str(default_home({}).path).endswith("/.local/state/opsgate")


def test_the_limits_are_those_of_the_code() -> None:
    limits = {row[0]: row[1] for row in rows(PARTS["Limits"])}
    assert limits["A request over the socket"] == f"{MAX_REQUEST >> 20} MiB"
    assert limits["A step's result file"] == (
        f"{result.MAX_BYTES >> 20} MiB, {result.MAX_DEPTH} levels; {result.MAX_NOTES} caveats and as many "
        f"decisions, of {result.MAX_NOTE} characters each"
    )
    kept = f"{artifacts.MAX_BYTES >> 30} GiB together, {artifacts.MAX_COUNT} files"
    assert limits["The artifacts of an attempt"] == kept
    assert limits["Between asking a process tree to end and killing it"] == f"{GRACE:g} s"
    assert limits["An idle python host stays for"] == f"{hosts.IDLE:g} s"
    assert [row[2] for row in rows(PARTS["The engine"])] == [str(DEFAULT_SLOTS)]
