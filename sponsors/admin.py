"""Gathers the slices' pages for Django, which looks for them here."""

from sponsors.banking import admin as banking
from sponsors.commitments import admin as commitments
from sponsors.directory import admin as directory

__all__ = ["banking", "commitments", "directory"]
