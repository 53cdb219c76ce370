"""The words that a layout adds to an agreement, and how days and amounts are written, by language."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_percent
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
    condition: str
    shown_by: str
    met_by: str
    target: str
    goes_back: str
    falls_away: str
    used_for: str
    period: str
    charge: str
    none: str


WORDS: dict[Language, Words] = {
    Language.ENGLISH: Words(
        commitment="Commitment", date="Date", version="Version", what="What is promised", cash="Cash",
        in_kind="In kind, estimated", number="No.", due_on="Due on", amount="Amount", total="Total", name="Name",
        title="Title", signature="Signature", page="Page {} of {}",
        condition="Condition", shown_by="Shown by", met_by="To be met by", target="Target",
        goes_back="If it is not met, money that came for it goes back.",
        falls_away="If it is not met, only what is not paid yet falls away.",
        used_for="To be used for", period="Period", charge="Charge", none="None.",
    ),
    Language.GERMAN: Words(
        commitment="Zusage", date="Datum", version="Fassung", what="Zugesagte Leistung", cash="Geld",
        in_kind="Sachleistung, geschätzt", number="Nr.", due_on="Fällig am", amount="Betrag", total="Summe",
        name="Name", title="Funktion", signature="Unterschrift", page="Seite {} von {}",
        condition="Bedingung", shown_by="Nachweis", met_by="Zu erfüllen bis", target="Zielbetrag",
        goes_back="Wird sie nicht erfüllt, wird dafür gezahltes Geld zurückgezahlt.",
        falls_away="Wird sie nicht erfüllt, entfällt nur, was noch nicht gezahlt ist.",
        used_for="Zu verwenden für", period="Zeitraum", charge="Entgelt", none="Keine.",
    ),
    Language.FRENCH: Words(
        commitment="Engagement", date="Date", version="Version", what="Soutien promis", cash="Numéraire",
        in_kind="En nature, estimé", number="N°", due_on="Échéance", amount="Montant", total="Total", name="Nom",
        title="Fonction", signature="Signature", page="Page {} sur {}",
        condition="Condition", shown_by="Justificatif", met_by="Au plus tard le", target="Objectif",
        goes_back="Si elle n’est pas remplie, l’argent reçu à ce titre est restitué.",
        falls_away="Si elle n’est pas remplie, seul ce qui n’est pas encore payé cesse d’être dû.",
        used_for="À utiliser pour", period="Période", charge="Frais", none="Néant.",
    ),
    Language.SPANISH: Words(
        commitment="Compromiso", date="Fecha", version="Versión", what="Apoyo prometido", cash="Dinero",
        in_kind="En especie, estimado", number="N.º", due_on="Vencimiento", amount="Importe", total="Total",
        name="Nombre", title="Cargo", signature="Firma", page="Página {} de {}",
        condition="Condición", shown_by="Se acredita con", met_by="A más tardar el", target="Objetivo",
        goes_back="Si no se cumple, se devuelve el dinero recibido por ella.",
        falls_away="Si no se cumple, solo deja de deberse lo que aún no se ha pagado.",
        used_for="Se destina a", period="Período", charge="Cargo", none="No hay.",
    ),
    Language.PORTUGUESE: Words(
        commitment="Compromisso", date="Data", version="Versão", what="Apoio prometido", cash="Dinheiro",
        in_kind="Em espécie, estimado", number="N.º", due_on="Vencimento", amount="Valor", total="Total",
        name="Nome", title="Cargo", signature="Assinatura", page="Página {} de {}",
        condition="Condição", shown_by="Comprovação", met_by="Até", target="Meta",
        goes_back="Se não for cumprida, o dinheiro recebido por ela é devolvido.",
        falls_away="Se não for cumprida, só deixa de ser devido o que ainda não foi pago.",
        used_for="A utilizar para", period="Período", charge="Encargo", none="Não há.",
    ),
    Language.ITALIAN: Words(
        commitment="Impegno", date="Data", version="Versione", what="Sostegno promesso", cash="Denaro",
        in_kind="In natura, stimato", number="N.", due_on="Scadenza", amount="Importo", total="Totale",
        name="Nome", title="Qualifica", signature="Firma", page="Pagina {} di {}",
        condition="Condizione", shown_by="Attestata da", met_by="Entro il", target="Obiettivo",
        goes_back="Se non è soddisfatta, il denaro ricevuto per essa è restituito.",
        falls_away="Se non è soddisfatta, non è più dovuto solo quanto non ancora pagato.",
        used_for="Da usare per", period="Periodo", charge="Addebito", none="Nessuna voce.",
    ),
    Language.CHINESE: Words(
        commitment="承诺编号", date="日期", version="版本", what="承诺内容", cash="现金", in_kind="实物（估值）",
        number="序号", due_on="到期日", amount="金额", total="合计", name="姓名", title="职务", signature="签字",
        page="第 {} 页，共 {} 页",
        condition="条件", shown_by="证明方式", met_by="达成期限", target="目标金额",
        goes_back="如未达成，已就此收到的款项应退还。",
        falls_away="如未达成，仅尚未支付的部分不再支付。",
        used_for="用途", period="期间", charge="费用", none="无。",
    ),
    Language.JAPANESE: Words(
        commitment="契約番号", date="日付", version="版", what="支援の内容", cash="金銭", in_kind="現物（見積額）",
        number="番号", due_on="支払期日", amount="金額", total="合計", name="氏名", title="役職", signature="署名",
        page="{} / {} ページ",
        condition="条件", shown_by="証明方法", met_by="達成期限", target="目標額",
        goes_back="達成されない場合、これについて受領した金銭は返還する。",
        falls_away="達成されない場合、未払いの分のみ支払義務がなくなる。",
        used_for="使途", period="期間", charge="料金", none="なし。",
    ),
    Language.KOREAN: Words(
        commitment="약정 번호", date="날짜", version="버전", what="지원 내용", cash="현금", in_kind="현물(추정액)",
        number="번호", due_on="지급 기한", amount="금액", total="합계", name="성명", title="직위", signature="서명",
        page="{} / {} 쪽",
        condition="조건", shown_by="증빙", met_by="이행 기한", target="목표액",
        goes_back="이행되지 않으면 그에 대해 받은 금액을 반환한다.",
        falls_away="이행되지 않으면 아직 지급하지 않은 금액만 지급하지 않는다.",
        used_for="용도", period="기간", charge="요금", none="없음.",
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


def percent_in(language: Language, percent: Decimal) -> str:
    """Return a number of percent as the language writes it: 12,5 % in German."""
    text: str = format_percent(percent / 100, locale=_locale(language), decimal_quantization=False)
    return text


def period_in(language: Language, first: date, last: date) -> str:
    """Return the days from the first to the last, both included."""
    return f"{day_in(language, first)} \N{EN DASH} {day_in(language, last)}"


def _locale(language: Language) -> Locale:
    return Locale.parse(_LOCALES.get(language, str(language)))
