"""A review shows all that is to be judged, whole and unaltered, and says what it cannot show."""

from __future__ import annotations

import hashlib
import sqlite3

import pytest

from tests.console.cases import PATCH, judged, review
from tests.console.living import SIZES, Living


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_summary_says_what_why_who_and_what_follows(home: Living, size: tuple[int, int]) -> None:
    gate = await judged(home)
    async with review(home, gate.id, size) as sight:
        await sight.shows("Pay ACME?", "MEDIUM", "◆ open", "0 of 1 approvals", f"digest {gate.digest[:12]}")
        await sight.shows("inputs.who  ACME", "make/change.patch", "make: the source was old")
        await sight.shows("Step pay starts at once. It is irreversible", "2 change.patch", "gate 1 of 1")
        await sight.press("G")
        await sight.shows("any approver", "no deadline", "limit: number; default 10", gate.digest)


async def test_each_exhibit_has_a_tab_and_then_come_state_log_history(home: Living) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        for key, words in (
            ("2", ("[2 change.patch]", "+new", "diff", "end", hashlib.sha256(PATCH).hexdigest()[:12])),
            ("3", ("steps.make.output.", '"two"', "json")),
            ("4", ("[4 State]", '"who": "ACME"')),
            ("5", ("[5 Log]", "made it")),
            ("6", ("[6 History]", "gate.opened", "attempt.ended")),
            ("1", ("[1 Summary]", "make/change.patch  diff, 38 B, tab 2, read")),
        ):
            await sight.press(key)
            await sight.shows(*words)


async def test_what_was_read_to_its_end_is_told_apart(home: Living) -> None:
    gate = await judged(home, script="seq 500 > change.patch")
    async with review(home, gate.id) as sight:
        await sight.shows("tab 2, not read to its end yet")
        await sight.press("2", "1")
        await sight.shows("tab 2, not read to its end yet")
        await sight.press("2", "G", "1")
        await sight.shows("tab 2, read")


async def test_hidden_characters_are_counted_and_shown(home: Living) -> None:
    gate = await judged(home, script="printf 'a\\342\\200\\256b\\033[2J\\n' > change.patch", who="A\u200bB")
    async with review(home, gate.id) as sight:
        await sight.shows("A\\u200bB", "1 hidden character,", "2 hidden characters")
        await sight.press("2")
        await sight.shows("a\\u202eb\\x1b[2J")
        assert "\x1b" not in sight.text
        assert "\u202e" not in sight.text


async def test_markup_in_an_artifact_is_text(home: Living) -> None:
    gate = await judged(home, script="echo '[@click=app.quit]x[/] [/b] [red]' > change.patch", who="[/]")
    async with review(home, gate.id) as sight:
        await sight.shows("Pay [/]?")
        await sight.press("2")
        await sight.shows("[@click=app.quit]x[/] [/b] [red]")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_one_line_of_five_megabytes_is_cut_and_said_to_be(home: Living, size: tuple[int, int]) -> None:
    gate = await judged(home, script="head -c 5242880 /dev/zero | tr '\\0' x > change.patch")
    async with review(home, gate.id, size) as sight:
        await sight.shows("too long, its last 4.0 MB cannot be shown here")
        await sight.press("2")
        await sight.shows("x" * 60, "4.0 MB not shown")
        await sight.press("G", "ctrl+u", "j")
        await sight.shows("x" * 60)


async def test_binary_content_is_marked_as_such(home: Living) -> None:
    gate = await judged(home, script="printf 'a\\0b' > change.patch")
    async with review(home, gate.id) as sight:
        await sight.shows("binary, cannot be judged by reading")
        await sight.press("2")
        await sight.shows("61 00 62")


async def test_changed_bytes_are_not_shown_and_cannot_be_approved(home: Living) -> None:
    gate = await judged(home)
    stored = home.client.artifact(hashlib.sha256(PATCH).hexdigest())
    stored.chmod(0o600)
    stored.write_bytes(PATCH.replace(b"new", b"bad"))
    async with review(home, gate.id) as sight:
        await sight.shows("It cannot be approved.", "The stored bytes were changed", "!! change.patch")
        await sight.press("2")
        await sight.shows("It is not shown.")
        assert "bad" not in sight.text
        await sight.press("a")
        await sight.shows("Approve: what it shows is damaged")
        await sight.press("x")
        await sight.shows(f"Reject gate {gate.id}?")


async def test_a_kept_file_that_is_gone_cannot_be_approved(home: Living) -> None:
    gate = await judged(home)
    home.client.artifact(hashlib.sha256(PATCH).hexdigest()).unlink()
    async with review(home, gate.id) as sight:
        await sight.shows("It cannot be approved.", "is gone")


async def test_a_question_without_its_digest_cannot_be_approved(home: Living) -> None:
    gate = await judged(home)
    await home.client.stop("kill")
    await home.client.gone()
    with sqlite3.connect(home.client.home.database) as database:
        database.execute("UPDATE gate SET content = replace(content, 'ACME', 'EVIL')")
    database.close()
    await home.client.ensure_engine()
    async with review(home, gate.id) as sight:
        await sight.shows("It cannot be approved.", "does not have the digest")


async def test_brackets_lead_to_the_other_open_gates(home: Living) -> None:
    first = await judged(home, who="first")
    await judged(home, who="second")
    async with review(home, first.id) as sight:
        await sight.shows("Pay first?", "of 2")
        await sight.press("]")
        await sight.shows("Pay second?", "of 2")
        await sight.press("[")
        await sight.shows("Pay first?")


async def test_a_lone_gate_has_no_next(home: Living) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        await sight.press("]")
        await sight.shows("No other gate is open.")
