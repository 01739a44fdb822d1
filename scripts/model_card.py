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

    target, alone = levels["stance_target"], result["by_its_own_reading"]
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
        (
            f"{result['guide_questions']['total']} given-target questions about them, by the guide: macro-F1 over three labels; "
            'with `reading="guide"`',
            f"{result['guide_questions']['macro_f1']:.3f}; {alone['guide_questions']['macro_f1']:.3f}",
        ),
        (
            f"… {alone['guide_questions_by_name']['total']} of them by name, without determiners (\"coup\" of \"the coup\"), "
            'with `reading="guide"`',
            f"{alone['guide_questions_by_name']['macro_f1']:.3f}",
        ),
        (
            'PLV development half: macro-F1 over three labels; with `reading="event"`',
            f"{result['plv_dev']['macro_f1']:.3f}; {alone['plv_dev']['macro_f1']:.3f}",
        ),
        (
            'DSE validation: accuracy / macro-F1, five classes; with `reading="crowd"`',
            "; ".join(f"{r['dse_valid']['accuracy']:.3f} / {r['dse_valid']['macro_f1']:.3f}" for r in (result, alone)),
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
(support, condemnation, warning) toward whom. A 22-million-parameter MiniLM encoder with a mention head and two pair heads, one of
which, for given-target questions by other conventions, has three encoder layers of its own (5 million more, loaded when first asked).
Sentences that surely hold no stance leave the encoder after its third layer (early exit): the others read the last three without them.
Countries are read under the names of stand-ins (Kenya, Norway, Brazil … in order of appearance), each at its own place in the text: what
the model says cannot hang on which country is meant. It is run by ONNX Runtime; `model.safetensors` holds the weights once, in half
precision, for both engines, which fold most of them to 8-bit integers as they load it (encoder, and what the heads run for every token,
span and pair).

## Figures

{figures}

No figure here is on data the model was trained on. `real_dev` is 16 articles of 16 outlets, annotated twice; two careful
passes agree at 0.95 stance + target F1. With 16 articles the intervals are wide. Its errors were read, to name kinds of error
for articles written later (`d56` to `d63` among them), and its figures had a part in the choice of these weights, which flatters
them. PLV is never trained on, but its errors were read too.
Thresholds and confidences are fitted, and the weights chosen, on the held-out articles of `seeds/dev.txt`, which flatters the
figure of the held-out corpus articles; the shares and biases of given-target questions were chosen on the PLV and DSE
development halves and on questions about the held-out corpus articles, which flatters those three.
DSE is asked in both directions; its file leaves out the reverse of an opinion. Of its 1,460 validation sentences 394 are in its
training file too, nearly all with the same question: they were left out of training here (`scripts/build_corpus.py`), and a figure of a
model trained on that file as it was published is not comparable. On the others alone the shipped model has 0.780 / 0.512 (`python
scripts/benchmark_public.py dse --path FOLDER --train dse_train.queries.jsonl`): those left out hold most of the opinions.

## Training

Two runs. `configs/default.yaml` from the base encoder: 6 epochs of 1,393 steps, two hours on two cores beside other work (it began as
seven; from the end of the fifth the rate was made to fall to nothing at the end of the sixth, for want of time); the weights after the
sixth are kept, the best on the held-out texts, about which nothing was asked in training. Then `configs/questions.yaml` taught the head of
other conventions alone, with three layers of its own, which are told where the question's source and target are (4 epochs of 817 steps,
thirteen minutes). Encoder and heads are folded to 8-bit
integers after training (stance + target F1 on these texts 0.807, in single precision 0.810 under the same rule), those three layers are
not. Then `scripts/fit_exit.py` taught a small head (26,440 weights) after the third layer what the whole model says of each sentence; its
threshold keeps the sentences of 99.7 % of the stances that the model finds in the held-out texts, and lets 79 % of the sentences leave
in which it finds none (35 % of all tokens). No weight but that head's was changed by it; thresholds and confidences were fitted anew.
Last, countries were given stand-ins (`mask_countries` in stancekit.json): training had exchanged them at random in every epoch, so they
are read under any name, and are now always read under the same. That changed no weight either; of three lists of stand-ins (sixteen
neutral countries, fifteen often in the news, a mix) the first had 0.813 on the held-out texts, the others 0.813 and 0.810, without
stand-ins 0.810; `real_dev`, where it gained most (0.792 without, 0.790 and 0.799 with the other lists), was looked at too. A rule
fitted anew on such texts had 0.812 and was not kept. Given-target answers were weighed anew.
Of decoding thresholds within 0.006 of the best the highest is taken, since sentences without a stance are given fewer then. Recipes
and data hashes stand in `stancekit.json` under `recipe`. All of it: `python scripts/build_default_model.py --public FOLDER --unlabelled
FILE`, from `seeds/` as at f8f74e9: what was annotated and mended after that (`seeds/README.md`) is not in it. Licences of base weights and
data: `NOTICE` at the root of the project.

What was tried, on the 455 held-out texts of `seeds/dev.txt`, micro-F1 (overlap). Every rule is fitted there, which flatters
all lines alike; training prints the figures after each epoch. The annotation of these texts was read a second time for the last eleven
lines; the figures before were measured on the first:

| weights | rule of decoding | stance + target | with source | statement |
|---|---|---|---|---|
| nine stages, some five hours (shipped before) | five kinds of evidence | 0.766 | 0.722 | 0.853 |
| average of its last two / three stages | " | 0.763 / 0.764 | – / 0.728 | – |
| nine stages | nine: also the given-target answer and rivals | 0.770 | 0.723 | 0.863 |
| one run | five | 0.772 | 0.730 | 0.845 |
| one run (shipped later, in single precision) | nine | 0.781 | 0.733 | 0.868 |
| the same with an 8-bit encoder, source settings chosen by both levels (shipped later) | nine | 0.782 | 0.730 | 0.869 |
| the same trained on for 3 epochs with `d44` to `d52`, rates of 6e-5 and 4e-4 | nine | 0.777 | 0.728 | 0.867 |
| one run, 8 epochs, with `d44` to `d52`, more weight on given-target questions | nine | 0.787 | 0.742 | 0.868 |
| the weights of that run and those shipped then averaged, half and half | nine | 0.778 | 0.729 | 0.860 |
| one run with `d44` to `d55`, other conventions in their own head, 8 epochs (shipped later, as torch) * | nine | 0.795 | 0.746 | 0.874 |
| the same after 7 epochs * | nine | 0.786 | 0.738 | 0.871 |
| the same after 9 epochs * | nine | 0.788 | 0.736 | 0.868 |
| one run with `d44` to `d63`, `q26` to `q30`, all countries exchanged, 7 epochs (shipped later, as torch) | nine | 0.784 | 0.741 | 0.865 |
| the same after 8 epochs | nine | 0.781 | 0.736 | 0.866 |
| the mean of its weights and of those shipped before (`scripts/average.py`) * | nine | 0.786 | 0.734 | 0.870 |
| one run with 2,400 more public texts, 4,169 questions about real events (shipped later, as torch) | nine | 0.792 | 0.741 | 0.878 |
| the same after 6 / 7 epochs | nine | 0.789 / 0.788 | 0.740 / 0.737 | 0.874 / 0.879 |
| the mean of its weights and of those shipped before | nine | 0.783 | 0.734 | 0.873 |
| the run with 2,400 more public texts, as it was shipped | nine | 0.800 | 0.751 | 0.877 |
| the same, threshold and confidences fitted after the second reading (shipped later) | nine | 0.801 | 0.750 | 0.882 |
| one run with `d64` to `d85` and 3,934 more questions about real events, 6 epochs, after the fifth | nine | 0.793 | 0.735 | 0.881 |
| one run, `d64` to `d92`, older articles read a second time, fewer questions, 6 epochs (shipped, as torch) | nine | 0.810 | 0.762 | 0.893 |
| the same after 4 / 5 epochs (of 7) | nine | 0.804 / 0.804 | 0.756 / 0.761 | 0.889 / 0.890 |
| the same after 6, in 8 bits, with the highest threshold within 0.006 of the best (shipped later) | nine | 0.806 | 0.758 | 0.886 |
| that with an early exit / and the rule fitted anew | nine | 0.808 / 0.810 | 0.758 / 0.758 | 0.889 / 0.891 |
| and countries read under the names of stand-ins (shipped) | nine | 0.813 | 0.760 | 0.896 |
| one run with 484 more White House statements, 900 read a second time, seed 13, after 4 epochs (of 5) | nine | 0.795 | 0.749 | 0.876 |
| the same after 5 | nine | 0.800 | 0.752 | 0.869 |
| one run on the corpus of today, seed 14, 6 epochs | nine | 0.797 | 0.750 | 0.871 |

Three seeds of this recipe, early exit and stand-ins included: the shipped run and those of seeds 13 and 14 (each on a somewhat larger
corpus than the one before), each with `scripts/fit_exit.py` after it, on `real_dev`: stance + target 0.810, 0.769, 0.763, mean 0.781; with
source 0.735, 0.694, 0.712, mean 0.714; statement 0.879, 0.846, 0.849, mean 0.858; held-out corpus articles 0.846, 0.823, 0.828, mean
0.832 (`stancekit evaluate FILE --model FOLDER`). Without exit and stand-ins the means were 0.772, 0.712, 0.861 and 0.830.
As torch: in single precision. (*) asked in training about 277 of these texts (crowd questions of DSE), which flatters the line.

The run with `d64` to `d85` was stopped after its fifth epoch and not shipped: on `real_dev` it reached 0.717 / 0.658 / 0.849 (stance +
target, with source, statement; fitted like the one shipped then, which had 0.767 / 0.724 / 0.864). Its articles before `d64` still had
their first annotation, which lacked one stance in ten: the next run, which differs in that and in `d86` to `d92` and asks fewer questions,
is the shipped one.

The last run of the table was planned for 6 epochs, cut to 5 after the first and stopped in its fifth: it had 0.749 on `real_dev`, 0.819
on our own held-out articles and 0.743 on news sentences, the run that is shipped, in single precision too, 0.776 / 0.844 / 0.719
(`stancekit evaluate FILE --model FOLDER`).

The weights shipped before (in the history at fbf1a31) and those that read articles now, both in 8 bits without an early exit and
without stand-ins, stance + target F1
(`stancekit compare OLD default FILE`):

| texts, in their second reading | before | this one | difference, p |
|---|---|---|---|
| 16 articles of `real_dev` | 0.767 | 0.789 | +0.022 [−0.020, 0.062], 0.34 |
| the same and the 78 held-out official texts | 0.753 | 0.766 | +0.013 [−0.024, 0.048], 0.48 |
| 277 held-out news sentences of DSE | 0.720 | 0.699 | −0.021 [−0.062, 0.017], 0.33 |
| 100 held-out articles of our own | 0.828 | 0.839 | +0.012 [−0.004, 0.028], 0.15 |

No difference here is beyond chance. Fewer sentences change their labels with the countries (36 of 1,590 against 42) and
confidences are better calibrated (0.058 against 0.076, chance 0.056). Lone news sentences without their article it reads
less completely (recall 0.63 against 0.66, `stancekit evaluate FILE`), a few more sentences without a stance are given one (19 of 1,000
against 16).

The same weights without early exit and stand-ins (in the history at 4f18f88) and with both, measured in the same way:

| texts | without | with | difference, p |
|---|---|---|---|
| 16 articles of `real_dev` | 0.789 | 0.810 | +0.021 [−0.006, 0.050], 0.20 |
| the same and the 78 held-out official texts | 0.766 | 0.785 | +0.019 [−0.005, 0.041], 0.14 |
| 277 held-out news sentences of DSE | 0.699 | 0.711 | +0.012 [−0.004, 0.031], 0.26 |
| 100 held-out articles of our own | 0.839 | 0.846 | +0.006 [−0.002, 0.014], 0.15 |

With the rule fitted on four fifths of the texts and scored on the fifth (weights of nine stages), the best threshold of the nine
gives 0.775, of the five 0.765. The run of 8 epochs with more weight on given-target questions was not shipped: more labels changed
with the countries (3.3 %), and of a news article that was never trained or tuned on it read fewer sentences rightly.

Given-target questions, on the development halves of PLV (macro-F1) and DSE (accuracy / macro-F1) and on {questions} questions by the guide
about the held-out corpus articles (macro-F1; the last nine lines after their second reading); `python scripts/fit_given.py MODEL --public
FOLDER` prints the shipped line. PLV's errors were read, to name kinds of error for questions written later (`q31` to `q39`), which
flatters it further:

| readings | PLV | DSE | guide | rules chosen on one half, scored on the other |
|---|---|---|---|---|
| one head: written questions and articles one reading, DSE another (before) | 0.602 | 0.777 / 0.562 | 0.922 | 0.590, 0.761 / 0.543, – |
| a head of its own for event coders' and the crowd's, trained after the others (shipped later) | 0.727 | 0.792 / 0.577 | 0.899 | – |
| the same trained along with the others, in a new run (shipped later) | 0.778 | 0.766 / 0.563 | 0.895 | 0.749, 0.765 / 0.567, 0.898 |
| the same in single precision | 0.756 | 0.764 / 0.576 | 0.908 | 0.751, 0.763 / 0.567, 0.883 |
| the same in the next run, with `q26` to `q30`, more weight on DSE (before) | 0.755 | 0.768 / 0.584 | 0.886 | 0.747, 0.763 / 0.557, 0.873 |
| that head trained on alone for 4 epochs, with `q26` to `q30` | 0.769 | 0.761 / 0.565 | 0.869 | 0.711, 0.749 / 0.533, 0.881 |
| begun anew and trained alone for 6 epochs | 0.732 | 0.769 / 0.556 | 0.890 | 0.735, 0.755 / 0.554, 0.886 |
| a new run, 4,169 questions about real events (shipped later) | 0.790 | 0.773 / 0.581 | 0.864 | 0.779, 0.749 / 0.563, 0.868 |
| its head taught alone, with `q31` to `q39`, 3,934 more such (before) | 0.840 | 0.770 / 0.576 | 0.850 | 0.793, 0.765 / 0.566, 0.865 |
| the same for 7 epochs at twice the rate, all of DSE | 0.852 | 0.759 / 0.572 | 0.840 | 0.821, 0.749 / 0.547, 0.843 |
| the next run's head taught alone for 4 epochs, all of DSE | 0.838 | 0.760 / 0.579 | 0.860 | 0.788, 0.766 / 0.564, 0.873 |
| the same with three encoder layers of its own, rate 1e-4 (before) | 0.857 | 0.767 / 0.579 | 0.855 | 0.838, 0.758 / 0.560, 0.853 |
| the same, source and target of each question marked for them, as torch | 0.862 | 0.771 / 0.586 | 0.853 | 0.858, 0.760 / 0.569, 0.844 |
| the same at twice the rate, DSE with twice the weight, as torch | 0.871 | 0.764 / 0.579 | 0.849 | 0.873, 0.761 / 0.556, 0.853 |
| the mean of the weights of these two, as torch | 0.876 | 0.764 / 0.576 | 0.853 | 0.857, 0.761 / 0.573, 0.845 |
| the first of them with everything else in 8 bits (shipped later) | 0.858 | 0.774 / 0.591 | 0.857 | 0.837, 0.766 / 0.583, 0.858 |
| the same with stand-ins for countries, weighed anew (shipped) | {given} | 0.841, 0.770 / 0.586, 0.859 |
| that head taught anew, asked the reverse of DSE's opinions too, as torch | 0.847 | 0.769 / 0.589 | 0.862 | 0.833, 0.751 / 0.562, 0.853 |

The last line answers better by a reading alone (`reading="event"` 0.885 on PLV, "crowd" 0.790 / 0.592 on DSE; the shipped head 0.867 and
0.768 / 0.591) and no better where all three are weighed, as they are by default; it was not kept. Weighing them by what the text looks like
(logistic regression on its mean token, taught on the training questions of each convention) was tried too: PLV fell to 0.78, since its
sentences do not look like our event questions.

DSE asks by the crowd's reading, which has a fifth of the answer: with more of it acts of force would be called stances, which for the
guide and event coders they are not (`fit_given.py` gives it at most half).

One head had to answer "rejected the offer" with condemnation (the guide) and with none (the event coders) at once. What is asked
without a source the guide's reading answers alone: questions by other conventions always name one, and so teach of "anybody" where a
stance is, not where there is none.

## What a stance label does not mean

It says what the text attributes to a source, not what that source truly thinks, nor that the text is true. It does not judge
arguments, intentions or facts. A wrong label can misrepresent a person or a government: for claims about individuals read the
sentence, which every stance carries.

## Limits

{limits}
"""

LIMITS = """- English only; other languages give few or arbitrary stances.
- Irony, sarcasm and metaphor are mostly out of reach; so are stances spread over several sentences.
- Given-target questions (`classify`) with a source have three readings: the guide's; that of event coders (root codes of PLOVER: a
  signed agreement counts as support, a lawsuit or an investigation as condemnation, a refusal, a sanction or an arrest as none);
  and the crowd's of DSE, for whom acts are opinions and warnings are condemnations. The answer weighs all three (`given` in
  stancekit.json); where they differ it is often wrong (`right_by_code` in evaluation.json). Whoever knows which is meant asks by it
  alone: `classify(…, reading="guide")`, "event" or "crowd".
- Errors on the held-out corpus articles: {errors}. Often missed are stances said without a
  stance word toward something told before ("but this is a hollow victory", "some forces do not want peace") and quotations whose
  speaker stands in another sentence.
  `stancekit evaluate … --html` shows every error of a file in its sentence.
- Warnings are the weakest label on real articles: the party warned and the danger are confused.
- The names, adjectives and capitals of 121 countries (`stancekit/countries.py`) are read under the names of stand-ins, so no answer
  hangs on which of them is meant. What is not in that table can still sway a label: territories and countries whose names mean
  something else too (Jordan, Georgia, Chad, Palestine), "American", other cities, leaders by name, armed groups.
- Not tested on: court rulings, legal contracts, poetry, chat logs, machine-translated text, texts before 1985."""


def write(folder: Path, result: dict) -> None:
    """The shipped model's card and the project's README from a result."""
    errors = ", ".join(f"{kind} {n}" for kind, n in result["seeds_dev"]["error_kinds"].items())
    card = CARD.format(
        figures=figures(result),
        limits=LIMITS.format(errors=errors),
        questions=f"{result['guide_questions']['total']:,}",
        given=f"{result['plv_dev']['macro_f1']:.3f} | {result['dse_valid']['accuracy']:.3f} / {result['dse_valid']['macro_f1']:.3f} | "
        f"{result['guide_questions']['macro_f1']:.3f}",
    )
    (folder / "README.md").write_text(card, encoding="utf-8")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(START, 1)
    _, after = rest.split(END, 1)
    readme.write_text(f"{before}{START}\n{figures(result)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "stancekit" / "models" / "default"
    write(place, json.loads((place / "evaluation.json").read_text(encoding="utf-8")))
