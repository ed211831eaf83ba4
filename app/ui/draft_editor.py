"""The editor of one draft: a template or free words, where and when they would go, saving, and handing them on.

Only drawing and buttons. What stands in the fields is `draft_form`'s, what a save means is `workflow.draft`'s.
"""

from __future__ import annotations

from datetime import datetime

import streamlit as st

import templates_library
from app.ui import autosave, clicks, context, draft_places, media_form, preview
from app.ui.context import Here
from app.ui.draft_form import AT, KEPT_AT, SOON, Form
from app.ui.text import escape, markdown
from app.views.draft import DraftView
from data.reference import playbook
from templates_library import Template
from templates_library.render import is_due_for_review
from workflow import draft
from workflow.rules.drafts import State
from workflow.rules.wall_clock import is_doubled
from workflow.templating import Offer, unfinished


def draw(here: Here, view: DraftView, form: Form) -> None:
    """All fields, then the two buttons."""
    autosave.returned(here, view, form)
    _template(view, form)
    by_hand = form.follow_template()
    book = playbook(form.get("platform"))
    label = f"Text – the first line is the {book.head.label.lower()}" if book.head else "Text"
    st.text_area(label, key=form.key("text"), height=170)
    markdown(f":small[{preview.length_line(book, form.get('text') or '')}]")
    kept = st.container()  # filled when every field was drawn: under the words is where their writer looks
    st.caption(escape(preview.pace(book)))
    if by_hand:
        st.button(
            "Take the template's words again",
            key=f"refill_{view.id}",
            type="tertiary",
            icon=":material/restart_alt:",
            on_click=form.refill,
            help="The text was edited by hand, so the fields no longer change it.",
        )
    media_form.draw(here, form)
    draft_places.draw(view, form)
    _time(here, form)
    _about(form)
    form.keep()
    with kept:
        autosave.draw(here, view, form)
    _buttons(here, view, form)


def _template(view: DraftView, form: Form) -> None:
    by_name = {offer.template.name: offer for offer in view.offers}
    st.selectbox(
        "Template",
        ["", *by_name],
        key=form.key("template"),
        format_func=lambda name: offered(by_name[name]) if name else "Free words, no template",
    )
    chosen = by_name.get(form.get("template") or "")
    if chosen is None:
        return
    if chosen.refusal:
        st.error(escape(chosen.refusal), icon=":material/block:")
    guardrails(chosen.template, view.now)
    for field in chosen.template.fields:
        wanted = "" if field.required else " (may stay empty)"
        seen = ", for the signers only" if field.evidence else ""
        st.text_input(
            f"{field.label}{seen}{wanted}",
            key=form.key(f"field.{field.name}"),
            placeholder=field.help,
            max_chars=field.max_length,
        )


def offered(offer: Offer) -> str:
    """A template's title in a list, with the word that it is not for this moment."""
    return f"{offer.template.title}{' – not for this moment' if offer.met else ''}"


def guardrails(template: Template, now: datetime) -> None:
    """When to use the template, and what was agreed about it."""
    lines = "\n".join(f"- :small[{escape(line)}]" for line in template.guardrails)
    markdown(f":small[{escape(template.when_to_use)}]\n\n{lines}")
    if is_due_for_review(template, now.date()):
        st.caption(f"This template was due for another look on {template.review_date:%d %B %Y}.")


def _time(here: Here, form: Form) -> None:
    st.segmented_control("When it leaves", [SOON, AT], key=form.key("when"), required=True)
    if form.get("when") != AT:
        return
    day, clock = st.columns(2)
    day.date_input("Day", key=form.key("day"), format="DD/MM/YYYY")
    clock.time_input(f"Time in {here.person.zone}", key=form.key("clock"), step=300)
    wall = datetime.combine(form.get("day"), form.get("clock"))
    if is_doubled(wall, here.person.zone):
        st.caption("Clocks show this time twice that night; the first of the two is meant.")


def _about(form: Form) -> None:
    with st.expander("Who sees it, and what it is about", icon=":material/tune:"):
        left, right = st.columns(2)
        left.text_input(
            "Regions", key=form.key("regions"), placeholder="GB, US-NJ; empty: everywhere", help="ISO 3166 codes."
        )
        right.text_input("Topic", key=form.key("topic"), placeholder="A hashtag or a few words")
        left.toggle("Promotional", key=form.key("promotional"), help="It sells, invites or praises us.")
        right.toggle("Reactive", key=form.key("reactive"), help="It answers something that happens now.")


def _buttons(here: Here, view: DraftView, form: Form) -> None:
    dirty = form.dirty()
    if submitted := clicks.clicked("submit"):
        _submit(here, view, *submitted)
    row = st.container(horizontal=True, vertical_alignment="center")
    if row.button("Save", key=f"save_{view.id}", icon=":material/save:", type="primary" if dirty else "secondary"):
        _save(here, view, form)
    ready = view.can_submit and not dirty and view.checks.decision in ("go", "manager_go")
    if view.state == State.WRITING:
        row.button(
            "Hand to the approvers",
            key=f"submit_{view.id}",
            icon=":material/send:",
            type="primary" if ready else "secondary",
            disabled=dirty or bool(draft_places.trouble(view, form)),
            **clicks.carries("submit", view.number),
        )
    if dirty:
        with row:
            autosave.throw_away(here, view, form)
    row.markdown(f":small[{_beside(view, form, dirty)}]")


def _submit(here: Here, view: DraftView, seen_number: int) -> None:
    store, scorer = here.house.store, here.house.scorer
    deed = lambda: draft.submit(store, scorer, here.token, view.id, seen_number)  # noqa: E731
    if context.attempt(deed, done="Handed to the approvers."):
        st.rerun()


def _beside(view: DraftView, form: Form, dirty: bool) -> str:
    """What a save would do, or what is still missing, in one line."""
    if dirty and view.signatures:
        return ":orange[Saving voids the signatures and takes it back to writing.]"
    if dirty and view.state != State.WRITING:
        return ":orange[Saving takes it back to writing.]"
    if dirty:
        return ":orange[Not saved yet.]"
    left = _unfinished(form)
    return f":orange[{escape(' '.join(left))}]" if left else f":gray[Version {view.number} is saved.]"


def _unfinished(form: Form) -> tuple[str, ...]:
    name = form.get("template")
    if not name:
        return ()
    return unfinished(templates_library.load(name), form.fields(), form.get("text"), form.get("platform"))


def _save(here: Here, view: DraftView, form: Form) -> None:
    def deed() -> None:
        writing, base = form.writing(), form.base
        seen = base.number if base else view.number
        kept_at = form.get(KEPT_AT)
        form.rebase(draft.save(here.house.store, here.token, view.id, seen, writing, kept_at), writing)
        form.put(KEPT_AT, None)
        form.put("returned", None)

    if context.attempt(deed, done="Saved."):
        st.rerun()
