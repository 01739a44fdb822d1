"""Offices and bodies by description: whose holder "the French president" is, whose statement "the Ministry" stands in."""

from __future__ import annotations

import re
import time

import pytest

from stancekit.names import resolve
from stancekit.schema import Article, Span, Stance, Statement
from stancekit.text import sentences

# texts with one party between < and >, and the name it has to get
NAMES: list[tuple[str, str | None]] = [
    # a country before an office, or after it: its one named holder
    ("French President Luc Moreau arrived. <The French president> warned Mali.", "President Luc Moreau"),
    ("Turkey's foreign minister, Emre Aksoy, spoke. <The Turkish foreign minister> warned Mali.", "Emre Aksoy"),
    ("Vietnam's foreign minister, Pham Quoc Lam, spoke. <The Vietnamese minister> warned Mali.", "Pham Quoc Lam"),
    ("US Secretary of State Dana Holt arrived. <The US secretary of state> warned Mali.", "Dana Holt"),
    ("Malian President Ali Kone arrived. <The president of Mali> warned France.", "President Ali Kone"),
    ("Malian President Ali Kone arrived. Rain fell. <Mali's president> warned France.", "President Ali Kone"),
    ("Cuban President Rafael Ordaz arrived. <The Cuban leader> warned Mali.", "President Rafael Ordaz"),
    ("<The Thai premier> warned Mali. Thai Prime Minister Anan Suk spoke in Bangkok.", "Prime Minister Anan Suk"),
    ("Former French President Jean Petit met French President Luc Moreau. <The French president> warned Mali.", "President Luc Moreau"),
    ("Turkey's president, Emre Aksoy, met French President Luc Moreau. <The French president> warned Mali.", "President Luc Moreau"),
    # another office, country or time, or two who may be meant
    ("French Finance Minister Luc Moreau arrived. <The French foreign minister> warned Mali.", "French foreign minister"),
    ("French President Luc Moreau arrived. <The German president> warned Mali.", "German president"),
    ("Former French President Jean Petit spoke. <The French president> warned Mali.", "French president"),
    ("French Vice President Jean Petit spoke. <The French president> warned Mali.", "French president"),
    ("Kenyan Trade Minister Ada Ruiz met Kenyan Health Minister Jan Wit. <The Kenyan minister> warned Mali.", "Kenyan minister"),
    ("<Kenya's envoy> thanked Kenyan envoy Ada Ruiz. It rained.", "Kenya's envoy"),
    ("Kenya's health minister congratulated Dr Ada Ruiz. Rain fell. <The Kenyan health minister> left.", "Kenyan health minister"),
    ("Kenyan Ambassador Ada Ruiz spoke. <The Kenyan ambassador> to Oslo warned Mali.", "Kenyan ambassador"),
    ("French President Luc Moreau arrived. <A French president> never warns.", "French president"),
    # groups named before; authorities of some business are not the country's
    ("Belarusian authorities held nine writers. Rain fell. Norway warned <the authorities>.", "Belarusian authorities"),
    ("Local health authorities met. Norway warned <the authorities>.", "authorities"),
    ("Two M23 rebels spoke. The M23 rebels took a hill. Norway warned <the rebels>.", "M23 rebels"),
    # counterparts
    ("French President Luc Moreau met his German counterpart, Karl Weiss. Moreau thanked <his German counterpart>.", "Karl Weiss"),
    ("Norwegian Foreign Minister Jens Dahl spoke. Hungary's foreign minister, Balint Kerek, listened. Dahl thanked <his Hungarian counterpart>.",
     "Balint Kerek"),
    ("Norwegian Foreign Minister Jens Dahl spoke. Hungary's finance minister, Balint Kerek, listened. Dahl thanked <his Hungarian counterpart>.",
     "Foreign Minister Jens Dahl's Hungarian counterpart"),
    # a shadow minister is none
    ("The Home Secretary, Gareth Penn, spoke. The shadow home secretary, Marion Fell, replied. Mali blamed <the Home Secretary>.", "Gareth Penn"),
    ("The Home Secretary, Gareth Penn, spoke. The shadow home secretary, Marion Fell, replied. <The shadow home secretary> left.", "Marion Fell"),
    # whose statement it is
    ("Statement by the Ministry of Trade of Ghana\n\nWe read the remarks of the Trade Ministry of Iran. <The Ministry> condemns it.",
     "Ministry of Trade of Ghana"),
    ("Statement by the Ministry of Trade of Ghana\n\nWe read it. <Our Ministry> condemns it.", "Ministry of Trade of Ghana"),
    ("Statement by the Ministry of Trade of Ghana\n\nThe Trade Ministry of Iran spoke. <The Ministry> was angry.", "Trade Ministry of Iran"),
    ("Statement by the Spokesperson of the Chinese Embassy in Oslo\n\n<The Embassy> condemns it.", "Chinese Embassy in Oslo"),
    # whose ministry it is, by its first mention; "it" is named as "the Ministry" before it is
    ("Statement by the Ministry of Ports\n\nThe Foreign Ministry of Iran met. It rained. It rained. Fog came. The Ministry rose. <It> met.",
     "Ministry of Ports"),
    ("The Ministry condemned it. <It> also blamed Mali.", "Ministry"),
    ("Tavria's Ministry of Ports met. The Ministry of Ports spoke. The Ministry condemned it. <It> left.", "Tavria's Ministry of Ports"),
    ("The Ministry of Ports of Tavria met. The Ministry of Ports spoke. <The Ministry> condemned it.", "Ministry of Ports of Tavria"),
    ("The Kenyan Ministry of Ports met. <The Ministry of Ports> condemned it.", "Kenyan Ministry of Ports"),
    ("Note of the Ministry of Ports of Tavria\n\nThe Ministry of Ports met. The Ministry rose. <It> left.", "Ministry of Ports of Tavria"),
    ("Statement by the Ministry of Ports\n\nThe Ministry of Ports of Mali met. <We> condemn it.", "Ministry of Ports of Mali"),
    ("Kenya's Ministry of Ports met Mali's Ministry of Ports. The Ministry of Ports spoke. <The Ministry> left.", "Ministry of Ports"),
    ("The Ministry of Ports met. <The Ministry> condemned it. Mali's Ministry of Ports replied.", "Ministry of Ports"),
    ("The Ministry of Ports met. Mali's Ministry of Ports replied. <The Ministry of Ports> left.", "Ministry of Ports"),
    ("Crowd Thanks Ministry of Ports of Call\n\nThe Ministry of Ports met. <The Ministry> condemned it.", "Ministry of Ports"),
    ("The Ministry of Foreign Affairs of the People's Republic of Tavria met. <It> condemned it.",
     "Ministry of Foreign Affairs of the People's Republic of Tavria"),
    # joint subjects, and both of a pair after "between"
    ("The German and French foreign ministers met. <The ministers> condemned it.", "German and French foreign ministers"),
    ("Relations between Ghana and Togo worsened. <It> blamed Lome.", None),
    ("Trains between China and Mongolia stopped, while Norway denied it. <Its foreign ministry> was angry.", "Norway's foreign ministry"),
    # the accused denies, and a bill blames nobody
    ("Togo accused Ghana of spying. <It> rejected the accusation.", "Ghana"),
    # whoever was told what to do may refuse
    ("Togo gave Ghana a week to leave. If <it> does not, the border will close.", "Ghana"),
    ("Togo called on Ghana to leave. Unless <it> refuses, the border will open.", "Ghana"),
    ("Togo gave Ghana a week to leave. <It> does not wait.", "Togo"),
    ("Togo gave Ghana a week to leave. If <it> sees ships, the border will close.", "Togo"),
    ("Togo accused Ghana of spying. <It> recalled its envoy.", "Togo"),
    ("Togo criticised Ghana. <It> rejected the plan.", "Togo"),
    ("The bill was condemned by the Kenyan Farmers' Union. <It> called the text a disgrace.", "Kenyan Farmers' Union"),
    ("The bill was passed. <It> blamed the farmers.", None),
    # who is named right before a possessive owns it
    ("The representative of Mali thanked Ms. Aker and <her team>.", "Ms. Aker's team"),
    ("Kenya praised Norway and <its foreign ministry>.", "Norway's foreign ministry"),
    # "PM"
    ("British Prime Minister Ruth Adu spoke. <The PM> condemned it.", "Prime Minister Ruth Adu"),
    ("UK PM Ruth Adu spoke. <The British prime minister> condemned it.", "PM Ruth Adu"),
    ("British Prime Minister Ruth Adu spoke. <The UK PM> condemned it.", "Prime Minister Ruth Adu"),
    # a rebel army is not "the army"
    ("The Arakan Army attacked. <The army> condemned it.", None),
    ("The Kenyan army attacked. <The army> condemned it.", "Kenyan army"),
    # whose statement it is
    ('Iran\'s Foreign Ministry issued a statement. "We condemn it," <the statement> said.', "Iran's Foreign Ministry"),
    ('Iran\'s Foreign Ministry released a press statement. "<We> condemn it," the statement said.', "Iran's Foreign Ministry"),
    ('Rain fell on a press statement. "<We> condemn it," the statement said.', None),
    # words that stand for somebody else
    ("Ghana met Togo. <The latter> condemned it.", None),
    ("Ghana met Togo. <The former> condemned it.", None),
    ("Ghana met Togo. <The two> condemned it.", None),
    ("Ghana met Togo. <The others> condemned it.", None),
    ("<We, the undersigned,> condemn it.", None),
    ("Norway's army retreated, and Mali praised <Sudan's>.", "Sudan"),
    ("Mali praised <McDonald's>.", "McDonald's"),
]  # fmt: skip


def stance_of(marked: str) -> Stance:
    """The stance whose source is marked, resolved."""
    match = re.search("<(.*?)>", marked)
    assert match is not None
    text = marked.replace("<", "").replace(">", "")
    span = Span.of(text, match.start(), match.end() - 2)
    whole = next(Span.of(text, a, b) for a, b in sentences(text) if a <= span.start < b)
    (stance,) = resolve(Article(text, (Statement(whole, (Stance("condemnation", whole, span),)),))).stances
    return stance


@pytest.mark.parametrize(("marked", "name"), NAMES, ids=[m for m, _ in NAMES])
def test_name(marked: str, name: str | None) -> None:
    assert stance_of(marked).source_name == name


def test_a_ministry_keeps_all_words_of_its_name_that_were_marked_once() -> None:
    text = "The Ministry of Ports and Rivers met. It condemned the raid."
    wholes = [Span.of(text, a, b) for a, b in sentences(text)]
    spans = [Span.of(text, 0, 32), Span.of(text, 38, 40)]
    found = resolve(Article(text, tuple(Statement(w, (Stance("condemnation", w, s),)) for w, s in zip(wholes, spans, strict=True))))
    assert [s.source_name for s in found.stances] == ["Ministry of Ports and Rivers"] * 2


def test_a_letter_in_a_circle_after_a_name_is_no_word() -> None:
    marked = "Mali's Ports Ministry met. <The Ports Ministry> left. The Ministry of the People's Ⓐ"
    assert stance_of(marked).source_name == "Mali's Ports Ministry"


def test_her_team_has_the_code_of_her_country_and_not_of_who_thanked_them() -> None:
    assert stance_of("The representative of Mali thanked Ms. Aker and <her team>.").source_code is None
    after_a_treaty = "Mali withdrew from the Lagos Treaty. The combination of Mali's withdrawal from the Lagos Treaty and <its war> is bitter."
    assert stance_of(after_a_treaty).source_code == "MLI"


def test_many_ministers_of_a_country_take_time_in_proportion_to_length() -> None:
    def seconds(times: int) -> float:
        officers = "".join(f"French Minister Luc Mor{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}e spoke. " for i in range(times))
        text = officers + "".join(f"The French f{i}o minister left and he met his German f{i}o counterpart. " for i in range(times))
        whole = Span.of(text, len(text) - 40, len(text))
        stance = Stance("support", whole, Span.of(text, len(text) - 14, len(text) - 2))
        started = time.process_time()
        resolve(Article(text, (Statement(whole, (stance,)),)))
        return time.process_time() - started

    seconds(10)
    assert min(seconds(600) for _ in range(2)) < 30 * min(seconds(60) for _ in range(3)), "ten times the text, far more than ten times the time"
