"""Industries by GB/T 4754-2017 (国民经济行业分类): sections A to T, divisions of two digits."""

from __future__ import annotations

# Section letter: first and last division.
SECTIONS: dict[str, tuple[int, int]] = {
    "A": (1, 5),
    "B": (6, 12),
    "C": (13, 43),
    "D": (44, 46),
    "E": (47, 50),
    "F": (51, 52),
    "G": (53, 60),
    "H": (61, 62),
    "I": (63, 65),
    "J": (66, 69),
    "K": (70, 70),
    "L": (71, 72),
    "M": (73, 75),
    "N": (76, 79),
    "O": (80, 82),
    "P": (83, 83),
    "Q": (84, 85),
    "R": (86, 90),
    "S": (91, 96),
    "T": (97, 97),
}


def split_industry(code: str) -> tuple[str, str]:
    """Return section and division of a code with or without its letter; empty where not known.

    >>> split_industry("C3411"), split_industry("3411"), split_industry("J"), split_industry("")
    (('C', '34'), ('C', '34'), ('J', ''), ('', ''))
    """
    text = code.strip().upper()
    letter = text[:1] if text[:1] in SECTIONS else ""
    digits = text[len(letter) :][:2]
    division = digits if len(digits) == 2 and digits.isascii() and digits.isdigit() else ""
    return letter or find_section(division), division


def find_section(division: str) -> str:
    """Return the section that a division lies in.

    >>> find_section("51"), find_section("99")
    ('F', '')
    """
    if not division:
        return ""
    number = int(division)
    for letter, (first, last) in SECTIONS.items():
        if first <= number <= last:
            return letter
    return ""


def list_prefixes(section: str, division: str = "") -> list[str]:
    """Return how codes of a section, or of one division of it, begin: with the letter or without.

    >>> list_prefixes("K"), list_prefixes("C", "34")
    (['K', '70'], ['C34', '34'])
    """
    if division:
        return [f"{section}{division}", division]
    first, last = SECTIONS[section]
    return [section, *(f"{number:02d}" for number in range(first, last + 1))]
