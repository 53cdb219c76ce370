"""Writes in the directory: one function a verb."""

from sponsors.directory.services.contacts import (
    ContactChanges,
    add_contact,
    change_contact,
    mark_contact_left,
    mark_contact_returned,
)
from sponsors.directory.services.finding import SponsorFinder
from sponsors.directory.services.interactions import (
    InteractionChanges,
    change_interaction,
    complete_next_step,
    log_interaction,
    reopen_next_step,
)
from sponsors.directory.services.locks import hold_sponsor_of
from sponsors.directory.services.logos import remove_logo, set_logo
from sponsors.directory.services.merging import merge_sponsors
from sponsors.directory.services.people import may_look_after
from sponsors.directory.services.sponsors import (
    SponsorChanges,
    add_sponsor,
    change_sponsor,
    hold_directory,
    lock_sponsor,
    lock_sponsors,
)

__all__ = [
    "ContactChanges",
    "InteractionChanges",
    "SponsorChanges",
    "SponsorFinder",
    "add_contact",
    "add_sponsor",
    "change_contact",
    "change_interaction",
    "change_sponsor",
    "complete_next_step",
    "hold_directory",
    "hold_sponsor_of",
    "lock_sponsor",
    "lock_sponsors",
    "log_interaction",
    "mark_contact_left",
    "mark_contact_returned",
    "may_look_after",
    "merge_sponsors",
    "remove_logo",
    "reopen_next_step",
    "set_logo",
]
