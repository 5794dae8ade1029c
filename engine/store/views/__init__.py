"""The read side: every screen and every listing is one of these queries, over a read-only connection."""

from __future__ import annotations

from engine.store.views.dashboard import DashboardViews
from engine.store.views.events import EventViews
from engine.store.views.gates import GateViews
from engine.store.views.runs import Cursor, Page, RunFilter, RunViews
from engine.store.views.steps import StepViews

__all__ = ["Cursor", "Page", "RunFilter", "Views"]


class Views(RunViews, StepViews, GateViews, EventViews, DashboardViews):
    """All questions to a home's record, answered with or without an engine.

    `await Views.open(path)` opens one; close it in the end, since it has a thread. A home without a
    database reads as empty, and its database is found as soon as an engine has made it.
    """
