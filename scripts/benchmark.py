"""Speed of the shipped model against what people use instead, side by side on this machine.

Run: python scripts/benchmark.py --lengths real_dev.articles.jsonl [--articles 240] [--rounds 3] [--skip-large]

Texts are articles of seeds/ cut to the length distribution of the given file (sentences an article). Competitors alternate
within a round; printed are medians, ratios and the machine's load, since absolute times say little on a shared machine.
  usual, one by one   the same checkpoint in torch fp32, one sentence a call
  usual, batches      the same, 32 sentences a batch in arrival order
  encoder alone       the bare encoder on the same token batches, already in memory, every layer for every sentence (the limit); it
                      and stancekit alternate in a process of their own, which like a user's holds no torch
  zero-shot           an NLI classifier of RoBERTa-large shape with random weights, 3 hypotheses for 3 targets a sentence
  tf-idf              TF-IDF and logistic regression over words and word pairs (sentence labels only, no spans)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from shared import main_of

import stancekit
from stancekit import checkpoint
from stancekit.corpus import read_marks
from stancekit.data import read_articles
from stancekit.encoding import gather
from stancekit.lanes import batches, side_by_side
from stancekit.pipeline import BATCH_SIZE, ENOUGH_CHARACTERS, Model, _by_tokens
from stancekit.text import sentences

SEEDS = Path(__file__).parent.parent / "seeds"
Name = TypeVar("Name", str, tuple[str, int])


def sample(lengths: Path, number: int, pool: list[str] | None = None) -> list[str]:
    """Texts whose numbers of sentences follow those of a file of articles, of the sentences of seeds/ or of a pool."""
    rng = random.Random(1)
    sizes = [len(sentences(a.text)) for a in read_articles(lengths)]
    pool = pool or [s.span.text for a in read_marks(SEEDS / "articles") for s in a.statements or ()]
    texts = []
    for _ in range(number):
        start = rng.randrange(len(pool) - 200)
        texts.append(" ".join(pool[start : start + rng.choice(sizes)]))
    return texts


def usual(model: Model, texts: list[str], batch: int) -> None:
    """Every sentence by itself, padded to the longest of its batch, in arrival order."""
    units = [text[a:b] for text in texts for a, b in sentences(text)]
    for i in range(0, len(units), batch):
        windows = [w for e in map(model.encoder.article, units[i : i + batch]) for w in e.windows]
        ids, mask = model.encoder.pad(windows)
        hidden = model.engine.encode(ids, mask)
        places = [(row, b.start, b.end) for row, w in enumerate(windows) for b in w.blocks]
        model.decode_blocks(*gather(hidden, places))


def token_batches(model: Model, texts: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The encoder batches that `predict_many` makes of the texts."""
    out = []
    half = BATCH_SIZE // (1 if model.engine.lanes == 1 else 2)
    for group in batches(texts, half, len, ENOUGH_CHARACTERS):
        windows = [w for e in map(model.encoder.article, group) for w in e.windows]
        budget = model._budget(len(w.ids) for w in windows)
        out += [model.encoder.pad(chunk) for chunk in _by_tokens(windows, lambda w: len(w.ids), budget)]
    return out


def encode(model: Model, batches: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """The bare encoder over batches, on all processors."""
    with side_by_side(model.engine.lanes) as begin:
        begin(lambda batch: model.engine.encode(*batch), batches)()


def zero_shot(number: int) -> Callable[[], None]:
    """9 premise-hypothesis pairs of 64 tokens for each of a few sentences."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = AutoConfig.for_model(
        "roberta", hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096, vocab_size=50265, num_labels=3
    )
    model = AutoModelForSequenceClassification.from_config(config).eval()
    ids = torch.randint(10, 50000, (9, 64))

    def run() -> None:
        with torch.no_grad():
            for _ in range(number):
                model(input_ids=ids)

    return run


def tfidf(texts: list[str]) -> Callable[[], None]:
    """A sentence classifier as cheap as people use."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = [(s.span.text, s.stances[0].stance if s.stances else "none") for a in read_marks(SEEDS / "articles") for s in a.statements or ()]
    classifier = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=200))
    classifier.fit([t for t, _ in rows[:8000]], [label for _, label in rows[:8000]])
    return lambda: classifier.predict([text[a:b] for text in texts for a, b in sentences(text)])


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def race(entrants: dict[Name, tuple[Callable[[], object], int]], rounds: int) -> dict[Name, float]:
    """Median milliseconds a sentence of each entrant (call, sentences it reads); a warm-up first, then alternating."""
    for run, _ in entrants.values():
        run()
    times: dict[Name, list[float]] = {name: [] for name in entrants}
    for _ in range(rounds):
        for name, (run, n) in entrants.items():
            times[name].append(1000 * timed(run) / n)
    return {name: statistics.median(values) for name, values in times.items()}


def process(code: str, rounds: int = 5) -> float:
    """Median seconds of a fresh Python process."""
    run = lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)  # noqa: E731
    return statistics.median(timed(run) for _ in range(rounds))


MEMORY = """
import itertools, sys, stancekit
texts = [t for t in open(sys.argv[1], encoding="utf-8").read().split("\\0") if t]
model = stancekit.load()
for _ in model.predict_many(itertools.islice(itertools.cycle(texts), int(sys.argv[2]))): pass
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""getrusage would give the parent's peak, where that is higher."""


def memory(texts: list[str], articles: int, folder: Path) -> int:
    """Peak resident MiB of a fresh process that reads so many articles."""
    file = folder / "texts"
    file.write_text("\0".join(texts), encoding="utf-8")
    out = subprocess.run([sys.executable, "-c", MEMORY, str(file), str(articles)], check=True, capture_output=True, text=True)
    return int(out.stdout)


def growth(texts: list[str], rounds: int, _: Path) -> list[dict[str, float]]:
    """Milliseconds a sentence of the same 10,000 sentences: in articles of different length, then in different numbers of articles
    of 10 sentences that are read in one call. Medians of alternating rounds."""
    model = stancekit.load()
    pool = [text[a:b] for text in texts for a, b in sentences(text)]
    lines = (pool * (10_000 // len(pool) + 1))[:10_000]
    articles = {size: [" ".join(lines[i : i + size]) for i in range(0, len(lines), size)] for size in (10, 100, 1000, 10_000)}

    def entrant(size: int, number: int) -> tuple[Callable[[], object], int]:
        texts = articles[size]
        calls = [texts[i : i + number] for i in range(0, len(texts), number)]
        return lambda: [list(model.predict_many(call)) for call in calls], sum(len(sentences(t)) for t in texts)

    entrants = {("sentences an article", size): entrant(size, len(texts)) for size, texts in articles.items()}
    entrants |= {("articles a call", number): entrant(10, number) for number in (1, 10, 100)}
    return [{what: number, "ms a sentence": round(value, 3)} for (what, number), value in race(entrants, rounds).items()]


def _read(model: Model, texts: list[str]) -> None:
    for _ in model.predict_many(texts):
        pass


def limit(texts: list[str], rounds: int, lengths: Path) -> dict[str, dict[str, float]]:
    """Milliseconds a sentence of the bare encoder, with every layer for every sentence, on the token batches of stancekit, and the ratio
    of stancekit's time to its; of the texts, of which nearly half of the sentences hold a stance, and of as many without any."""
    model = stancekit.load()
    without = sample(lengths, len(texts), (SEEDS / "stance_free.txt").read_text(encoding="utf-8").split("\n"))
    out = {}
    for name, read in (("the articles", texts), ("texts without a stance", without)):
        batches, total = token_batches(model, read), sum(len(sentences(t)) for t in read)
        runs = {"stancekit": partial(_read, model, read), "encoder": partial(encode, model, batches)}
        ours, bare = race({entrant: (run, total) for entrant, run in runs.items()}, rounds).values()
        out[name] = {"ms a sentence": round(bare, 3), "stancekit's time by its": round(ours / bare, 3)}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip-large", action="store_true", help="without the zero-shot model (1.4 GB) and the memory runs")
    apart: dict[str, Callable[[list[str], int, Path], object]] = {"limit": limit, "growth": growth}
    parser.add_argument("--only", choices=apart, help="one part alone; the whole benchmark calls these, for processes without torch")
    options = parser.parse_args()
    texts = sample(options.lengths, options.articles)
    if options.only:
        json.dump(apart[options.only](texts, options.rounds, options.lengths), sys.stdout)
        return
    import tempfile

    from stancekit.torch_engine import TorchEngine

    total = sum(len(sentences(t)) for t in texts)
    model = stancekit.load()
    exact = TorchEngine(checkpoint.load_torch(checkpoint.DEFAULT, model.config))  # single precision, as people run it
    torch_model = Model(model.config, model.encoder, exact, None)
    few = texts[: max(1, len(texts) // 6)]
    n_few = sum(len(sentences(t)) for t in few)
    entrants: dict[str, tuple[Callable[[], object], int]] = {
        "stancekit": (lambda: list(model.predict_many(texts)), total),
        "usual, one by one": (lambda: usual(torch_model, few, 1), n_few),
        "usual, batches": (lambda: usual(torch_model, texts, 32), total),
        "tf-idf": (tfidf(texts), total),
    }
    if not options.skip_large:
        entrants["zero-shot"] = (zero_shot(3), 3)
    medians = race(entrants, options.rounds)
    result: dict[str, object] = {
        "machine": {"processors": os.cpu_count(), "load": os.getloadavg()},
        "articles": len(texts),
        "sentences": total,
        "ms a sentence": {k: round(v, 3) for k, v in medians.items()},
        "times stancekit's time": {k: round(v / medians["stancekit"], 2) for k, v in medians.items()},
        "sentences an hour": round(3_600_000 / medians["stancekit"]),
    }
    cold = process("import stancekit; stancekit.load().predict('The ministry condemned the attack.')")
    result["cold start, seconds"] = {
        "stancekit, one article": round(cold, 3),
        "import numpy, onnxruntime": round(process("import numpy, onnxruntime"), 3),
        "from transformers import pipeline": round(process("from transformers import pipeline"), 3),
    }
    for part in apart:
        again = [sys.executable, __file__, *sys.argv[1:], "--only", part]
        result[part] = json.loads(subprocess.run(again, check=True, capture_output=True, text=True).stdout)
    if not options.skip_large:
        with tempfile.TemporaryDirectory() as folder:
            each = total / len(texts)
            result["peak MiB"] = {n: memory(texts, round(n / each), Path(folder)) for n in (1000, 10_000, 100_000)}
    result["benchmark process MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main_of(main)
