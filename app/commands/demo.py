"""`python -m app demo`: a fresh sample workspace and the sample day, served over HTTP and polled like any real feed.

Everything is the product as it is; only the feeds, the Mastodon server and the people are invented. The clocks are
real too: the story is told fast, the windows, countdowns and ages of posts run at their true speed. Two months on
Mastodon lie behind it (`app.sample_past`), and what people approve for Mastodon really goes to the server.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app import logs
from app.clock import utc_now
from app.sample import SignIn, add_keeper, begin_day, found_team
from app.sample_past import Stage, add_mastodon, live_through
from app.settings import Settings, absolute_url, load
from app.supervise import Supervisor, refuse_taken_port
from app.wiring import build
from data.errors import BadInput
from data.sample_day.day import Day, load_day
from data.sample_day.feed_server import StoryServer
from data.sample_day.mastodon_server import MastodonServer
from data.sample_day.past import load_past, told

FOLDER = Path("var/demo")
# Slower than real time tells nothing in a demo; much faster, and the whole day is over before the console has started.
SLOWEST, FASTEST = 0.1, 10_000.0
# The workspace was founded so long before the first of its posts.
FOUNDED_BEFORE = timedelta(days=1)
# Figures are read every so many seconds instead of every five minutes: a presenter waits for the first of them.
COLLECT_SECONDS = 30.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """How fast the story is told, and on which port it is served."""
    parser.add_argument("--speed", type=float, default=None, help="story seconds per real second (default: the day's)")
    parser.add_argument("--feed-port", type=int, default=0, help="the feed server's port (default: any free one)")
    parser.add_argument("--mastodon-port", type=int, default=0, help="the Mastodon server's port (default: a free one)")


def run(args: argparse.Namespace) -> int:
    """Set up, print the sign-ins once, and run until Ctrl-C."""
    settings = demo_settings(load())
    logs.set_up("WARNING")
    refuse_taken_port(settings)
    day = load_day()
    stage = Stage()
    with _server(day, args.feed_port, args.speed) as feeds, _mastodon(feeds, stage, args.mastodon_port) as mastodon:
        fresh_folder(FOLDER)
        loopback = {feeds.address.removeprefix("http://"), mastodon.host}
        settings = replace(settings, allow_private=settings.allow_private | loopback)
        people = _set_up(settings, day, feeds, mastodon, stage, args.speed)
        return Supervisor(settings, ["worker", "console"]).run(lambda: _tell(settings, feeds, mastodon, people))


def _set_up(
    settings: Settings, day: Day, feeds: StoryServer, mastodon: MastodonServer, stage: Stage, speed: float | None
) -> tuple[SignIn, ...]:
    """The workspace with its past; the five sign-ins, and that of whoever keeps it."""
    house = build(settings, clock=stage)
    past = told(load_past(), utc_now())
    stage.stand_at(past[0].at - FOUNDED_BEFORE)
    people = (*found_team(house, day), add_keeper(house))
    channel = add_mastodon(house, mastodon, day.brand.name)
    live_through(house, stage, mastodon, past, channel, day.brand.zone)
    stage.go_on()
    begin_day(house, day, feeds.address, feeds.started_at, speed, {"mastodon": channel})
    house.store.close()
    return people


def _mastodon(feeds: StoryServer, stage: Stage, port: int) -> MastodonServer:
    try:
        return MastodonServer(clock=stage, port=port, others=feeds.words_at)
    except (OSError, OverflowError) as error:
        raise BadInput(f"Mastodon cannot be served on port {port}: name a free one.", cause=str(error)) from error


def _server(day: Day, port: int, speed: float | None) -> StoryServer:
    if speed is not None and not SLOWEST <= speed <= FASTEST:
        raise BadInput(f"--speed must be between {SLOWEST:g} and {FASTEST:g}, not {speed:g}.")
    try:
        return StoryServer(day, port=port, speed=speed, clock=utc_now)
    except (OSError, OverflowError) as error:
        raise BadInput(f"The feeds cannot be served on port {port}: name a free one.", cause=str(error)) from error


def demo_settings(settings: Settings) -> Settings:
    """The sample workspace lives in its own folder and on loopback only."""
    return replace(
        settings,
        database_url=absolute_url(f"sqlite:///{FOLDER / 'tact.db'}"),
        dry_run_folder=(FOLDER / "dry_run").absolute(),
        address="127.0.0.1",
        log_level="WARNING",
        sample=True,
        collect_seconds=COLLECT_SECONDS,
    )


def fresh_folder(folder: Path) -> None:
    """An empty folder for this demo; the last demo's is gone. BadInput when the disk says no."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} cannot be made; check the disk.", cause=str(error)) from error


def _tell(settings: Settings, feeds: StoryServer, mastodon: MastodonServer, people: tuple[SignIn, ...]) -> None:
    print(f"\nTact, with the sample day: http://{settings.address}:{settings.port}\n")
    print("Sign in as (these passwords are shown once and only work here):")
    for person in people:
        role = person.role.replace("_", " ")
        print(f"  {person.username:<10}{person.password:<16}{person.display_name} ({role})")
    print("The keeper sees to accounts on platforms, people and calls out; the five do the work.")
    print(
        f"\nThe feeds are served at {feeds.address}. The first alert comes within a minute, a tragedy later in the day."
    )
    print(f"Posts for Mastodon really go to {mastodon.address}. Figures are read every {COLLECT_SECONDS:.0f} seconds.")
    print("Ctrl-C ends everything. The next demo begins anew.\n", flush=True)
