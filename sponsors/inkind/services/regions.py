"""Regions as providers name them: the set is open, and somebody says what a new one is."""

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.inkind.models import Region, UsageDay, UsageRecord
from sponsors.inkind.rules import InKindError, NotAllowedNow, Provider
from sponsors.inkind.services.texts import check_choice, required_text


@action("region.add")
def add_region(*, actor: User, provider: str, name: str, label: str, is_total: bool = False) -> Region:
    """Add a region under the name that the provider's statistics give it, which stays. Raises InKindError."""
    check_choice(provider, Provider.values, "provider")
    name = required_text(name, "name", "name", longest=60)
    label = _label(label)
    if Region.objects.filter(provider=provider, name=name).exists():
        msg = f"{Provider(provider).label} has a region {name} already. Look for it in the list."
        raise InKindError(msg, code="region_exists", field="name")
    region = Region.objects.create(provider=provider, name=name, label=label, is_total=is_total)
    region.refresh_from_db()
    return region


@action("region.change")
def change_region(*, actor: User, region: Region, label: str, is_total: bool) -> Region:
    """Change how people read it, and whether it stands for all regions together.

    Raises InKindError; NotAllowedNow where use was metered in it: its sums would be others.
    """
    locked = Region.objects.select_for_update(no_key=True).get(pk=region.pk)
    if is_total != locked.is_total and _is_used(locked):
        msg = (
            f"Use in {locked} is there already, as {'the total' if locked.is_total else 'one region'}. This stays as it "
            "is; change only the label."
        )
        raise NotAllowedNow(msg, code="region_in_use", field="is_total")
    locked.label, locked.is_total = _label(label), is_total
    locked.save(update_fields=["label", "is_total"])
    locked.refresh_from_db()
    return locked


def _is_used(region: Region) -> bool:
    """Whether anything was metered in the region, also where the sum of a day was taken from elsewhere."""
    return any(model.objects.filter(region=region).exists() for model in (UsageDay, UsageRecord))


def _label(label: str) -> str:
    return required_text(label, "label", "label", longest=60)
