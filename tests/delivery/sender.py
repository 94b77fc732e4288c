"""A process that sends a campaign, for tests that kill it.

python -m tests.delivery.sender DATABASE HOST CAMPAIGN SECONDS-AHEAD
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from digest.delivery import Pacer, Way, open_transport, send_campaign
from digest.ledger.times import Clock, Stamp, steady
from digest.store import open_database
from subscribers.model import Recipient
from tests.delivery.samples import person, sendgrid_config


def load(
    _: Connection, ids: Collection[int], lists: Sequence[str]
) -> tuple[Recipient, ...]:
    return tuple(map(person, ids))


def main(url: str, host: str, campaign: str, ahead: str) -> None:
    def later(connection: Connection) -> Stamp:
        return steady(connection).after(float(ahead))

    database = open_database(url)
    transport = open_transport("sendgrid", sendgrid_config(host))
    send_campaign(
        database,
        int(campaign),
        transport,
        load,
        Way(pacer=Pacer(1000), clock=Clock(steady=later)),
    )
    transport.close()
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
