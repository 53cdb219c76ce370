"""Sponsors as files name them: by slug, or by a name that only one of them has."""

from collections import defaultdict

from sponsors.directory.models import Sponsor
from sponsors.directory.rules import DirectoryError, comparable


class SponsorFinder:
    """Reads all sponsors once and finds any number of them."""

    def __init__(self) -> None:
        self._by_slug: dict[str, Sponsor] = {}
        self._by_name: dict[str, list[Sponsor]] = defaultdict(list)
        for sponsor in Sponsor.objects.select_related("merged_into"):
            self._by_slug[sponsor.slug] = sponsor
            if sponsor.merged_into is None:
                self._by_name[comparable(sponsor.name)].append(sponsor)

    def find(self, text: str) -> Sponsor:
        """Return the sponsor of the slug or name. Raises DirectoryError for none, several, or a merged one."""
        found = self._by_slug.get(text)
        if found is None:
            return self._named(text)
        if found.merged_into is not None:
            msg = f"{found.name} was merged into {found.merged_into.name}. Use the slug {found.merged_into.slug}."
            raise DirectoryError(msg, code="sponsor_is_merged", field="sponsor")
        return found

    def _named(self, text: str) -> Sponsor:
        named = self._by_name.get(comparable(text), [])
        if not named:
            msg = "There is no sponsor with this slug or name. Correct it, or add the sponsor first."
            raise DirectoryError(msg, code="sponsor_unknown", field="sponsor")
        if len(named) > 1:
            slugs = ", ".join(sorted(other.slug for other in named))
            msg = f"There are {len(named)} sponsors of this name. Give the slug of the one that is meant: {slugs}."
            raise DirectoryError(msg, code="sponsor_ambiguous", field="sponsor")
        return named[0]
