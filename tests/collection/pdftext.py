"""The text of a PDF that Typst made: enough of the format to read our own letters in tests."""

import re
import zlib


def read_text(pdf: bytes) -> str:
    """Return all text of the document, page by page, without its layout."""
    objects = {
        int(number): body
        for number, body in re.findall(rb"(\d+) 0 obj\n?(.*?)endobj", pdf, flags=re.DOTALL)
    }
    streams = {number: stream_of(body) for number, body in objects.items()}
    fonts: dict[bytes, dict[str, str]] = {}
    for body in objects.values():
        for name, target in re.findall(rb"/(f\d+) (\d+) 0 R", body):
            to_unicode = re.search(rb"/ToUnicode (\d+) 0 R", objects.get(int(target), b""))
            if to_unicode:
                fonts[name] = read_cmap(streams[int(to_unicode[1])])
    pages = [s for s in streams.values() if b"BT" in s and b"Tf" in s]
    return "\n".join(read_page(page, fonts) for page in pages)


def stream_of(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\nendstream", body, flags=re.DOTALL)
    if not found:
        return b""
    try:
        return zlib.decompress(found[1])
    except zlib.error:
        return found[1]


def read_cmap(cmap: bytes) -> dict[str, str]:
    """Return the character of each glyph code."""
    table = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, flags=re.DOTALL):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            table[code.decode().lower()] = bytes.fromhex(text.decode()).decode("utf-16-be")
    return table


def read_page(page: bytes, fonts: dict[bytes, dict[str, str]]) -> str:
    text: list[str] = []
    table: dict[str, str] = {}
    operators = re.findall(rb"/(f\d+) [\d.]+ Tf|(\[.*?\])\s*TJ|(\(.*?(?<!\\)\)|<[0-9A-Fa-f]+>)\s*Tj|(ET)", page, re.DOTALL)  # fmt: skip
    for font, many, one, end in operators:
        if font:
            table = fonts.get(font, {})
        elif end:
            text.append("\n")
        else:
            for raw in re.findall(
                rb"<([0-9A-Fa-f]*)>|(\((?:\\.|[^\\)])*\))", many or one, re.DOTALL
            ):
                code = raw[0].decode().lower() if raw[0] else unescape(raw[1][1:-1]).hex()
                text += [table.get(code[i : i + 4], "") for i in range(0, len(code), 4)]
    return "".join(text)


def unescape(raw: bytes) -> bytes:
    """Return the bytes of a PDF string literal."""
    named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

    def one(match: re.Match[bytes]) -> bytes:
        escape = match[1]
        if escape[:1].isdigit():
            return bytes([int(escape, 8) & 255])
        return named.get(escape, escape)

    return re.sub(rb"\\([0-7]{1,3}|.)", one, raw, flags=re.DOTALL)
