"""From summarised articles to an Issue: stories, sections, headlines, subject."""

from digest.issue.assemble import Candidate, assemble

__all__ = ["Candidate", "assemble"]
