import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.uploads.handlers import LARGEST_KEPT, LimitedUploadHandler
from foundation.uploads.rules import MEGABYTE, UploadRefused, read_within


def test_a_file_within_the_limit_is_read_whole():
    assert read_within(io.BytesIO(b"abc"), limit=3) == b"abc"
    assert read_within(SimpleUploadedFile("a", b"abc"), limit=3) == b"abc"


def test_a_file_is_read_as_often_as_it_is_asked_for():
    file = SimpleUploadedFile("a", b"abc")
    assert [read_within(file, limit=3), read_within(file, limit=3)] == [b"abc", b"abc"]


def test_a_file_that_says_it_is_too_large_is_not_read():
    huge = SimpleUploadedFile("a", b"abc")
    huge.size = 50 * MEGABYTE
    with pytest.raises(UploadRefused, match=r"The file has 50\.0 MB\. At most 10 MB") as refused:
        read_within(huge, limit=10 * MEGABYTE)
    assert (refused.value.code, refused.value.field) == ("file_too_large", "file")
    assert huge.tell() == 0


def test_a_file_that_hides_its_size_is_read_up_to_the_limit_only():
    endless = io.BytesIO(b"x" * (3 * MEGABYTE))
    with pytest.raises(UploadRefused, match="The file is too large"):
        read_within(endless, limit=MEGABYTE)
    assert endless.tell() == MEGABYTE + 1


def test_an_empty_file_is_refused():
    with pytest.raises(UploadRefused, match="empty"):
        read_within(io.BytesIO(), limit=1)


def test_an_upload_is_kept_while_it_is_small():
    handler = LimitedUploadHandler()
    handler.new_file("file", "a.csv", "text/csv", 3)
    handler.receive_data_chunk(b"abc", 0)
    file = handler.file_complete(3)
    assert file is not None
    with file:
        assert (file.name, file.size, file.read()) == ("a.csv", 3, b"abc")


def test_an_upload_that_grows_too_large_is_counted_and_not_kept():
    handler = LimitedUploadHandler()
    handler.new_file("file", "a.csv", "text/csv", None)
    chunk = b"x" * MEGABYTE
    for number in range(50):
        handler.receive_data_chunk(chunk, number * MEGABYTE)
    file = handler.file_complete(LARGEST_KEPT)
    assert file is not None
    with file:
        assert file.size == 50 * MEGABYTE
        assert len(file.read()) == LARGEST_KEPT
