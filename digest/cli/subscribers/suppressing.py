"""Addresses that get no mail: suppress, sync."""
