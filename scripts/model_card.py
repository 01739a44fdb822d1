"""Writes the model card and the README's figures from evaluation.json: python scripts/model_card.py [MODEL FOLDER]

`tests/test_card.py` fails where card or README and evaluation.json differ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
START, END = "<!-- figures -->", "<!-- /figures -->"
COMMAND = "python scripts/quality.py --dev real_dev.articles.jsonl --public FOLDER --write"


def figures(result: dict) -> str:
    """The table of figures, as it stands in card and README."""
    real, seeds = result["real_dev"], result["seeds_dev"]
    levels = {level: real["scores"][f"{level}/overlap"] for level in ("statement", "stance_target", "stance_source_target")}

    def micro(entry: dict) -> str:
        low, high = entry["interval"]
        return f"{entry['micro']['f1']:.3f} [{low:.3f}, {high:.3f}]"

    target = levels["stance_target"]
    rows = [
        (f"{real['articles']} real articles: stance + target, micro-F1 (overlap)", micro(target)),
        ("… precision / recall", f"{target['micro']['precision']:.3f} / {target['micro']['recall']:.3f}"),
        ("… stance + target + source, micro-F1", micro(levels["stance_source_target"])),
        ("… statement level, micro-F1 / macro-F1", f"{micro(levels['statement'])} / {levels['statement']['macro_f1']:.3f}"),
        (
            "… calibration error of `confidence` (ECE, 10 bins); of perfectly calibrated confidences of as many predictions, mean",
            f"{real['calibration']['ece']:.3f}; {real['calibration']['ece_by_chance']['mean']:.3f}",
        ),
        ("… source and target exchanged", f"{real['direction']['exchanged']} of {real['direction']['of']}"),
        (f"{seeds['articles']} held-out corpus articles: stance + target, micro-F1", micro(seeds["scores"]["stance_target/overlap"])),
        ("PLV development half: macro-F1 over three labels", f"{result['plv_dev']['macro_f1']:.3f}"),
        (
            "DSE validation: accuracy / macro-F1, five classes",
            f"{result['dse_valid']['accuracy']:.3f} / {result['dse_valid']['macro_f1']:.3f}",
        ),
        (
            "UNSCon, one held-out meeting, direct negative evaluation: P / R / F1",
            " / ".join(f"{result['unscon'][k]:.3f}" for k in ("precision", "recall", "f1")),
        ),
        (
            "countries exchanged in held-out corpus articles: sentences whose labels change",
            f"{result['country_exchange']['flipped']} of {result['country_exchange']['sentences']} "
            f"({100 * result['country_exchange']['share']:.1f} %)",
        ),
    ]
    if "stance_free" in result:
        free = result["stance_free"]
        rows.append((f"{free['sentences']} sentences without stance: given one", str(free["given_a_stance"])))
    lines = ["| development figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    return "\n".join([*lines, "", f"`{COMMAND}`"])


CARD = """# The shipped model

Reads news articles and official statements in English and says, sentence by sentence, who takes which stance
(support, condemnation, warning) toward whom. A 22-million-parameter MiniLM encoder with a mention head and a pair head,
run by ONNX Runtime; `model.safetensors` holds the weights once, in half precision, for both engines.

## Figures

{figures}

No figure here is on data the model was trained on. `real_dev` is 16 articles of 16 outlets, annotated twice; two careful
passes agree at 0.95 stance + target F1. With 16 articles the intervals are wide. Its errors were read, to name kinds of error
for articles written later, and its figures were seen beside those that decided between candidates. PLV is never trained on.
Thresholds and confidences are fitted, and the weights chosen, on the held-out articles of `seeds/dev.txt`, which flatters the
figure of the held-out corpus articles; the shares and biases of given-target questions were chosen on the PLV and DSE
development halves, which flatters those two. DSE is asked in both directions; its file leaves out the reverse of an opinion.

## Training

One run from the base encoder, 12 epochs of 851 steps, the best epoch kept (2 h 9 min on two cores beside other work), on the
articles of `seeds/` but `d44` to `d52`, which came later.
Recipe and data hashes stand in `stancekit.json` under `recipe`. To train it again:
`python scripts/build_default_model.py --public FOLDER --unlabelled FILE`. Licences of base weights and data: `NOTICE` at the
root of the project.

What was tried, on the 455 held-out texts of `seeds/dev.txt`, micro-F1 (overlap). Every rule is fitted there, which flatters
all lines alike; training prints the figures after each epoch:

| weights | rule of decoding | stance + target | with source | statement |
|---|---|---|---|---|
| nine stages, some five hours (shipped before) | five kinds of evidence | 0.766 | 0.722 | 0.853 |
| average of its last two / three stages | " | 0.763 / 0.764 | – / 0.728 | – |
| nine stages | nine: also the given-target answer and rivals | 0.770 | 0.723 | 0.863 |
| one run | five | 0.772 | 0.730 | 0.845 |
| one run (shipped) | nine | 0.781 | 0.732 | 0.868 |

| one run, 8 epochs, with `d44` to `d52`, more weight on given-target questions | nine | 0.787 | 0.742 | 0.868 |

With the rule fitted on four fifths of the texts and scored on the fifth (weights of nine stages), the best threshold of the nine
gives 0.775, of the five 0.765. The last run of the table is not shipped: its gain is within the noise (real articles 0.742 against
0.735, statement level 0.837 / 0.849), more labels changed with the countries (3.3 %), and of a news article that was never
trained or tuned on it read 8 of 11 sentences rightly where the shipped weights read 10.

The rule of given-target questions, same weights, on the development halves of PLV (macro-F1) and DSE (accuracy / macro-F1):

| rule | PLV | DSE | chosen on one half, scored on the other |
|---|---|---|---|
| mean of both readings, one bias for each label | 0.608 | 0.766 / 0.525 | – |
| crowd's condemnations shared out, a bias of "none" for each reading (shipped) | 0.602 | 0.777 / 0.562 | 0.590, 0.761 / 0.543 |
| the same, crowd's share 0.6; dropped: meetings become support | 0.607 | 0.788 / 0.569 | 0.586, 0.775 / 0.577 |
| the same, biases of all labels; dropped | 0.620 | 0.790 / 0.584 | the last run above: 0.629, 0.775 / 0.512 |

`python scripts/fit_given.py MODEL --public FOLDER` gives the shipped line; the dropped ones came from the same script with wider
grids (`CROWD` above 0.5; `BIAS` for every class), the first from its earlier form.

## What a stance label does not mean

It says what the text attributes to a source, not what that source truly thinks, nor that the text is true. It does not judge
arguments, intentions or facts. A wrong label can misrepresent a person or a government: for claims about individuals read the
sentence, which every stance carries.

## Limits

{limits}
"""

LIMITS = """- English only; other languages give few or arbitrary stances.
- Irony, sarcasm and metaphor are mostly out of reach; so are stances spread over several sentences.
- Given-target questions (`classify`) have two readings: one leans toward the root codes of PLOVER, unlike extraction (`predict`):
  a signed agreement counts as support, a lawsuit or an investigation as condemnation, a refusal, a sanction or an arrest as none;
  the other is the crowd's of DSE, for whom acts are opinions and warnings are condemnations (shared out between the two labels as
  the first reading has them). The answer weighs both (`given` in stancekit.json; `crowd`
  is the second's share). Where they differ it is often wrong (`right_by_code` in evaluation.json).
- Errors on the held-out corpus articles, of which misses weigh most: {errors}. Often missed are stances said without a
  stance word ("a hollow victory"), demands ("must withdraw") and quotations whose speaker stands in another sentence.
  `stancekit evaluate … --html` shows every error of a file in its sentence.
- Warnings are the weakest label on real articles: the party warned and the danger are confused.
- Countries change the labels of a small share of sentences (figure above); check before comparing countries.
- Not tested on: court rulings, legal contracts, poetry, chat logs, machine-translated text, texts before 1985."""


def write(folder: Path, result: dict) -> None:
    """Card and README from a result."""
    errors = ", ".join(f"{kind} {n}" for kind, n in result["seeds_dev"]["error_kinds"].items())
    (folder / "README.md").write_text(CARD.format(figures=figures(result), limits=LIMITS.format(errors=errors)), encoding="utf-8")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(START, 1)
    _, after = rest.split(END, 1)
    readme.write_text(f"{before}{START}\n{figures(result)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "stancekit" / "models" / "default"
    write(place, json.loads((place / "evaluation.json").read_text(encoding="utf-8")))
