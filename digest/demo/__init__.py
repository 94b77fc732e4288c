"""The sample that `digest demo` builds from: data only, at the head of the way.

A week of two invented newspapers in the invented town of Marlhaven. Towns,
people and firms are made up; the addresses are of the domains that RFC 2606
reserves, so the pictures' URLs lead nowhere and `sample_image` stands in.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["sample_folder", "sample_image", "sample_subscribers"]

IMAGE_HOST = "images.example.com"

_SAMPLE = Path(__file__).parent / "sample"


def sample_folder() -> Path:
    """The folder of sample articles: texts, pages and a feed, nothing else."""
    return _SAMPLE / "articles"


def sample_subscribers() -> Path:
    """A list to rehearse a sending with: a CSV with `email` and `name`."""
    return _SAMPLE / "subscribers.csv"


def sample_image(url: str) -> Path | None:
    """The bundled picture that an image URL of the sample stands for, if any."""
    parts = urlsplit(url)
    if parts.hostname != IMAGE_HOST:
        return None
    images = {f"/{file.name}": file for file in (_SAMPLE / "images").iterdir()}
    return images.get(parts.path)
