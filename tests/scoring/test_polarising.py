"""What divides an audience, in four languages, and the harmless uses of the same words."""

from __future__ import annotations

import pytest

from scoring.politics import political_words

DIVIDES = (
    "#ElectionNight", "Ceasefire talks collapse", "gun control now", "#AbortionRights rally", "deported overnight",
    "trans rights bill", "religious freedom bill passes", "hijab ban in schools", "#TaxTheRich march on Saturday",
    "nuclear deal signed", "book bans spread", "migrant caravan nears the crossing", "death penalty for the killer",
    "Bundestagswahl: erste Hochrechnung", "Freispruch für den Angeklagten", "Elecciones generales: abren las urnas",
    "Tribunal Supremo", "Grève générale contre la réforme des retraites", "l'IVG au Sénat: motion de censure",
    "Bombing a hospital is a war crime", "riot police in the square", "postal ballot opens",
)  # fmt: skip
HARMLESS = (
    "Vote for your favourite flavour!", "The election of the best burger is open", "streaming wars heat up",
    "Our great snack election: cast your ballot for the cutest dog", "Football is a religion here", "border collie",
    "Easter brunch", "Happy Hanukkah", "holy guacamole", "bird migration season", "the new policy is free returns",
    "price war on tv sets", "the jury loved this pie", "Season finale verdict: tears", "invasion of the pumpkins",
    "drag race finale tonight", "glue gun crafts", "church bells at noon", "peace and quiet", "Annex B of the manual",
    "Das Gericht mit Kürbis", "die Qual der Wahl", "partido de fútbol esta noche", "A mi juicio, el mejor",
    "Avocat toast du dimanche", "le parti est fini", "the hens ran riot in the kitchen", "this sauce is a war crime",
    "Invasion of the moths, bring cedar", "Book club verdict: too many owls", "in the marathon ballot",
)  # fmt: skip


@pytest.mark.parametrize("text", DIVIDES)
def test_what_divides_people_is_known(text: str) -> None:
    assert political_words(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_uses_of_the_same_words_are_not_politics(text: str) -> None:
    assert political_words(text) == ()
