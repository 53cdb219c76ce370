"""Gathers the slices' pages for Django, which looks for them here."""

from sponsors.agreements import admin as agreements
from sponsors.banking import admin as banking
from sponsors.commitments import admin as commitments
from sponsors.directory import admin as directory
from sponsors.inkind import admin as inkind
from sponsors.renewals import admin as renewals

__all__ = ["agreements", "banking", "commitments", "directory", "inkind", "renewals"]
