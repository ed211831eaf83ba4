"""Breaking tragedies: which headlines and warnings call for a hold, and how far it reaches.

One unmistakable headline about harm to many is enough, because publishing fails closed. A lone crime, a court case,
a death of one person, sport, fiction and history are not; two independent, less certain reports of one incident
within an hour are. What a post itself touches is `scoring.judge`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from scoring.contract import BrandProfile, HoldCall, Reason, Scope, TextScorer, TextVerdict, Tragedy, Use, Warning
from scoring.overlap import Subject, alike, place_codes, place_names, subject_of, ties
from scoring.phrases import number
from scoring.reference import load
from scoring.regions import any_meet, whole
from scoring.safety import failed, score_safely
from scoring.sensitivity import Hit, Reading, read
from scoring.warnings import alert_reason, concerns, in_force, regions_of

BREAKING = timedelta(hours=24)
"""How old a headline may be and still call a hold: the guide's blackout on promotion after a tragedy."""
PAIR = timedelta(hours=1)
SAME_REPORT, SAME_SOURCE = 0.8, 0.6
"""Share of rare words from which two headlines are one report passed on. One feed may carry many papers, so a common
source makes us stricter, not deaf."""
MANY, VERY_MANY, CATASTROPHE = 3, 10, 100
"""People harmed from which a headline is about many; hurt rather than killed; and felt far beyond its region."""
UNMISTAKABLE, PLAIN, HINTED = 0.85, 0.7, 0.3
FELT_QUAKE = 6
NATIONAL = frozenset(("mass_violence",))
PUBLIC_GROUPS = frozenset(("mass_violence", "disaster", "war"))
MAX_REASONS = 5
_PLACE_AFTER = re.compile(r"\b(?:in|at|near|off|outside|across) ((?:[A-Z][\w'’-]+ ?){1,2})")


def holds_called_for(
    scorer: TextScorer, news: Sequence[Use], warnings: Sequence[Warning], brand: BrandProfile, now: datetime
) -> list[HoldCall]:
    """The holds that headlines and warnings call for now, one for each scope, each with its evidence.

    The same evidence gives the same call again: whoever opens holds must not reopen one that people lifted for it.
    """
    called: dict[Scope, list[Reason]] = {}
    for item, reason in _tragedies(scorer, news, now):
        for scope in _reach(item, brand):
            called.setdefault(scope, []).append(reason)
    for warning in in_force(warnings, now):
        if concerns(warning, brand.regions):
            regions = [code for code in regions_of(warning) if not brand.regions or any_meet([code], brand.regions)]
            for scope in [Scope("region", code) for code in regions] or [Scope("everything")]:
                called.setdefault(scope, []).append(alert_reason(warning))
    return [HoldCall(scope, tuple(dict.fromkeys(reasons))[:MAX_REASONS]) for scope, reasons in called.items()]


def is_mass_harm(text: str) -> bool:
    """True when a headline says, beyond mistaking, that many people are being harmed now."""
    reading = read(text)
    if reading.court or reading.past or _made_up(reading):
        return False
    return _many_harmed(reading) or any(_unmistakable(hit) or _public(hit, reading) for hit in reading.hits)


def is_incident(text: str) -> bool:
    """True when a headline tells of an incident that may harm many, without being unmistakable."""
    reading = read(text)
    if reading.court or reading.past or _made_up(reading):
        return False
    return any(hit.group in load().incidents and hit.base >= 0.45 for hit in reading.hits)


def regions_in(item: Use) -> list[str]:
    """Where an item happens: its own region, else the places its text names, most exact first."""
    return [item.region] if item.region else place_codes(item.text)


def _tragedies(scorer: TextScorer, news: Sequence[Use], now: datetime) -> list[tuple[Use, Reason]]:
    fresh = [item for item in news if now - BREAKING < item.at <= now and read(item.text).hits]
    verdicts = score_safely(scorer, [item.text for item in fresh])
    rated = list(zip(fresh, verdicts, strict=True))
    alone = [item for item, verdict in rated if _not_clear(verdict) and is_mass_harm(item.text)]
    # A failed scorer calls everything "review"; two such verdicts are not two reports of anything.
    unsure = [item for item, verdict in rated if _not_clear(verdict) and not failed(verdict) and is_incident(item.text)]
    said = [(item, _reason("tragedy", "A headline tells of harm to many", item)) for item in alone]
    lone = [item for item in unsure if item not in alone]
    told_twice = "Two reports within an hour tell of one incident"
    return [*said, *((item, _reason("tragedy", told_twice, item)) for item in _corroborated(lone))]


def _corroborated(unsure: Sequence[Use]) -> list[Use]:
    """Those that another, independent report within the hour speaks for; a dark day brings hundreds, so each pair of
    subjects is compared once, and only while one of the two is still alone."""
    told = [(item, subject_of(item.text, item.topic)) for item in sorted(unsure, key=lambda use: use.at)]
    found: set[int] = set()
    for place, (one, first) in enumerate(told):
        for later in range(place + 1, len(told)):
            other, second = told[later]
            if other.at - one.at > PAIR:
                break
            if not {place, later} <= found and _corroborate(one, first, other, second):
                found |= {place, later}
    return [told[place][0] for place in sorted(found)]


def _many_harmed(reading: Reading) -> bool:
    other = any(hit.group != "toll" and hit.base >= HINTED for hit in reading.hits)
    for hit in reading.hits:
        if hit.group != "toll" or hit.people < MANY:
            continue
        if hit.base > PLAIN or other or (hit.people >= VERY_MANY and not reading.soft):
            return True
    return False


def _unmistakable(hit: Hit) -> bool:
    if "magnitude" in hit.words:
        return max((number(word) or 0 for word in hit.words.split()), default=0) >= FELT_QUAKE
    return hit.group in load().incidents and hit.base >= UNMISTAKABLE and hit.weight >= hit.base


def _public(hit: Hit, reading: Reading) -> bool:
    return reading.public and hit.group in PUBLIC_GROUPS and hit.base >= PLAIN and hit.weight >= hit.base


def _made_up(reading: Reading) -> bool:
    return reading.soft and not reading.literal and not reading.public


def _corroborate(one: Use, first: Subject, other: Use, second: Subject) -> bool:
    passed_on = SAME_SOURCE if one.source == other.source else SAME_REPORT
    return bool(ties(first, second)) and alike(first, second) < passed_on


def _reach(item: Use, brand: BrandProfile) -> list[Scope]:
    """How far a tragedy's hold reaches: its region at home, its topic elsewhere, everything when nobody knows where."""
    regions = regions_in(item)
    if not regions:
        return [Scope("everything")]
    home = [code for code in regions if not brand.regions or any_meet([code], brand.regions)]
    if home:
        national = _felt_nationally(read(item.text))
        return list(dict.fromkeys(Scope("region", whole(code) if national else code) for code in home))
    if not item.region and read(item.text).people >= CATASTROPHE:
        return [Scope("everything")]  # only guessed to be elsewhere, and too grave to rest on a guess
    return [Scope("topic", name) for name in _topics(item)]


def _felt_nationally(reading: Reading) -> bool:
    """A massacre is mourned by the whole country, a landslide first where it happened."""
    if reading.people >= CATASTROPHE:
        return True
    killed = any(hit.group == "toll" and hit.base > PLAIN and hit.people >= MANY for hit in reading.hits)
    return killed and reading.strongest(NATIONAL) >= PLAIN


def _topics(item: Use) -> list[str]:
    if item.topic:
        return [item.topic]
    tagged = re.findall(r"#\w+", item.text)
    named = [name.strip().lower() for name in _PLACE_AFTER.findall(item.text)]
    return list(dict.fromkeys([*tagged, *sorted(place_names(item.text)), *named]))


def _not_clear(verdict: TextVerdict) -> bool:
    return verdict.tragedy.label is not Tragedy.CLEAR


def _reason(code: str, what: str, item: Use) -> Reason:
    where = f" ({item.region})" if item.region else ""
    return Reason(code, f"{what}{where}.", item.text)
