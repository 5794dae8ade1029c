-- The record: an append-only log of events, and the rows that follow from it.
--
-- `event` is the authority. The other tables are written in the transaction of the events they follow
-- from, so each of them can be made again by folding the log. Times are microseconds since 1970, UTC.
-- The CHECKs repeat the vocabulary of `engine/core/states.py`, and say for each state what holds in it; a
-- test compares the two. (A CASE is checked four times faster than a long IN list, and at every step.)

BEGIN IMMEDIATE;

PRAGMA application_id = 1869637492; -- "opgt"
PRAGMA user_version = 1;

-- Which engine may write. Every transaction of a writer names its epoch; a newer engine has a higher one.
CREATE TABLE engine (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL CHECK (epoch > 0),
    pid INTEGER NOT NULL,
    boot TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    version TEXT NOT NULL,
    slots INTEGER NOT NULL CHECK (slots > 0)
);

-- What happened, in order. `hash` = SHA-256 of the previous hash and this row (see `engine/store/log.py`).
CREATE TABLE event (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    at INTEGER NOT NULL,
    run TEXT,
    step TEXT,
    attempt INTEGER,
    type TEXT NOT NULL,
    actor TEXT NOT NULL,
    identity TEXT NOT NULL,
    reason TEXT,
    data TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
);

CREATE INDEX event_of_run ON event (run) WHERE run IS NOT NULL;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN
    SELECT raise(ABORT, 'an event is never changed');
END;

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN
    SELECT raise(ABORT, 'an event is never deleted');
END;

-- Workflow files as they were when a run was accepted, by the digest that runs are pinned to.
CREATE TABLE definition (
    digest TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    bundle TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- `ended_at` is set exactly in final states: "not ended" and "has no end" are one question.
CREATE TABLE run (
    id TEXT PRIMARY KEY NOT NULL,
    workflow TEXT NOT NULL,
    definition TEXT NOT NULL REFERENCES definition (digest),
    state TEXT NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    queue TEXT NOT NULL REFERENCES queue (name),
    priority INTEGER NOT NULL,
    concurrency INTEGER CHECK (concurrency > 0),
    key TEXT,
    labels TEXT NOT NULL,
    inputs TEXT NOT NULL,
    folder TEXT NOT NULL,
    starter TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    steps_done INTEGER NOT NULL CHECK (steps_done BETWEEN 0 AND steps_total),
    steps_total INTEGER NOT NULL,
    tokens INTEGER NOT NULL CHECK (tokens >= 0),
    cost_usd REAL,
    parent TEXT REFERENCES run (id),
    forked_from TEXT REFERENCES run (id),
    CHECK (
        CASE state
            WHEN 'queued' THEN ended_at IS NULL
            WHEN 'scheduled' THEN ended_at IS NULL
            WHEN 'running' THEN ended_at IS NULL AND started_at IS NOT NULL
            WHEN 'waiting' THEN ended_at IS NULL
            WHEN 'pausing' THEN ended_at IS NULL
            WHEN 'paused' THEN ended_at IS NULL
            WHEN 'cancelling' THEN ended_at IS NULL
            WHEN 'succeeded' THEN ended_at IS NOT NULL
            WHEN 'succeeded_with_flags' THEN ended_at IS NOT NULL
            WHEN 'failed' THEN ended_at IS NOT NULL
            WHEN 'rejected' THEN ended_at IS NOT NULL
            WHEN 'cancelled' THEN ended_at IS NOT NULL
            ELSE false
        END
    )
);

CREATE UNIQUE INDEX run_by_key ON run (key, workflow) WHERE key IS NOT NULL;
CREATE INDEX run_by_age ON run (created_at, id);
CREATE INDEX run_by_state ON run (state, created_at, id);
CREATE INDEX run_by_workflow ON run (workflow, created_at, id);
CREATE INDEX run_by_workflow_and_state ON run (workflow, state, created_at, id);
CREATE INDEX run_active ON run (created_at, id) WHERE ended_at IS NULL;
CREATE INDEX run_failed ON run (ended_at) WHERE state = 'failed';

-- How many runs are in each state: counting a long history on every refresh would be slow.
CREATE TABLE tally (
    state TEXT PRIMARY KEY NOT NULL,
    runs INTEGER NOT NULL CHECK (runs >= 0)
) WITHOUT ROWID;

CREATE TRIGGER run_is_counted AFTER INSERT ON run
BEGIN
    INSERT INTO tally (state, runs) VALUES (new.state, 1)
    ON CONFLICT (state) DO UPDATE SET runs = runs + 1;
END;

CREATE TRIGGER run_is_counted_again AFTER UPDATE OF state ON run WHEN old.state <> new.state
BEGIN
    UPDATE tally SET runs = runs - 1 WHERE state = old.state;
    INSERT INTO tally (state, runs) VALUES (new.state, 1)
    ON CONFLICT (state) DO UPDATE SET runs = runs + 1;
END;

CREATE TABLE step (
    run TEXT NOT NULL REFERENCES run (id),
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    effects TEXT NOT NULL CHECK (effects IN ('none', 'idempotent', 'at_most_once', 'irreversible')),
    needs TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL CHECK (attempt >= 0),
    queued_at INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    due INTEGER,
    exit_code INTEGER,
    error TEXT,
    output TEXT NOT NULL,
    skipped_by TEXT CHECK (skipped_by IN ('condition', 'upstream')),
    tokens INTEGER NOT NULL CHECK (tokens >= 0),
    cost_usd REAL,
    PRIMARY KEY (run, id),
    CHECK (
        CASE state
            WHEN 'pending' THEN ended_at IS NULL
            WHEN 'ready' THEN ended_at IS NULL
            WHEN 'queued' THEN ended_at IS NULL AND queued_at IS NOT NULL
            WHEN 'running' THEN ended_at IS NULL AND started_at IS NOT NULL AND attempt > 0
            WHEN 'retry_wait' THEN ended_at IS NULL AND due IS NOT NULL
            WHEN 'waiting' THEN ended_at IS NULL
            WHEN 'indeterminate' THEN ended_at IS NULL AND attempt > 0
            WHEN 'succeeded' THEN ended_at IS NOT NULL
            WHEN 'reused' THEN ended_at IS NOT NULL
            WHEN 'skipped' THEN ended_at IS NOT NULL AND skipped_by IS NOT NULL
            WHEN 'flagged' THEN ended_at IS NOT NULL
            WHEN 'failed' THEN ended_at IS NOT NULL
            WHEN 'rejected' THEN ended_at IS NOT NULL
            WHEN 'cancelled' THEN ended_at IS NOT NULL
            WHEN 'superseded' THEN ended_at IS NOT NULL
            ELSE false
        END
    )
) WITHOUT ROWID;

CREATE INDEX step_live ON step (state, run, position) WHERE ended_at IS NULL;

CREATE TABLE attempt (
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    exit_code INTEGER,
    signal INTEGER,
    error TEXT,
    PRIMARY KEY (run, step, number),
    FOREIGN KEY (run, step) REFERENCES step (run, id),
    CHECK (
        CASE state
            WHEN 'running' THEN ended_at IS NULL
            WHEN 'succeeded' THEN ended_at IS NOT NULL
            WHEN 'failed' THEN ended_at IS NOT NULL
            WHEN 'timed_out' THEN ended_at IS NOT NULL
            WHEN 'cancelled' THEN ended_at IS NOT NULL
            WHEN 'lost' THEN ended_at IS NOT NULL
            ELSE false
        END
    ),
    CHECK (exit_code IS NULL OR signal IS NULL)
) WITHOUT ROWID;

CREATE TABLE gate (
    id TEXT PRIMARY KEY NOT NULL,
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('parked', 'held')),
    title TEXT NOT NULL,
    consequence TEXT NOT NULL CHECK (consequence IN ('low', 'medium', 'high')),
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    candidates TEXT NOT NULL,
    four_eyes INTEGER NOT NULL CHECK (four_eyes IN (0, 1)),
    quorum INTEGER NOT NULL CHECK (quorum > 0),
    allowed TEXT NOT NULL,
    form TEXT NOT NULL,
    on_deadline TEXT NOT NULL,
    approvals INTEGER NOT NULL CHECK (approvals >= 0),
    opened_at INTEGER NOT NULL,
    deadline INTEGER,
    closed_at INTEGER,
    FOREIGN KEY (run, step) REFERENCES step (run, id),
    CHECK (
        CASE state
            WHEN 'open' THEN closed_at IS NULL
            WHEN 'approved' THEN closed_at IS NOT NULL
            WHEN 'rejected' THEN closed_at IS NOT NULL
            WHEN 'expired' THEN closed_at IS NOT NULL
            WHEN 'cancelled' THEN closed_at IS NOT NULL
            ELSE false
        END
    )
) WITHOUT ROWID;

CREATE UNIQUE INDEX gate_open ON gate (run, step) WHERE state = 'open';
CREATE INDEX gate_inbox ON gate (opened_at, id) WHERE state = 'open';
CREATE INDEX gate_of_run ON gate (run);

-- One person's answer at a gate. `seq` is its event.
CREATE TABLE decision (
    seq INTEGER PRIMARY KEY REFERENCES event (seq),
    gate TEXT NOT NULL REFERENCES gate (id),
    actor TEXT NOT NULL,
    identity TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'reject')),
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT,
    form TEXT NOT NULL
);

CREATE INDEX decision_of_gate ON decision (gate);

-- The run's shared record, one row a key.
CREATE TABLE state (
    run TEXT NOT NULL REFERENCES run (id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) WITHOUT ROWID;

CREATE TABLE caveat (
    run TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    step TEXT NOT NULL,
    text TEXT NOT NULL,
    acknowledged INTEGER NOT NULL CHECK (acknowledged IN (0, 1)),
    PRIMARY KEY (run, position),
    FOREIGN KEY (run, step) REFERENCES step (run, id)
) WITHOUT ROWID;

-- A kept file; its bytes lie under their SHA-256.
CREATE TABLE artifact (
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    PRIMARY KEY (run, step, attempt, name),
    FOREIGN KEY (run, step, attempt) REFERENCES attempt (run, step, number)
) WITHOUT ROWID;

-- Answers already given, by the request's key: the same request again gets the same answer.
CREATE TABLE request (
    key TEXT PRIMARY KEY NOT NULL,
    verb TEXT NOT NULL,
    digest TEXT NOT NULL,
    actor TEXT NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;

-- At most `slots` attempts of a queue are in flight at a time; NULL means as many as `engine.slots` says.
CREATE TABLE queue (
    name TEXT PRIMARY KEY NOT NULL,
    slots INTEGER CHECK (slots > 0),
    state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'draining'))
) WITHOUT ROWID;

INSERT INTO queue (name, slots, state) VALUES ('default', NULL, 'open');

COMMIT;
