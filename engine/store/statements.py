"""The writer's statements. `ORDER` is the order in which a batch runs them: what is referred to first."""

from __future__ import annotations

from typing import Final

from engine.store.chain import COLUMNS

KEEP_DEFINITION: Final = (
    "INSERT INTO definition (digest, name, bundle, created_at) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (digest) DO NOTHING"
)
KEEP_QUEUE: Final = (
    "INSERT INTO queue (name, slots, state) VALUES (?, NULL, 'open') ON CONFLICT (name) DO NOTHING"
)
INSERT_EVENT: Final = f"INSERT INTO event ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_RUN: Final = (
    "INSERT INTO run (id, workflow, definition, state, why, queue, priority, concurrency, key, labels,"
    " inputs, folder, starter, created_at, started_at, ended_at, steps_done, steps_total, tokens, cost_usd)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
MOVE_RUN: Final = "UPDATE run SET state = ?, why = ?, started_at = ?, ended_at = ? WHERE id = ?"
PROGRESS_RUN: Final = "UPDATE run SET steps_done = ? WHERE id = ?"
SPEND_RUN: Final = "UPDATE run SET tokens = ?, cost_usd = ? WHERE id = ?"
INSERT_STEP: Final = (
    "INSERT INTO step (state, attempt, queued_at, started_at, ended_at, due, exit_code, error, output,"
    " skipped_by, tokens, cost_usd, run, id, position, kind, effects, needs)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE_STEP: Final = (
    "UPDATE step SET state = ?, attempt = ?, queued_at = ?, started_at = ?, ended_at = ?, due = ?,"
    " exit_code = ?, error = ?, output = ?, skipped_by = ?, tokens = ?, cost_usd = ?"
    " WHERE run = ? AND id = ?"
)
INSERT_ATTEMPT: Final = (
    "INSERT INTO attempt (run, step, number, state, started_at) VALUES (?, ?, ?, 'running', ?)"
)
END_ATTEMPT: Final = (
    "UPDATE attempt SET state = ?, ended_at = ?, exit_code = ?, signal = ?, error = ?"
    " WHERE run = ? AND step = ? AND number = ?"
)
INSERT_ARTIFACT: Final = (
    "INSERT INTO artifact (run, step, attempt, name, size, sha256) VALUES (?, ?, ?, ?, ?, ?)"
)
UPSERT_GATE: Final = (
    "INSERT INTO gate (id, run, step, state, kind, title, consequence, content, digest, revision,"
    " candidates, four_eyes, quorum, allowed, form, on_deadline, approvals, opened_at, deadline, closed_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, content = excluded.content,"
    " digest = excluded.digest, revision = excluded.revision, approvals = excluded.approvals,"
    " deadline = excluded.deadline, closed_at = excluded.closed_at"
)
INSERT_DECISION: Final = (
    "INSERT INTO decision (seq, gate, actor, identity, verdict, digest, at, reason, form)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPSERT_STATE: Final = (
    "INSERT INTO state (run, key, value) VALUES (?, ?, ?)"
    " ON CONFLICT (run, key) DO UPDATE SET value = excluded.value"
)
UPSERT_CAVEAT: Final = (
    "INSERT INTO caveat (run, position, step, text, acknowledged) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (run, position) DO UPDATE SET acknowledged = excluded.acknowledged"
)
INSERT_REQUEST: Final = "INSERT INTO request (key, verb, digest, actor, answer, at) VALUES (?, ?, ?, ?, ?, ?)"

ORDER: Final = (
    KEEP_DEFINITION,
    KEEP_QUEUE,
    INSERT_EVENT,
    INSERT_RUN,
    MOVE_RUN,
    PROGRESS_RUN,
    SPEND_RUN,
    INSERT_STEP,
    UPDATE_STEP,
    INSERT_ATTEMPT,
    END_ATTEMPT,
    INSERT_ARTIFACT,
    UPSERT_GATE,
    INSERT_DECISION,
    UPSERT_STATE,
    UPSERT_CAVEAT,
    INSERT_REQUEST,
)
