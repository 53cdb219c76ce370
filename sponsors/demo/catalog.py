"""The invented world of the demonstration: levels, companies, people. Nothing here is real but Fastly."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Level(StrEnum):
    """Sponsorship levels by yearly amount in US dollars, as in a real foundation's program."""

    VISIONARY = "Visionary"
    SUSTAINABILITY = "Sustainability"
    MAINTAINING = "Maintaining"
    CONTRIBUTING = "Contributing"
    SUPPORTING = "Supporting"
    PARTNER = "Partner"
    PARTICIPATING = "Participating"
    ASSOCIATE = "Associate"


YEARLY = {
    Level.VISIONARY: Decimal(150_000),
    Level.SUSTAINABILITY: Decimal(90_000),
    Level.MAINTAINING: Decimal(60_000),
    Level.CONTRIBUTING: Decimal(30_000),
    Level.SUPPORTING: Decimal(15_000),
    Level.PARTNER: Decimal(7_500),
    Level.PARTICIPATING: Decimal(3_750),
    Level.ASSOCIATE: Decimal(1_500),
}

# Everybody promises and pays in the base currency: amounts in another would need true rates of every day up to
# today, which are there only once somebody imports them, and reports would tell of nothing but their absence.
CURRENCY = "USD"


class Habit(StrEnum):
    """How a company pays."""

    PROMPT = "pays within days"
    SLOW = "pays weeks late"
    PARTIAL = "pays in parts"
    OVER = "rounds up and leaves credit"
    SILENT = "has stopped paying"


@dataclass(frozen=True, slots=True)
class Company:
    """An invented sponsor: where it sits, since when and how it supports, and how that goes."""

    name: str
    country: str
    since: int
    levels: tuple[Level, ...]
    term_years: int = 1
    habit: Habit = Habit.PROMPT
    lapses_after: int | None = None
    parent: str | None = None
    owner: str | None = "fundraising"
    line_of_business: str = "software"

    @property
    def slug(self) -> str:
        return self.name.lower().replace("&", "and").replace(".", "").replace(" ", "-")

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"


_V, _S, _M, _C, _U, _P, _A, _T = (
    Level.VISIONARY,
    Level.SUSTAINABILITY,
    Level.MAINTAINING,
    Level.CONTRIBUTING,
    Level.SUPPORTING,
    Level.PARTNER,
    Level.ASSOCIATE,
    Level.PARTICIPATING,
)

COMPANIES = (
    Company("Larkspur Cloud", "US", 2019, (_S, _V), 3, line_of_business="cloud hosting"),
    Company("Juniper & Vale Bank", "US", 2020, (_V,), 3, habit=Habit.SLOW, line_of_business="banking"),
    Company("Tidewater Search", "US", 2019, (_V,), 1, line_of_business="web search"),
    Company("Halcyon Robotics", "DE", 2021, (_M, _S), 2, line_of_business="industrial robots"),
    Company(
        "Quillfeather Analytics", "US", 2019, (_M,), 1, habit=Habit.PARTIAL, line_of_business="data analysis"
    ),
    Company("Copperline Networks", "CA", 2019, (_C, _M), 2, line_of_business="network equipment"),
    Company("Saffron Street Media", "IN", 2020, (_C,), 1, habit=Habit.SLOW, line_of_business="streaming"),
    Company("Meridian Payments", "GB", 2019, (_S,), 3, line_of_business="payments"),
    Company("Bluebottle Games", "JP", 2021, (_C,), 2, line_of_business="games"),
    Company(
        "Thistledown Health", "US", 2019, (_C, _U), 1, lapses_after=2024, line_of_business="medical records"
    ),
    Company("Anvil & Oak Consulting", "US", 2019, (_U,), 1, line_of_business="consulting"),
    Company("Pemberton Insurance", "GB", 2022, (_U, _C), 1, line_of_business="insurance"),
    Company("Nightjar Security", "NL", 2020, (_U, _C, _M), 1, line_of_business="security research"),
    Company(
        "Cloverfield Farms Data", "US", 2019, (_U,), 1, lapses_after=2021, line_of_business="farm sensors"
    ),
    Company("Orrery Space Systems", "FR", 2021, (_M,), 3, line_of_business="satellites"),
    Company("Sandpiper Logistics", "SG", 2022, (_C,), 1, habit=Habit.SILENT, line_of_business="freight"),
    Company("Brightwater Energy", "NO", 2023, (_M,), 3, line_of_business="wind power"),
    Company("Larkspur Research", "US", 2021, (_U,), 1, parent="Larkspur Cloud", line_of_business="research"),
    Company("Foxglove Learning", "US", 2019, (_P, _U), 1, line_of_business="online courses"),
    Company(
        "Ironbridge Steel Software",
        "GB",
        2019,
        (_P,),
        1,
        lapses_after=2022,
        line_of_business="simulation",
    ),
    Company("Kestrel Drones", "SE", 2022, (_P,), 1, habit=Habit.OVER, line_of_business="drones"),
    Company("Mossgarden Publishing", "US", 2019, (_P,), 1, line_of_business="publishing"),
    Company("Periwinkle Apps", "BR", 2023, (_P,), 1, line_of_business="mobile apps"),
    Company("Redwood Hosting Cooperative", "US", 2019, (_P,), 1, line_of_business="hosting"),
    Company("Saltmarsh Labs", "AU", 2020, (_P, _U), 1, owner=None, line_of_business="ocean science"),
    Company("Tamarind Travel", "KE", 2021, (_T,), 1, line_of_business="travel"),
    Company(
        "Umbra Photography",
        "IT",
        2020,
        (_T,),
        1,
        lapses_after=2023,
        line_of_business="image libraries",
    ),
    Company("Verdigris Museums Online", "DE", 2022, (_T,), 2, line_of_business="culture"),
    Company("Willowbrook Schools", "US", 2019, (_T,), 1, habit=Habit.SLOW, line_of_business="education"),
    Company("Yarrow Biotech", "CH", 2021, (_C,), 3, line_of_business="laboratory automation"),
    Company("Zephyr Weather", "CA", 2020, (_T, _P), 1, line_of_business="weather models"),
    Company("Acorn Accounting", "US", 2019, (_A,), 1, line_of_business="bookkeeping"),
    Company("Birchbark Books", "CA", 2019, (_A,), 1, lapses_after=2020, line_of_business="book selling"),
    Company("Candlewick Design", "US", 2021, (_A, _T), 1, line_of_business="design"),
    Company("Driftwood Surf Reports", "PT", 2022, (_A,), 1, line_of_business="forecasts"),
    Company("Emberglow Smart Homes", "FI", 2023, (_A,), 1, line_of_business="home automation"),
    Company(
        "Fennel Kitchen Robotics",
        "US",
        2022,
        (_A,),
        1,
        habit=Habit.PARTIAL,
        line_of_business="kitchen robots",
    ),
    Company("Grasshopper Civil Tech", "NG", 2024, (_A,), 1, line_of_business="city services"),
    Company("Hazelnut Payroll", "US", 2020, (_A,), 1, lapses_after=2022, line_of_business="payroll"),
    Company("Inkwell Translation", "ES", 2024, (_T,), 1, line_of_business="translation"),
    Company("Jackdaw Archives", "IE", 2025, (_P,), 1, owner=None, line_of_business="archives"),
)

# Organizations that support nobody yet; two of them have something on the table.
PROSPECTS = (
    Company("Lanternfish Compute", "US", 2027, (_M,), 3, line_of_business="accelerators"),
    Company("Moonstone Telecom", "KR", 2027, (_S,), 3, line_of_business="mobile networks"),
    Company("Nutmeg Groceries", "GB", 2027, (_P,), 1, line_of_business="groceries"),
)


@dataclass(frozen=True, slots=True)
class InKind:
    """What a company gives beside its cash; the estimate is for a year."""

    category: str
    description: str
    yearly: Decimal
    basis: str


GIFTS = {
    "Larkspur Cloud": InKind(
        "cloud_credits", "Credits for build machines", Decimal(120_000), "Credits at list price."
    ),
    "Nightjar Security": InKind(
        "monitoring", "Yearly audit of the index", Decimal(24_000), "Quote for the same audit."
    ),
    "Redwood Hosting Cooperative": InKind(
        "hardware", "Two mirror servers", Decimal(6_000), "Rent of the same servers."
    ),
    "Foxglove Learning": InKind(
        "licenses", "Seats for volunteers", Decimal(4_800), "40 seats at the nonprofit price."
    ),
    "Mossgarden Publishing": InKind(
        "staff_time", "Editing of the handbook", Decimal(9_000), "120 hours at 75 an hour."
    ),
}

FIRST_NAMES = (
    "Amara",
    "Bruno",
    "Chiyo",
    "Dalia",
    "Emeka",
    "Freja",
    "Goran",
    "Hana",
    "Ines",
    "Jonas",
    "Kaveh",
    "Leila",
)
LAST_NAMES = (
    "Abara",
    "Brandt",
    "Castellan",
    "Dray",
    "Eskola",
    "Fontaine",
    "Grieg",
    "Hollis",
    "Ivers",
    "Jarrow",
    "Kwan",
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in to the demonstration."""

    key: str
    name: str
    role: str


ACCOUNTS = (
    Account("administrator", "Ada Alder", "administrator"),
    Account("fundraising", "Fred Fields", "fundraising"),
    Account("fundraising2", "Flora Finch", "fundraising"),
    Account("director", "Dana Dell", "fundraising"),
    Account("finance", "Fay Forrest", "finance"),
    Account("infrastructure", "Ira Iverson", "infrastructure"),
    Account("grants", "Gus Grove", "grants_officer"),
    Account("reviewer", "Rae Rivers", "reviewer"),
    Account("auditor", "Aud Ashby", "auditor"),
)
DOMAIN = "openindex.example"
# Printed by `make demo`: the demonstration protects nothing.
PASSWORD = "open-index-demo"  # noqa: S105  # public on purpose
