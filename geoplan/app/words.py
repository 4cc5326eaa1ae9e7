"""Words of the live page in both languages."""

from __future__ import annotations

from geoplan.maps.labels import Lang, Text

WORDS: dict[str, Text] = {
    "load": Text("Last", "Load"),
    "weight": Text("Vikt", "Weight"),
    "length": Text("Längd", "Length"),
    "width": Text("Bredd", "Width"),
    "height": Text("Höjd", "Height"),
    "preset": Text("Transport i studien", "Transport of the study"),
    "own": Text("Egen last", "Own load"),
    "origin": Text("Från", "From"),
    "destination": Text("Till", "To"),
    "any": Text("Den hamn som blir billigast", "Whichever port is cheapest"),
    "vehicle": Text("Fordon", "Vehicle"),
    "all_vehicles": Text("Alla som finns att tillgå", "All at hand"),
    "scenario": Text("Scenario", "Scenario"),
    "closed": Text("Stängda byggnadsverk", "Closed structures"),
    "day": Text("Avresedag", "Day of departure"),
    "unknown": Text("Gränser som inte är kända", "Limits not known"),
    "pass": Text("Räknas som passerbara", "Count as passable"),
    "by_rule": Text("Passerbara där reglerna avgör det", "Passable where rules settle it"),
    "block": Text("Räknas som stopp", "Count as a stop"),
    "share": Text("Kopiera länk", "Copy link"),
    "copied": Text("Länken är kopierad", "Link copied"),
    "reset": Text("Återställ", "Reset"),
    "settings": Text("Last och förutsättningar", "Load and conditions"),
    "answer": Text("Svar", "Answer"),
    "map": Text("Karta", "Map"),
    "calendar": Text("Etapper och tider", "Legs and dates"),
    "margins": Text("Marginaler, minst först", "Margins, the smallest first"),
    "permits": Text("Tillstånd och villkor", "Permits and conditions"),
    "why": Text("Det som stoppar andra vägar", "What stops the other ways"),
    "fixes": Text("Åtgärder som öppnar vägen", "Measures that open the way"),
    "changes": Text("Vad den billigaste åtgärden ändrar", "What the cheapest measure changes"),
    "envelope": Text("Största last som kommer fram", "Largest load that gets there"),
    "envelope_note": Text(
        "Högsta vikt vid varje höjd, för denna bredd och längd. Punkten är lasten.",
        "Largest weight at each height, for this width and length. The dot is the load.",
    ),
    "corners": Text("Hörnen i tal", "The corners in figures"),
    "height_axis": Text("lastens höjd, m", "height of the load, m"),
    "weight_axis": Text("vikt, t", "weight, t"),
    "offline": Text(
        "Servern svarar inte. Kontrollera att geoplan serve är igång.",
        "No answer from the server. Check that geoplan serve is running.",
    ),
    "ok": Text("Går", "Passes"),
    "open": Text("Går med förbehåll", "Passes with conditions"),
    "no": Text("Går inte", "Does not pass"),
    "cost": Text("kostnad", "cost"),
    "time": Text("tid", "time"),
    "distance": Text("sträcka", "distance"),
    "arrives": Text("framme", "arrives"),
    "rests": Text("vilar på okända gränser", "rests on limits not known"),
    "of_metres": Text("av sträckan", "of the distance"),
    "nothing": Text("inga rader", "no rows"),
    "all_rows": Text("visa alla", "show all"),
    "way_open": Text("Vägen är öppen; inget behöver ändras.", "The way is open; nothing has to change."),
    "no_fix": Text("Inget byggnadsverk med känd kostnad öppnar vägen.", "No structure of known cost opens the way."),
    "unpriced": Text(
        "{n} byggnadsverk i vägen saknar kostnad och har lämnats som de är.",
        "{n} structures in the way state no cost and were left as they are.",
    ),
    "lines_stay": Text(
        "Gränser för hela banan eller vägen (axellast, lastprofil) räknas inte som åtgärder.",
        "Limits of a whole line or road (axle load, gauge) are no such measures.",
    ),
    "best": Text("bästa kedja", "best chain"),
    "road": Text("väg", "road"),
    "rail": Text("järnväg", "rail"),
    "sea": Text("sjöfart", "sea"),
    "not_known": Text("inte känd", "not known"),
    "none_gets_out": Text(
        "Ingen last av denna bredd och längd kommer fram.", "No load of this width and length gets there."
    ),
    "no_connection": Text("ingen sammanhängande väg", "no continuous way"),
    "and_more": Text("{name} och {n} sträckor till", "{name} and {n} more sections"),
    "none": Text("inga", "none"),
    "night": Text("nätter", "nights"),
    "rule_weekend": Text("tågläge på helg", "path at the weekend"),
    "rule_weekend_too_short": Text("längre än en helg", "longer than one weekend"),
    "rule_night": Text("kör vissa timmar om dygnet", "moves some hours a day"),
    "made_with": Text("Räknat med geoplan", "Worked out with geoplan"),
    "skip": Text("Till svaret", "To the answer"),
    "needs_script": Text("Sidan behöver JavaScript.", "The page needs JavaScript."),
    # refusals
    "bad_number": Text("{what}: {value} är inget tal", "{what}: {value} is no number"),
    "bad_range": Text(
        "{what}: {value} ligger utanför {low}–{high} {unit}", "{what}: {value} is outside {low}–{high} {unit}"
    ),
    "bad_choice": Text(
        "{what}: {value} finns inte; välj en av dem på sidan",
        "{what}: {value} is not known; choose one of those on the page",
    ),
    "bad_day": Text(
        "{what}: {value} är inget datum mellan {low} och {high}", "{what}: {value} is no date between {low} and {high}"
    ),
    "bad_key": Text("{value} är ingen uppgift som sidan känner", "{value} is nothing that the page knows"),
    "too_many": Text("{what}: högst {high} åt gången", "{what}: at most {high} at a time"),
    "twice": Text("{value} står två gånger i adressen", "{value} stands twice in the address"),
    "same_place": Text("Från och till är samma plats", "From and to are the same place"),
    "no_vehicle": Text("{vehicle} tar inte lasten: {why}.", "{vehicle} does not take the load: {why}."),
    "takes_t": Text("tar {most} t", "takes {most} t"),
    "takes_long": Text("tar {most} m längd", "takes {most} m of length"),
    "takes_wide": Text("tar {most} m bredd", "takes {most} m of width"),
    "busy": Text(
        "Många räknar just nu. Försök igen om en stund.", "Many are working right now. Try again in a moment."
    ),
    "slow": Text(
        "Svaret tog för lång tid och avbröts. Försök igen.", "The answer took too long and was stopped. Try again."
    ),
    "failed": Text(
        "Något gick fel i beräkningen. Felet står i serverns logg.",
        "Something went wrong; the fault stands in the log of the server.",
    ),
    "wrong_host": Text(
        "Adressen {value} är inte serverns. Öppna sidan med den adress som geoplan serve skrev ut.",
        "{value} is not an address of this server. Open the page at the address that geoplan serve printed.",
    ),
    "not_here": Text("Den sidan finns inte.", "There is no such page."),
}

# Words that the script of the page needs.
OF_PAGE = (
    "offline",
    "copied",
    "best",
    "road",
    "rail",
    "height_axis",
    "weight_axis",
    "nothing",
    "all_rows",
    "corners",
    "changes",
    "load",
    "envelope",
    "none_gets_out",
)


def word(key: str, lang: Lang) -> str:
    """A word of the page."""
    return WORDS[key].of(lang)
