"""What can be done to a service: buttons, questions and the services they call."""

from typing import Any

from foundation.audit.object_actions import ObjectAction
from foundation.people.models import User
from sponsors.inkind.admin import service_forms as forms
from sponsors.inkind.models import Service
from sponsors.inkind.services import catalog, supplies

Data = dict[str, Any]
_CHANGE = "sponsors.change_service"


def _supply(actor: User, service: Service, data: Data) -> str:
    done = supplies.supply_service(
        actor=actor,
        service=service,
        sponsor=data["sponsor"],
        starts_on=data["starts_on"],
        line=data["line"],
        ends_before=forms.day_after(data["ends_on"]),
        ends_present=data["ends_present"],
    )
    return f"{done.sponsor} supplies {service} from {done.starts_on} on."


def _end_supply(actor: User, service: Service, data: Data) -> str:
    done = supplies.end_supply(
        actor=actor, supply=data["supply"], ends_before=forms.day_after(data["ends_on"])
    )
    until = f"until {done.ends_on}" if done.ends_on else "without an end"
    return f"{done.sponsor} supplies {service} {until}."


def _put_under_line(actor: User, service: Service, data: Data) -> str:
    done = supplies.put_under_line(
        actor=actor, supply=data["supply"], line=data["line"], starts_on=data["starts_on"]
    )
    if done.line is None:
        return f"What {done.sponsor} supplies is part of no gift."
    return f"From {done.starts_on} on, {service} is part of “{done.line}” of {done.line.commitment}."


def _remove_supply(actor: User, service: Service, data: Data) -> str:
    supplies.remove_supply(actor=actor, supply=data["supply"])
    return f"That supply of {service} is removed."


def _add_key(actor: User, service: Service, data: Data) -> str:
    key = catalog.add_key(actor=actor, service=service, **data)
    return f"{key.get_provider_display()} calls {service} {key}."


def _remove_key(actor: User, service: Service, data: Data) -> str:
    catalog.remove_key(actor=actor, key=data["key"])
    return f"{data['key']} is no name of {service} any more."


def _set_alternative(actor: User, service: Service, data: Data) -> str:
    catalog.set_alternative(actor=actor, service=service, **data)
    return f"{service} could go to {data['name']}."


def _remove_alternative(actor: User, service: Service, data: Data) -> str:
    catalog.remove_alternative(actor=actor, alternative=data["alternative"])
    return f"{data['alternative']} is no alternative of {service} any more."


def _retire(actor: User, service: Service, data: Data) -> str:
    catalog.retire_service(actor=actor, service=service, retired_on=data["retired_on"])
    return f"{service} no longer runs from {data['retired_on']} on."


def _run_again(actor: User, service: Service, _data: Data) -> str:
    catalog.run_again(actor=actor, service=service)
    return f"{service} runs again. Say who supplies it."


def _has(name: str) -> Any:
    return lambda service: getattr(service, name).exists()


SERVICE_ACTIONS = (
    ObjectAction(
        name="supply",
        label="Say who supplies it",
        permission=_CHANGE,
        call=_supply,
        form_class=forms.SupplyForm,
        available=lambda service: service.retired_on is None,
        icon="volunteer_activism",
        description=(
            "One sponsor a day supplies a service. What others supply meanwhile is refused and named; tick the last "
            "box where one follows another."
        ),
    ),
    ObjectAction(
        name="put-under-line",
        label="Put under a gift",
        permission=_CHANGE,
        call=_put_under_line,
        form_class=forms.PutUnderLineForm,
        available=_has("supplies"),
        icon="move_down",
        description=(
            "The supply becomes part of a line in kind of its sponsor: from a day on, or all of it. The quantities and "
            "terms of a line that an amendment replaced go over to the new one, if that has none yet."
        ),
    ),
    ObjectAction(
        name="end-supply",
        label="End a supply",
        permission=_CHANGE,
        call=_end_supply,
        form_class=forms.EndSupplyForm,
        available=_has("supplies"),
        icon="event_busy",
        rare=True,
        description="From the day after the last day on, the sponsor no longer supplies the service.",
    ),
    ObjectAction(
        name="remove-supply",
        label="Remove a supply",
        permission=_CHANGE,
        call=_remove_supply,
        form_class=forms.ChooseSupplyForm,
        available=_has("supplies"),
        icon="delete",
        danger=True,
        rare=True,
        description="For one that was recorded by mistake; history keeps it. One that is over is ended instead.",
    ),
    ObjectAction(
        name="add-key",
        label="Add name at provider",
        permission=_CHANGE,
        call=_add_key,
        form_class=forms.KeyForm,
        icon="key",
        description="Imports of usage find the service by it. A name at a provider is of one service.",
    ),
    ObjectAction(
        name="remove-key",
        label="Remove name at provider",
        permission=_CHANGE,
        call=_remove_key,
        form_class=forms.ChooseKeyForm,
        available=_has("keys"),
        icon="key_off",
        danger=True,
        rare=True,
        description="Usage that comes under it is kept aside from then on. What came already stays.",
    ),
    ObjectAction(
        name="set-alternative",
        label="Set alternative",
        permission=_CHANGE,
        call=_set_alternative,
        form_class=forms.AlternativeForm,
        icon="alt_route",
        description="Where the service could go if its sponsor left, and what that would take.",
    ),
    ObjectAction(
        name="remove-alternative",
        label="Remove alternative",
        permission=_CHANGE,
        call=_remove_alternative,
        form_class=forms.ChooseAlternativeForm,
        available=_has("alternatives"),
        icon="block",
        danger=True,
        rare=True,
        description="It is no longer told as a way out; history keeps it.",
    ),
    ObjectAction(
        name="retire",
        label="Retire",
        permission=_CHANGE,
        call=_retire,
        form_class=forms.RetireForm,
        icon="power_settings_new",
        danger=True,
        rare=True,
        description="It stays with its usage. Whoever supplies it then, does so until the day before.",
    ),
    ObjectAction(
        name="run-again",
        label="Run again",
        permission=_CHANGE,
        call=_run_again,
        available=lambda service: service.retired_on is not None,
        icon="restart_alt",
        description="The service runs again. Who supplies it is to be said anew.",
    ),
)
