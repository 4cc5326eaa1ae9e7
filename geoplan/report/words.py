"""Words of the report itself, in Swedish and English."""

from __future__ import annotations

from geoplan.maps.labels import Lang, Text

WORDS: dict[str, Text] = {
    "headline": Text("Huvudresultat", "Main results"),
    "contents": Text("Innehåll", "Contents"),
    "skip": Text("Hoppa till innehållet", "Skip to content"),
    "language": Text("Språk", "Language"),
    "maps": Text("Kartor", "Maps"),
    "open_map": Text("Öppna kartan", "Open the map"),
    "files": Text("Filer att ta med", "Files to take along"),
    "about": Text("Antaganden och källor", "Assumptions and sources"),
    "about_intro": Text(
        "Ett okänt värde räknas aldrig som noll och aldrig som att gräns saknas. Antagna värden är märkta i data.",
        "A value that is not known never counts as zero, nor as no limit. Assumed values are marked in the data.",
    ),
    "assumptions": Text("Antaganden", "Assumptions"),
    "sources": Text("Källor", "Sources"),
    "shares": Text("Vad resultaten vilar på", "What the results rest on"),
    "measured": Text("uppgift finns", "stated"),
    "assumed": Text("antaget", "assumed"),
    "unknown": Text("okänt", "not known"),
    "rests_on": Text("Vilar på", "Rests on"),
    "rests_unknown": Text("{share} okända värden", "{share} values not known"),
    "rests_assumed": Text("{share} antagna värden", "{share} assumed values"),
    "rests_known": Text("Inga okända eller antagna värden", "No unknown or assumed values"),
    "and": Text("och", "and"),
    "data_date": Text("Data per", "Data as of"),
    "version": Text("geoplan", "geoplan"),
    "command": Text("Kommando", "Command"),
    "attribution": Text("Upphov till data", "Attribution of the data"),
    "source": Text("Källa", "Source"),
    "licence": Text("Licens", "Licence"),
    "date": Text("Datum", "Date"),
    "confidence": Text("Tillförlitlighet", "Confidence"),
    "checksum": Text("Kontrollsumma", "Checksum"),
    "address": Text("Adress", "Address"),
    "show_all": Text("Visa alla rader", "Show all rows"),
    "show_few": Text("Visa färre rader", "Show fewer rows"),
    "rows": Text("rader", "rows"),
    "csv": Text("Hämta som CSV", "Download as CSV"),
    "sort": Text("sortera", "sort"),
    "empty": Text("Inga rader.", "No rows."),
    "good": Text("går", "possible"),
    "bad": Text("går inte", "not possible"),
    "open": Text("öppen fråga", "open question"),
    "made_with": Text("Framtagen med geoplan", "Made with geoplan"),
    "key_figures": Text("Nyckeltal", "Key figures"),
    "figure": Text("Nyckeltal", "Figure"),
    "value": Text("Värde", "Value"),
    "unit": Text("Enhet", "Unit"),
    "basis": Text("Underlag", "Basis"),
    "share_unknown": Text("Andel okänt", "Share not known"),
    "share_assumed": Text("Andel antaget", "Share assumed"),
    "sheet": Text("Blad", "Sheet"),
    "content": Text("Innehåll", "Content"),
    "note": Text("Anmärkning", "Note"),
    "about_sheet": Text("Om", "About"),
    "study": Text("Studie", "Study"),
    "unknown_note": Text(
        "Tom cell betyder att värdet inte är känt. ”Obegränsat” betyder att det är känt att gräns saknas.",
        "An empty cell means that the value is not known. “Unlimited” means that there is known to be no limit.",
    ),
}


def word(key: str, lang: Lang) -> str:
    """A word of the report."""
    return WORDS[key].of(lang)
