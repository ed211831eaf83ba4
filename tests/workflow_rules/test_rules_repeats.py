"""Saying it twice: the pairs that the bound was chosen on, and what must never count as a repetition."""

from collections.abc import Iterable

import pytest

from templates_library.render import render
from workflow.rules.repeats import SAME, Said, _shingles, _words, resemblance, says_the_same
from workflow.templating import library

# The same post, a little reworded: closed up, a word exchanged, a hashtag or an address behind it.
AGAIN = (
    ("Iced tea, as patient as you are.", "Iced tea: as patient as YOU are!! 🧊"),
    (
        "Our new oolong is here. Cold-brewed for eight hours, ready in one. Find it in every shop from Monday.",
        "Our new oolong is here! Cold-brewed for eight hours, ready in one. Find it in all shops from Monday.",
    ),
    (
        "The kettle is on and the rain is ours. Who joins us for a slow cup this afternoon?",
        "The kettle's on and the rain is ours. Who joins us for a slow cup this afternoon? https://tea.example/slow",
    ),
    (
        "We heard you: the lid is back, and this time it fits. Thank you for telling us.",
        "We heard you: the lid is back and this time it really fits. Thank you for telling us.",
    ),
    (
        "Tonight we are drinking to everyone who finished the marathon, first or last.",
        "Tonight we're drinking to everyone who finished the marathon, first or last. #marathon #tea",
    ),
    (
        "If your morning needed a second chance, this is it: half a spoon, two minutes, no rush.",
        "If your morning needed a second chance, here it is: half a spoon, two minutes, no rush.",
    ),
    (
        "Power cut? No problem: cold brew needs no socket. Just water, leaves, and a little patience.",
        "Power cut? No problem. Cold brew needs no socket, just water, leaves and patience.",
    ),
    (
        "To the person who left their scarf in our Leeds shop: it is warm, it is safe, and it was offered tea.",
        "To whoever left their scarf in our Leeds shop: it is warm, it is safe, and it was offered tea.",
    ),
    (
        "Hot take: iced tea is soup for people who like the beach.",
        "Hot take: iced tea is just soup for people who like the beach.",
    ),
)
# Two posts that a reader would want both of.
ANOTHER = (
    ("Iced tea, as patient as you are.", "Iced coffee is for those who run. We walk."),
    (
        "Our new oolong is here. Cold-brewed for eight hours, ready in one. Find it in every shop from Monday.",
        "Our new sencha is here. Picked in April, ready in two minutes. Order it from today.",
    ),
    ("Good morning! Rain outside, kettle on.", "Good morning! Sun outside, windows open."),
    (
        "Our tasting is on Friday 6 March at 17:00 in our Leeds shop. Come and bring a friend.",
        "Our tasting is on Friday 13 March at 17:00 in our Leeds shop. Come and bring a friend.",
    ),
    ("3 days to go until the doors of our new shop open.", "2 days to go until the doors of our new shop open."),
    (
        "The kettle is on and the rain is ours. Who joins us for a slow cup this afternoon?",
        "The sun is out and the garden is ours. Who joins us for an iced one this evening?",
    ),
    (
        "New in the shop: a teapot that does not drip. Yes, we tested it on a white tablecloth.",
        "New in the shop: a cup that stays cool outside. Yes, we tested it on our own fingers.",
    ),
    (
        "Thank you for 10,000 followers. The next pot is on us.",
        "Thank you for 20,000 followers. The next pot is on us.",
    ),
    ("Good morning, everyone.", "Good morning, Leeds."),
)


@pytest.mark.parametrize(("one", "other"), AGAIN)
def test_a_little_rewording_is_the_same_post(one: str, other: str) -> None:
    assert says_the_same(Said(one), Said(other))
    assert says_the_same(Said(other), Said(one))


@pytest.mark.parametrize(("one", "other"), ANOTHER)
def test_two_posts_worth_reading_are_two_posts(one: str, other: str) -> None:
    assert not says_the_same(Said(one), Said(other))
    assert not says_the_same(Said(other), Said(one))


def test_the_bound_lies_in_the_gap_between_the_two_kinds() -> None:
    """Where no number tells them apart and there are shingles enough; the nearest is 0.06 away, the others far."""
    alike = sorted(_measured(AGAIN))
    apart = sorted(_measured(pair for pair in ANOTHER if not any(sign.isdigit() for sign in pair[0])))
    assert alike[0] >= SAME + 0.05
    assert apart[-1] <= SAME - 0.15


def _measured(pairs: Iterable[tuple[str, str]]) -> list[float]:
    return [resemblance(_shingles(_words(one)), _shingles(_words(other))) for one, other in pairs]


def test_what_is_exactly_at_a_bound_counts() -> None:
    four, eight = "a b c d e", "a b c d e f g h i"
    assert resemblance(_shingles(_words(four)), _shingles(_words(eight))) == SAME
    assert says_the_same(Said(four), Said(eight))


def test_what_a_template_fixes_is_left_out_only_where_both_come_from_it() -> None:
    fixed = ("come and share a slow cup for a warm day in",)
    one, other = (f"{fixed[0]} {place}" for place in ("our Leeds shop tomorrow", "the park by noon"))
    assert not says_the_same(Said(one, "place", fixed), Said(other, "place", fixed))
    for template in (None, "another"):
        assert says_the_same(Said(one, "place", fixed), Said(other, template))
        assert says_the_same(Said(one, None, fixed), Said(other, None, fixed))


def test_a_number_that_only_one_of_them_has_is_no_way_around() -> None:
    assert says_the_same(
        Said("The lid is back and this time it fits."), Said("The lid is back and this time it fits. 2")
    )


def test_two_honest_posts_from_one_template_are_two_posts() -> None:
    """What a template fixes stands in both of them; only what was filled in tells them apart."""
    for template in library():
        first, second = ({f.name: f"{mark} {f.name}" for f in template.fields} for mark in ("one", "another"))
        said = [Said(render(template, given).text, template.name, template.fixed) for given in (first, second)]
        assert not says_the_same(*said), template.name
        assert says_the_same(said[0], said[0]), template.name


def test_the_same_fields_in_one_template_are_the_same_post() -> None:
    fixed = ("Yes, we saw it too: ", " ")
    one = "Yes, we saw it too: the label says tae where it should say tea. New labels are printed by noon."
    other = "Yes, we saw it too: the label says tae where it ought to say tea. New labels are printed by noon."
    assert says_the_same(Said(one, "slip", fixed), Said(other, "slip", fixed))
    assert says_the_same(Said(one, "slip", fixed), Said(other)), "copied into a post of its own"
