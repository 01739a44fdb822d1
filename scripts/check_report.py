"""Opens a report in headless Chromium as a new user would, and says what does not work.

    python scripts/check_report.py report.html --screenshots FOLDER
    python scripts/check_report.py --made 20000          # a page of that many stances of its own, hostile text among them

Needs `pip install 'stancekit[browser]'` and a Chromium (--chromium, by default the one on the PATH). At 1,280 and 390 pixels: the page
loads, asks for nothing but itself, fits its width; filters narrow it down; a click on a cell, a point and a bar leads to its sentences,
which have their source, target and label; arrow keys move in the matrix; nothing of the text acts as markup; the console stays empty.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared import main_of

from stancekit.errors import MissingExtraError
from stancekit.pages import report_page
from stancekit.schema import LABELS, Article, Span, Stance, Statement

try:
    from playwright.sync_api import Dialog, Page, expect, sync_playwright
except ImportError:
    sys.exit(str(MissingExtraError("a report in a browser", "browser")))

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e\u2066 " + "x" * 3000
WIDTHS = (1280, 390)


def made(number: int) -> Iterator[Article]:
    """Articles of ten stances over two years, half of the targets named once; one in a hundred has hostile words for everything."""
    draw = random.Random(1)
    countries = [
        "China",
        "Russia",
        "Kenya",
        "Norway",
        "Chad",
        "Mali",
        "France",
        "Israel",
        "Japan",
        "Brazil",
        "India",
        "Cuba",
        "Iran",
        "Peru",
    ]
    for n in range(number // 10):
        bad = n % 100 == 99
        text, statements = "", []
        for k in range(10):
            source, target = (HOSTILE if bad and k == 0 else draw.choice(countries) for _ in range(2))
            target = f"plan {n}.{k}" if k % 2 else target
            label = draw.choice(LABELS)
            start = len(text)
            text += f"{source} {label} \U0001f600 {target} after a long day of talks on item {k} of the agenda. "
            end, at = len(text) - 1, start + len(source) + len(label) + 4
            span = Span.of(text, start, end)
            names: dict[str, Any] = {"source_name": source, "target_name": target, "source_kind": "named", "confidence": draw.random()}
            pieces = Span.of(text, start, start + len(source)), Span.of(text, at, at + len(target))
            statements.append((span, Stance(label, span, *pieces, **names)))
        day = f"{2023 + draw.randrange(2)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
        meta = {"date": day, "outlet": HOSTILE if bad else draw.choice(["Wire", "Herald"])}
        yield Article(text, tuple(Statement(span, (s,)) for span, s in statements), HOSTILE if bad else f"a{n}", meta)


class Problems(list[str]):
    """What does not work."""

    def expect(self, right: bool, what: str) -> None:
        if not right:
            self.append(what)


def shown(page: Page) -> int:
    """The number of stances that the page says it shows."""
    words = page.inner_text("#status").replace("All ", "").replace(",", "")
    return int(words.split()[0])


def use(page: Page, problems: Problems) -> dict[str, float]:
    """Uses the page; the seconds that things took."""
    everything = shown(page)
    first = page.locator(".evidence .case").first
    problems.expect(first.locator("mark").count() > 0 and first.locator(".label").count() == 1, "a sentence lacks marks or its label")

    started = time.perf_counter()
    cell = page.locator("#matrix td button").first
    words, number = str(cell.get_attribute("aria-label")), int(cell.inner_text().replace(",", ""))
    cell.click()
    clicked = time.perf_counter() - started
    problems.expect(shown(page) == number, f"the cell {words!r} has {number} stances, its sentences are {shown(page)}")
    problems.expect(
        page.evaluate("document.activeElement.id") == "evidence-title", "after a click on a cell the focus is not on the sentences"
    )
    problems.expect(page.locator("#chips button").count() == 2, "a cell should filter by source and target")
    source = words.split(" toward ")[0].split(" (")[0]
    problems.expect(source in page.locator(".evidence .case").first.inner_text(), f"{source!r} is not in the first sentence of its cell")
    page.locator("#chips button").first.click()
    page.locator("#chips button").first.click()
    problems.expect(shown(page) == everything, "removing the filters does not bring everything back")

    if page.locator("#time").is_visible():
        bar = page.locator("#timeline .plot button:has(i)").first
        words = str(bar.get_attribute("aria-label")).split(": ")[1]
        number = sum(int(part.split()[0].replace(",", "")) for part in words.split(", "))
        bar.click()
        problems.expect(shown(page) == number, f"the period of {words!r} leads to {shown(page)} sentences")
        page.click("button[type=reset]")
        expect(page.locator("#status")).to_contain_text("All ")
    for role in ("source", "target"):
        bar = page.locator(f"#{role}-bars button").first
        number = int(bar.locator(".n").inner_text().replace(",", ""))
        bar.click()
        problems.expect(shown(page) == number, f"the first {role} leads to {shown(page)} sentences, not {number}")
        page.locator("#chips button").first.click()

    page.locator("#labels input").first.uncheck()
    expect(page.locator("#status")).not_to_contain_text("All ")
    problems.expect(page.locator(".evidence .case.support").count() == 0, "a label that is off is still shown")
    page.click("button[type=reset]")
    expect(page.locator("#status")).to_contain_text("All ")
    started = time.perf_counter()
    page.fill("#words", "the")
    page.wait_for_selector("#chips button")
    filtered = time.perf_counter() - started
    page.fill("#words", "")
    page.wait_for_selector("#chips button", state="detached")

    page.locator("#matrix td button[tabindex='0']").first.focus()
    before = page.evaluate("document.activeElement.getAttribute('aria-label')")
    moved = False
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        moved = moved or page.evaluate("document.activeElement.getAttribute('aria-label')") != before
    problems.expect(moved or page.locator("#matrix td button").count() < 3, "arrow keys do not move in the matrix")
    details = page.locator(".evidence details").first
    if details.count():
        details.locator("summary").click()
        expect(details.locator(".article .here mark").first).to_be_visible()
    return {"click on a cell": clicked, "filter": filtered}


def check(browser: Any, file: Path, width: int, screenshots: Path | None) -> Problems:
    problems = Problems()
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    page.on("console", lambda message: problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))

    def dismiss(dialog: Dialog) -> None:
        problems.append("the text opened a dialog")
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("request", lambda request: asked.append(request.url))
    started = time.perf_counter()
    page.goto(file.resolve().as_uri())
    page.wait_for_selector(".evidence .case")
    seconds = {"ready": time.perf_counter() - started}
    if screenshots is not None:
        page.screenshot(path=screenshots / f"{file.stem}-{width}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth")
    problems.expect(wide <= width, f"the page is {wide} pixels wide")
    seconds |= use(page, problems)
    problems.expect(asked == [file.resolve().as_uri()], f"the page asked for {asked[1:]}")
    problems.expect(page.locator("img").count() == 0, "text became markup")
    if screenshots is not None:
        page.screenshot(path=screenshots / f"{file.stem}-{width}-used.png")
    print(f"{file.name} at {width}: {page.inner_text('#status')}; " + ", ".join(f"{what} {s:.2f} s" for what, s in seconds.items()))
    page.close()
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="*")
    parser.add_argument("--made", type=int, help="check a page of so many made-up stances too")
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    args = parser.parse_args()
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        if args.made:
            file = Path(folder) / f"made-{args.made}.html"
            file.write_text(report_page(made(args.made), "Made up"), encoding="utf-8")
            print(f"{file.name}: {file.stat().st_size / 2**20:.1f} MiB")
            args.pages.append(file)
        browser = playwright.chromium.launch(executable_path=args.chromium, args=["--no-sandbox"])
        for file in args.pages:
            for width in WIDTHS:
                problems += [f"{file.name} at {width}: {problem}" for problem in check(browser, file, width, args.screenshots)]
        browser.close()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    main_of(main)
