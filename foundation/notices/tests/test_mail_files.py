"""Mail as files that a mail program opens."""

import email
from email import policy

from django.core.mail import EmailMessage, get_connection


def test_each_mail_is_a_file_of_its_own_that_a_mail_program_opens(tmp_path):
    backend = "foundation.notices.mail_files.EmailBackend"
    mails = [EmailMessage(f"Mail {n}", "Grüße.", "us@a.example", ["you@b.example"]) for n in (1, 2)]
    assert get_connection(backend, file_path=tmp_path).send_messages(mails) == 2
    files = list(tmp_path.iterdir())
    assert {file.suffix for file in files} == {".eml"}
    read = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    assert {mail["Subject"] for mail in read} == {"Mail 1", "Mail 2"}
    assert {mail.get_content().strip() for mail in read} == {"Grüße."}
