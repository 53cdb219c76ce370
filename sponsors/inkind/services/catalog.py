"""Services: what they are, what providers call them, what could replace them, and when they stop running."""

from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY, OUT_OF_REACH
from sponsors.inkind.models import Alternative, RateCard, Service, ServiceKey, Supply
from sponsors.inkind.models.services import MOST_MONTHS_TO_MOVE
from sponsors.inkind.rules import Criticality, InKindError, NotAllowedNow, Provider
from sponsors.inkind.services.ending import end_supply_on
from sponsors.inkind.services.texts import check_choice, optional_text, required_slug, required_text

LONGEST_LIST = 10_000
_ALL = Decimal(100)


@action("service.add")
def add_service(
    *,
    actor: User,
    name: str,
    slug: str,
    purpose: str,
    provider: str,
    criticality: str,
    dependents: str = "",
) -> Service:
    """Add a service. Its slug names it in files of usage and in the API, and stays. Raises InKindError."""
    values = _checked(name, purpose, provider, criticality, dependents)
    slug = required_slug(slug)
    _refuse_taken(name=values["name"])
    _refuse_taken(slug=slug)
    service = Service.objects.create(slug=slug, **values)
    service.refresh_from_db()
    return service


@action("service.change")
def change_service(
    *,
    actor: User,
    service: Service,
    name: str,
    purpose: str,
    provider: str,
    criticality: str,
    dependents: str,
) -> Service:
    """Change what may change: everything but the slug. Raises InKindError."""
    locked = lock_service(service)
    values = _checked(name, purpose, provider, criticality, dependents)
    if values["name"] != locked.name:
        _refuse_taken(name=values["name"])
    for field, value in values.items():
        setattr(locked, field, value)
    locked.save(update_fields=list(values))
    locked.refresh_from_db()
    return locked


@action("service.retire")
def retire_service(*, actor: User, service: Service, retired_on: date) -> Service:
    """Say that the service no longer runs from the day on; whoever supplies it then, does so until that day.

    Said again with another day it is moved, which begins no supply anew. Raises InKindError, and NotAllowedNow for
    whole months from the day on that are valued with it already.
    """
    if not EARLIEST_DAY <= retired_on < LATEST_DAY:
        raise InKindError(OUT_OF_REACH, code="date_out_of_reach", field="retired_on")
    locked = lock_service(service)
    later = locked.supplies.filter(starts_on__gte=retired_on).select_related("sponsor").first()
    if later is not None:
        msg = (
            f"{later.sponsor} supplies {locked.name} from {later.starts_on} on. Choose a later day, or remove "
            "that supply first."
        )
        raise InKindError(msg, code="supplied_later", field="retired_on")
    present = Supply.objects.filter(service=locked).select_related("service", "line")
    for supply in present.overlapping(retired_on, LATEST_DAY):
        end_supply_on(supply, retired_on, field="retired_on")
    locked.retired_on = retired_on
    locked.save(update_fields=["retired_on"])
    locked.refresh_from_db()
    return locked


@action("service.run_again")
def run_again(*, actor: User, service: Service) -> Service:
    """Say that a retired service runs again. Who supplies it is to be said anew. Raises NotAllowedNow."""
    locked = lock_service(service)
    if locked.retired_on is None:
        msg = f"{locked.name} is not retired: it runs."
        raise NotAllowedNow(msg, code="not_retired", field="retired_on")
    locked.retired_on = None
    locked.save(update_fields=["retired_on"])
    locked.refresh_from_db()
    return locked


@action("service.add_key")
def add_key(*, actor: User, service: Service, provider: str, external_id: str) -> ServiceKey:
    """Say what a provider calls the service. Said again, nothing changes. Raises InKindError."""
    check_choice(provider, Provider.values, "provider")
    external_id = required_text(external_id, "name at the provider", "external_id", longest=100)
    locked = lock_service(service)
    key, _created = ServiceKey.objects.get_or_create(
        provider=provider, external_id=external_id, defaults={"service": locked}
    )
    if key.service_id != locked.pk:
        msg = (
            f"{Provider(provider).label} calls {key.service.name} {external_id}. Choose another name, or remove it "
            "there first."
        )
        raise InKindError(msg, code="key_is_taken", field="external_id")
    key.refresh_from_db()
    return key


@action("service.remove_key")
def remove_key(*, actor: User, key: ServiceKey) -> Service:
    """Forget what a provider calls a service; usage that came under the name stays. Safe to repeat."""
    service = lock_service(key.service)
    ServiceKey.objects.filter(pk=key.pk).delete()
    return service


@action("service.set_alternative")
def set_alternative(
    *,
    actor: User,
    service: Service,
    name: str,
    card: RateCard | None = None,
    months_to_move: int = 0,
    shed_percent: Decimal = Decimal(0),
    notes: str = "",
) -> Alternative:
    """Say where the service could go; one of that name is replaced. Raises InKindError."""
    name = required_text(name, "name of the alternative", "name", longest=100)
    if not 0 <= months_to_move <= MOST_MONTHS_TO_MOVE:
        msg = f"Moving takes from 0 to {MOST_MONTHS_TO_MOVE} months. Correct the number."
        raise InKindError(msg, code="months_out_of_reach", field="months_to_move")
    check_percent(shed_percent, "shed_percent")
    locked = lock_service(service)
    alternative, _created = Alternative.objects.update_or_create(
        service=locked,
        name=name,
        defaults={
            "card": card,
            "months_to_move": months_to_move,
            "shed_percent": shed_percent,
            "notes": optional_text(notes, "note", "notes", longest=LONGEST_LIST),
        },
    )
    alternative.refresh_from_db()
    return alternative


@action("service.remove_alternative")
def remove_alternative(*, actor: User, alternative: Alternative) -> Service:
    """Take the alternative away; history keeps it. Safe to repeat."""
    service = lock_service(alternative.service)
    Alternative.objects.filter(pk=alternative.pk).delete()
    return service


def lock_service(service: Service) -> Service:
    return Service.objects.select_for_update(no_key=True).get(pk=service.pk)


def check_percent(percent: Decimal, field: str) -> None:
    """Raise InKindError unless it is from 0 to 100, in hundredths at the finest."""
    if not 0 <= percent <= _ALL or percent != round(percent, 2):
        msg = "A percent is from 0 to 100, with at most two decimals. Correct it."
        raise InKindError(msg, code="percent_out_of_reach", field=field)


def _checked(name: str, purpose: str, provider: str, criticality: str, dependents: str) -> dict[str, str]:
    check_choice(provider, Provider.values, "provider")
    check_choice(criticality, Criticality.values, "criticality")
    return {
        "name": required_text(name, "name", "name", longest=100),
        "purpose": required_text(purpose, "purpose", "purpose", longest=300),
        "provider": provider,
        "criticality": criticality,
        "dependents": optional_text(
            dependents, "list of who depends on it", "dependents", longest=LONGEST_LIST
        ),
    }


def _refuse_taken(**what: str) -> None:
    if Service.objects.filter(**what).exists():
        (field,) = what
        msg = f"There is a service with this {field} already. Choose another."
        raise InKindError(msg, code="service_exists", field=field)
