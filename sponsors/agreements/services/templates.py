"""Templates of agreements: written, changed, and tried with a commitment's data."""

from datetime import date

from foundation.audit.actions import action
from foundation.books.selectors import current_organization
from foundation.people.models import User
from sponsors.agreements.models import AgreementTemplate
from sponsors.agreements.papers import Wording, agreement_pdf
from sponsors.agreements.rules import LONGEST_BODY, Language, TemplateRefused, read_template
from sponsors.commitments.models import Commitment
from sponsors.commitments.services.values import check_text


@action("agreementtemplate.add")
def add_template(*, actor: User, name: str, title: str, language: str, body: str) -> AgreementTemplate:
    """Add a template that agreements can be made from.

    Raises TemplateRefused naming the line of the text that cannot be read, and CommitmentError naming
    the field.
    """
    values = _checked(name, title, language, body)
    _refuse_taken(values["name"])
    template = AgreementTemplate.objects.create(**values)
    template.refresh_from_db()
    return template


@action("agreementtemplate.change")
def change_template(
    *,
    actor: User,
    template: AgreementTemplate,
    name: str,
    title: str,
    language: str,
    body: str,
    is_active: bool,
) -> AgreementTemplate:
    """Change a template; its version is counted when what is printed changes. Raises as add_template."""
    locked = AgreementTemplate.objects.select_for_update().get(pk=template.pk)
    values = _checked(name, title, language, body)
    if values["name"] != locked.name:
        _refuse_taken(values["name"])
    for field, value in values.items():
        setattr(locked, field, value)
    locked.is_active = is_active
    locked.save(update_fields=[*values, "is_active"])
    locked.refresh_from_db()
    return locked


@action("agreementtemplate.preview")
def preview_agreement(
    *, actor: User, template: AgreementTemplate, commitment: Commitment, today: date
) -> bytes:
    """Return the PDF that the template makes of the commitment; nothing is written.

    Raises TemplateRefused when it asks for something that is not known of the commitment.
    """
    content, _facts = agreement_pdf(current_organization(), commitment, wording_of(template), today)
    return content


def wording_of(template: AgreementTemplate, *, title: str = "", version: int | None = None) -> Wording:
    return Wording(
        title=title or template.title,
        language=Language(template.language),
        body=template.body,
        version=version,
    )


def _checked(name: str, title: str, language: str, body: str) -> dict[str, str]:
    if language not in Language.values:
        msg = f"This language is not known here. Choose one of {', '.join(Language.values)}."
        raise TemplateRefused(msg, code="unknown_choice", field="language")
    body = check_text(body.replace("\r\n", "\n"), "text", "body", longest=LONGEST_BODY)
    read_template(body)
    return {
        "name": check_text(name, "name", "name", longest=100),
        "title": check_text(title, "title", "title", longest=200),
        "language": language,
        "body": body,
    }


def _refuse_taken(name: str) -> None:
    if AgreementTemplate.objects.filter(name=name).exists():
        msg = "There is a template with this name already. Choose another."
        raise TemplateRefused(msg, code="template_exists", field="name")
