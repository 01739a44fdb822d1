"""The tables behind `stancekit.codes`: countries, organisations and armed groups, and names that look like a
country but are none. Data only; the rules that read a phrase are in `codes`.

Country codes are ISO 3166-1 alpha-3, with XKX (user-assigned, as the EU and the IMF use it) for Kosovo.
Organisation codes are this project's own: upper-case, never three letters that ISO has given to a country.
"""

from __future__ import annotations

# code | names | adjectives and demonyms (a plural in -s is added where it is regular) | capitals and seats of government
COUNTRIES = """
ABW|Aruba|Aruban|Oranjestad
AFG|Afghanistan;Islamic Republic of Afghanistan;Islamic Emirate of Afghanistan;Islamic Emirate|Afghan|Kabul
AGO|Angola;Republic of Angola|Angolan|Luanda
AIA|Anguilla|Anguillan|
ALA|Aland Islands;Aland||Mariehamn
ALB|Albania;Republic of Albania|Albanian|Tirana
AND|Andorra;Principality of Andorra|Andorran|Andorra la Vella
ARE|United Arab Emirates;UAE;Emirates|Emirati|Abu Dhabi
ARG|Argentina;Argentine Republic|Argentine;Argentinian;Argentinean|Buenos Aires;Casa Rosada
ARM|Armenia;Republic of Armenia|Armenian|Yerevan
ASM|American Samoa|American Samoan|Pago Pago
ATA|Antarctica||
ATF|French Southern Territories;French Southern and Antarctic Lands||
ATG|Antigua and Barbuda;Antigua|Antiguan|
AUS|Australia;Commonwealth of Australia|Australian;Aussie|Canberra
AUT|Austria;Republic of Austria|Austrian|Vienna;Ballhausplatz
AZE|Azerbaijan;Republic of Azerbaijan|Azerbaijani;Azeri|Baku
BDI|Burundi;Republic of Burundi|Burundian|Bujumbura;Gitega
BEL|Belgium;Kingdom of Belgium|Belgian|
BEN|Benin;Republic of Benin|Beninese|Porto-Novo;Cotonou
BES|Bonaire;Caribbean Netherlands;Bonaire, Sint Eustatius and Saba||
BFA|Burkina Faso;Burkina|Burkinabe;Burkinabes|Ouagadougou
BGD|Bangladesh;People's Republic of Bangladesh|Bangladeshi|Dhaka
BGR|Bulgaria;Republic of Bulgaria|Bulgarian|
BHR|Bahrain;Kingdom of Bahrain|Bahraini|Manama
BHS|Bahamas;Commonwealth of The Bahamas|Bahamian|Nassau
BIH|Bosnia and Herzegovina;Bosnia;Bosnia-Herzegovina;BiH|Bosnian;Bosnian Serb;Bosnian Croat|Sarajevo
BLM|Saint Barthelemy||
BLR|Belarus;Republic of Belarus;Byelorussia|Belarusian;Belarussian|Minsk
BLZ|Belize|Belizean|Belmopan
BMU|Bermuda|Bermudian|
BOL|Bolivia;Plurinational State of Bolivia|Bolivian|La Paz;Sucre
BRA|Brazil;Federative Republic of Brazil|Brazilian|Brasilia;Itamaraty;Planalto
BRB|Barbados|Barbadian;Bajan|Bridgetown
BRN|Brunei;Brunei Darussalam|Bruneian|Bandar Seri Begawan
BTN|Bhutan;Kingdom of Bhutan|Bhutanese|Thimphu
BVT|Bouvet Island||
BWA|Botswana;Republic of Botswana|Botswanan;Motswana;Batswana|Gaborone
CAF|Central African Republic|Central African|Bangui
CAN|Canada|Canadian|Ottawa;Parliament Hill
CCK|Cocos Islands;Keeling Islands;Cocos (Keeling) Islands||
CHE|Switzerland;Swiss Confederation|Swiss|Bern;Berne
CHL|Chile;Republic of Chile|Chilean|Santiago de Chile;Santiago;La Moneda
CHN|China;People's Republic of China;PRC;Mainland China|Chinese|Beijing;Peking;Zhongnanhai
CIV|Ivory Coast;Cote d'Ivoire;Republic of Cote d'Ivoire|Ivorian;Ivoirian|Yamoussoukro;Abidjan
CMR|Cameroon;Republic of Cameroon|Cameroonian|Yaounde
COD|DR Congo;DRC;Democratic Republic of the Congo;Democratic Republic of Congo;Congo-Kinshasa;eastern Congo;Eastern Congo;\
Zaire;D.R. Congo||Kinshasa
COG|Republic of the Congo;Republic of Congo;Congo-Brazzaville;Congo Republic||Brazzaville
COK|Cook Islands|Cook Islander|Avarua
COL|Colombia;Republic of Colombia|Colombian|Bogota;Casa de Narino
COM|Comoros;Union of the Comoros|Comorian;Comoran|Moroni
CPV|Cape Verde;Cabo Verde;Republic of Cabo Verde|Cape Verdean;Cabo Verdean|Praia
CRI|Costa Rica;Republic of Costa Rica|Costa Rican|
CUB|Cuba;Republic of Cuba|Cuban|Havana
CUW|Curacao||Willemstad
CXR|Christmas Island||
CYM|Cayman Islands|Caymanian|
CYP|Cyprus;Republic of Cyprus|Cypriot;Greek Cypriot|Nicosia
CZE|Czech Republic;Czechia|Czech;Czechs|Prague
DEU|Germany;Federal Republic of Germany|German|Berlin;Bundestag;Bundesrat;Bundeswehr
DJI|Djibouti;Republic of Djibouti|Djiboutian|
DMA|Dominica;Commonwealth of Dominica||Roseau
DNK|Denmark;Kingdom of Denmark|Danish;Dane|Copenhagen;Folketing
DOM|Dominican Republic||Santo Domingo
DZA|Algeria;People's Democratic Republic of Algeria|Algerian|Algiers;El Mouradia
ECU|Ecuador;Republic of Ecuador|Ecuadorian;Ecuadorean|Quito
EGY|Egypt;Arab Republic of Egypt|Egyptian|Cairo
ERI|Eritrea;State of Eritrea|Eritrean|Asmara
ESH|Western Sahara;Sahrawi Arab Democratic Republic|Sahrawi;Saharawi|
ESP|Spain;Kingdom of Spain|Spanish;Spaniard|Madrid;Moncloa
EST|Estonia;Republic of Estonia|Estonian|Tallinn;Riigikogu
ETH|Ethiopia;Federal Democratic Republic of Ethiopia|Ethiopian|Addis Ababa
FIN|Finland;Republic of Finland|Finnish;Finn|Helsinki
FJI|Fiji;Republic of Fiji|Fijian|Suva
FLK|Falkland Islands;Falklands;Islas Malvinas|Falkland Islander|
FRA|France;French Republic|French;Frenchman;Frenchmen;Frenchwoman|Paris;Elysee;Elysee Palace;Quai d'Orsay;Matignon
FRO|Faroe Islands;Faroes;Faeroe Islands|Faroese|Torshavn
FSM|Micronesia;Federated States of Micronesia|Micronesian|Palikir
GAB|Gabon;Gabonese Republic|Gabonese|Libreville
GBR|United Kingdom;UK;Great Britain;Britain;England;Scotland;Wales;Northern Ireland;\
United Kingdom of Great Britain and Northern Ireland|\
British;Briton;Brit;English;Englishman;Englishmen;Scottish;Scot;Welsh;Northern Irish|London;Downing Street;10 Downing Street;\
Number 10;No 10;Whitehall;Westminster;House of Lords;Buckingham Palace;Holyrood;Stormont;Senedd
GEO|Republic of Georgia|Georgian|Tbilisi
GGY|Guernsey||
GHA|Ghana;Republic of Ghana|Ghanaian|Accra
GIB|Gibraltar|Gibraltarian|
GIN|Guinea;Republic of Guinea;Guinea-Conakry|Guinean|Conakry
GLP|Guadeloupe|Guadeloupean|
GMB|Gambia;Republic of The Gambia|Gambian|Banjul
GNB|Guinea-Bissau;Republic of Guinea-Bissau|Bissau-Guinean|Bissau
GNQ|Equatorial Guinea;Republic of Equatorial Guinea|Equatorial Guinean;Equatoguinean|Malabo
GRC|Greece;Hellenic Republic|Greek;Hellenic|Athens
GRD|Grenada|Grenadian|
GRL|Greenland|Greenlandic;Greenlander|Nuuk
GTM|Guatemala;Republic of Guatemala|Guatemalan|Guatemala City
GUF|French Guiana|French Guianese|Cayenne
GUM|Guam|Guamanian|
GUY|Guyana;Co-operative Republic of Guyana|Guyanese|
HKG|Hong Kong;Hong Kong SAR|Hongkonger;Hong Konger|
HMD|Heard Island and McDonald Islands||
HND|Honduras;Republic of Honduras|Honduran|Tegucigalpa
HRV|Croatia;Republic of Croatia|Croatian|Zagreb
HTI|Haiti;Republic of Haiti|Haitian|Port-au-Prince
HUN|Hungary|Hungarian|Budapest
IDN|Indonesia;Republic of Indonesia|Indonesian|Jakarta
IMN|Isle of Man|Manx|
IND|India;Republic of India|Indian|New Delhi;Delhi;Lok Sabha;Rajya Sabha;South Block
IOT|British Indian Ocean Territory;Chagos Islands;Chagos Archipelago|Chagossian|
IRL|Ireland;Republic of Ireland;Irish Republic|Irish;Irishman;Irishmen|Dublin;Dail;Oireachtas;Leinster House
IRN|Iran;Islamic Republic of Iran;Persia|Iranian|Tehran;Teheran
IRQ|Iraq;Republic of Iraq|Iraqi|Baghdad
ISL|Iceland|Icelandic;Icelander|Reykjavik;Althing
ISR|Israel;State of Israel;Zionist regime;Zionist entity;Jewish state|Israeli|Tel Aviv;Knesset
ITA|Italy;Italian Republic|Italian|Rome;Palazzo Chigi;Farnesina;Quirinale
JAM|Jamaica|Jamaican|
JEY|Bailiwick of Jersey||
JOR|Jordan;Hashemite Kingdom of Jordan;Hashemite Kingdom|Jordanian|Amman
JPN|Japan|Japanese|Tokyo;Kantei
KAZ|Kazakhstan;Republic of Kazakhstan|Kazakh;Kazakhstani|Astana;Nur-Sultan;Akorda
KEN|Kenya;Republic of Kenya|Kenyan|Nairobi
KGZ|Kyrgyzstan;Kyrgyz Republic;Kirghizia|Kyrgyz;Kyrgyzstani|Bishkek;Jogorku Kenesh
KHM|Cambodia;Kingdom of Cambodia;Kampuchea|Cambodian;Khmer|Phnom Penh
KIR|Kiribati|I-Kiribati|Tarawa;South Tarawa
KNA|Saint Kitts and Nevis;St. Kitts and Nevis;St Kitts and Nevis|Kittitian|Basseterre
KOR|South Korea;Republic of Korea;ROK;S. Korea|South Korean|Seoul;Blue House;Cheong Wa Dae
KWT|Kuwait;State of Kuwait|Kuwaiti|Kuwait City
LAO|Laos;Lao PDR;Lao People's Democratic Republic|Lao;Laotian|Vientiane
LBN|Lebanon;Lebanese Republic|Lebanese|Beirut
LBR|Liberia;Republic of Liberia|Liberian|Monrovia
LBY|Libya;State of Libya|Libyan|Tripoli
LCA|Saint Lucia;St. Lucia;St Lucia|Saint Lucian;St Lucian;St. Lucian|Castries
LIE|Liechtenstein;Principality of Liechtenstein|Liechtensteiner|Vaduz
LKA|Sri Lanka;Democratic Socialist Republic of Sri Lanka;Ceylon|Sri Lankan|Colombo;Sri Jayawardenepura Kotte
LSO|Lesotho;Kingdom of Lesotho|Basotho;Mosotho|Maseru
LTU|Lithuania;Republic of Lithuania|Lithuanian|Vilnius;Seimas
LUX|Luxembourg;Grand Duchy of Luxembourg|Luxembourgish;Luxembourger|
LVA|Latvia;Republic of Latvia|Latvian|Riga;Saeima
MAC|Macau;Macao|Macanese|
MAF|Saint Martin;St. Martin||
MAR|Morocco;Kingdom of Morocco|Moroccan|Rabat
MCO|Monaco;Principality of Monaco|Monegasque;Monacan|
MDA|Moldova;Republic of Moldova|Moldovan|Chisinau
MDG|Madagascar;Republic of Madagascar|Malagasy;Madagascan|Antananarivo
MDV|Maldives;Republic of Maldives|Maldivian|
MEX|Mexico;United Mexican States|Mexican|Mexico City;Los Pinos
MHL|Marshall Islands;Republic of the Marshall Islands|Marshallese|Majuro
MKD|North Macedonia;Republic of North Macedonia;Macedonia;FYROM|Macedonian;North Macedonian|Skopje
MLI|Mali;Republic of Mali|Malian|Bamako
MLT|Malta;Republic of Malta|Maltese|Valletta
MMR|Myanmar;Burma;Republic of the Union of Myanmar|Burmese|Naypyidaw;Naypyitaw;Nay Pyi Taw;Rangoon;Yangon
MNE|Montenegro|Montenegrin|Podgorica
MNG|Mongolia|Mongolian|Ulaanbaatar;Ulan Bator
MNP|Northern Mariana Islands;Northern Marianas||
MOZ|Mozambique;Republic of Mozambique|Mozambican|Maputo
MRT|Mauritania;Islamic Republic of Mauritania|Mauritanian|Nouakchott
MSR|Montserrat|Montserratian|
MTQ|Martinique|Martiniquan|
MUS|Mauritius;Republic of Mauritius|Mauritian|Port Louis
MWI|Malawi;Republic of Malawi|Malawian|Lilongwe
MYS|Malaysia|Malaysian|Kuala Lumpur;Putrajaya
MYT|Mayotte|Mahoran|
NAM|Namibia;Republic of Namibia|Namibian|Windhoek
NCL|New Caledonia|New Caledonian|Noumea
NER|Niger;Republic of the Niger;Republic of Niger|Nigerien|Niamey
NFK|Norfolk Island||
NGA|Nigeria;Federal Republic of Nigeria|Nigerian|Abuja;Aso Rock;Aso Villa
NIC|Nicaragua;Republic of Nicaragua|Nicaraguan|Managua
NIU|Niue|Niuean|
NLD|Netherlands;Kingdom of the Netherlands;Holland|Dutch;Dutchman;Dutchmen|Amsterdam;Binnenhof
NOR|Norway;Kingdom of Norway|Norwegian|Oslo;Storting
NPL|Nepal;Federal Democratic Republic of Nepal|Nepali;Nepalese|Kathmandu;Singha Durbar
NRU|Nauru;Republic of Nauru|Nauruan|
NZL|New Zealand;Aotearoa;Aotearoa New Zealand|New Zealander;Kiwi|Wellington;Beehive
OMN|Oman;Sultanate of Oman|Omani|Muscat
PAK|Pakistan;Islamic Republic of Pakistan|Pakistani|Islamabad;Rawalpindi
PAN|Panama;Republic of Panama|Panamanian|Panama City
PCN|Pitcairn Islands;Pitcairn|Pitcairn Islander|
PER|Peru;Republic of Peru|Peruvian|Lima
PHL|Philippines;Republic of the Philippines|Philippine;Filipino;Filipina|Manila;Malacanang;Malacanang Palace
PLW|Palau;Republic of Palau|Palauan|Ngerulmud
PNG|Papua New Guinea;Independent State of Papua New Guinea;PNG|Papua New Guinean|Port Moresby
POL|Poland;Republic of Poland|Polish;Pole|Warsaw;Sejm
PRI|Puerto Rico|Puerto Rican|
PRK|North Korea;DPRK;Democratic People's Republic of Korea;N. Korea|North Korean|Pyongyang
PRT|Portugal;Portuguese Republic|Portuguese|Lisbon
PRY|Paraguay;Republic of Paraguay|Paraguayan|Asuncion
PSE|Palestine;State of Palestine;Palestinian Authority;Gaza;Gaza Strip;West Bank;Palestinian territories;\
Occupied Palestinian Territory|Palestinian;Gazan|Ramallah
PYF|French Polynesia|French Polynesian|Papeete
QAT|Qatar;State of Qatar|Qatari|Doha
REU|Reunion Island;La Reunion||
ROU|Romania|Romanian|Bucharest
RUS|Russia;Russian Federation|Russian|Moscow;Kremlin;State Duma;Duma
RWA|Rwanda;Republic of Rwanda|Rwandan|Kigali
SAU|Saudi Arabia;Kingdom of Saudi Arabia;KSA|Saudi;Saudi Arabian|Riyadh
SDN|Sudan;Republic of the Sudan;Republic of Sudan|Sudanese|Khartoum;Port Sudan
SEN|Senegal;Republic of Senegal|Senegalese|Dakar
SGP|Singapore;Republic of Singapore|Singaporean|Istana
SGS|South Georgia and the South Sandwich Islands||
SHN|Saint Helena;St. Helena;Ascension and Tristan da Cunha||
SJM|Svalbard and Jan Mayen;Svalbard||
SLB|Solomon Islands|Solomon Islander|Honiara
SLE|Sierra Leone;Republic of Sierra Leone|Sierra Leonean|Freetown
SLV|El Salvador;Republic of El Salvador|Salvadoran;Salvadorean;Salvadorian|San Salvador
SMR|San Marino;Republic of San Marino|Sammarinese|
SOM|Somalia;Federal Republic of Somalia|Somali;Somalian|Mogadishu
SPM|Saint Pierre and Miquelon;St. Pierre and Miquelon||
SRB|Serbia;Republic of Serbia|Serbian|Belgrade
SSD|South Sudan;Republic of South Sudan|South Sudanese|Juba
STP|Sao Tome and Principe;Sao Tome|Sao Tomean|
SUR|Suriname;Surinam;Republic of Suriname|Surinamese|Paramaribo
SVK|Slovakia;Slovak Republic|Slovak;Slovakian|Bratislava
SVN|Slovenia;Republic of Slovenia|Slovenian;Slovene|Ljubljana
SWE|Sweden;Kingdom of Sweden|Swedish;Swede|Stockholm;Riksdag
SWZ|Eswatini;Swaziland;Kingdom of Eswatini|Swazi|Mbabane
SXM|Sint Maarten||Philipsburg
SYC|Seychelles;Republic of Seychelles|Seychellois|
SYR|Syria;Syrian Arab Republic|Syrian|Damascus
TCA|Turks and Caicos Islands;Turks and Caicos||
TCD|Chad;Republic of Chad|Chadian|N'Djamena;Ndjamena
TGO|Togo;Togolese Republic|Togolese|Lome
THA|Thailand;Kingdom of Thailand;Siam|Thai|Bangkok
TJK|Tajikistan;Republic of Tajikistan|Tajik;Tajikistani|Dushanbe
TKL|Tokelau|Tokelauan|
TKM|Turkmenistan|Turkmen;Turkmens|Ashgabat
TLS|Timor-Leste;East Timor;Democratic Republic of Timor-Leste|Timorese;East Timorese|Dili
TON|Tonga;Kingdom of Tonga|Tongan|Nuku'alofa
TTO|Trinidad and Tobago;Trinidad|Trinidadian;Tobagonian|Port of Spain
TUN|Tunisia;Republic of Tunisia;Tunisian Republic|Tunisian|Tunis;Carthage Palace
TUR|Turkey;Turkiye;Republic of Turkey;Republic of Turkiye|Turkish;Turk|Ankara
TUV|Tuvalu|Tuvaluan|Funafuti
TWN|Taiwan;Republic of China;Chinese Taipei|Taiwanese|Taipei;Legislative Yuan
TZA|Tanzania;United Republic of Tanzania|Tanzanian|Dodoma;Dar es Salaam
UGA|Uganda;Republic of Uganda|Ugandan|Kampala
UKR|Ukraine|Ukrainian|Kyiv;Kiev;Verkhovna Rada;Rada;Bankova
UMI|United States Minor Outlying Islands||
URY|Uruguay;Eastern Republic of Uruguay|Uruguayan|Montevideo
USA|United States;United States of America;US;USA;America|American;Yankee|Washington;White House;Pentagon;State Department;\
US State Department;Capitol Hill;Foggy Bottom;Oval Office;Washington, D.C.;Washington DC;US Congress
UZB|Uzbekistan;Republic of Uzbekistan|Uzbek;Uzbekistani|Tashkent
VAT|Vatican;Vatican City;Holy See||
VCT|Saint Vincent and the Grenadines;St. Vincent and the Grenadines;St Vincent and the Grenadines|Vincentian|Kingstown
VEN|Venezuela;Bolivarian Republic of Venezuela|Venezuelan|Caracas;Miraflores;Miraflores Palace
VGB|British Virgin Islands||
VIR|US Virgin Islands;U.S. Virgin Islands;United States Virgin Islands||
VNM|Vietnam;Viet Nam;Socialist Republic of Vietnam;Socialist Republic of Viet Nam|Vietnamese|Hanoi
VUT|Vanuatu;Republic of Vanuatu|Vanuatuan;Ni-Vanuatu|Port Vila
WLF|Wallis and Futuna||
WSM|Samoa;Independent State of Samoa;Western Samoa|Samoan|Apia
XKX|Kosovo;Republic of Kosovo|Kosovan;Kosovar;Kosovo Serb;Kosovo Albanian|Pristina;Prishtina
YEM|Yemen;Republic of Yemen|Yemeni;Yemenite|Sanaa;Sana'a
ZAF|South Africa;Republic of South Africa;RSA|South African|Pretoria;Union Buildings
ZMB|Zambia;Republic of Zambia|Zambian|Lusaka
ZWE|Zimbabwe;Republic of Zimbabwe|Zimbabwean|Harare
"""

# code | type | names
ORGANISATIONS = """
UN|IGO|United Nations;UN;U.N.;UN General Assembly;UN Secretariat;United Nations Organization
UNSC|IGO|UN Security Council;United Nations Security Council;UNSC;Security Council;U.N. Security Council
UNGA|IGO|General Assembly of the United Nations;United Nations General Assembly;UNGA
UNHRC|IGO|UN Human Rights Council;United Nations Human Rights Council;Human Rights Council
UNHCR|IGO|UNHCR;UN Refugee Agency;UN refugee agency;United Nations High Commissioner for Refugees
OHCHR|IGO|OHCHR;UN Human Rights Office;UN human rights office;Office of the High Commissioner for Human Rights;\
Office of the United Nations High Commissioner for Human Rights;Office of the UN High Commissioner for Human Rights
UNICEF|IGO|UNICEF;Unicef;United Nations Children's Fund
UNRWA|IGO|UNRWA;Unrwa
UNESCO|IGO|UNESCO;Unesco
UNDP|IGO|UNDP;United Nations Development Programme
UNEP|IGO|UNEP;United Nations Environment Programme
UNODC|IGO|UNODC
UNIFIL|IGO|UNIFIL;Unifil
MONUSCO|IGO|MONUSCO;Monusco
MINUSMA|IGO|MINUSMA;Minusma
UNMISS|IGO|UNMISS
MINUSCA|IGO|MINUSCA
UNAMA|IGO|UNAMA
UNFPA|IGO|UNFPA;United Nations Population Fund;UN Population Fund
UNAIDS|IGO|UNAIDS
UNCTAD|IGO|UNCTAD
WIPO|IGO|WIPO;World Intellectual Property Organization
WMO|IGO|WMO;World Meteorological Organization
IPCC|IGO|IPCC;Intergovernmental Panel on Climate Change
CTBTO|IGO|CTBTO
EBRD|IGO|EBRD;European Bank for Reconstruction and Development
EIB|IGO|European Investment Bank
OCHA|IGO|OCHA;UN humanitarian office
WFP|IGO|WFP;World Food Programme;World Food Program
FAO|IGO|FAO;Food and Agriculture Organization
WHO|IGO|WHO;World Health Organization;World Health Organisation
ILO|IGO|ILO;International Labour Organization;International Labor Organization
IOM|IGO|IOM;International Organization for Migration
IMO|IGO|IMO;International Maritime Organization
ICAO|IGO|ICAO;International Civil Aviation Organization
IAEA|IGO|IAEA;International Atomic Energy Agency;UN nuclear watchdog;UN atomic watchdog
OPCW|IGO|OPCW;Organisation for the Prohibition of Chemical Weapons;Organization for the Prohibition of Chemical Weapons
ICJ|IGO|ICJ;International Court of Justice;World Court
ICC|IGO|ICC;International Criminal Court
IMF|IGO|IMF;International Monetary Fund
WB|IGO|World Bank
WTO|IGO|WTO;World Trade Organization;World Trade Organisation
INTERPOL|IGO|Interpol;INTERPOL
EU|IGO|European Union;EU;E.U.;European Commission;European Council;Council of the European Union;Brussels;Berlaymont;\
European External Action Service;EEAS;European Court of Justice;Europol;EUFOR;EULEX
EP|IGO|European Parliament
ECB|IGO|European Central Bank;ECB
FRONTEX|IGO|Frontex
COE|IGO|Council of Europe;Parliamentary Assembly of the Council of Europe
ECHR|IGO|European Court of Human Rights
OSCE|IGO|OSCE;Organization for Security and Co-operation in Europe;Organization for Security and Cooperation in Europe;\
Organisation for Security and Co-operation in Europe
NATO|IGO|NATO;Nato;North Atlantic Treaty Organization;North Atlantic Treaty Organisation;North Atlantic Council;Atlantic alliance;KFOR
CSTO|IGO|CSTO;Collective Security Treaty Organization;Collective Security Treaty Organisation
CIS|IGO|CIS;Commonwealth of Independent States
EAEU|IGO|EAEU;Eurasian Economic Union
SCO|IGO|SCO;Shanghai Cooperation Organization;Shanghai Cooperation Organisation
OTS|IGO|OTS;Organization of Turkic States;Organisation of Turkic States
BRICS|IGO|BRICS;Brics
G7|IGO|G7;Group of Seven;G-7
G20|IGO|G20;Group of Twenty;Group of 20;G-20
G77|IGO|G77;Group of 77
OECD|IGO|OECD
OPEC|IGO|OPEC;Opec;OPEC+
ASEAN|IGO|ASEAN;Asean;Association of Southeast Asian Nations
APEC|IGO|APEC;Apec
SAARC|IGO|SAARC
AUKUS|IGO|AUKUS;Aukus
QUAD|IGO|Quad
ADB|IGO|Asian Development Bank
AIIB|IGO|Asian Infrastructure Investment Bank;AIIB
NDB|IGO|New Development Bank
PIF|IGO|Pacific Islands Forum
AU|IGO|African Union;AU;African Union Commission;AU Commission;Peace and Security Council
ECOWAS|IGO|ECOWAS;Ecowas;Economic Community of West African States;ECOWAS Commission
SADC|IGO|SADC;Southern African Development Community
EAC|IGO|East African Community
COMESA|IGO|COMESA;Common Market for Eastern and Southern Africa
IGAD|IGO|IGAD;Intergovernmental Authority on Development
CEMAC|IGO|CEMAC
ECCAS|IGO|ECCAS;Economic Community of Central African States
AES|IGO|Alliance of Sahel States
AFDB|IGO|African Development Bank
LAS|IGO|Arab League;League of Arab States
OIC|IGO|OIC;Organisation of Islamic Cooperation;Organization of Islamic Cooperation
GCC|IGO|GCC;Gulf Cooperation Council
ISDB|IGO|Islamic Development Bank
OAS|IGO|OAS;Organization of American States;Organisation of American States
CELAC|IGO|CELAC
MERCOSUR|IGO|Mercosur;MERCOSUR
OECS|IGO|OECS;Organisation of Eastern Caribbean States;Organization of Eastern Caribbean States
CARICOM|IGO|CARICOM;Caricom;Caribbean Community
ALBA|IGO|ALBA
CPLP|IGO|CPLP;Community of Portuguese-Speaking Countries;Community of Portuguese Language Countries
COMMONWEALTH|IGO|Commonwealth of Nations;Commonwealth Secretariat
OIF|IGO|Francophonie;Organisation internationale de la Francophonie
NAM-MOVEMENT|IGO|Non-Aligned Movement
ICRC|NGO|ICRC;International Committee of the Red Cross;Red Cross
IFRC|NGO|IFRC;International Federation of Red Cross and Red Crescent Societies
MSF|NGO|MSF;Medecins Sans Frontieres;Doctors Without Borders
AMNESTY|NGO|Amnesty International;Amnesty
HRW|NGO|Human Rights Watch;HRW
RSF-NGO|NGO|Reporters Without Borders;Reporters Sans Frontieres
CPJ|NGO|Committee to Protect Journalists;CPJ
ICG|NGO|International Crisis Group;Crisis Group
OXFAM|NGO|Oxfam
NRC|NGO|Norwegian Refugee Council
DRC-NGO|NGO|Danish Refugee Council
SAVE|NGO|Save the Children
GREENPEACE|NGO|Greenpeace
TI|NGO|Transparency International
IOC|NGO|International Olympic Committee;IOC
FIFA|NGO|FIFA;Fifa
UEFA|NGO|UEFA;Uefa
HAMAS|rebel|Hamas;Islamic Resistance Movement;al-Qassam Brigades;Qassam Brigades;Izz ad-Din al-Qassam Brigades
PIJ|rebel|Palestinian Islamic Jihad;Islamic Jihad;al-Quds Brigades
FATAH|party|Fatah
PLO|IGO|PLO;Palestine Liberation Organization;Palestine Liberation Organisation
HEZBOLLAH|rebel|Hezbollah;Hizbullah;Hizbollah;Hezbullah
HOUTHI|rebel|Houthi;Houthis;Ansar Allah;Ansarallah;Ansarullah;Houthi movement
TALIBAN|rebel|Taliban;Afghan Taliban;Taleban
TTP|rebel|TTP;Pakistani Taliban;Tehrik-e-Taliban Pakistan;Tehreek-e-Taliban Pakistan;Tehrik-i-Taliban Pakistan
BLA|rebel|BLA;Balochistan Liberation Army;Baloch Liberation Army
HAQQANI|rebel|Haqqani network
LET|rebel|Lashkar-e-Taiba;Lashkar-e-Tayyiba
JEM|rebel|Jaish-e-Mohammed;Jaish-e-Mohammad
ISIS|rebel|ISIS;Isis;ISIL;Isil;Islamic State;IS;Daesh;Da'esh;Islamic State group;Islamic State of Iraq and Syria
ISKP|rebel|ISIS-K;ISKP;IS-K;Islamic State Khorasan;Islamic State-Khorasan;Islamic State Khorasan Province
ISWAP|rebel|ISWAP;Islamic State West Africa Province
AQ|rebel|al-Qaeda;al-Qaida;Al Qaeda
AQAP|rebel|AQAP;al-Qaeda in the Arabian Peninsula
AQIM|rebel|AQIM;al-Qaeda in the Islamic Maghreb
JNIM|rebel|JNIM;Jama'at Nusrat al-Islam wal-Muslimin
HTS|rebel|HTS;Hayat Tahrir al-Sham
SDF|rebel|Syrian Democratic Forces;SDF
YPG|rebel|YPG;People's Protection Units
PKK|rebel|PKK;Kurdistan Workers' Party
FSA|rebel|Free Syrian Army
SHABAAB|rebel|al-Shabaab;al-Shabab;Al Shabaab;Shabaab
BOKO|rebel|Boko Haram
RSF|rebel|RSF;Rapid Support Forces
SAF|military|Sudanese Armed Forces
TPLF|rebel|TPLF;Tigray People's Liberation Front
OLA|rebel|Oromo Liberation Army
M23|rebel|M23;March 23 Movement;M23 rebels
ADF|rebel|Allied Democratic Forces
LRA|rebel|Lord's Resistance Army
POLISARIO|rebel|Polisario Front;Polisario
LNA|rebel|Libyan National Army;LNA
WAGNER|rebel|Wagner;Wagner Group;Africa Corps
SPLM-IO|rebel|SPLM-IO;SPLA-IO
CODECO|rebel|CODECO
FDLR|rebel|FDLR
AA-MMR|rebel|Arakan Army
KIA-MMR|rebel|Kachin Independence Army
NUG|rebel|National Unity Government of Myanmar;NUG
LTTE|rebel|LTTE;Tamil Tigers;Liberation Tigers of Tamil Eelam
ABU-SAYYAF|rebel|Abu Sayyaf
MILF|rebel|Moro Islamic Liberation Front
NPA|rebel|New People's Army
FARC|rebel|FARC;Revolutionary Armed Forces of Colombia
ELN|rebel|ELN;National Liberation Army
SHINING-PATH|rebel|Shining Path
IRA|rebel|IRA;Irish Republican Army;Provisional IRA
ETA|rebel|Euskadi Ta Askatasuna
PMF|rebel|Popular Mobilization Forces;Popular Mobilisation Forces;Hashd al-Shaabi
KATAIB|rebel|Kataib Hezbollah;Kata'ib Hezbollah
MB|party|Muslim Brotherhood
"""

# organs of one state by name: code | type | names
ORGANS = """
IRN|military|IRGC;Islamic Revolutionary Guard Corps;Islamic Revolution Guards Corps;Revolutionary Guards;Revolutionary Guard Corps;\
Quds Force
ISR|military|IDF;Israel Defense Forces;Israel Defence Forces;Mossad;Shin Bet
CHN|military|PLA;People's Liberation Army
CHN|government|Taiwan Affairs Office;Hong Kong and Macao Affairs Office
CHN|party|Communist Party of China;CPC Central Committee;Chinese Communist Party
RUS|government|FSB;Roscosmos
USA|military|CENTCOM;AFRICOM;INDOPACOM;US Indo-Pacific Command;US Forces Korea;United States Forces Korea
USA|government|CIA;FBI;Department of State;Department of Homeland Security;\
US Treasury;Department of the Treasury;Treasury Department;US Senate;OFAC;\
US House of Representatives;Federal Reserve;Fed
PAK|government|ISI;Inter-Services Intelligence;National Assembly of Pakistan
GEO|party|Georgian Dream
IND|party|BJP;Bharatiya Janata Party
PRK|party|Workers' Party of Korea;WPK
TUR|party|AKP;AK Party
GBR|party|SNP
GBR|government|MI6;MI5;Foreign Office of the United Kingdom;Home Office;FCDO
RUS|media|RIA Novosti;Tass;TASS;Sputnik;RT;Interfax;Rossiya 1
CHN|media|Xinhua;Global Times;People's Daily;CGTN;China Daily
GBR|media|BBC;The Guardian;Financial Times;The Times of London;Sky News
USA|media|Associated Press;New York Times;Washington Post;Washington Times;Wall Street Journal;CNN;Fox News;Bloomberg;Voice of America
FRA|media|Agence France-Presse;AFP;Le Monde;France 24
QAT|media|Al Jazeera;Al-Jazeera
IRN|media|IRNA;Tehran Times;Press TV;Fars News Agency
ISR|media|Haaretz;Jerusalem Post;Times of Israel
DEU|media|Der Spiegel;Deutsche Welle
JPN|media|Kyodo;NHK
PRK|media|KCNA;Korean Central News Agency;Rodong Sinmun
KOR|media|Yonhap;Yonhap News Agency
TUR|media|Anadolu Agency
CUB|media|Prensa Latina
UKR|media|Ukrinform
BLR|media|BelTA
"""

# names that hold a country's name and mean no country (or several); they only keep the shorter name from matching
NO_CODE = """
Georgia;South Georgia;Congo;Congolese;Korea;Korean;Koreans;Korean Peninsula;Dominican;Dominicans;Virgin Islands;Guineas;
South China Sea;East China Sea;South China Morning Post;Sea of Japan;Gulf of Mexico;Gulf of Oman;Gulf of Guinea;Gulf of Aden;
Persian Gulf;Indian Ocean;English Channel;Irish Sea;Philippine Sea;West Philippine Sea;Panama Canal;Panama Papers;Turkish Straits;
Taiwan Strait;New Mexico;New Jersey;New England;New South Wales;New Guinea;New Britain;British Columbia;Inner Mongolia;Indiana;
Lake Chad;Lake Chad Basin;Chad Basin;Niger River;Niger Delta;Niger State;River Niger;Jordan River;Jordan Valley;River Jordan;
River Congo;Congo River;Congo Basin;Benin City;Latin America;Latin American;Latin Americans;North America;North American;
South America;South American;Central America;Central American;Americas;Native American;Native Americans;American Indian;
West Indies;West Indian;East Indies;Indo-Pacific;Northern Cyprus;Turkish Republic of Northern Cyprus;Turkish Cypriot;Turkish Cypriots;
Washington State;
Washington state;Washington University;Washington County;Washington Nationals;Washington Capitals;Washington Commanders;Lake Washington;
Paris Agreement;Paris Accord;Paris Accords;Paris Club;Paris Saint-Germain;Vienna Convention;Vienna Conventions;
Geneva Convention;Minsk agreements;Minsk Agreements;Minsk accords;Minsk Protocol;Budapest Memorandum;Oslo Accords;Oslo accords;
Rome Statute;Treaty of Rome;Treaty of Lisbon;Lisbon Treaty;Warsaw Pact;Berlin Wall;Berlin Process;Havana syndrome;Prague Spring;
London School of Economics;London Stock Exchange;Tokyo Stock Exchange;Bern Convention;Abraham Accords;Bridgetown Initiative;
Bay of Bengal;Isle of Wight;Southern Africa;Central Africa;Air France;Air India;Bank of America;Bank of China;Orange Order;
Islamic State of Iraq;Sudan Tribune;South Ossetia;Lima Group;Santiago de Compostela;Santiago de Cuba;
Panama hat;Inter American;Pan American;National Security Council;Supreme National Security Council;Supreme Security Council;
Fatah bloc;Fatah alliance;South American;Trinamool Congress;Wellington boots;Duke of Wellington;America First;
Copenhagen criteria;Fed up;Wales Online;Cyprus Mail;Amman Message
"""

# X-word: the country is not the one that acts or owns
DETACHED = """
backed led based occupied controlled born funded sponsored aligned held made style linked supported trained installed appointed
financed armed friendly speaking language dominated brokered mediated affiliated leaning related majority allied owned built
imposed administered drafted registered flagged wide listed educated facing bound supplied claimed annexed recognised recognized
designated sanctioned ruled run governed mandated proposed convened patrolled besieged seized
"""

PREFIXES = {
    "sino": "CHN", "russo": "RUS", "franco": "FRA", "anglo": "GBR", "indo": "IND", "greco": "GRC", "turco": "TUR",
    "italo": "ITA", "austro": "AUT", "nippo": "JPN", "euro": "EU", "serbo": "SRB", "irano": "IRN", "israelo": "ISR",
}  # fmt: skip
