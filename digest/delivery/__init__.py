"""Handing an e-mail over: request bytes, transports, and the loop that sends.

A Transport is narrow on purpose, for providers come and go: one batch in, one
Outcome out.
"""

from digest.delivery.drive import rehearse, send_campaign
from digest.delivery.errands import carry_out, provider_of
from digest.delivery.keeper import Keeper, take_back
from digest.delivery.opening import open_transport
from digest.delivery.request import request_body
from digest.delivery.transport import Handover, Transport
from digest.delivery.way import Pacer, Progress, Way
from digest.ledger import BATCH_SIZE

__all__ = [
    "BATCH_SIZE",
    "Handover",
    "Keeper",
    "Pacer",
    "Progress",
    "Transport",
    "Way",
    "carry_out",
    "open_transport",
    "provider_of",
    "rehearse",
    "request_body",
    "send_campaign",
    "take_back",
]
