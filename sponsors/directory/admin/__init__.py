"""The pages of sponsors, contacts, interactions and merges in the admin site."""

from sponsors.directory.admin import contacts, interactions, sponsors

__all__ = ["contacts", "interactions", "sponsors"]
