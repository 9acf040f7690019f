"""The words of a PDF that Chromium printed, sheet by sheet: as much of the format as that takes."""

import re
import zlib


def read_sheets(pdf: bytes) -> list[str]:
    """Return the text of every page, in reading order, spaces as printed."""
    objects = {
        int(number): body
        for number, body in re.findall(rb"(\d+) 0 obj\r?\n?(.*?)endobj", pdf, flags=re.DOTALL)
    }
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]
    return [_read_page(body, objects) for body in pages]


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\n?endstream", body, flags=re.DOTALL)
    if not found:
        return b""
    try:
        return zlib.decompress(found[1])
    except zlib.error:
        return found[1]


def _read_page(body: bytes, objects: dict[int, bytes]) -> str:
    resources = re.search(rb"/Resources (\d+) 0 R", body)
    described = objects[int(resources[1])] if resources else body
    fonts = {
        name: _read_cmap(objects, int(number))
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", described)
    }
    contents = re.search(rb"/Contents (\d+) 0 R", body)
    assert contents is not None
    table: dict[int, str] = {}
    text: list[str] = []
    parts = re.findall(
        rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\b(ET)\b", _stream(objects[int(contents[1])])
    )
    for font, code, end in parts:
        if font:
            table = fonts.get(font, {})
        elif end:
            text.append("\n")
        else:
            text += [table.get(int(code[i : i + 4], 16), "") for i in range(0, len(code), 4)]
    return "".join(text)


def _read_cmap(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Return the character of each glyph of a font."""
    reference = re.search(rb"/ToUnicode (\d+) 0 R", objects.get(font, b""))
    if not reference:
        return {}
    cmap = _stream(objects[int(reference[1])])
    table: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, flags=re.DOTALL):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            table[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, flags=re.DOTALL):
        ranges = re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block)
        for first, last, text in ranges:
            for step in range(int(last, 16) - int(first, 16) + 1):
                table[int(first, 16) + step] = chr(int(text, 16) + step)
    return table
