"""How fast the pages of a real server are, as ratios to the least that such a server can do, measured in the same run.

    python bench/pages.py [--engine sqlite|postgresql] [--quick] [--only P1,P5] [--data FILE] [--port 8120]

Starts gunicorn (sync, two workers) on a temporary installation with the demo and the conferences of `--data` moved to
the future, and a bare Flask + Jinja page beside it. J is that page's rate with 8 connections. Every rate is taken in ABBA order
(bare, ours, ours, bare), several rounds, and the median of the ratios counts. Prints JSON: for each goal its value, what must
hold and whether it holds. Ends with 1 if a "must" does not hold, with 2 if an answer was wrong.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import _bare
import _cases as cases
import _stand as stand
from _inside import Line, drawing, frame, statement_counts
from _load import Case, Run, raw, run
from flask import Flask

from organizer import create_app
from organizer.core.db import db
from organizer.demo.loading import SLUG

WEEKS = 260  # moves the conferences of the last years into the coming ones


@dataclass
class Bench:
    """One run: where things are, how long to measure, what was found."""

    folder: Path
    app: Flask
    data: cases.Data
    port: int
    bare_port: int
    rounds: int
    seconds: float
    only: frozenset[str]
    found: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    jays: list[float] = field(default_factory=list)

    def wants(self, *goals: str) -> bool:
        """Whether one of these goals was asked for."""
        return not self.only or not self.only.isdisjoint(goals)

    def says(self, goal: str, what: str, value: float, must: str, holds: bool, **more: Any) -> None:
        """Note a result."""
        self.found.append({"goal": goal, "what": what, "value": value, "must": must, "holds": holds, **more})
        print(f"{goal:4} {what}: {value} ({must}) {'holds' if holds else 'DOES NOT HOLD'}", file=sys.stderr, flush=True)

    def ratio(self, case: Case, floor: Case | None = None) -> tuple[float, Run]:
        """The median ratio of a case's rate to J (or to another floor), and its fastest run."""
        floor = floor or Case("bare", self.bare_port, [raw("GET", "/")])
        ratios, runs = [], []
        for _ in range(self.rounds):
            quartet = [run(each, self.folder, self.seconds) for each in (floor, case, case, floor)]
            ratios.append((quartet[1].rate + quartet[2].rate) / (quartet[0].rate + quartet[3].rate))
            runs += quartet[1:3]
            if floor.name == "bare":
                self.jays += [quartet[0].rate, quartet[3].rate]
        if errors := sum(each.errors for each in runs):
            self.wrong.append(f"{case.name}: {errors} errors in {sum(each.count for each in runs)} answers")
        return round(statistics.median(ratios), 3), max(runs, key=lambda each: each.rate)

    def rate(self, goal: str, what: str, case: Case, must: float, stretch: float, **more: Any) -> Run:
        """Measure a case against J and note whether it reaches `must` (and `stretch`)."""
        status, headers, body = stand.ask(self.port, case.requests[0])
        if case.expect != status:
            self.wrong.append(f"{case.name}: expected {case.expect}, got {status}")
        value, best = self.ratio(case)
        facts = {"stretch": f"≥ {stretch} J", "reached": value >= stretch, "req_s": round(best.rate)}
        facts |= {"p50_ms": best.p50, "p99_ms": best.p99, "bytes": len(body) or None}
        facts["encoding"] = headers.get("content-encoding")
        self.says(goal, what, value, f"≥ {must} J", value >= must, **facts, **more)
        return best


def measure_pages(bench: Bench) -> None:
    """P1–P5, P7, P8: what people and programs read."""
    read = cases.reading(bench.data, bench.port)
    if bench.wants("P1"):
        bench.rate("P1", "event page, anonymous, 20 attendees", read["event"], 0.35, 0.5)
        value, best = bench.ratio(cases.by_view(read["event"]))
        told = "no goal: after a commit, or for a visitor with a cookie"
        bench.says(
            "–", "event page, anonymous, by its view", value, "told only", True, req_s=round(best.rate), note=told
        )
        crowd = run(read["event"], bench.folder, bench.seconds * 2, connections=32)
        worst = round(crowd.p99 / crowd.p50, 2)
        bench.says("P1", "p99 / p50 at 32 connections", worst, "≤ 4", worst <= 4, p50_ms=crowd.p50, p99_ms=crowd.p99)
        plain = len(stand.ask(bench.port, raw("GET", bench.data.page))[2])
        bench.says("P1", "event page, bytes uncompressed", plain, "≤ 15000", plain <= 15_000)
    if bench.wants("P2"):
        bench.rate("P2", "event page, signed in", cases.with_cookie(bench.app, bench.data, bench.port), 0.2, 0.3)
    if bench.wants("P3"):
        rows = "30 cards a page (the goal says 50 rows)"
        bench.rate("P3", "list, page 1", read["list"], 0.2, 0.3, note=rows)
        page = min(1000, bench.data.coming // 30 - 1)
        bench.rate("P3", f"list, page {page}", read["list later"], 0.2, 0.3, note=f"the last but one of all, {rows}")
        one, many = alone(bench, read["list"]), alone(bench, read["list later"])
        value = round(many / one, 2)
        bench.says("P3", f"page {page} / page 1, p50 alone", value, "≤ 1.1", value <= 1.1)
    for goal, name, must, stretch in (
        ("P5", "feed", 0.45, 0.6),
        ("P7", "map data", 0.35, 0.5),
        ("P7", "map data Europe", 0.35, 0.5),
        ("P8", "map", 0.35, 0.5),
    ):
        if bench.wants(goal):
            body = stand.ask(bench.port, read[name].requests[0])[2]
            more = {"events": calendar_size(bench, read[name])} if goal == "P5" else {}
            bench.rate(goal, name, read[name], must, stretch, **more)
            if goal == "P8":
                bench.says("P8", "map page, gzip bytes", len(body), "≤ 20000", len(body) <= 20_000)
    if bench.wants("P4"):
        for name in ("event", "list", "feed", "map data"):
            tag = stand.ask(bench.port, read[name].requests[0])[1].get("etag", "")
            same = cases.unchanged(read[name], tag)
            bench.rate("P4", f"{name}, 304", same, 0.75, 0.85)
            value, best = bench.ratio(cases.by_view(same))
            told = "no goal: after a commit, or for a visitor with a cookie"
            bench.says("–", f"{name}, 304, by its view", value, "told only", True, req_s=round(best.rate), note=told)


def alone(bench: Bench, case: Case) -> float:
    """The median of three p50 of one client alone, in milliseconds."""
    return statistics.median(run(case, bench.folder, bench.seconds, connections=1).p50 for _ in range(3))


def calendar_size(bench: Bench, case: Case) -> int:
    """How many events a feed has."""
    plain = case.requests[0].replace(b"gzip", b"identity")
    return stand.ask(bench.port, plain)[2].count(b"BEGIN:VEVENT")


def measure_writes(bench: Bench) -> None:
    """P9 and P12: answering an event, and the door; the database must have what the clients were told."""
    enough = int(bench.rounds * bench.seconds * 2 * 2500) + 2000
    if bench.wants("P9"):
        case = cases.answers(bench.app, bench.data, bench.port, enough)
        bench.rate("P9", "RSVP over HTTP", case, 0.12, 0.25, note="unlimited event, letter written")
        floor = cases.least_answers(bench.bare_port, enough * 2)
        value, _best = bench.ratio(case, floor)
        bench.says("P9", "RSVP / the floor's POST /rsvp", value, "≥ 0.35", value >= 0.35)
        told = cases.truth(bench.app, bench.data)
        if told["rsvps"] != told["tally"] or told["rsvps"] < min(case.sent, enough) * 0.95:
            bench.wrong.append(f"RSVPs: {case.sent} sent, {told}")
    if bench.wants("P12"):
        case, again = cases.scans(bench.app, bench.data, bench.port)
        said = json.loads(stand.ask(bench.port, case.requests[0])[2])["results"][0]["verdict"]
        case.sent = 1
        best = bench.rate("P12", "check-in by ticket", case, 0.25, 0.4)
        bench.says("P12", "p99 at 8 phones, ms", best.p99, "≤ 20", best.p99 <= 20)
        second = json.loads(stand.ask(bench.port, again)[2])["results"][0]["verdict"]
        bench.says("P12", "a second scan says so", float(second == "already_in"), "= 1", second == "already_in")
        told = cases.truth(bench.app, bench.data)
        if said != "ok" or told["inside"] < min(case.sent, len(bench.data.codes)) * 0.95:
            bench.wrong.append(f"check-ins: first said {said}, {case.sent} sent, {told}")


def measure_process(bench: Bench, environment: dict[str, str], server: Any) -> None:
    """P14, P16–P19: tickets, start, memory, bytes, statements."""
    if bench.wants("P17"):
        # A full run has asked for everything by now; a run of some goals asks for the pages once more.
        for case in cases.reading(bench.data, bench.port).values():
            run(case, bench.folder, bench.seconds)
        value = round(stand.pss_mib(server), 1)
        events = f"{bench.data.coming} coming events"
        bench.says("P17", f"PSS of all processes after load, MiB, {events}", value, "≤ 140", value <= 140)
    if bench.wants("P16"):
        ours, bare = [], []
        for _ in range(max(bench.rounds, 3)):
            bare.append(stand.cold_start("_bare:with_database()", bench.folder, environment))
            ours.append(stand.cold_start("wsgi:app", bench.folder, environment))
        value = round(statistics.median(ours) / statistics.median(bare), 2)
        facts = {"seconds": round(statistics.median(ours), 2), "bare_seconds": round(statistics.median(bare), 2)}
        bench.says("P16", "cold start / bare Flask + SQLAlchemy", value, "≤ 2.5", value <= 2.5, **facts)
    if bench.wants("P14"):
        within(bench, "P14", drawing(bench.app, bench.data.key))
    if bench.wants("P18"):
        within(bench, "P18", frame(bench.app, bench.data.page))
    if bench.wants("P19"):
        within(bench, "P19", statement_counts(bench.app, bench.data))


def within(bench: Bench, goal: str, lines: Iterable[Line]) -> None:
    """Note counts that must not be larger than what is said beside them."""
    for what, found, most in lines:
        bench.says(goal, what, found, f"≤ {most:g}", found <= most)


@contextmanager
def installation(engine: str, source: Path, folder: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """A filled installation: its settings, and what the import said."""
    with stand.database(engine) as address:
        environment = stand.environment_of(folder, address)
        stand.command(environment, "db", "upgrade")
        stand.command(environment, "demo")
        said = stand.command(
            environment, "import", "events", str(source), "--community", SLUG, "--shift-weeks", str(WEEKS)
        )
        yield environment, said.splitlines()[:3] + said.splitlines()[-1:]


def measured(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Fill an installation, start both servers, measure everything that was asked for."""
    begun = time.perf_counter()
    with installation(asked.engine, asked.data, folder) as (environment, imported):
        app = create_app(cases.settings_of(environment))
        data = cases.make(app, tickets=2_000 if asked.quick else 20_000)
        _bare.prepare(str(folder / "bare.db"))
        environment |= {"BARE_DATABASE": str(folder / "bare.db")}
        port = stand.free_port(asked.port)
        with stand.serving("wsgi:app", folder, environment, port) as server:
            stand.make_ready(environment, port, "/events.ics")
            bare_port = stand.free_port(port + 1)
            with stand.serving("_bare:app", folder, environment, bare_port):
                rounds = 1 if asked.quick else asked.rounds
                only = frozenset(asked.only.upper().split(",")) if asked.only else frozenset[str]()
                bench = Bench(folder, app, data, port, bare_port, rounds, asked.seconds, only)
                measure_pages(bench)
                measure_writes(bench)
                measure_process(bench, environment, server)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        log = (folder / f"server-{port}.log").read_text(errors="replace")[-1500:]
    failed = [each for each in bench.found if not each["holds"]]
    return {
        "engine": asked.engine,
        "imported": imported,
        "coming_events": data.coming,
        "rounds": rounds,
        "J_req_s": {"median": round(statistics.median(bench.jays)), "spread": _spread(bench.jays)}
        if bench.jays
        else {},
        "goals": bench.found,
        "must_not_held": [f"{each['goal']} {each['what']}: {each['value']}, {each['must']}" for each in failed],
        "wrong": bench.wrong,
        "server_log": log,
        "minutes": round((time.perf_counter() - begun) / 60, 1),
    }


def _spread(numbers: list[float]) -> str:
    return f"{round(min(numbers))}–{round(max(numbers))}"


def main() -> None:
    """Read the arguments, measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--quick", action="store_true", help="one round: shows that it works, proves nothing")
    parser.add_argument("--only", default="", help="goals to measure, for example P1,P9")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one run")
    parser.add_argument("--data", type=Path, default=stand.ROOT.parent / "shared" / "data" / "conferences.json.gz")
    parser.add_argument("--port", type=int, default=8120, help="first of the ports that may be used")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="organizer-bench-") as name:
        result = measured(asked, Path(name))
    print(json.dumps(result, indent=1, ensure_ascii=False))
    raise SystemExit(2 if result["wrong"] else 1 if result["must_not_held"] else 0)


if __name__ == "__main__":
    main()
