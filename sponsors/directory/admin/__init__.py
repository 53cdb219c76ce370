"""The pages of sponsors, contacts, interactions, imports and merges in the admin site."""

from sponsors.directory.admin import contacts, imports, interactions, sponsors

__all__ = ["contacts", "imports", "interactions", "sponsors"]
