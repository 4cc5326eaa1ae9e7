"""Why a value could not be used, in Swedish: the doors say it in English, one sentence a value."""

from __future__ import annotations

import re

from geoplan.maps.labels import Text, column_text

_SV = (
    ("not on a way of the modes read", "inte på en väg eller bana som läses"),
    ("on a relation, not on a way or node", "på en relation, inte på en väg eller nod"),
    ("node is on no road or railway of the modes read", "noden ligger inte på en väg eller bana som läses"),
    ("the way has less than two nodes in the file", "vägen har färre än två noder i filen"),
    ("access on a node, not on a way", "behörighet på en nod, inte på en väg"),
    ("access by lane", "behörighet för ett körfält"),
    ("a condition by lane", "villkor för ett körfält"),
    ("no column holds (a limit|this kind) of (this kind|restriction)", "ingen kolumn rymmer en sådan begränsning"),
    ("says nothing about a limit", "säger inget om en gräns"),
    ("says whether there is a sign, no number", "säger om det finns en skylt, inte vilket värde"),
    ("key not known: (.*)", r"okänt led i taggen: \1"),
    ("binds no motor vehicles only", "gäller inga motorfordon"),
    ("binds (.*) only", r"gäller endast \1"),
    ("a lane has no limit of its own, .*", "ett körfält saknar egen gräns, så ingen gäller hela vägen"),
    ("a limit for some vehicle sizes only", "gäller endast vissa fordonsstorlekar"),
    ("(.*) for some vehicle sizes only", r"\1 gäller endast vissa fordonsstorlekar"),
    (r"an exemption that may not hold \((.*)\): .*", r"ett undantag som kanske inte gäller (\1); gränsen själv räknas"),
    ("binds several dimensions at once; .*", "gäller flera mått på en gång"),
    (r"forbids small vehicles \((.*)\); .*", r"förbjuder små fordon (\1)"),
    ("depends on the time or the errand; .*", "beror på tid eller ärende; ange datum och klockslag för att pröva det"),
    ("not readable, or for some vehicle sizes only", "kan inte läsas, eller gäller endast vissa fordonsstorlekar"),
    ("not readable: no value @ condition", "kan inte läsas: inget värde @ villkor"),
    ("not readable: no number", "kan inte läsas: inget tal"),
    ("not readable: not above zero", "kan inte läsas: inte större än noll"),
    ("not readable: longer than 255 characters", "kan inte läsas: längre än 255 tecken"),
    ("not readable: unknown unit (.*)", r"kan inte läsas: okänd enhet \1"),
    ("not readable: not plausible as .*", "kan inte läsas: orimligt värde"),
    ("not readable(: .*)?", r"kan inte läsas\1"),
    ("empty", "tomt"),
    ("has no member (.*)", r"saknar medlemmen \1"),
    ("neither no_ nor only_", "varken no_ eller only_"),
    ("way (.*) of it is no road of the network", r"dess väg \1 är ingen väg i nätet"),
    ("its ways do not meet, or one-way streets .*", "vägarna möts inte, eller enkelriktning förbjuder det redan"),
    ("lies on no road link of the network", "ligger inte på någon väglänk i nätet"),
    ("is no line category of EN 15528", "ingen linjeklass enligt EN 15528"),
    ("is no code that is known", "okänd kod"),
    ("is no number", "inget tal"),
    ("is no bearing class BK1 to BK4", "ingen bärighetsklass BK1 till BK4"),
    ("is no construction that is known", "okänd konstruktionstyp"),
    ("is no length; the straight line is taken", "ingen längd; fågelvägen används"),
    ("does not say of what axles it is the pressure(.*)", r"säger inte vilka axlar trycket gäller\1"),
)


def reason_text(reason: str) -> Text:
    """The reason in both languages; in English alone where it has no Swedish words."""
    english = re.sub(r"\b(max_[a-z_]+)\b", lambda name: column_text(name[1], "en"), reason)
    found = re.fullmatch(r"(\S+) has no number for (max_[a-z_]+)", reason)
    if found:
        return Text(f"{found[1]} ger inget tal för {column_text(found[2], 'sv')}", english)
    for pattern, swedish in _SV:
        match = re.fullmatch(pattern, reason, re.DOTALL)
        if match:
            return Text(match.expand(swedish), english)
    return Text(reason, english)
