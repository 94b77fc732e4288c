"""Each language we have a file for: recognised, its marks, its safe patterns."""

from __future__ import annotations

import pytest

from digest.sources import read_text
from digest.summary import summarize
from digest.summary.languages import UNKNOWN, codes, language, recognise

#: our own sentences: the article, and who says which quote with which role
ARTICLES = {
    "en": (
        "The harbour of Lowmouth will be closed for repairs until the end of March.\n\n"
        "“The quay is older than all of us and it shows,” said Ada Quill, the harbour "
        "master. “We close it now so that nobody gets hurt.”\n\n"
        "Quill told the council that the money is there: “We have saved for this for "
        "nine years.”",
        [
            ("The quay is older than all of us and it shows,", "Ada Quill"),
            ("We close it now so that nobody gets hurt.", "Ada Quill"),
            ("We have saved for this for nine years.", "Ada Quill"),
        ],
    ),
    "de": (
        "Der Hafen von Niederwasser wird für Bauarbeiten bis Ende März gesperrt.\n\n"
        "„Die Mauer ist älter als wir alle, und man sieht es ihr an“, sagte die "
        "Hafenmeisterin Ada Quast. „Wir schließen jetzt, damit niemand verletzt "
        "wird.“\n\n"
        "In Niederwasser erklärte Bürgermeister Emil Tander: „Das Geld haben wir seit "
        "neun Jahren zurückgelegt.“",
        [
            ("Die Mauer ist älter als wir alle, und man sieht es ihr an", "Ada Quast"),
            ("Wir schließen jetzt, damit niemand verletzt wird.", "Ada Quast"),
            ("Das Geld haben wir seit neun Jahren zurückgelegt.", "Emil Tander"),
        ],
    ),
    "fr": (
        "Le port de Basse-Eau sera fermé pour travaux jusqu'à la fin mars.\n\n"
        "« Le quai est plus vieux que nous tous et cela se voit », a déclaré Ada "
        "Quintin, la directrice du port. « Nous fermons pour que personne ne se "
        "blesse », a-t-elle ajouté.\n\n"
        "Selon le maire, Émile Tandré, « l'argent est là depuis plus de neuf ans ».",
        [
            ("Le quai est plus vieux que nous tous et cela se voit", "Ada Quintin"),
            ("Nous fermons pour que personne ne se blesse", "Ada Quintin"),
            ("l'argent est là depuis plus de neuf ans", "Émile Tandré"),
        ],
    ),
    "es": (
        "El puerto de Aguabaja estará cerrado por obras hasta el final de marzo.\n\n"
        "«El muelle es más viejo que todos nosotros y se nota», dijo la directora del "
        "puerto, Ada Quintana. «Lo cerramos para que nadie se haga daño», añadió.\n\n"
        "El alcalde, Emilio Tandero, explicó: «El dinero está ahorrado desde hace "
        "nueve años».",
        [
            ("El muelle es más viejo que todos nosotros y se nota", "Ada Quintana"),
            ("Lo cerramos para que nadie se haga daño", "Ada Quintana"),
            ("El dinero está ahorrado desde hace nueve años", "Emilio Tandero"),
        ],
    ),
    "it": (
        "Il porto di Acquabassa resterà chiuso per lavori fino alla fine di marzo.\n\n"
        "«Il molo è più vecchio di tutti noi e si vede», ha detto Ada Quintini, la "
        "direttrice del porto. «Lo chiudiamo perché nessuno si faccia male», ha "
        "aggiunto Quintini.\n\n"
        "Il sindaco Emilio Tanderi ha spiegato: «I soldi li abbiamo messi da parte da "
        "nove anni».",
        [
            ("Il molo è più vecchio di tutti noi e si vede", "Ada Quintini"),
            ("Lo chiudiamo perché nessuno si faccia male", "Ada Quintini"),
            ("I soldi li abbiamo messi da parte da nove anni", "Emilio Tanderi"),
        ],
    ),
    "nl": (
        "De haven van Laagwater gaat wegens werk dicht tot het einde van maart.\n\n"
        "“De kade is ouder dan wij allemaal en dat is te zien”, zei havenmeester Ada "
        "Kwint. “We sluiten nu zodat niemand gewond raakt”, aldus Kwint.\n\n"
        "Burgemeester Emiel Tander zegt: “Het geld hebben we in negen jaar gespaard.”",
        [
            ("De kade is ouder dan wij allemaal en dat is te zien", "Ada Kwint"),
            ("We sluiten nu zodat niemand gewond raakt", "Ada Kwint"),
            ("Het geld hebben we in negen jaar gespaard.", "Emiel Tander"),
        ],
    ),
    "pt": (
        "O porto de Aguabaixa vai ficar fechado para obras até ao fim de março.\n\n"
        "“O cais é mais velho do que todos nós e isso vê-se”, disse Ada Quintela, a "
        "diretora do porto. “Fechamos agora para que ninguém se magoe”, acrescentou "
        "Quintela.\n\n"
        "Segundo o presidente da câmara, Emílio Tandeiro, “o dinheiro está guardado "
        "há nove anos”.",
        [
            ("O cais é mais velho do que todos nós e isso vê-se", "Ada Quintela"),
            ("Fechamos agora para que ninguém se magoe", "Ada Quintela"),
            ("o dinheiro está guardado há nove anos", "Emílio Tandeiro"),
        ],
    ),
}


#: the same sentences in languages that have no file
OTHERS = {
    "sv": (
        "Hamnen i Lågvatten stängs för reparationer till slutet av mars. "
        "”Kajen är äldre än vi alla och det syns”, sade hamnchefen Ada "
        "Kvist. Kommunen har sparat pengar i nio år, men det räcker inte "
        "till allt som behöver göras."
    ),
    "da": (
        "Havnen i Lavvand lukkes for reparationer indtil slutningen af "
        "marts. »Kajen er ældre end os alle, og det kan ses«, siger "
        "havnefoged Ada Kvist. Kommunen har sparet penge op i ni år, men "
        "det rækker ikke til det hele."
    ),
    "no": (
        "Havna i Lavvann stenges for reparasjoner fram til slutten av "
        "mars. – Kaia er eldre enn oss alle, og det synes, sier havnesjef "
        "Ada Kvist. Kommunen har spart penger i ni år, men det rekker ikke "
        "til alt som må gjøres."
    ),
    "pl": (
        "Port w Niskiej Wodzie zostanie zamknięty do końca marca z powodu "
        "remontu. „Nabrzeże jest starsze niż my wszyscy i to widać”, "
        "powiedziała Ada Kwiat, która kieruje portem. Miasto oszczędzało "
        "na to przez dziewięć lat."
    ),
    "cs": (
        "Přístav v Nízké Vodě bude až do konce března uzavřen kvůli "
        "opravám. „Nábřeží je starší než my všichni a je to na něm vidět,“ "
        "řekla Ada Květová, která přístav vede. Město na to šetřilo devět "
        "let."
    ),
    "ro": (
        "Portul din Apa Joasă va fi închis pentru reparații până la "
        "sfârșitul lunii martie. „Cheiul este mai vechi decât noi toți și "
        "se vede”, a spus Ada Florea, directoarea portului. Orașul a "
        "strâns bani pentru asta timp de nouă ani."
    ),
    "ca": (
        "El port d’Aigua Baixa estarà tancat per obres fins a finals de "
        "març. «El moll és més vell que tots nosaltres i es nota», va dir "
        "la directora del port, Ada Quintana. L’ajuntament ha estalviat "
        "durant nou anys per poder pagar-ho."
    ),
    "gl": (
        "O porto de Augabaixa estará pechado por obras ata finais de "
        "marzo. «O peirao é máis vello ca todos nós e nótase», dixo a "
        "directora do porto, Ada Quintá. O concello aforrou durante nove "
        "anos para poder pagalo e xa ten o diñeiro."
    ),
    "tr": (
        "Alçaksu limanı onarım nedeniyle mart ayı sonuna kadar kapalı "
        "olacak. Liman müdürü Ada Kaya, “Rıhtım hepimizden daha yaşlı ve "
        "bu belli oluyor” dedi. Belediye bunun için dokuz yıl boyunca para "
        "biriktirdi ve artık yeni bir rıhtım yapılacak."
    ),
    "fi": (
        "Matalan satama on kiinni maaliskuun loppuun asti korjausten "
        "vuoksi. ”Laituri on vanhempi kuin me kaikki yhteensä”, sanoi Aada "
        "Kvintti. Kaupunki on säästänyt rahaa yhdeksän vuotta, mutta se ei "
        "riitä kaikkeen."
    ),
    "hu": (
        "Az alacsonyvízi kikötő március végéig zárva lesz a felújítás "
        "miatt. „A rakpart mindannyiunknál öregebb, és ez látszik is” – "
        "mondta Virág Ada, a kikötő vezetője. A város kilenc éven át "
        "gyűjtött erre, de ez nem elég."
    ),
    "af": (
        "Die hawe van Laagwater sal tot einde Maart gesluit wees vir "
        "herstelwerk. “Die kaai is ouer as ons almal en dit wys,” het Ada "
        "Kwint, die hawemeester, gesê. Die stad het nege jaar lank "
        "daarvoor gespaar, maar dit is nie genoeg nie."
    ),
    "ru": (
        "Порт в Низкой Воде будет закрыт на ремонт до конца марта. «Причал "
        "старше нас всех, и это видно», — сказала начальник порта Ада "
        "Цветкова. Город копил на это девять лет, но денег всё равно не "
        "хватит."
    ),
    "uk": (
        "Порт у Низькій Воді буде закрито на ремонт до кінця березня. "
        "«Причал старший за всіх нас, і це видно», — сказала керівниця "
        "порту Ада Квіт. Місто збирало на це гроші дев’ять років, але їх "
        "усе одно не вистачить."
    ),
    "bg": (
        "Пристанището в Ниска вода ще бъде затворено за ремонт до края на "
        "март. „Кеят е по-стар от всички нас и това си личи“, каза Ада "
        "Цветкова, която ръководи пристанището. Градът спестява за това от "
        "девет години."
    ),
    "el": (
        "Το λιμάνι των Χαμηλών Νερών θα μείνει κλειστό για επισκευές έως "
        "τα τέλη Μαρτίου. «Η προβλήτα είναι πιο παλιά από όλους μας και "
        "αυτό φαίνεται», είπε η Άντα Ανθού, που διευθύνει το λιμάνι."
    ),
    "ja": (
        "低水港は修理のため三月末まで閉鎖される。「岸壁は私たちの誰よりも古い。見れば"
        "わかる」と港長の青木エイダさんは話した。市は九年間かけて資金をためてきた。"
    ),
    "zh": (
        "低水港因维修将关闭至三月底。“码头比我们所有人都老，一看就知道，”港务长林艾"
        "达说。市政府为此存了九年的钱，但仍然不够。"
    ),
    "ar": (
        "سيغلق ميناء المياه المنخفضة حتى نهاية مارس من أجل أعمال الإصلاح. "
        "وقالت مديرة الميناء عايدة الورد: «الرصيف أقدم منا جميعا وهذا "
        "واضح». وقد ادخرت المدينة المال من أجل ذلك على مدى تسع سنوات."
    ),
    "ko": (
        "저수항은 수리를 위해 3월 말까지 폐쇄된다. “부두는 우리 모두보다 "
        "오래되었다”고 항만장 김에이다 씨는 말했다."
    ),
    "hr": (
        "Luka u Niskoj Vodi bit će zatvorena zbog popravaka do kraja "
        "ožujka. „Pristanište je starije od svih nas i to se vidi”, rekla "
        "je Ada Cvijet, koja vodi luku. Grad je za to štedio devet godina, "
        "ali to nije dovoljno."
    ),
}


def test_every_language_has_an_article() -> None:
    """No file of words without a test of it."""
    assert sorted(ARTICLES) == list(codes())


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_it_is_recognised(code: str) -> None:
    """By its stop words, without a model."""
    assert recognise(ARTICLES[code][0]) == code


@pytest.mark.parametrize("code", sorted(OTHERS))
def test_a_neighbour_is_not_taken_for_it(code: str) -> None:
    """Swedish is not Dutch, Galician is not Portuguese."""
    assert recognise(OTHERS[code]) == code


@pytest.mark.parametrize("text", ["", "Ada Quill", "12 34", "lorem ipsum dolor sit"])
def test_too_little_is_in_no_language(text: str) -> None:
    """Names, numbers, a line."""
    assert recognise(text) is None


@pytest.mark.parametrize(
    ("code", "known"), [("de-AT", "de"), ("pt_BR", "pt"), ("EN", "en")]
)
def test_codes_with_a_country(code: str, known: str) -> None:
    """As pages and feeds write them."""
    assert language(code).code == known


def test_a_code_that_is_none() -> None:
    """Whatever a page says of its language."""
    assert language("no language at all") is UNKNOWN


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_its_quotes_and_speakers(code: str) -> None:
    """The marks and the safe patterns of the language."""
    text, expected = ARTICLES[code]
    summary = summarize(read_text(text, id=code))
    said = [
        (quote.span.text, quote.attribution.speaker if quote.attribution else None)
        for quote in summary.quotes
    ]
    assert said == expected
    assert summary.language == code
    assert summary.lede.text.startswith(text[:40])


@pytest.mark.parametrize("code", sorted(ARTICLES))
def test_its_words_are_lower_case(code: str) -> None:
    """A word with a capital would never be found."""
    known = language(code)
    every = known.stopwords | known.openers | known.cues | known.titles | known.given
    assert not [word for word in every if word != word.lower()]


@pytest.mark.parametrize(
    ("code", "quote"),
    [
        ("sv", "Kajen är äldre än vi alla och det syns"),
        ("pl", "Nabrzeże jest starsze niż my wszyscy i to widać"),
        ("fi", "Laituri on vanhempi kuin me kaikki yhteensä"),
        ("ru", "Причал старше нас всех, и это видно"),
        ("el", "Η προβλήτα είναι πιο παλιά από όλους μας και αυτό φαίνεται"),
        ("tr", "Rıhtım hepimizden daha yaşlı ve bu belli oluyor"),
        ("ar", "الرصيف أقدم منا جميعا وهذا واضح"),
        ("ja", "岸壁は私たちの誰よりも古い。見ればわかる"),
        ("zh", "码头比我们所有人都老，一看就知道，"),
    ],
)
def test_another_language_has_quotes_without_speakers(code: str, quote: str) -> None:
    """The lede, its first sentence, and the quotes; nobody named."""
    summary = summarize(read_text(OTHERS[code], id=code), sentences=1)
    assert summary.language == code
    assert [said.span.text for said in summary.quotes] == [quote]
    assert summary.quotes[0].attribution is None
    assert OTHERS[code].startswith(summary.lede.text)
    assert len(summary.lede.text) < len(OTHERS[code])
