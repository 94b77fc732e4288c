"""How common words are in any news: what a small batch of articles can't tell itself.

The share of articles that hold each word, in three steps, counted in the first 250
words of English news (two collections, the lower share) and of German Wikinews; of
other languages the words that lead on to others, without a count.
"""

from __future__ import annotations

from collections.abc import Mapping

from digest.issue.headline import LEADING_ON

#: in most articles
_EVERYWHERE = """
a an and are as at be but by for from has have he his in is it of on one s said that
the this to was who with als am an auch auf aus bei das dass dem den der des die ein
eine einem einen einer es für hat im in ist mit nach nicht sich und von werden wurde
zu
"""
#: in a quarter of them
_COMMON = """
about according after all also because been before can could during first had her him
i if into its just last like made many more most new no not now off only or other out
over people she so some t than their them there they time told two united up we were
what when which while will would year years you aber angaben bereits bis da damit
diese dieser durch eines er gegen haben hatte jahr jahren jedoch keine mehr menschen
noch nur sei sein seine seiner seit sie sind so soll um unter vom vor war waren wie
wird worden wurden zum zur zwei über
"""
#: in a tenth
_FREQUENT = """
across against ago among another any around asked back become behind being between big
both called came change city come country day days despite did do does down early end
even event every far final five former found four friday front get go going good
government group held help here how including large later lead left little long look m
make may members might monday month move mr much my national news next night number
officials our own part past post president public put re recent released right run
same saturday say says second security see set should show since six state still such
sunday take taking then these things think those three through thursday today too top
trying tuesday u under us use used ve very way wednesday week well where whether win
without won working world ab alle allerdings anderem anderen aufgrund beiden beim
bekannt bisher dabei dann darauf daraufhin darunter davon dazu derzeit deutsche
deutschen deutschland dies diesem dieses dort drei ebenfalls einige ende entscheidung
erklärte erst erste ersten etwa fünf gab gegeben gegenüber geht gekommen gestern
gewesen gibt grossen habe hatten heute hätten ihm ihre ihren ihrer immer ins insgesamt
jahre jetzt jährige kam kann konnte können laut leben letzten man mann mehrere
millionen musste müssen nachdem neben neue neuen nun nähe ob oder ohne personen
polizei prozent präsident regierung rund sagte schon sechs seien seinem seinen selbst
sollen sollte sondern sowie stadt statt stunden trotz uhr vergangenen vier was wegen
weil weitere wenn werde wieder will wir wollen während zehn zeit zufolge zurück zuvor
zwischen
"""

#: word, in lower case → the share of articles that hold it, in three steps
COMMONNESS: Mapping[str, float] = (
    dict.fromkeys(LEADING_ON, 0.25)
    | dict.fromkeys(_FREQUENT.split(), 0.1)
    | dict.fromkeys(_COMMON.split(), 0.25)
    | dict.fromkeys(_EVERYWHERE.split(), 0.6)
)
