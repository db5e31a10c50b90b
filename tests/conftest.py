"""What every test stands on: warnings are errors (pyproject.toml), judges must not skip in CI, ../shared may be absent."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from pgserver import Server, programs, server

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
IN_CI = os.environ.get("EXPORTER_CI") == "1"

# A shell that starts a suite in the background has it ignore Ctrl-C, and so would every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Two busy cores make any deadline flaky; CI repeats the same examples, so that a red run can be run again.
hypothesis.settings.register_profile("house", deadline=None, derandomize=IN_CI)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared, or a skip that says so."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder ../shared, which is not here")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL of our own, or a skip that says what is missing."""
    found = programs()
    if found is None:
        pytest.skip("needs PostgreSQL's initdb and postgres: apt-get install postgresql")
    with server(found) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason="needs the folder ../shared, which is not here"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A judge that did not judge is a failure in CI."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and item.get_closest_marker("judge"):
        report.outcome = "failed"
        report.longrepr = f"EXPORTER_CI=1: a judge's test must not skip: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips as a whole (importorskip) may hold judges: in CI it fails, unless it lacks only ../shared."""
    report = yield
    if IN_CI and report.skipped and "shared" not in _reason(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"EXPORTER_CI=1: a module must not skip as a whole: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
