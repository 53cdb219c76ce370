"""Which service and region the names of a file mean. Every row is asked, so the answers are held in memory."""

from typing import NamedTuple

from sponsors.inkind.models import Region, Service, ServiceKey
from sponsors.inkind.rules import AsideProblem


class Meaning(NamedTuple):
    """What names mean: both, or what is not known of them.

    `provider` is the one whose names of regions count, as far as it is known.
    """

    provider: str
    service: int | None
    region: int | None

    @property
    def problem(self) -> AsideProblem:
        return AsideProblem.UNKNOWN_SERVICE if self.service is None else AsideProblem.UNKNOWN_REGION


class Names:
    """The names known now.

    A service is found by what the row's provider calls it, else by its slug; a row that names no provider means
    the service's own. Regions are the provider's.
    """

    def __init__(self) -> None:
        services = Service.objects.values_list("pk", "slug", "provider")
        self._own_provider = {pk: provider for pk, _slug, provider in services}
        self._by_slug = {slug: pk for pk, slug, _provider in services}
        self._by_key = {
            (provider, name): pk
            for provider, name, pk in ServiceKey.objects.values_list("provider", "external_id", "service")
        }
        self._regions = {
            (provider, name): pk
            for pk, provider, name in Region.objects.values_list("pk", "provider", "name")
        }

    def meaning(self, provider: str, service_name: str, region_name: str) -> Meaning:
        service = self._service(provider, service_name)
        if service is None:
            return Meaning(provider, None, None)
        provider = provider or self._own_provider[service]
        return Meaning(provider, service, self._regions.get((provider, region_name)))

    def _service(self, provider: str, name: str) -> int | None:
        if provider:
            return self._by_key.get((provider, name)) or self._by_slug.get(name)
        return self._by_slug.get(name) or next(
            (
                pk
                for (whose, key), pk in self._by_key.items()
                if key == name and whose == self._own_provider[pk]
            ),
            None,
        )
