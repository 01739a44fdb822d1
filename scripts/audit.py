"""Known vulnerabilities of what is installed, where `pip-audit` gets no answer.

Run: python scripts/audit.py [--index URL]     (in the environment to be looked at)

`pip-audit` asks PyPI for the page of each version, and mirrors keep one page a package, of its newest version. This asks for the
version's page first and for the package's where there is none; the latter answers for an environment of newest versions, as
constraints.txt has it. What neither answers is listed, not passed over. Exit code 1 where a vulnerability is known, 2 where a
question stays open.
"""

from __future__ import annotations

import argparse
import json
import urllib.error
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import distributions
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version
from shared import main_of

from stancekit.errors import DataError

Answer = tuple[str | None, list[str]]
"""the version that a page is of, None where there was no page; its vulnerabilities"""


def ask(index: str, name: str, version: str) -> Answer:
    """What the index says of a version, or else of the newest."""
    for path in (f"{name}/{version}", name):
        page = fetch(f"{index.rstrip('/')}/pypi/{path}/json")
        if page is not None:
            known = [_line(v) for v in page.get("vulnerabilities", []) if not v.get("withdrawn")]
            return page["info"]["version"], known
    return None, []


def _line(vulnerability: dict[str, Any]) -> str:
    names = [vulnerability["id"], *vulnerability.get("aliases", [])]
    mended = ", ".join(vulnerability.get("fixed_in") or []) or "no version yet"
    return f"{' = '.join(names)}, mended in {mended}"


def fetch(url: str) -> dict[str, Any] | None:
    """A page of the index; None where it has none."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  # the user's own choice of index
            page: dict[str, Any] = json.load(answer)
            return page
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise DataError(f"the index answered {error.code} {error.reason}", place=url, remedy="try again later") from error
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", None), FileNotFoundError):
            return None
        raise DataError(f"the index cannot be read: {error}", place=url, remedy="check the network and --index") from error


def installed() -> list[tuple[str, str]]:
    """Names and versions of the distributions of this environment but stancekit itself."""
    found = {canonicalize_name(d.metadata["Name"]): Version(d.version).public for d in distributions()}
    return sorted((name, version) for name, version in found.items() if name != "stancekit")


def audit(index: str, packages: Iterable[tuple[str, str]]) -> int:
    """Asks, prints, and returns the exit code."""
    packages = list(packages)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(partial(_asked, index), packages))
    bad, unsure = [], []
    for (name, version), (of, known) in zip(packages, answers, strict=True):
        if of is None or Version(of) != Version(version):
            unsure.append(f"{name} {version}" + (f" (of {of}: {len(known)})" if of else ""))
        elif known:
            bad += [f"{name} {version}: {line}" for line in known]
    print(*bad, sep="\n", end="\n" if bad else "")
    print(f"{len(packages)} packages: {len(packages) - len(unsure)} answered, {len(bad)} known vulnerabilities")
    if unsure:
        print(f"not answered for the version that is here: {', '.join(unsure)}")
    return 1 if bad else 2 if unsure else 0


def _asked(index: str, package: tuple[str, str]) -> Answer:
    return ask(index, *package)


def main() -> int:
    parser = argparse.ArgumentParser(description="Known vulnerabilities of what is installed.")
    parser.add_argument("--index", default="https://pypi.org", help="where the pages are (default: %(default)s)")
    args = parser.parse_args()
    return audit(args.index, installed())


if __name__ == "__main__":
    main_of(main)
