"""Files in and out: what is kept, what is refused, how it is handed out."""

import hashlib
import io
import os
import resource
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from common.errors import InvalidInput
from common.file_kinds import FileKind, FileNotTaken, check_file
from common.files import FileDamaged, read_file, serve_file, store_file, sweep_files
from common.models import StoredFile
from tests.common.hostile_files import HOSTILE, document, packed, pdf, picture, workbook


@pytest.mark.promise("S11")
class TestCheckFile:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_refuses_the_hostile_in_time_and_memory(self, name: str) -> None:
        file_name, make, code = HOSTILE[name]
        content = make()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        with pytest.raises(FileNotTaken) as refusal:
            check_file(file_name, content)
        assert refusal.value.code == code
        assert time.perf_counter() - start < 2
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024

    def test_has_thirty_and_more_of_them(self) -> None:
        assert len(HOSTILE) >= 30

    @pytest.mark.parametrize(
        ("name", "content", "kind"),
        [
            ("a.PDF", pdf(b"<</Type/Catalog>>", packed(b"<</Type/Page>>")), FileKind.PDF),
            ("a.xlsx", workbook({"xl/printerSettings/printerSettings1.bin": b"x"}), FileKind.XLSX),
            ("a.docx", document(), FileKind.DOCX),
            ("a.csv", "名称,金额\n示例,-5\n".encode("gb18030"), FileKind.CSV),
            ("a.txt", "看过原件 = 属实".encode(), FileKind.TXT),
            ("a.png", picture("PNG"), FileKind.PNG),
            ("a.jpeg", picture("JPEG"), FileKind.JPEG),
            ("a.webp", picture("WEBP"), FileKind.WEBP),
        ],
    )
    def test_takes_the_harmless(self, name: str, content: bytes, kind: FileKind) -> None:
        checked = check_file(name, content)
        assert checked.kind is kind
        if kind in (FileKind.PDF, FileKind.XLSX, FileKind.DOCX, FileKind.CSV, FileKind.TXT):
            assert checked.content == content

    def test_refuses_a_kind_that_is_not_wanted_here(self) -> None:
        with pytest.raises(FileNotTaken) as refusal:
            check_file("a.txt", b"words", allowed={FileKind.PDF})
        assert refusal.value.code == "TYPE_NOT_TAKEN"

    def test_draws_a_picture_anew_and_drops_everything_else(self) -> None:
        info = PngInfo()
        info.add_text("Comment", "secret place")
        target = io.BytesIO()
        Image.new("RGB", (4, 4), "blue").save(target, "PNG", pnginfo=info)
        content = target.getvalue() + b"<script>alert(1)</script>"
        kept = check_file("a.png", content).content
        assert b"secret" not in kept
        assert b"script" not in kept
        assert Image.open(io.BytesIO(kept)).size == (4, 4)

    def test_turns_a_photograph_upright_and_drops_where_it_was_taken(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was held sideways
        exif[0x010E] = "garden of somebody"
        target = io.BytesIO()
        Image.new("RGB", (40, 20), "green").save(target, "JPEG", exif=exif)
        kept = check_file("a.jpg", target.getvalue()).content
        assert Image.open(io.BytesIO(kept)).size == (20, 40)
        assert not dict(Image.open(io.BytesIO(kept)).getexif())
        assert b"garden" not in kept


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "files"


def upload(name: str = "licence.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pdf(b"<</A 1>>") if content is None else content)


@pytest.mark.django_db
class TestStoreFile:
    def test_keeps_the_bytes_under_a_random_name(self, folder: Path) -> None:
        stored = store_file(upload("../执照 1.pdf"), actor=None)
        path = folder / stored.name
        assert path.read_bytes() == read_file(stored) == pdf(b"<</A 1>>")
        assert stored.original_name == "执照 1.pdf"
        assert (stored.mime, stored.size) == ("application/pdf", len(pdf(b"<</A 1>>")))
        assert stored.sha256 == hashlib.sha256(pdf(b"<</A 1>>")).hexdigest()
        assert "执照" not in stored.name
        assert path.stat().st_mode & 0o777 == 0o400

    def test_the_same_file_twice_lies_there_twice(self, folder: Path) -> None:
        assert store_file(upload(), actor=None).name != store_file(upload(), actor=None).name

    def test_says_in_words_why_it_refuses_and_keeps_nothing(self, folder: Path) -> None:
        with pytest.raises(InvalidInput) as refusal:
            store_file(upload("a.pdf", pdf(b"<</S/JavaScript/JS(1)>>")), actor=None)
        assert (refusal.value.field, refusal.value.code) == ("file", "ACTIVE_CONTENT")
        assert "Save it as a plain PDF" in str(refusal.value)
        assert not folder.exists()
        assert StoredFile.objects.count() == 0

    def test_a_row_is_never_changed(self, folder: Path) -> None:
        stored = store_file(upload(), actor=None)
        with pytest.raises(DatabaseError), transaction.atomic():
            StoredFile.objects.filter(pk=stored.pk).update(mime="text/html")


@pytest.mark.django_db
class TestReadAndServe:
    def test_notices_bytes_that_changed(self, folder: Path) -> None:
        stored = store_file(upload(), actor=None)
        path = folder / stored.name
        path.chmod(0o600)
        path.write_bytes(b"other")
        with pytest.raises(FileDamaged):
            read_file(stored)
        path.unlink()
        with pytest.raises(FileDamaged):
            read_file(stored)

    def test_hands_out_to_be_saved_and_never_run(self, folder: Path) -> None:
        answer = serve_file(store_file(upload("执照.pdf"), actor=None))
        assert answer["Content-Disposition"].startswith("attachment;")
        assert "%E6%89%A7%E7%85%A7.pdf" in answer["Content-Disposition"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
class TestSweepFiles:
    def test_deletes_old_bytes_without_a_row_only(self, folder: Path) -> None:
        kept = store_file(upload(), actor=None)
        orphan, young = folder / "aa" / ("a" * 40), folder / "bb" / ("b" * 40)
        for path in (orphan, young):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        long_ago = (datetime.now(UTC) - timedelta(days=3)).timestamp()
        os.utime(orphan, (long_ago, long_ago))
        os.utime(folder / kept.name, (long_ago, long_ago))
        assert sweep_files(before=datetime.now(UTC) - timedelta(days=1)) == 1
        assert not orphan.exists()
        assert young.exists()
        assert read_file(kept)
