"""From articles to an Issue: stories, selection, drafts, headlines, subject."""

from digest.issue.assemble import assemble
from digest.issue.draft import Candidate, Draft, Entry, propose
from digest.issue.selection import Choice, Offer, select

__all__ = [
    "Candidate",
    "Choice",
    "Draft",
    "Entry",
    "Offer",
    "assemble",
    "propose",
    "select",
]
