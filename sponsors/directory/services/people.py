"""Who of us may look after a sponsor or what hangs on it."""

from foundation.people.models import User


def may_look_after(person: User, permission: str) -> bool:
    """Whether the person may sign in and see, by this permission, what they would look after."""
    return person.may_sign_in and person.has_perm(permission)
