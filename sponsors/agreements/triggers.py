"""What the database itself sees to, whichever path a write takes."""

import pgtrigger

from sponsors.agreements.rules import VERSION_TRANSITIONS, VersionState


def template_is_counted() -> list[pgtrigger.Trigger]:
    """A template is kept, and counts how often its text was changed."""
    return [
        pgtrigger.Protect(name="template_is_kept", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name="template_is_counted",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func="""
                NEW.version = OLD.version
                    + ((NEW.title, NEW.body, NEW.language) IS DISTINCT FROM (OLD.title, OLD.body, OLD.language))::int;
                RETURN NEW;
            """,
        ),
    ]


def document_is_kept() -> list[pgtrigger.Trigger]:
    """A document stays what it was begun as, and an amendment's is of the amendment's commitment."""
    return [
        pgtrigger.Protect(name="document_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(name="document_is_fixed", fields=["commitment", "kind", "title", "amendment"]),
        pgtrigger.Trigger(
            name="document_is_of_one_commitment",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Q(new__amendment__isnull=False),
            func="""
                IF NOT EXISTS (SELECT 1 FROM sponsors_amendment
                               WHERE id = NEW.amendment_id AND commitment_id = NEW.commitment_id) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an amendment is papered on its own commitment';
                END IF;
                RETURN NEW;
            """,
        ),
    ]


def document_follows_its_versions() -> pgtrigger.Trigger:
    """What a document shows is what its versions say, so it has changed when one of them has."""
    return pgtrigger.Trigger(
        name="document_follows_its_versions",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func="""
            UPDATE sponsors_commitmentdocument SET updated_at = clock_timestamp() WHERE id = NEW.document_id;
            RETURN NULL;
        """,
    )


def version_is_kept() -> list[pgtrigger.Trigger]:
    """A version moves by the table alone; its file, and once signed its signature, are never changed."""
    return [
        pgtrigger.Protect(name="version_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(
            name="version_is_fixed",
            fields=[
                "document",
                "number",
                "file",
                "template",
                "template_version",
                "facts",
                "begun_by",
                "begun_on",
            ],
        ),
        pgtrigger.Trigger(
            name="version_begins_as_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(new__state=VersionState.DRAFT),
            func="RAISE integrity_constraint_violation USING MESSAGE = 'a version begins as a draft';",
        ),
        pgtrigger.FSM(
            name="version_moves_by_the_table",
            field="state",
            transitions=[
                (str(start), str(end)) for (start, _step), end in VERSION_TRANSITIONS.items() if start != end
            ],
        ),
        pgtrigger.Trigger(
            name="signature_is_kept",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__signed_on__isnull=False),
            func="""
                IF (NEW.signed_on, NEW.signed_by, NEW.signed_copy_id, NEW.recorded_by_id)
                   IS DISTINCT FROM (OLD.signed_on, OLD.signed_by, OLD.signed_copy_id, OLD.recorded_by_id) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a signature that was recorded stays';
                END IF;
                RETURN NEW;
            """,
        ),
    ]
