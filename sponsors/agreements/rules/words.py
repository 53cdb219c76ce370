"""The words that a layout adds to an agreement, and how days and amounts are written, by language."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency
from django.db.models import TextChoices

from foundation.money.rules import decimals


class Language(TextChoices):
    """In which agreements can be written."""

    ENGLISH = "en", "English"
    GERMAN = "de", "German"
    FRENCH = "fr", "French"
    SPANISH = "es", "Spanish"
    PORTUGUESE = "pt", "Portuguese"
    ITALIAN = "it", "Italian"
    CHINESE = "zh", "Chinese, simplified"
    JAPANESE = "ja", "Japanese"
    KOREAN = "ko", "Korean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    commitment: str
    date: str
    version: str
    what: str
    cash: str
    in_kind: str
    number: str
    due_on: str
    amount: str
    total: str
    name: str
    title: str
    signature: str
    page: str


WORDS: dict[Language, Words] = {
    Language.ENGLISH: Words(
        commitment="Commitment", date="Date", version="Version", what="What is promised", cash="Cash",
        in_kind="In kind, estimated", number="No.", due_on="Due on", amount="Amount", total="Total", name="Name",
        title="Title", signature="Signature", page="Page {} of {}",
    ),
    Language.GERMAN: Words(
        commitment="Zusage", date="Datum", version="Fassung", what="Zugesagte Leistung", cash="Geld",
        in_kind="Sachleistung, geschätzt", number="Nr.", due_on="Fällig am", amount="Betrag", total="Summe",
        name="Name", title="Funktion", signature="Unterschrift", page="Seite {} von {}",
    ),
    Language.FRENCH: Words(
        commitment="Engagement", date="Date", version="Version", what="Soutien promis", cash="Numéraire",
        in_kind="En nature, estimé", number="N°", due_on="Échéance", amount="Montant", total="Total", name="Nom",
        title="Fonction", signature="Signature", page="Page {} sur {}",
    ),
    Language.SPANISH: Words(
        commitment="Compromiso", date="Fecha", version="Versión", what="Apoyo prometido", cash="Dinero",
        in_kind="En especie, estimado", number="N.º", due_on="Vencimiento", amount="Importe", total="Total",
        name="Nombre", title="Cargo", signature="Firma", page="Página {} de {}",
    ),
    Language.PORTUGUESE: Words(
        commitment="Compromisso", date="Data", version="Versão", what="Apoio prometido", cash="Dinheiro",
        in_kind="Em espécie, estimado", number="N.º", due_on="Vencimento", amount="Valor", total="Total",
        name="Nome", title="Cargo", signature="Assinatura", page="Página {} de {}",
    ),
    Language.ITALIAN: Words(
        commitment="Impegno", date="Data", version="Versione", what="Sostegno promesso", cash="Denaro",
        in_kind="In natura, stimato", number="N.", due_on="Scadenza", amount="Importo", total="Totale",
        name="Nome", title="Qualifica", signature="Firma", page="Pagina {} di {}",
    ),
    Language.CHINESE: Words(
        commitment="承诺编号", date="日期", version="版本", what="承诺内容", cash="现金", in_kind="实物（估值）",
        number="序号", due_on="到期日", amount="金额", total="合计", name="姓名", title="职务", signature="签字",
        page="第 {} 页，共 {} 页",
    ),
    Language.JAPANESE: Words(
        commitment="契約番号", date="日付", version="版", what="支援の内容", cash="金銭", in_kind="現物（見積額）",
        number="番号", due_on="支払期日", amount="金額", total="合計", name="氏名", title="役職", signature="署名",
        page="{} / {} ページ",
    ),
    Language.KOREAN: Words(
        commitment="약정 번호", date="날짜", version="버전", what="지원 내용", cash="현금", in_kind="현물(추정액)",
        number="번호", due_on="지급 기한", amount="금액", total="합계", name="성명", title="직위", signature="서명",
        page="{} / {} 쪽",
    ),
}  # fmt: skip

# English agreements write 31 December 2026, as our other documents do.
_LOCALES = {Language.ENGLISH: "en_GB", Language.CHINESE: "zh_Hans"}


def day_in(language: Language, day: date) -> str:
    """Return the day as the language writes it in full."""
    return format_date(day, format="long", locale=_locale(language))


def country_in(language: Language, code: str) -> str:
    """Return the name of the country of an ISO 3166-1 alpha-2 code."""
    name: str = _locale(language).territories.get(code, code)
    return name


def amount_in(language: Language, amount: Decimal, currency: str) -> str:
    """Return the amount with its code before it and the separators of the language: EUR 60.000,00 in German."""
    places = "." + "0" * decimals(currency) if decimals(currency) else ""
    text: str = format_currency(
        amount,
        currency,
        format=f"¤¤ #,##0{places}",
        locale=_locale(language),
        currency_digits=False,
    )
    # The code and its amount stay together on a line.
    return text.replace(" ", "\N{NO-BREAK SPACE}", 1)


def _locale(language: Language) -> Locale:
    return Locale.parse(_LOCALES.get(language, str(language)))
