"""Files that must not be kept, each with the reason for which it is refused (promise S11)."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOOK = b'<?xml version="1.0"?><workbook/>'
PDF_END = b"\nxref\n0 1\ntrailer<</Size 1>>\nstartxref\n9\n%%EOF\n"


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, as plain as one can be."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + PDF_END


def packed(inner: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    """An object stream that hides `inner`."""
    data = zlib.compress(b"1 0 " + inner)
    return b"<</Type/ObjStm/N 1/First 4/Length %d/Filter%s>>stream\n%s\nendstream" % (
        len(data), filters, data,
    )  # fmt: skip


def archive(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


def workbook(parts: dict[str, bytes] | None = None) -> bytes:
    return archive({"[Content_Types].xml": TYPES, "xl/workbook.xml": BOOK, **(parts or {})})


def document(parts: dict[str, bytes] | None = None) -> bytes:
    return archive({"[Content_Types].xml": TYPES, "word/document.xml": BOOK, **(parts or {})})


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(target, kind)
    return target.getvalue()


def huge_png() -> bytes:
    """A PNG of a few bytes that says it has 2.5 thousand million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def overlapping() -> bytes:
    """A workbook of which two parts are the same bytes."""
    plain = bytearray(workbook({"xl/a.xml": b"<a/>", "xl/b.xml": b"<b/>"}))
    central = plain.find(b"PK\x01\x02")
    offsets = []
    while central >= 0:
        offsets.append(central)
        central = plain.find(b"PK\x01\x02", central + 4)
    plain[offsets[3] + 42 : offsets[3] + 46] = plain[offsets[2] + 42 : offsets[2] + 46]
    return bytes(plain)


def nested() -> bytes:
    """A zip in a zip in a zip: 42-style."""
    inner = archive({"0.txt": b"0" * 1_000_000})
    for _level in range(4):
        inner = archive({f"{n}.zip": inner for n in range(6)}, zipfile.ZIP_STORED)
    return inner


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
QUADRATIC = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"a" * 50_000 + b'">]><x>&a;&a;</x>'
XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]><x>&a;</x>'
LINK = (
    b'<Relationships><Relationship Id="1" Type="http://x/attachedTemplate" '
    b'Target="http://127.0.0.1:9/t.dotm" TargetMode="External"/></Relationships>'
)

HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "nothing": ("a.pdf", lambda: b"", "EMPTY"),
    "too large": ("a.txt", lambda: b"a" * (20 * 1024 * 1024 + 1), "TOO_LARGE"),
    "a program": ("a.pdf", lambda: b"MZ\x90\x00" + b"\0" * 200, "UNKNOWN_TYPE"),
    "an ELF program as text": ("a.txt", lambda: b"\x7fELF\x02\x01\x01" + b"\0" * 99, "UNKNOWN_TYPE"),
    "a shell script as text": ("a.txt", lambda: b"#!/bin/sh\nrm -rf x\n", "UNKNOWN_TYPE"),
    "SVG with a script": ("a.png", lambda: b"<svg><script>alert(1)</script></svg>", "UNKNOWN_TYPE"),
    "HTML as text": ("a.txt", lambda: b"  <html><script>1</script>", "UNKNOWN_TYPE"),
    "RTF": ("a.txt", lambda: b"{\\rtf1 x}", "UNKNOWN_TYPE"),
    "PDF called picture": ("a.png", lambda: pdf(b"<<>>"), "ENDING_DIFFERS"),
    "two endings": ("a.pdf.exe", lambda: pdf(b"<<>>"), "ENDING_DIFFERS"),
    "an ending turned round": ("a\u202efdp.exe", lambda: pdf(b"<<>>"), "ENDING_DIFFERS"),
    "GIF": ("a.png", lambda: picture("GIF"), "UNKNOWN_TYPE"),
    "cut-off PDF": ("a.pdf", lambda: b"%PDF-1.7\n1 0 obj", "DAMAGED"),
    "PDF with a script": ("a.pdf", lambda: pdf(b"<</S/JavaScript/JS(app.alert(1))>>"), "ACTIVE_CONTENT"),
    "PDF with a script spelled in hex": ("a.pdf", lambda: pdf(b"<</S/J#61vaScr#69pt/JS(1)>>"), "ACTIVE_CONTENT"),
    "PDF with a packed script": ("a.pdf", lambda: pdf(packed(b"<</S/JavaScript/JS(1)>>")), "ACTIVE_CONTENT"),
    "PDF packed so that nobody can look": ("a.pdf", lambda: pdf(packed(b"x", b"[/LZWDecode]").replace(b"stream\nx", b"stream\n\0\0")), "DAMAGED"),
    "PDF that starts a program": ("a.pdf", lambda: pdf(b"<</S/Launch/F(cmd.exe)>>"), "ACTIVE_CONTENT"),
    "PDF with a file inside": ("a.pdf", lambda: pdf(b"<</Type/EmbeddedFile>>"), "ACTIVE_CONTENT"),
    "PDF form that sends": ("a.pdf", lambda: pdf(b"<</S/SubmitForm/F(http://x)>>"), "ACTIVE_CONTENT"),
    "locked PDF": ("a.pdf", lambda: pdf(b"<</Encrypt 5 0 R>>"), "ENCRYPTED"),
    "PDF and zip at once": ("a.pdf", lambda: pdf(b"<<>>") + archive({"a.txt": b"x"}), "ACTIVE_CONTENT"),
    "PDF that is HTML as well": ("a.pdf", lambda: b"%PDF-1.7\n<html><script>1</script>" + pdf(b"<<>>"), "ACTIVE_CONTENT"),
    "PDF object stream that swells": ("a.pdf", lambda: pdf(packed(b" " * (60 * 1024 * 1024))), "ARCHIVE"),
    "plain zip": ("a.xlsx", lambda: archive({"a.txt": b"x"}), "UNKNOWN_TYPE"),
    "zips in zips": ("a.xlsx", nested, "UNKNOWN_TYPE"),
    "workbook with zips": ("a.xlsx", lambda: workbook({"xl/x.zip": archive({"a": b"1"})}), "ACTIVE_CONTENT"),
    "workbook that swells": ("a.xlsx", lambda: workbook({"xl/s.xml": b"0" * 30_000_000}), "ARCHIVE"),
    "workbook of many parts": ("a.xlsx", lambda: workbook({f"xl/{n}.xml": b"<a/>" for n in range(2001)}), "ARCHIVE"),
    "workbook with a path out": ("a.xlsx", lambda: workbook({"../../etc/x.xml": b"<a/>"}), "ARCHIVE"),
    "workbook with an absolute path": ("a.xlsx", lambda: workbook({"/etc/x.xml": b"<a/>"}), "ARCHIVE"),
    "workbook of overlapping parts": ("a.xlsx", overlapping, "ARCHIVE"),
    "workbook with macros": ("a.xlsx", lambda: workbook({"xl/vbaProject.bin": b"\xd0\xcf"}), "ACTIVE_CONTENT"),
    "workbook with an old macro sheet": ("a.xlsx", lambda: workbook({"xl/macrosheets/s1.xml": b"<a/>"}), "ACTIVE_CONTENT"),
    "billion laughs": ("a.xlsx", lambda: workbook({"xl/s.xml": LAUGHS}), "ACTIVE_CONTENT"),
    "quadratic entities": ("a.xlsx", lambda: workbook({"xl/s.xml": QUADRATIC}), "ARCHIVE"),
    "an entity that calls out": ("a.docx", lambda: document({"word/x.xml": XXE}), "ACTIVE_CONTENT"),
    "an entity in UTF-16": ("a.docx", lambda: document({"word/x.xml": XXE.decode().encode("utf-16")}), "DAMAGED"),
    "a template from outside": ("a.docx", lambda: document({"word/_rels/s.xml.rels": LINK}), "ACTIVE_CONTENT"),
    "a field that starts a program": ("a.docx", lambda: document({"word/x.xml": b"<w>DDEAUTO c:\\cmd</w>"}), "ACTIVE_CONTENT"),
    "a pixel bomb": ("a.png", huge_png, "PICTURE_TOO_LARGE"),
    "a cut-off picture": ("a.jpg", lambda: picture("JPEG", (300, 300))[:400], "DAMAGED"),
    "a million columns": ("a.csv", lambda: b"a," * 1_000_000, "DAMAGED"),
    "cells that are formulas": ("a.csv", lambda: b"name,value\nx,=cmd|' /C calc'!A0\n", "ACTIVE_CONTENT"),
}  # fmt: skip
