"""Coming back from a company's own sign-in (OIDC): who that is here, if anybody, and a sign-in of ours for them.

The provider says who somebody is, never what they may do: accounts and roles stay ours, and nothing is created by
coming back. What the provider said signs in once, at once; then only our own row counts, with its own limits, so
that taking it away works at the next click. That the token is the provider's and for us (signature, audience,
nonce) was checked by the library before its claims arrive here (docs/signing-in.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import RowMapping, delete, insert, select, update

from data.errors import BadInput, Refused
from data.storage import events
from data.storage.store import Store, Tx
from data.storage.tables import identities, people, sign_ins, spent_proofs
from workflow.access import ABSOLUTE, begin_sign_in, end_sign_ins, live_row, require

METHOD = "oidc"
# All ours: how long after its making what the provider said may still sign in, how far its clock may run ahead,
# and how long before that the person may have given their word there. An older one was not given for us.
PROOF_LIVES = timedelta(minutes=10)
CLOCKS_APART = timedelta(minutes=2)
ASKED_WITHIN = timedelta(minutes=10)
LONGEST_SUBJECT = 255


@dataclass(frozen=True)
class Proof:
    """What a provider said. `email` only if it has verified it; `asked_at`: when it last asked the person, if told."""

    issuer: str
    subject: str
    key: str
    issued_at: datetime
    asked_at: datetime | None
    email: str


@dataclass(frozen=True)
class Entered:
    """The token of a sign-in; `again`: it is the one the browser had, made fresh."""

    token: str
    again: bool


def proof_from(claims: Mapping[str, object]) -> Proof:
    """The claims of an ID token as we use them. BadInput when one is missing without which nobody is known."""
    issuer, subject, nonce = (claims.get(name) for name in ("iss", "sub", "nonce"))
    issued_at = _instant(claims.get("iat"))
    texts = [one for one in (issuer, subject, nonce) if isinstance(one, str) and one]
    if len(texts) < 3 or issued_at is None or len(texts[1]) > LONGEST_SUBJECT:
        missing = [name for name in ("iss", "sub", "nonce", "iat") if not claims.get(name)]
        raise BadInput(
            "Your company's sign-in did not say who you are. Tell whoever runs Tact here.", cause=f"claims: {missing}"
        )
    email = claims.get("email")
    verified = claims.get("email_verified") in (True, "true")  # some providers write it as a word
    return Proof(
        issuer=texts[0],
        subject=texts[1],
        key=hashlib.sha256("\n".join([*texts, str(claims["iat"])]).encode()).hexdigest(),
        issued_at=issued_at,
        asked_at=_instant(claims.get("auth_time")),
        email=_told(email) if isinstance(email, str) and verified else "",
    )


def _told(email: str) -> str:
    """An address as accounts keep it; none with letters beyond a to z: folded, `groß@` and `gross@` would be one."""
    return email.strip().casefold() if email.isascii() else ""


def _instant(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def enter(store: Store, claims: Mapping[str, object], token: str | None, device: str = "") -> Entered | None:
    """Sign in who came back; or make the sign-in fresh that the same person's browser has already (`token`).

    None when this was used before: what the provider said signs in once. Refused, with whom to ask, for somebody
    who has no account here; nothing is created for them.
    """
    proof = proof_from(claims)
    with store.write() as tx:
        if not _spend(tx, proof):
            return None
        outcome = _outcome(tx, proof, token, device)
    # Raised outside the transaction: a refused proof is spent too.
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def _spend(tx: Tx, proof: Proof) -> bool:
    """Note that this was used; False if it had been. What could not sign in any more is forgotten."""
    if tx.value(select(spent_proofs.c.key).where(spent_proofs.c.key == proof.key)) is not None:
        return False
    tx.run(delete(spent_proofs).where(spent_proofs.c.at < tx.now - ABSOLUTE))
    tx.run(insert(spent_proofs).values(key=proof.key, at=tx.now))
    return True


def _outcome(tx: Tx, proof: Proof, token: str | None, device: str) -> Entered | Refused:
    refused = _too_old(proof, tx.now)
    if refused is not None:
        return refused
    person = _person(tx, proof)
    if isinstance(person, Refused):
        return person
    here = live_row(tx, token) if token else None
    if token is None or here is None or here["id"] != person["id"]:
        fresh_at = _fresh_at(proof, tx.now)
        return Entered(begin_sign_in(tx, person["id"], method=METHOD, device=device, fresh_at=fresh_at), again=False)
    if proof.asked_at is None:
        return Refused(
            "Your company's sign-in does not say whether it asked you just now, so this step cannot rely on it. Ask "
            "an administrator for a password: you need it for such steps only.",
            ("not_asked",),
        )
    times = {"fresh_at": max(_fresh_at(proof, tx.now), here["fresh_at"]), "seen_at": tx.now}
    tx.run(update(sign_ins).where(sign_ins.c.id == here["sign_in_id"]).values(**times))
    return Entered(token, again=True)


def _too_old(proof: Proof, now: datetime) -> Refused | None:
    if not now - PROOF_LIVES <= proof.issued_at <= now + CLOCKS_APART:
        return Refused("This sign-in took too long. Sign in again.", ("proof_too_old",))
    if proof.asked_at is not None and proof.asked_at < now - ASKED_WITHIN:
        return Refused(
            "Your company's sign-in did not ask who you are, it remembered. Sign out there, then sign in here again.",
            ("not_asked",),
        )
    return None


def _fresh_at(proof: Proof, now: datetime) -> datetime:
    """When the person gave their word. A provider that does not say so makes nothing fresh."""
    return min(proof.asked_at, now) if proof.asked_at is not None else now - ABSOLUTE


def _person(tx: Tx, proof: Proof) -> RowMapping | Refused:
    known = tx.row(
        select(people)
        .join(identities, identities.c.person_id == people.c.id)
        .where(identities.c.issuer == proof.issuer, identities.c.subject == proof.subject)
    )
    if known is None:
        return _by_email(tx, proof)
    if not known["active"]:
        return Refused("Your access has ended. Ask an administrator if that is a mistake.", ("no_access",))
    return known


def _by_email(tx: Tx, proof: Proof) -> RowMapping | Refused:
    """The account that has the address which the provider verified, linked from now on; or whom to ask."""
    if not proof.email:
        return Refused(
            "Nobody here is linked to your company's sign-in yet, and it did not confirm an e-mail address of yours. "
            f"Ask an administrator to link your account: it knows you as {proof.subject!r}.",
            ("unknown_identity",),
        )
    person = tx.row(select(people).where(people.c.email == proof.email, people.c.active))
    if person is None:
        return Refused(
            f"No account here has the e-mail address {proof.email}. Ask an administrator to add you, or to put this "
            "address into your account; then sign in again.",
            ("unknown_identity",),
        )
    # An address passes on when people leave; a subject does not. Two of one provider are two people.
    mine = (identities.c.person_id == person["id"]) & (identities.c.issuer == proof.issuer)
    if tx.value(select(identities.c.id).where(mine)) is not None:
        return Refused(
            "The account with your e-mail address belongs to somebody else of your company's sign-in. Ask an "
            f"administrator: it knows you as {proof.subject!r}.",
            ("unknown_identity",),
        )
    _link(
        tx, events.Actor(person["id"], person["display_name"]), person["id"], proof.issuer, proof.subject, proof.email
    )
    return person


def _link(tx: Tx, actor: events.Actor, person_id: int, issuer: str, subject: str, email: str) -> None:
    values = {"person_id": person_id, "issuer": issuer, "subject": subject, "email": email}
    tx.insert(insert(identities).values(**values, created_at=tx.now))
    detail = {"issuer": issuer, "subject": subject, "by": "e-mail" if email else "hand"}
    events.append(tx, actor, "identity_linked", "person", person_id, after=issuer, detail=detail)


def link_in(tx: Tx, actor: events.Actor, person_id: int, issuer: str, subject: str) -> None:
    """Say by hand who somebody is to a provider, where it confirms no e-mail address. BadInput when taken."""
    issuer, subject = issuer.strip(), subject.strip()
    if not issuer.startswith(("https://", "http://")) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise BadInput("Give the provider's issuer, an https address, and the subject it knows the person by.")
    same = (identities.c.issuer == issuer) & (identities.c.subject == subject)
    if tx.value(select(identities.c.id).where(same)) is not None:
        raise BadInput("This subject belongs to an account already. Take it away there first.")
    _link(tx, actor, person_id, issuer, subject, "")


def unlink_in(tx: Tx, actor: events.Actor, person_id: int) -> int:
    """Forget who somebody is to every provider, and end their sign-ins; how many links there were."""
    gone = tx.run(delete(identities).where(identities.c.person_id == person_id))
    if gone:
        end_sign_ins(tx, (sign_ins.c.person_id == person_id) & (sign_ins.c.method == METHOD))
        events.append(tx, actor, "identity_unlinked", "person", person_id, detail={"links": gone})
    return gone


def unlink(store: Store, token: str, person_id: int) -> int:
    """The same by an administrator."""
    with store.write() as tx:
        return unlink_in(tx, require(tx, token, "administer").actor, person_id)
