"""The first sponsor's story, from what was announced in public; everything that was not is marked.

A CDN provider carried the package index for ten years on yearly agreements and committed to five more in
May 2024. Public figures: in 2021 the 100% discount was worth more than 1.8 million US dollars a month.
The days inside months and the yearly estimates before and after 2021 are illustrations.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sponsors.commitments.rules import Period, add_months

NAME = "Fastly"
LEGAL_NAME = "Fastly, Inc."
WEBSITE = "https://www.fastly.com"
COUNTRY = "US"
DESCRIPTION = "Carries the package index to its users through its content delivery network, free of charge."
PUBLIC_MONTHLY_VALUE_2021 = Decimal(1_800_000)

BASIS_2021 = "Public statement: the discount was worth over USD 1.8 million a month in 2021."
BASIS_ILLUSTRATED = "Illustration: the public monthly value of 2021, scaled by assumed growth."
BASIS_FIVE_YEARS = "Public monthly value of 2021 over 60 months; traffic has more than doubled since."

# Share of the public 2021 value assumed for each yearly agreement, by the year it began.
ASSUMED_SHARE = {
    2014: Decimal("0.04"),
    2015: Decimal("0.07"),
    2016: Decimal("0.12"),
    2017: Decimal("0.20"),
    2018: Decimal("0.33"),
    2019: Decimal("0.52"),
    2020: Decimal("0.77"),
    2021: Decimal(1),
    2022: Decimal("1.2"),
    2023: Decimal("1.4"),
}


@dataclass(frozen=True, slots=True)
class Gift:
    """One in-kind agreement: its period and the estimated value of the whole, in US dollars."""

    title: str
    period: Period
    estimate: Decimal
    basis: str
    proposed_on: date
    signed_on: date
    announced_on: date | None = None


def gifts() -> list[Gift]:
    """Return the ten yearly agreements and the five-year one that follows them."""
    yearly = [
        Gift(
            title=f"CDN for the package index {year}",
            period=Period(date(year, 5, 1), date(year + 1, 5, 1)),
            estimate=PUBLIC_MONTHLY_VALUE_2021 * 12 * share,
            basis=BASIS_2021 if share == 1 else BASIS_ILLUSTRATED,
            proposed_on=date(year, 3, 10),
            signed_on=date(year, 4, 20),
        )
        for year, share in ASSUMED_SHARE.items()
    ]
    first_day = date(2024, 5, 1)
    five_years = Gift(
        title="CDN for the package index 2024 to 2029",
        period=Period(first_day, add_months(first_day, 60)),
        estimate=PUBLIC_MONTHLY_VALUE_2021 * 60,
        basis=BASIS_FIVE_YEARS,
        proposed_on=date(2024, 3, 4),
        signed_on=date(2024, 4, 22),
        announced_on=date(2024, 5, 14),
    )
    return [*yearly, five_years]
