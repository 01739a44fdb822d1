"""The words that names are read by: titles, offices, bodies, verbs of saying, first names, pronouns."""

from __future__ import annotations

from stancekit.text import word_set

TIES = word_set("friend neighbour neighbor partner ally opponent rival classmate flatmate roommate housemate spouse")
"""Who somebody is to somebody else; states are one another's too."""
# what may stand between an office and a name: "Minister for Europe Oliver Prentice-Hale"
PORTFOLIOS = word_set(
    "Europe Africa Asia America Americas Pacific Caribbean Eurasia Oceania Finance Foreign Affairs Health Justice Defence Defense Interior "
    "Education Trade Economy Energy Agriculture Transport Labour Labor Environment Security Climate Culture Water Industry Commerce Tourism"
)
OF_MINISTERS = PORTFOLIOS | word_set(
    "Resources Planning Media Information Development Irrigation Housing Mines Petroleum Oil Gas Youth Sports Social Digital "
    "Communications Infrastructure Works Local Home Internal Religious Women Children Public Higher Science Technology Innovation "
    "Fisheries Forestry Lands Parliament State Congress Council Assembly Senate Natural Land Labour Human Rights Relations Regions "
    "Families Gender Mining Power Railways Aviation Shipping Ports Transportation Homeland Security Staff National Intelligence "
    "Enlargement Humanitarian Political Economic Disarmament Operations Veterans Employment Immigration Cooperation"
)
HONORIFICS = {
    "mr": "m", "mr.": "m", "sir": "m", "lord": "m", "mrs": "f", "mrs.": "f", "ms": "f", "ms.": "f", "miss": "f", "madam": "f",
    "madame": "f", "lady": "f", "herr": "m", "frau": "f", "monsieur": "m", "senhor": "m", "señor": "m", "datuk": "", "dato": "m",
    "datin": "f", "alhaji": "m", "hajia": "f", "shri": "m", "smt": "f", "comrade": "",
    "sra.": "f", "dra.": "f", "dame": "f", "h.e": "", "h.e.": "", "dr": "", "dr.": "", "prof": "", "prof.": "",
}  # fmt: skip
SAID = word_set(
    "said says say told tells added adds stated states stressed stresses noted notes warned warns cautioned wrote writes tweeted posted "
    "declared declares announced insisted insists continued argued argues claimed claims replied concluded explained remarked charged "
    "observed complained recalled promised vowed affirmed reiterated thundered grumbled quipped asked asserted countered retorted "
    "responded commented acknowledged admitted conceded confirmed denied urged called condemned praised welcomed criticised criticized "
    "accused thanked denounced deplored rejected emphasised emphasized underlined underscored joked snapped shouted read reads "
    "pledged threatened maintained agreed reminded described thinks think believes believe testified repeated joked mused snorted sighed "
    "suggested reported predicted protested pleaded fumed hailed lamented expressed voiced began begins sneered scoffed growled ruled "
    "answered answers begged cried shrugged laughed lectured swore objected ventured wondered contended reckoned reckons reasoned "
    "allowed offered confided grumbles jokes quips recalls remarks points pointed muttered murmured groaned demanded ordered wailed "
    "addressed turned spoke assured assures stormed railed raged boasted teased taunted"
)
VERBS = SAID | word_set(
    "is are was were has have had will would can could should may might must did does do went came took gave made got put held saw met "
    "spoke sent issued offered backed blamed dismissed defended saluted voted passed expelled ordered summoned demanded found left "
    "stood stands lent threw shot let kept paid brought set wants want drew applauded branded repudiates opposes supports considers "
    "refuses regards resolved hopes fears fear honours values appreciates hit turned tore asks calls recognises recognizes holds "
    "published lauded lauds chided scolded ridiculed mocked attacked assailed slammed lambasted blasted vouched commended decried "
    "honoured honored cheered greeted lashed grieved mourned wished cut broke led knew felt thought cast meant ran rose fell spent wore "
    "sat sang drove grew sees hails blames accuses thanks praises rejects condemns demands urges threatens seeks expects plans runs "
    "makes takes gives gets comes goes remains remained became becomes stayed won lost bought sold needs"
)
TITLES = word_set(
    "President Minister Premier Chancellor Ambassador Envoy Secretary Undersecretary Under-Secretary-General Secretary-General Governor "
    "Mayor Senator Congressman Congresswoman Deputy Speaker Chairman Chairwoman Chairperson Chair Chief Commissioner Commander General "
    "Colonel Major Captain Lieutenant Sergeant Corporal Admiral Commodore Marshal Brigadier Inspector Superintendent Sheriff Judge Justice "
    "King Queen Prince Princess Emir Sultan Sheikh Pope Archbishop Bishop Cardinal Father Sister Brother Imam Mullah Mawlawi Ayatollah "
    "Rabbi "
    "Reverend Pastor Professor Prof. Dr. Dr Doctor Engineer Ing. Spokesman Spokeswoman Spokesperson Director Director-General "
    "Representative "
    "Leader Councillor Councilor MP MK MEP TD Lawmaker Adviser Advisor Attorney-General Attorney Prosecutor Marathoner Nurse Coach "
    "Columnist "
    "Economist Counsellor Delegate Baroness Baron Count Duke Duchess Sir Lord Lady Dame Mr Mr. Mrs Mrs. Ms Ms. Miss Madam H.E. H.E Gen. "
    "Lt. Col. Maj. Capt. Sgt. Adm. Gov. Sen. Rep. Hon. Rev. Brig. Amb. Supt. FM PM Taoiseach Tánaiste Lama Chairman. Convener Whip "
    "CEO CFO COO Rapporteur Monsignor Archimandrite Patriarch Metropolitan Herr Frau Monsieur Madame Senhor Señor Datuk Dato Datin Alhaji "
    "Hajia Shri Smt Comrade Adv. Msgr. Abp. Cmdt. Mgr. Sra. Dra. "
    "Barrister Attorney-General Director-General Inspector-General Vice-President Vice-Chairman Lieutenant-Colonel Lieutenant-General "
    "Major-General Brigadier-General Magistrate Maulana Chargé Rear-Admiral Vice-Admiral Warrant Constable Detective Officer"
)
NO_SURNAMES = TITLES - word_set(
    "King Bishop Pope Lama Sheikh Imam Rabbi Judge Major Marshal Prince Dean Chancellor Duke Count Sheriff Coach Justice Cardinal Nurse "
    "Speaker"
)
# offices and occupations, as they stand after a name or before it
ROLES = word_set(
    "president minister premier chancellor ambassador envoy secretary undersecretary secretary-general governor mayor senator "
    "congressman congresswoman deputy speaker chairman chairwoman chairperson chair chief commissioner commander general colonel major "
    "captain lieutenant sergeant admiral commodore marshal judge justice king queen prince princess emir sultan sheikh pope archbishop "
    "bishop cardinal priest imam cleric rabbi pastor professor doctor engineer spokesman spokeswoman spokesperson director "
    "representative leader councillor councilor lawmaker legislator adviser advisor prosecutor lawyer attorney solicitor economist "
    "analyst researcher expert historian scientist activist campaigner organiser organizer nurse teacher farmer fisherman shopkeeper "
    "trader student journalist columnist editor reporter author writer head vice-president co-chair diplomat official officer coach "
    "manager owner founder chairlady boss executive delegate counsel rapporteur negotiator coordinator inspector superintendent sheriff "
    "constable soldier pilot skipper mother father widow widower brother sister son daughter wife husband resident pensioner driver "
    "miner worker candidate critic member backbencher frontbencher president-elect first-minister chaplain warden curator harbourmaster "
    "ombudsman auditor undersecretary-general baker vet paediatrician surgeon magistrate midwife convener whip colleague counterpart "
    "independent retiree poet novelist singer actor actress striker regent taoiseach chargé strategist treasurer principal rector dean "
    "abbot elder chieftain clerk host presenter anchor guest biologist hydrologist volcanologist geologist agronomist epidemiologist "
    "physician welder carpenter mechanic butcher beekeeper grower rancher attorney-general director-general inspector-general governor- "
    "general consul-general auditor-general vice-chair vice-chairman vice-chancellor co-founder co-leader mp mep mla mk td senator- "
    "elect mayor-elect barrister broker cook chef painter sculptor musician composer filmmaker producer photographer cartoonist dentist "
    "lecturer librarian publisher translator interpreter playwright goalkeeper midfielder defender athlete sprinter runner cyclist "
    "swimmer boxer referee umpire brewer winemaker cleaner electrician plumber fishmonger grocer hairdresser sociologist anthropologist "
    "archaeologist ecologist oceanographer seismologist meteorologist forecaster virologist oncologist cardiologist physicist chemist "
    "architect planner banker investor landlord landlady tenant herder shepherd veteran reservist survivor villager parishioner blogger "
    "podcaster dancer comedian demographer pharmacist psychologist criminologist policeman policewoman firefighter paramedic docker "
    "trucker signatory mullah mufti archdeacon vicar monk nun friar sergeant-major conductor guide hunter trapper logger potter weaver "
    "tailor barber nanny carer apprentice cousin uncle aunt nephew niece grandfather grandmother grandson granddaughter fiancé fiancée "
    "brigadier seller vendor buyer bystander passer-by caller listener volunteer pupil scholar mason d'affaires predecessor successor "
    "master undergraduate schoolteacher headteacher headmaster headmistress alderman bailiff notary superior provost comptroller"
)
# bodies: the head nouns of organisations, offices, groups with a will of their own
BODIES = word_set(
    "ministry department government administration cabinet office agency authority commission committee council parliament senate assembly "
    "court tribunal union federation association organisation organization party bloc alliance coalition movement front group network army "
    "navy police force guard command embassy consulate mission delegation bank company firm corporation consortium institute centre center "
    "university church diocese synod foundation charity trust society club league board bureau directorate secretariat presidency palace "
    "kremlin treasury municipality junta regime militia gang cartel brigade brigades newspaper daily broadcaster chamber congress "
    "confederation forum observatory monitor watchdog service guild cooperative co-operative fund operator airline staff "
    "jury crew squad clergy leadership executive commune ward hospital clinic school college monastery parish congregation observatory "
    "garrison squadron fleet agency-general syndicate collective circle trade-union taskforce "
    "community emirate kingdom republic side opposition caucus lobby academy "
    "military inspectorate registry patriarchate conference vanguard faction panel team local branch chapter body traders' legislature"
)
BODY_CAPITAL = frozenset(b.capitalize() for b in BODIES if b.isalpha()) | word_set(
    "Forces Nations States Brigades Rights Workers Farmers Nurses Lawyers Teachers Exporters Bishops Hospital Foreign-Ministry Post Times "
    "Radio TV News Watch International Ltd Inc Plc Homes Industries Mining Steel Oil Gas Airlines Railways Group Holdings Partners Law Act "
    "Agreement Treaty Charter Convention Strait Sea River Lake Mountain Province Region County District City State Street Square Bridge "
    "Bill "
    "Island Islands Valley Airport Port University School College Museum Programme Project Park Games Cup Day Resolution Article "
    "Security Affairs Defence Defense Interior Finance Trade Health Justice Interior-Ministry Side Powers Allies Rights "
    "United Rally Féin Fáil Gael Cymru Italia"
)


def _plural_of(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    return noun[:-2] + "en" if noun.endswith("man") else noun + "s"


PLURALS = frozenset(_plural_of(w) for w in BODIES | ROLES) | word_set(
    "parties countries ministries people residents villagers families countrymen forces troops companies charities rebels militants "
    "insurgents parents patients women men protesters authorities allies governors fishermen secretaries deputies members others "
    "survivors relatives voters students brothers separatists taliban"
)
PAPERS = word_set(
    "statement note text report letter communique communiqué resolution declaration message decree ruling judgment verdict document "
    "paper editorial article bill law act memo memorandum release bulletin readout notice petition charter draft treaty agreement"
)
VENTURES = word_set(
    "company firm maker manufacturer distributor producer contractor operator retailer supplier developer insurer refiner builder exporter "
    "importer carrier lender publisher chain utility startup conglomerate subsidiary corporation airline bank consortium group brewer "
    "supermarket shipper miner bookmaker magazine website weekly publication paper outlet station channel campaign initiative thinktank "
    "think-tank cooperative collective nonprofit non-profit"
)
"""Nouns for companies and undertakings, which the article may name elsewhere."""
# after a body's noun these show that the noun only modifies: "Woodlands police station"
_MODIFIED = word_set(
    "station stations building buildings premises sources source line lines funds money figures data plan plans policy budget headquarters "
    "post posts vehicle vehicles vessel vessels ship ships boat boats meeting talks membership rules reform law"
)
NOUNS = BODIES | ROLES | PLURALS | _MODIFIED | PAPERS
ABBREVIATED = {
    "ing.": "engineer", "dr": "doctor", "dr.": "doctor", "prof.": "professor", "prof": "professor", "gen.": "general", "sen.": "senator",
    "gov.": "governor", "col.": "colonel", "capt.": "captain", "rep.": "representative", "pm": "minister", "fm": "minister",
    "mp": "lawmaker", "mk": "lawmaker", "mep": "lawmaker", "td": "lawmaker",
}  # fmt: skip
# words that a sentence may open with and that are no name, whatever their capital
OPENERS = word_set(
    "a an the this that these those some any all both each every no not his her its their our my your he she it they we i you who what "
    "which when where why how if as at by in on of for from to with without into over under after before during since until while "
    "although though because but and or nor so yet still also only even just then there here now today yesterday tomorrow monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september october november december "
    "asked according responding speaking writing turning referring addressing meanwhile however earlier later last next first second third "
    "one two three four five six seven eight nine ten eleven twelve several many most few more another other such same neither either "
    "none nobody nothing never once twice perhaps maybe instead despite against among between across around about near outside inside "
    "following given having being let should would could must will may might does did do is are was were has have had please dear good "
    "yes no well thank thanks shame woe it's i'm we're they're don't that's there's let's should nor anyone everyone whoever whatever "
    "hours days weeks months years police officials residents talks former under deposed opposition unlike like again back behind "
    "separately elsewhere abroad later reporting correction shortly like than too very those whether q question answer "
    "unless amid besides except beyond beneath above below along toward towards upon throughout within whereas whenever wherever till "
    "ask meet imagine remember recall consider breaking exclusive update updated watch "
    "sadly happily luckily thankfully hopefully fortunately unfortunately regrettably predictably unsurprisingly surprisingly remarkably "
    "inevitably understandably notably crucially importantly incredibly astonishingly curiously interestingly strangely oddly ironically "
    "tellingly clearly obviously apparently evidently reportedly allegedly supposedly arguably admittedly certainly surely truly frankly "
    "honestly actually basically essentially finally eventually ultimately recently lately currently previously formerly initially "
    "originally officially privately publicly similarly likewise additionally accordingly consequently subsequently simultaneously "
    "increasingly repeatedly significantly specifically typically usually normally generally occasionally suddenly"
)
MONTHS = word_set(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November "
    "December Jan Feb Mar Apr Aug Sept Sep Oct Nov Dec God Internet Christmas Easter Ramadan Eid I GMT UTC BST CET CEST EST EDT"
)
WITHIN = word_set("of for in on at by from to with against under over about into between")
STOP = word_set(
    "whose and or but of in on at by for from to with that which who as than into over after before against between about through under "
    "while if when because not so"
)
HERS = word_set(
    "Achieng Ada Adaeze Agnieszka Aigul Aisha Akiko Akinyi Alexandria Amanda Amelia Amina Aminata Amy Amélie Ana Anaïs Angela Anjali "
    "Anna Annalena Anne Annegret Ashley Astrid Atifete Aurore Ayşe Barbara Beata Beatriz Benazir Betty Birgit Brigitte Carmen Catherine "
    "Charlotte Cheryl Chiara Chioma Chloé Christina Christine Claudia Condoleezza Cristina Cynthia Deborah Diana Diane Dilma Dinara "
    "Dolores Donna Ekaterina Elena Elif Elizabeth Ellen Emily Emine Emma Eszter Evika Ewa Fatima Fatou Federica Fernanda Folake "
    "Francesca Gabriela Giorgia Graça Greta Gretchen Gudrun Gulnara Halima Hannah Heike Helen Hillary Ildikó Imee Indira Ingrid "
    "Inès Irina Iryna Isabel Isabella Ivana Jacinda Jacqueline Jelena Jennifer Jessica Joyce Judith Julia Julie Julija Kaja Kamala "
    "Karen Katalin Kateryna Katherine Kathleen Kathy Katrin Katrín Keiko Khadija Khaleda Kimberly Kolinda Kumiko Lakshmi Laura Layla "
    "Leila Leni Lina Linda Lindiwe Lisa Liz Lucia Luciana Lucía Ludmila Madeleine Magdalena Maia Maja Mamata Margaret Margaretha Maria "
    "Mariam Mariama Mariana Marie Marina Marta Martha Mary Maryam María Małgorzata Megan Megawati Melissa Meral Mette Michelle Milica "
    "Nadia Naledi Nancy Naoko Natalia Natalie Nataliya Nathalie Ngozi Nikki Nirmala Njeri Nkosazana Nomvula Oksana Olena Olga Olivia "
    "Oumou Paola Patricia Penelope Penny Petra Pilar Portia Pramila Priti Priyanka Rachel Rashida Rebecca Retno Rishita Roberta Rokia "
    "Rosa Roza Ruth Salome Salomé Samantha Samira Sanae Sandra Sanna Sarah Saule Sigrid Silvia Smriti Snežana Sofia Sonia Sophia Sophie "
    "Stephanie Suella Sunita Susan Sushma Svetlana Ségolène Tansu Tatiana Tatyana Teresa Thandiwe Theresa Ursula Valérie Viola Vjosa "
    "Wambui Wanjiru Winnie Ximena Yolanda Yoriko Yulia Yuliia Yuriko Yvette Zainab Zeynep Zuzana Ágnes Élisabeth "
)
"""First names of women, in most languages of women only. They say less than "she" or "Ms" does."""
HIS = word_set(
    "Aaron Abbas Abdelmadjid Abdullah Abiy Adam Ahmad Ahmed Ahmet Alar Alassane Alberto Albin Alejandro Aleksandar Aleksander Aleksei "
    "Alexander Alexei Amit Andrei Andrej Andrew Andriy Andrzej Andrés Anthony Antonio Antonis Antony Anwar Arthur Asif Ayman Barack "
    "Bart Bashar Bassirou Ben Benjamin Benny Bernie Bezalel Bilawal Boris Boyko Brandon Brian Carl Carlos Charles Christian Christopher "
    "Cyril Daniel David Dennis Denys Dmitri Dmitry Dmytro Donald Douglas Ebrahim Edgar Edward Ehud Emmanuel Emmerson Emomali Enda "
    "Enrique Eric Espen Ethan Evo Faisal Felipe Ferdinand Fernando Filipe Frank Frank-Walter François Friedrich Fumio Félix Gary Geert "
    "George Gerald Gergely Gerhard Giorgi Gitanas Giuseppe Goodluck Gordon Gregory Gustavo Gérald Haider Hakainde Hakan Hakeem Harold "
    "Hasan Hashim Hassan Heiko Helmut Henry Hiroshi Hossein Hugo Hussein Ibrahim Ignazio Igor Imran Irakli Isaac Isaias Ismail "
    "Itamar Ivica Iván Jacob Jacques Jair James Jarosław Jason Javad Javier Jean-Luc Jean-Marie Jean-Noël Jean-Yves Jeffrey Jens Jeremy "
    "Jerry Joao Joe John Joko Jonas Jonathan Jose Josep Joseph Joshua José João Juan Justin János Kassym-Jomart Keir Keith Kemal Kenji "
    "Kenneth Kevin Khaled Khalid Klaus Kofi Kwame Kyriakos Larry Lars Laurent Lawrence Leo Liam Lloyd Luis Luiz Macky Mahmoud Mahmud "
    "Manmohan Marcel Marco Mariano Mario Mark Masoud Mateusz Matteo Matthew Mauricio Mehmet Mevlüt Michael Micheál Miguel Mike Mikhail "
    "Mikheil Milorad Miloš Mitch Mohamad Mohamed Mohammad Mohammed Muammar Muhammad Muhammadu Mustafa Naftali Narendra Nathan Nawaz "
    "Nelson Nicholas Nicolae Nicolas Nicolás Nigel Nikol Nikos Noah Nouri Nursultan Olaf Oleg Oleh Olusegun Omar Paolo Patrick Paul "
    "Pedro Pete Peter Petr Petro Philip Phillip Prabowo Péter Radosław Rafael Rahul Raila Rajnath Recep Richard Rishi Robert Rodrigo "
    "Roger Ronald Rumen Saddam Sadyr Salman Samuel Scott Sean Sergei Sergey Sergio Serhiy Shavkat Shehbaz Shigeru Shimon Shinzo Silvio "
    "Simon Stefan Stephen Steven Stéphane Subrahmanyam Sébastien Takeshi Tarek Tariq Ted Thabo Thomas Timothy Tony Toshimitsu Uhuru Ulf "
    "Umar Vicente Victor Viktor Vitali Vitalii Vladimir Volodymyr Walter William Wolfgang Yahya Yair Yasser Yevgeny Yoav Yoshihide "
    "Yousef Youssef Yoweri Yusuf Zachary Zbigniew Zoltán Zoran Édouard "
)
"""First names of men, likewise."""

FIRST_PERSON = word_set("i me my mine myself we us our ours ourselves")
HE, SHE = word_set("he him his himself"), word_set("she her hers herself")
IT, THEY = word_set("it its itself"), word_set("they them their theirs themselves")
PRONOUNS = FIRST_PERSON | HE | SHE | IT | THEY
POSSESSIVES = word_set("his her its their our my your whose")
PREPOSITIONS = word_set("of for in on at by from to with against near over under into about between among after before via during since")
