"""A newsletter digest builder: articles in, a responsive e-mail to subscribers out."""

__version__ = "0.1.0"
