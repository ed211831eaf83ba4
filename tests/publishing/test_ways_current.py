"""An account that was changed since a worker opened it: nothing is claimed for it until the worker has looked anew."""

from __future__ import annotations

from cryptography.fernet import Fernet

from data.storage.seal import Seal
from data.storage.store import Store
from monitors.speaking import SpeakingDoor
from publishing.channels import Account, Channel, Outgoing, Receipt
from publishing.door import Door
from publishing.outbox import Outbox
from publishing.ways import Ways
from tests.factory import scheduled_draft, state_of, team_in
from workflow import channel_accounts as accounts
from workflow.draft import Writing

SEAL = Seal(Fernet.generate_key().decode())
SENT_TO: list[object] = []


class _There(Channel):
    def __init__(self, account: Account) -> None:
        self.name, self.label, self.where = account.name, account.label, account.config["server"]

    def publish(self, outgoing: Outgoing) -> Receipt:
        SENT_TO.append(self.where)
        return Receipt("https://there.example/1", {})


class _Kind:
    kind, label, platforms, settings = "there", "There", (), ()

    def check(self, config: object) -> None:
        """Takes anything."""

    def open(self, account: Account, door: Door) -> Channel:
        return _There(account)


def test_a_post_goes_where_its_account_says_by_now(store: Store) -> None:
    SENT_TO.clear()
    team = team_in(store)
    ada = team.tokens["ada"]
    account = accounts.add(store, ada, "there", "There", {"server": "old"}, {}, lambda config: None, SEAL)
    ways = Ways({}, {"there": _Kind()}, store, SEAL, SpeakingDoor("Tact tests"))
    ways.refresh()
    draft_id = scheduled_draft(team, Writing("A cup.", channel=f"there-{account}", reactive=False))
    given = {"server": "new"}
    accounts.change(store, ada, account, "There", given, {}, lambda config: None, SEAL, addresses={"server": ""})
    box = Outbox(store, ways, team.scorer, "here")
    box.publish_due()
    assert (state_of(team, draft_id), SENT_TO) == ("scheduled", [])
    ways.refresh()
    box.publish_due()
    assert (state_of(team, draft_id), SENT_TO) == ("published", ["new"])
