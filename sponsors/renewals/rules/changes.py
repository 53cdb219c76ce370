"""What is behind a change of risk: which reasons came, which went, and which weigh otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass

from sponsors.renewals.rules.scoring import Weighed

# Tenure grows by as little every week.
_WEIGHS_OTHERWISE = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """Reasons as they are now, or in `gone` as they were. Of what was not assessed before, nothing changed."""

    came: Sequence[Weighed] = ()
    gone: Sequence[Weighed] = ()
    otherwise: Sequence[Weighed] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what changed, in words."""
        return (
            *(one.sentence for one in self.came),
            *(f"No longer: {one.sentence}" for one in self.gone),
            *(f"Weighs otherwise: {one.sentence}" for one in self.otherwise),
        )


def change(before: Sequence[Weighed] | None, now: Sequence[Weighed]) -> Change:
    """Return what changed between two assessments; a reason that was not known and is known now came and went."""
    if before is None:
        return Change()
    earlier = {(one.reason, one.is_known): one for one in before}
    later = {(one.reason, one.is_known): one for one in now}
    return Change(
        came=tuple(one for key, one in later.items() if key not in earlier),
        gone=tuple(one for key, one in earlier.items() if key not in later),
        otherwise=tuple(
            one
            for key, one in later.items()
            if key in earlier and abs(one.points - earlier[key].points) >= _WEIGHS_OTHERWISE
        ),
    )
