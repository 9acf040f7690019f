"""The documentation names everything it must, says what the code says, and its links lead somewhere.

What is built and not described does not exist for the next person; what is described and not built
is worse. Each test says in its failure which words are missing, and in which file.
"""

import doctest
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.states import StateMachine
from credit_mgmt.management.commands.promises import read_promises
from credit_mgmt.reference import POLICIES, PROCEDURES
from scoring.domain.grades import GRADE_TERMS
from scoring.domain.rating.composite import Components, RatingFacts, list_caps
from scoring.domain.rating.overrides import OVERRIDES
from tests.common.domain import test_doctests
from users.models import User
from users.permissions import PERMISSIONS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = {".venv", ".vendor", ".tools", "node_modules", "var", ".git", "__pycache__"}
PAGES = sorted({*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")})


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def list_sources(*suffixes: str) -> Iterator[Path]:
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if path.suffix in suffixes and not GENERATED.intersection(inside):
            yield path


def list_apps() -> list[str]:
    return sorted(path.parent.name for path in ROOT.glob("*/apps.py"))


def coded(text: str) -> set[str]:
    """Return the words that a page sets in code: each run of backticks, without its arguments."""
    return {span.split()[0] for span in re.findall(r"`([^`\n]+)`", text) if span.split()}


def assert_all_in(wanted: set[str], found: set[str], page: str) -> None:
    missing = sorted(wanted - found)
    assert not missing, f"{page} does not name {', '.join(missing)}"


class TestOperations:
    def test_names_every_command(self) -> None:
        commands = {
            path.stem
            for app in list_apps()
            for path in (ROOT / app / "management" / "commands").glob("*.py")
            if path.stem != "__init__"
        }
        assert commands
        assert_all_in(commands, coded(read("docs/operations.md")), "docs/operations.md")

    def test_names_no_command_that_is_not_there(self) -> None:
        table = read("docs/operations.md").split("## Commands")[1].split("| make target |")[0]
        named = {row.split()[0] for row in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)}
        existing = {
            path.stem
            for app in list_apps()
            for path in (ROOT / app).glob("management/commands/*.py")
        }
        assert_all_in(named, existing, "the project's commands: they")

    def test_names_every_environment_variable(self) -> None:
        patterns = (
            r'\benviron(?:ment)?(?:\.get)?[(\[]\s*"([A-Z][A-Z0-9_]+)"',
            r'\bgetenv\(\s*"([A-Z][A-Z0-9_]+)"',
            r'\benv(?:\.get)?[(\[]\s*"([A-Z][A-Z0-9_]+)"',
            r'\(\s*env,\s*"([A-Z][A-Z0-9_]+)"',
        )
        read_here = {
            name
            for path in list_sources(".py")
            if path != Path(__file__)
            for pattern in patterns
            for name in re.findall(pattern, path.read_text(encoding="utf-8"))
        } - {
            "PATH",
            "PYTHONPATH",
            "DJANGO_SETTINGS_MODULE",
            "DJANGO_ALLOW_ASYNC_UNSAFE",
            "PYTEST_XDIST_WORKER",  # of the test tools
        }
        composed = set(re.findall(r"\$\{([A-Z_]+)", read("docker-compose.yml")))
        exported = set(re.findall(r"^export (.+)$", read("Makefile"), re.MULTILINE)[0].split())
        assert {"DATABASE_URL", "PORT", "SECRET_KEY", "EMAIL_HOST"} <= read_here
        wanted = read_here | composed | exported
        assert_all_in(wanted, coded(read("docs/operations.md")), "docs/operations.md")

    def test_names_every_make_target(self) -> None:
        targets = set(re.findall(r"^([a-z]+):.*## ", read("Makefile"), re.MULTILINE))
        named = {
            span.split()[1] for span in re.findall(r"`(make [^`\n]+)`", read("docs/operations.md"))
        }
        assert targets >= {"run", "test", "bench", "check"}
        assert_all_in(targets, named, "docs/operations.md")

    def test_readme_shows_the_two_commands(self) -> None:
        text = read("README.md")
        assert "    make run" in text
        assert "    make test" in text


class TestDependencies:
    def test_has_a_reason_for_every_line(self) -> None:
        wanted = set(json.loads(read("package.json"))["dependencies"])
        wanted |= set(json.loads(read("package.json"))["devDependencies"])
        for name in ("requirements.in", "requirements-dev.in", "bin/uv.in"):
            for line in read(name).splitlines():
                requirement = line.partition("#")[0].strip()
                if requirement and not requirement.startswith("-r"):
                    wanted.add(re.split(r"[<>=\[ ;]", requirement)[0])
        rows = re.findall(
            r"^\| `([^`]+)` \| (\S.*) \|$", read("docs/dependencies.md"), re.MULTILINE
        )
        given = {name for name, reason in rows if len(reason) >= 10}
        assert_all_in(wanted, given, "docs/dependencies.md")
        assert_all_in({name for name, _ in rows}, wanted, "what the project installs: it")


class TestDomainGuide:
    def test_names_every_policy(self) -> None:
        assert_all_in(set(POLICIES), coded(read("docs/domain/README.md")), "docs/domain/README.md")

    def test_names_every_lifecycle(self) -> None:
        machines = {
            value.code
            for app in list_apps()
            for module in ("domain.states", "deadlines")
            if (ROOT / app / f"{module.replace('.', '/')}.py").exists()
            for value in vars(importlib.import_module(f"{app}.{module}")).values()
            if isinstance(value, StateMachine)
        }
        rows = set(re.findall(r"^\| (SM\d+) \|", read("docs/domain/README.md"), re.MULTILINE))
        assert machines
        assert machines == rows

    def test_says_who_may_do_what(self) -> None:
        letters = {
            "S": User.Role.SALES,
            "A": User.Role.ANALYST,
            "M": User.Role.CREDIT_MANAGER,
            "F": User.Role.FINANCE,
            "C": User.Role.COLLECTOR,
            "E": User.Role.EXECUTIVE,
            "U": User.Role.AUDITOR,
            "D": User.Role.ADMIN,
        }
        everybody = {role.value for role in letters.values()}
        said = {}
        for code, roles in re.findall(
            r"\| `([a-z_]+(?:\.[a-z_]+)+)` \| ([^|]+?) (?=\|)", self.roles()
        ):
            match roles:
                case "all":
                    said[code] = everybody
                case "all but D":
                    said[code] = everybody - {"ADMIN"}
                case _:
                    said[code] = {letters[letter].value for letter in roles.split()}
        assert said == {code: set(roles) for code, roles in PERMISSIONS.items()}

    @staticmethod
    def roles() -> str:
        return read("docs/domain/roles.md")

    def test_names_every_four_eyes_constraint(self) -> None:
        constraints = {
            name
            for app in list_apps()
            for path in [*(ROOT / app).glob("models.py"), *(ROOT / app).glob("models/*.py")]
            for name in re.findall(r'name="(\w*four_eyes)"', path.read_text(encoding="utf-8"))
        }
        assert len(constraints) >= 6
        assert_all_in(constraints, coded(self.roles()), "docs/domain/roles.md")

    def test_says_what_each_grade_stands_for(self) -> None:
        page = read("docs/domain/statements-and-ratings.md")
        rows = re.findall(
            r"^\| ([A-D][A-D, ]*) \| ([\d., ]+) % \| (\w) \| (\d+)(?: days)? \| ([\d., ]+) \| (\d+)",
            page,
            re.MULTILINE,
        )
        said = {}
        for grades, pds, risk_class, days, factors, months in rows:
            names = grades.split(", ")
            for position, grade in enumerate(names):
                pd, factor = (
                    parts[position] if len(parts := text.split(", ")) > 1 else parts[0]
                    for text in (pds, factors)
                )
                said[grade] = (float(pd), risk_class, int(days), float(factor), int(months))
        assert said == {
            grade: (
                float(terms.pd_percent),
                terms.risk_class,
                terms.max_term_days,
                float(terms.limit_factor),
                terms.validity_months,
            )
            for grade, terms in GRADE_TERMS.items()
        }

    def test_says_what_each_risk_class_may_have(self) -> None:
        rows = re.findall(
            r"^\| ([1-5]) \| (\d+)(?: days)? \| (\d+) % \| (\d+)(?: months)? \| (\w+) \| (\d+) \| (\d)",
            read("docs/domain/limits-and-order-check.md"),
            re.MULTILINE,
        )
        said = {
            code: (int(term), int(share), int(review), procedure, int(days), int(uplift))
            for code, term, share, review, procedure, days, uplift in rows
        }
        assert said == {
            code: (
                body["max_term_days"],
                int(float(body["unsecured_share"]) * 100),
                body["review_months"],
                body["procedure"],
                body["max_overdue_days"],
                body["uplift"],
            )
            for code, body in POLICIES["RISK_CLASSES"].items()
            if code != "D"
        }

    def test_says_which_rules_of_the_order_check_are_on(self) -> None:
        rows = re.findall(
            r"^\| (R\d\d(?: R\d\d)*) \| [^|]+ \| ([^|]+) \|$",
            read("docs/domain/limits-and-order-check.md"),
            re.MULTILINE,
        )
        said = {code: default for codes, default in rows for code in codes.split()}
        assert sorted(said) == [f"R{number:02}" for number in range(1, 23)]
        on = {code for code, default in said.items() if default != "off"}
        assert on == set(POLICIES["ORDER_CHECK"])

    def test_says_the_days_of_each_dunning_level(self) -> None:
        rows = re.findall(
            r"^\| (SOFT|STD|STRICT) \| (\d+)(?: days overdue)? \| (\d+) \| (\d+) \|$",
            read("docs/domain/dunning-and-promises.md"),
            re.MULTILINE,
        )
        said = {code: tuple(int(day) for day in days) for code, *days in rows}
        assert said == {code: days for code, (_en, _zh, days) in PROCEDURES.items()}

    def test_names_every_cap_and_override(self) -> None:
        page = read("docs/domain/statements-and-ratings.md")
        worst = RatingFacts(
            has_item_over_90_days=True,
            has_five_c_veto=True,
            has_adverse_opinion=True,
            age_months=1,
            net_worth=0,
            reliability=0,
            is_shell=True,
        )
        known = {cap.code for cap in list_caps(Components(), worst)}
        known |= {cap.code for cap in list_caps(Components(financial=50), RatingFacts())}
        assert known == set(re.findall(r"^\| (CAP-\d\d) \|", page, re.MULTILINE))
        families = {code for code, _number in (o.code.rsplit("-", 1) for o in OVERRIDES)}
        assert families == {"KO", "CAPO"}
        for family in families:
            numbers = [
                int(o.code.rsplit("-", 1)[1]) for o in OVERRIDES if o.code.startswith(f"{family}-")
            ]
            width = 2 if family == "KO" else 1
            first, last = (f"{family}-{number:0{width}}" for number in (min(numbers), max(numbers)))
            assert f"{first} … {last}" in page


class TestWorkedExamples:
    """Examples in docstrings are documentation; those of every `domain` run somewhere."""

    ELSEWHERE = {*test_doctests.PACKAGES, "scoring.domain"}  # tests/scoring/domain/test_examples.py

    @staticmethod
    def list_modules() -> list[str]:
        names = []
        for folder in sorted(ROOT.glob("*/domain/__init__.py")):
            package = f"{folder.parent.parent.name}.domain"
            if package not in TestWorkedExamples.ELSEWHERE:
                path = importlib.import_module(package).__path__
                names += [f"{package}.{module.name}" for module in pkgutil.iter_modules(path)]
        return names

    def test_those_of_every_domain_hold(self) -> None:
        ran = 0
        for name in self.list_modules():
            result = doctest.testmod(importlib.import_module(name))
            assert result.failed == 0, name
            ran += result.attempted
        assert ran > 10

    def test_the_other_lists_name_domains_that_exist(self) -> None:
        for package in self.ELSEWHERE:
            assert (ROOT / package.replace(".", "/") / "__init__.py").exists(), package


class TestReliability:
    ROW = re.compile(
        r"^\| ([RKS]\d+) \| [^|]+ \| (HELD|PARTLY|NOT HELD) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE
    )
    MARK = re.compile(r"""mark\.promise\(\s*((?:["'][RKS]\d+["'],?\s*)+)\)""")

    def marks(self) -> dict[str, set[str]]:
        """Return, for each promise, the test files that carry its mark."""
        found: dict[str, set[str]] = {}
        for path in (ROOT / "tests").rglob("test_*.py"):
            if path.parent == Path(__file__).parent:  # these only speak of marks
                continue
            for names in self.MARK.findall(path.read_text(encoding="utf-8")):
                for promise in re.findall(r"[RKS]\d+", names):
                    found.setdefault(promise, set()).add(path.relative_to(ROOT).as_posix())
        return found

    def rows(self) -> dict[str, tuple[str, str]]:
        rows = self.ROW.findall(read("docs/reliability.md"))
        return {promise: (state, files) for promise, state, files in rows}

    def test_lists_every_promise_once(self) -> None:
        wanted = [f"R{n}" for n in range(1, 15)]
        wanted += [f"K{n}" for n in range(1, 10)] + [f"S{n}" for n in range(1, 23)]
        assert [row[0] for row in self.ROW.findall(read("docs/reliability.md"))] == wanted
        assert [promise.id for promise in read_promises(read("docs/reliability.md"))] == wanted

    def test_claims_nothing_without_a_test(self) -> None:
        marks = self.marks()
        for promise, (state, files) in self.rows().items():
            named = set(re.findall(r"`(tests/[^`]+)`", files))
            if state == "NOT HELD":
                assert not named, f"{promise} names a test and is said not to be held"
            else:
                assert named, f"{promise} is said to be {state} and names no test"
                assert named <= marks.get(promise, set()), (
                    f"{promise}: {named} do not carry its mark"
                )

    def test_knows_every_marked_test(self) -> None:
        rows = self.rows()
        for promise, files in self.marks().items():
            assert promise in rows, f"{files} prove {promise}, which nobody promised"
            assert rows[promise][0] != "NOT HELD", (
                f"{promise} is marked in {files}: raise its state"
            )
            assert_all_in(
                files, set(re.findall(r"`([^`]+)`", rows[promise][1])), f"{promise}'s row"
            )


class TestDecisions:
    def test_are_numbered_without_gaps_and_titled_as_named(self) -> None:
        paths = sorted((DOCS / "decisions").glob("*.md"))
        numbers = [int(path.name[:4]) for path in paths]
        assert numbers == list(range(1, len(paths) + 1))
        for path in paths:
            title = path.read_text(encoding="utf-8").splitlines()[0]
            assert title.startswith(f"# {path.name[:4]} "), path.name

    def test_are_short(self) -> None:
        for path in (DOCS / "decisions").glob("*.md"):
            words = len(path.read_text(encoding="utf-8").split())
            assert 60 <= words <= 400, f"{path.name} has {words} words"


class TestPages:
    LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
    HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)

    @classmethod
    def anchors(cls, text: str) -> set[str]:
        headings = {
            re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in cls.HEADING.findall(text)
        }
        return headings | set(re.findall(r'<a id="([^"]+)">', text))

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_links_lead_somewhere(self, page: Path) -> None:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in (a or b for a, b in self.LINK.findall(text)):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            assert file.exists(), f"{page.name} → {target}"
            if anchor:
                assert anchor in self.anchors(file.read_text(encoding="utf-8")), target

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_files_named_exist(self, page: Path) -> None:
        text = page.read_text(encoding="utf-8")
        known = (*list_apps(), "runtime", "tests", "docs", "templates", "static", "bin", "locale")
        for name in set(re.findall(r"`([\w./-]+/[\w./-]*)`", text)):
            if name.split("/")[0] in known and "NNNN" not in name:
                assert (ROOT / name).exists(), f"{page.name} names {name}"

    def test_every_page_is_reached_from_the_readme(self) -> None:
        reached, ahead = set(), [ROOT / "README.md"]
        while ahead:
            page = ahead.pop()
            if page in reached or not page.exists():
                continue
            if page.is_dir():
                ahead += page.glob("*.md")
                continue
            reached.add(page)
            if page.suffix == ".md":
                for target in (a or b for a, b in self.LINK.findall(page.read_text("utf-8"))):
                    if "://" not in target:
                        ahead.append((page.parent / target.partition("#")[0]).resolve())
        left = {page for page in PAGES if DOCS in page.parents} - reached
        assert not left, f"no link leads to {sorted(p.name for p in left)}"
