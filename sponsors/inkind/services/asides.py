"""Usage kept aside: somebody says which service and region it is of, and it counts."""

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.inkind.models import Service, UsageAside
from sponsors.inkind.rules import InKindError
from sponsors.inkind.services.catalog import add_key
from sponsors.inkind.services.regions import add_region
from sponsors.inkind.storage.names import Names
from sponsors.inkind.storage.taking import take_from_aside


@action("usage.assign")
def assign_usage(
    *,
    actor: User,
    aside: UsageAside,
    service: Service | None = None,
    region_label: str = "",
    is_total: bool = False,
) -> int:
    """Say of which service and region all rows with the names of this one are; return how many rows count now.

    The names are remembered, so that later imports know them. `service` is needed where the name means none, and a
    label where the provider's region is new. What a later import brought stays. Raises InKindError.
    """
    meaning = Names().meaning(aside.provider, aside.service_name, aside.region_name)
    if meaning.service is None:
        if service is None:
            msg = f"Nobody knows which service {aside.service_name} is. Choose it."
            raise InKindError(msg, code="required", field="service")
        provider = aside.provider or service.provider
        add_key(actor=actor, service=service, provider=provider, external_id=aside.service_name)
        meaning = Names().meaning(aside.provider, aside.service_name, aside.region_name)
    elif service is not None and service.pk != meaning.service:
        msg = f"{aside.service_name} means another service already. Leave this empty, or change the names of that one."
        raise InKindError(msg, code="service_known", field="service")
    if meaning.region is None:
        if not region_label.strip():
            msg = f"The region {aside.region_name} is new. Enter how people read it, such as Europe."
            raise InKindError(msg, code="required", field="region_label")
        add_region(
            actor=actor,
            provider=meaning.provider,
            name=aside.region_name,
            label=region_label,
            is_total=is_total,
        )
    return take_from_aside()
