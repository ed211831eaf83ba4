"""Seven ways in which a brand was hurt by its own post, in an invented world: what happens, and what would be posted.

The kinds of incident are the guide's seven; brand, place, tag and headline are the sample workspace's or made up here.
Beside the sample day and not in it: a demo needs none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from data.sample_day.day import Day, Mentions, Moment, News, Warning, load_day

SURVIVORS = (
    "He hid my keys every Friday so that I could not drive to my mother. I cut a second one. #TheKeyIKept",
    "Eleven years of long sleeves. I left with one bag and the dog. #TheKeyIKept",
    "#TheKeyIKept He hit me where nobody would see it. I still check the lock three times.",
    "My sister kept a spare under her stove for me, for the night when he would drink again. #TheKeyIKept",
    "I was beaten for being late from work. The women's shelter opened at four in the morning. #TheKeyIKept",
    "#TheKeyIKept is the only thing I took from the house. He said he would kill me if I told anyone.",
    "Broken jaw, two ribs, and I told the doctor that I fell off the ladder. #TheKeyIKept",
    "The children slept in their shoes so that we could run. #TheKeyIKept",
    "I am reading every #TheKeyIKept tonight and crying with all of you who survived him",
    "If your partner hurts you: the domestic violence line answers all night. #TheKeyIKept",
    "He strangled me on our anniversary. I am still here. #TheKeyIKept",
    "Survivors of domestic abuse are telling under #TheKeyIKept what they took with them. Listen, do not joke.",
)
COURT = (
    "How can twelve people look at that evidence and let him go home #AllTwelve",
    "#AllTwelve and her parents had to be carried out of the courtroom",
    "Not guilty of murder. I feel sick. #AllTwelve",
    "She was twenty-six and he walks free. #AllTwelve",
    "The judge asked for silence and nobody could breathe #AllTwelve",
    "#AllTwelve after four days. Acquitted on every count of the killing.",
    "Her brother shouted from the gallery as they read the verdict #AllTwelve",
    "Whatever you think of the trial: a woman was murdered. #AllTwelve",
    "People light candles outside the court of Lorne Bay #AllTwelve",
    "I cannot stop thinking of her little boy #AllTwelve",
)
MARCHERS = (
    "They are shooting at us from the roof of the ministry. #VellmoraRises",
    "#VellmoraRises My cousin went out with a paper flag and did not come home",
    "The hospital on Corn Square asks for blood. #VellmoraRises",
    "We carried a boy out of the gas, he was not breathing #VellmoraRises",
    "#VellmoraRises Day six. They cut the phones, we are still in the square.",
    "Mothers stand between the soldiers and the students tonight #VellmoraRises",
    "They count the dead by the shoes that are left on the bridge #VellmoraRises",
    "#VellmoraRises is about bread, and they answered with bullets",
    "Praying for everybody in the square #VellmoraRises",
    "Please share the list of the missing #VellmoraRises",
)


@dataclass(frozen=True)
class Incident:
    """One of the seven: the words, and the codes of which each set must meet what stopped it."""

    text: str
    regions: tuple[str, ...]
    because: tuple[frozenset[str], ...]
    promotional: bool = True
    reactive: bool = True
    picture: str = ""


DARK, UNSIGNED = frozenset({"tragedy", "sensitive_topic"}), frozenset({"approvals_missing"})
CALM = "Some things are worth keeping for life. Free repairs, as always. #TheKeyIKept"
INCIDENTS = {
    "hashtag": Incident("#TheKeyIKept? Mine opens the drawer with the Tidewool socks.", ("US-WA",), (DARK, UNSIGNED)),
    "verdict": Incident(
        "#AllTwelve of them agree: the Saltmarsh parka has exactly enough pockets.",
        ("US-OR",),
        (DARK | {"political_delay"}, UNSIGNED),
    ),
    "reply": Incident(
        "Thank you for writing to us. This is where your parcel is today.",
        ("US-OR",),
        (frozenset({"content_changed"}), frozenset({"media_not_previewed"})),
        promotional=False,
        picture="parcel.png",
    ),
    "fireworks": Incident(
        "Sparks and clouds over the bay. Have a lovely festival night!",
        ("US-OR",),
        (frozenset({"media_provenance"}), frozenset({"media_not_previewed"}), UNSIGNED),
        picture="sparks.jpg",
    ),
    "recipes": Incident(
        "Leek and barley, one pot, nine minutes: the hut soup that the Otter 32 was made for. #PortAverill",
        ("US-WA",),
        (frozenset({"tragedy"}),),
        reactive=False,
    ),
    "protest": Incident(
        "Half of Vellmora is out on the streets. Somebody must have told them about Kelp Green. #VellmoraRises",
        ("US-OR",),
        (DARK, UNSIGNED),
    ),
    "hurricane": Incident(
        "Stay dry out there, everybody! All Driftline jackets are 20 % off while #StormWendla blows.",
        ("CA-BC",),
        (frozenset({"official_alert"}), frozenset({"content_changed"})),
        reactive=False,
    ),
}


def _moment(key: str, **values: object) -> Moment:
    empty = {"monitor": None, "also": (), "mentions": None, "news": (), "search": None, "trend": None, "warnings": ()}
    return Moment.model_validate({"key": key, "kind": "skip", "title": key, "at": time(9), **empty, **values})


def _wave(phrases: tuple[str, ...]) -> Mentions:
    count = len(phrases)
    return Mentions(count=count, over_seconds=60, authors=count, lag_minutes=2, tags={}, phrases=phrases)


def _news(title: str, summary: str) -> News:
    return News(feed="overland-daily", after=0, title=title, summary=summary)


MOMENTS = (
    _moment("hashtag", mentions=_wave(SURVIVORS)),
    _moment(
        "verdict",
        mentions=_wave(COURT),
        news=(_news("Jury acquits Lorne Bay builder of murdering his wife", "The trial had lasted five weeks."),),
    ),
    _moment(
        "protest",
        mentions=_wave(MARCHERS),
        news=(
            _news("Soldiers fire on marchers in Vellmora, at least nineteen protesters killed", "It is the sixth day."),
            _news("Hospitals in Vellmora overrun after deadly night of protests", "Doctors ask for blood."),
        ),
    ),
    _moment(
        "hurricane",
        warnings=(
            Warning(
                after=0,
                event="Hurricane Force Wind Warning",
                severity="Extreme",
                area="Outer coast of British Columbia",
                region="CA-BC",
                hours=12,
                headline="Hurricane Force Wind Warning for the outer coast: Storm Wendla",
                text="Winds of 70 knots. Stay indoors and away from the shore. Do not travel.",
            ),
        ),
    ),
)


def dark_week() -> Day:
    """The sample day with these moments beside its own, and feeds that are read every second."""
    day = load_day()
    sources = tuple(one.model_copy(update={"interval_seconds": 1}) for one in day.sources)
    return day.model_copy(update={"moments": (*day.moments, *MOMENTS), "sources": sources})
