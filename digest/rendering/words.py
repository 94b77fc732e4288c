"""The newsletter's own words and dates, in the languages it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_RTL = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"}
)


def direction(language: str) -> str:
    """ "rtl" or "ltr", by a language tag (BCP 47): its script, else its language."""
    language, *rest = language.lower().replace("_", "-").split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in ("arab", "hebr", "syrc", "thaa") else "ltr"
    return "rtl" if language in _RTL else "ltr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words; in a pattern, braces hold what is filled in."""

    in_this_issue: str
    read: str
    #: the same of a sound, and of a film
    listen: str
    watch: str
    also: str
    #: before what the editor says of a story, above the editor's own paragraph, and
    #: above what is paid for
    note: str
    editorial: str
    sponsored: str
    why: str
    unsubscribe: str
    preferences: str
    #: the name comes with a space before it, or not at all
    greeting: str
    online: str
    more_online: str
    more_left: str
    number: str
    #: a date, and one with its day of the week
    date: str
    day: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    #: the outer quotation marks, with the spaces that belong to them
    quotes: tuple[str, str]

    def on(self, when: datetime, *, weekday: bool = False) -> str:
        """The date in words."""
        pattern = self.day if weekday else self.date
        return pattern.format(
            weekday=self.weekdays[when.weekday()],
            day=when.day,
            month=self.months[when.month - 1],
            year=when.year,
        )


def words(language: str) -> Words:
    """The words of a language tag (BCP 47); English where we have none."""
    return WORDS.get(language.lower().replace("_", "-").split("-")[0], WORDS["en"])


def _names(names: str) -> tuple[str, ...]:
    return tuple(names.split())


WORDS = {
    "en": Words(
        in_this_issue="In this issue",
        read="Read the story",
        listen="Listen",
        watch="Watch",
        also="Also reported by",
        note="Editor’s note",
        editorial="From the editor",
        sponsored="Advertisement",
        why="You receive this newsletter because you subscribed to it.",
        unsubscribe="Unsubscribe",
        preferences="Preferences",
        greeting="Hello{name},",
        online="Read online",
        more_online="{count} more stories online",
        more_left="… and {count} more stories.",
        number="No. {number}",
        date="{day} {month} {year}",
        day="{weekday}, {day} {month} {year}",
        months=_names(
            "January February March April May June July August September "
            "October November December"
        ),
        weekdays=_names("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
        quotes=("“", "”"),
    ),
    "de": Words(
        in_this_issue="In dieser Ausgabe",
        read="Zum Artikel",
        listen="Anhören",
        watch="Ansehen",
        also="Auch bei",
        note="Anmerkung der Redaktion",
        editorial="Von der Redaktion",
        sponsored="Anzeige",
        why="Sie erhalten diesen Newsletter, weil Sie sich dafür angemeldet haben.",
        unsubscribe="Abmelden",
        preferences="Einstellungen",
        greeting="Guten Tag{name},",
        online="Online lesen",
        more_online="{count} weitere Artikel online",
        more_left="… und {count} weitere Artikel.",
        number="Nr. {number}",
        date="{day}. {month} {year}",
        day="{weekday}, {day}. {month} {year}",
        months=_names(
            "Januar Februar März April Mai Juni Juli August September "
            "Oktober November Dezember"
        ),
        weekdays=_names("Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag"),
        quotes=("„", "“"),
    ),
    "fr": Words(
        in_this_issue="Dans ce numéro",
        read="Lire l’article",
        listen="Écouter",
        watch="Regarder",
        also="À lire aussi",
        note="Note de la rédaction",
        editorial="Le mot de la rédaction",
        sponsored="Publicité",
        why="Vous recevez cette newsletter parce que vous y êtes inscrit.",
        unsubscribe="Se désinscrire",
        preferences="Préférences",
        greeting="Bonjour{name},",
        online="Lire en ligne",
        more_online="{count} autres articles en ligne",
        more_left="… et {count} autres articles.",
        number="N° {number}",
        date="{day} {month} {year}",
        day="{weekday} {day} {month} {year}",
        months=_names(
            "janvier février mars avril mai juin juillet août septembre "
            "octobre novembre décembre"
        ),
        weekdays=_names("lundi mardi mercredi jeudi vendredi samedi dimanche"),
        quotes=("«\u202f", "\u202f»"),
    ),
    "es": Words(
        in_this_issue="En este número",
        read="Leer la noticia",
        listen="Escuchar",
        watch="Ver",
        also="También en",
        note="Nota de la redacción",
        editorial="De la redacción",
        sponsored="Publicidad",
        why="Recibe este boletín porque se suscribió.",
        unsubscribe="Darse de baja",
        preferences="Preferencias",
        greeting="Hola{name},",
        online="Leer en la web",
        more_online="{count} noticias más en la web",
        more_left="… y {count} noticias más.",
        number="N.º {number}",
        date="{day} de {month} de {year}",
        day="{weekday}, {day} de {month} de {year}",
        months=_names(
            "enero febrero marzo abril mayo junio julio agosto septiembre "
            "octubre noviembre diciembre"
        ),
        weekdays=_names("lunes martes miércoles jueves viernes sábado domingo"),
        quotes=("«", "»"),
    ),
    "nl": Words(
        in_this_issue="In dit nummer",
        read="Lees het artikel",
        listen="Luisteren",
        watch="Bekijken",
        also="Ook bij",
        note="Noot van de redactie",
        editorial="Van de redactie",
        sponsored="Advertentie",
        why="U ontvangt deze nieuwsbrief omdat u zich erop hebt geabonneerd.",
        unsubscribe="Afmelden",
        preferences="Voorkeuren",
        greeting="Dag{name},",
        online="Lees online",
        more_online="Nog {count} artikelen online",
        more_left="… en nog {count} artikelen.",
        number="Nr. {number}",
        date="{day} {month} {year}",
        day="{weekday} {day} {month} {year}",
        months=_names(
            "januari februari maart april mei juni juli augustus september "
            "oktober november december"
        ),
        weekdays=_names("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        quotes=("“", "”"),
    ),
    "it": Words(
        in_this_issue="In questo numero",
        read="Leggi l’articolo",
        listen="Ascolta",
        watch="Guarda",
        also="Anche su",
        note="Nota della redazione",
        editorial="Dalla redazione",
        sponsored="Pubblicità",
        why="Ricevi questa newsletter perché ti sei iscritto.",
        unsubscribe="Annulla l’iscrizione",
        preferences="Preferenze",
        greeting="Buongiorno{name},",
        online="Leggi online",
        more_online="Altri {count} articoli online",
        more_left="… e altri {count} articoli.",
        number="N. {number}",
        date="{day} {month} {year}",
        day="{weekday} {day} {month} {year}",
        months=_names(
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre "
            "ottobre novembre dicembre"
        ),
        weekdays=_names("lunedì martedì mercoledì giovedì venerdì sabato domenica"),
        quotes=("«", "»"),
    ),
    "pt": Words(
        in_this_issue="Nesta edição",
        read="Ler a notícia",
        listen="Ouvir",
        watch="Ver",
        also="Também em",
        note="Nota da redação",
        editorial="Da redação",
        sponsored="Publicidade",
        why="Recebe esta newsletter porque se inscreveu.",
        unsubscribe="Cancelar a subscrição",
        preferences="Preferências",
        greeting="Olá{name},",
        online="Ler na Internet",
        more_online="Mais {count} notícias na Internet",
        more_left="… e mais {count} notícias.",
        number="N.º {number}",
        date="{day} de {month} de {year}",
        day="{weekday}, {day} de {month} de {year}",
        months=_names(
            "janeiro fevereiro março abril maio junho julho agosto setembro "
            "outubro novembro dezembro"
        ),
        weekdays=_names(
            "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira "
            "sábado domingo"
        ),
        quotes=("“", "”"),
    ),
    "ar": Words(
        in_this_issue="في هذا العدد",
        read="اقرأ الخبر",
        listen="استمع",
        watch="شاهد",
        also="وأيضًا في",
        note="ملاحظة المحرر",
        editorial="من المحرر",
        sponsored="إعلان",
        why="تصلك هذه الرسالة لأنك اشتركت فيها.",
        unsubscribe="إلغاء الاشتراك",
        preferences="التفضيلات",
        greeting="مرحبًا{name}،",
        online="اقرأ على الويب",
        more_online="{count} أخبار أخرى على الويب",
        more_left="… و{count} أخبار أخرى.",
        number="العدد {number}",
        date="{day} {month} {year}",
        day="{weekday}، {day} {month} {year}",
        months=_names(
            "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"
        ),
        weekdays=_names("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"),
        quotes=("«", "»"),
    ),
    "he": Words(
        in_this_issue="בגיליון הזה",
        read="לכתבה",
        listen="להאזנה",
        watch="לצפייה",
        also="גם אצל",
        note="הערת העורך",
        editorial="מהעורך",
        sponsored="פרסומת",
        why="קיבלתם את הדואר הזה כי נרשמתם אליו.",
        unsubscribe="הסרה מרשימת התפוצה",
        preferences="העדפות",
        greeting="שלום{name},",
        online="לקריאה באתר",
        more_online="עוד {count} כתבות באתר",
        more_left="… ועוד {count} כתבות.",
        number="גיליון {number}",
        date="{day} ב{month} {year}",
        day="יום {weekday}, {day} ב{month} {year}",
        months=_names(
            "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר"
        ),
        weekdays=_names("שני שלישי רביעי חמישי שישי שבת ראשון"),
        quotes=("”", "“"),
    ),
}
