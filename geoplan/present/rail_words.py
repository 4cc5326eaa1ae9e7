"""Words of the railway's tables in two languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from geoplan.maps.labels import LANGS, Text
from geoplan.network.names import local_names
from geoplan.network.network import Network
from geoplan.rail.answers import Exceeded

LABELS: dict[str, Text] = {
    "stretch": Text("sträcka", "stretch"),
    "section": Text("trängsta delsträcka", "fullest section"),
    "name": Text("delsträcka", "section"),
    "trains": Text("tåg per dygn", "trains a day"),
    "day_pct": Text("belagd tid, dygn", "time occupied, day"),
    "low_pct": Text("om alla okända mötesstationer finns, dygn", "if all unknown loops exist, day"),
    "high_pct": Text("om ingen okänd mötesstation finns, dygn", "if no unknown loop exists, day"),
    "day_class": Text("begränsning, dygn", "limitation, day"),
    "peak_pct": Text("belagd tid, två timmar", "time occupied, two hours"),
    "peak_class": Text("begränsning, två timmar", "limitation, two hours"),
    "extra_trains_60": Text("fler tåg till 60 %", "more trains to 60 %"),
    "extra_trains_80": Text("fler tåg till 80 %", "more trains to 80 %"),
    "extra_trains_100": Text("fler tåg till 100 %", "more trains to 100 %"),
    "port": Text("hamn", "port"),
    "route": Text("färdväg", "route"),
    "length_km": Text("längd", "length"),
    "run_h": Text("gångtid", "running time"),
    "slots": Text("ledigt, minuter per vecka", "free minutes a week"),
    "weekday": Text("dag", "day"),
    "depart": Text("avgång", "departure"),
    "arrive": Text("ankomst", "arrival"),
    "wait_min": Text("väntan på vägen", "waiting on the way"),
    "slack_min": Text("marginal till annat tåg", "slack to other trains"),
    "stops": Text("väntar i", "waits at"),
    "weeks": Text("veckor det går", "weeks it works"),
    "over": Text("över banans gränser", "above the line's limits"),
    "unknown_limits": Text("sträckor med okänd gräns", "sections with an unknown limit"),
    "movements": Text("tågrörelser", "movements"),
    "before_pct": Text("belagd tid före", "time occupied before"),
    "after_pct": Text("belagd tid efter", "time occupied after"),
    "peak_after_pct": Text("efter, två timmar", "after, two hours"),
    "change_pct": Text("ändring", "change"),
    "placed": Text("malmtåg som får plats", "ore trains that find a time"),
    "mean_h": Text("medelrestid", "mean journey"),
    "case": Text("önskemål", "wish"),
    "why": Text("hinder", "obstacle"),
    "at": Text("avgång om andra flyttas", "departure if others move"),
    "moved_trains": Text("tåg som flyttas", "trains moved"),
    "moved_min": Text("minuter de flyttas", "minutes they move"),
    "moves": Text("vilka tåg, och hur mycket", "which trains, and how far"),
    "change": Text("åtgärd", "change of the railway"),
    "journey_h": Text("transformatortåg: restid", "transformer train: journey"),
    "over_axle_km": Text("bana med för låg axellast", "line whose axle load is too low"),
    "service": Text("trafik", "service"),
    "detour_km": Text("omväg, längd", "length of the detour"),
    "added_min": Text("längre restid", "added time"),
    "train_hours": Text("tågtimmar på en månad", "train hours in the month"),
    "month_trains": Text("tåg på en månad", "trains in the month"),
    "answer": Text("vad händer", "what happens"),
    "kind": Text("åtgärd", "measure"),
    "where": Text("plats", "place"),
    "class_before": Text("begränsning före", "limitation before"),
    "class_after": Text("begränsning efter", "limitation after"),
    "extra_80_before": Text("fler tåg till 80 % före", "more trains to 80 % before"),
    "extra_80_after": Text("fler tåg till 80 % efter", "more trains to 80 % after"),
    "gain_trains": Text("vinst, tåg", "gain, trains"),
}
CLASSES = {"low": Text("liten", "low"), "medium": Text("medelstor", "medium"), "high": Text("stor", "high")}
NOT_KNOWN = Text("okänd", "not known")
DAYS = {
    "Monday": Text("måndag", "Monday"),
    "Tuesday": Text("tisdag", "Tuesday"),
    "Wednesday": Text("onsdag", "Wednesday"),
    "Thursday": Text("torsdag", "Thursday"),
    "Friday": Text("fredag", "Friday"),
    "Saturday": Text("lördag", "Saturday"),
    "Sunday": Text("söndag", "Sunday"),
}
MEASURES = {
    "loop": Text("ny mötesstation", "new passing loop"),
    "longer_loop": Text("längre mötesspår (750 m)", "longer loop (750 m)"),
    "signal": Text("en blocksignal till", "one more block signal"),
    "second_track": Text("dubbelspår", "second track"),
}
DETOURS = {
    "detour": Text("leds om", "led another way"),
    "no way": Text("ryms inte: ingen annan väg", "does not fit: no other way"),
    "as before": Text("som förut", "as before"),
}
_LIMITS = {
    "max_axle_load_t": (Text("axellast", "axle load"), "t"),
    "max_metre_load_tpm": (Text("metervikt", "metre load"), "t/m"),
    "max_weight_t": (Text("tågvikt", "train weight"), "t"),
    "max_length_m": (Text("tåglängd", "train length"), "m"),
}


def exceeded_words(rows: Iterable[Exceeded]) -> Text:
    """Limits that a train exceeds, in words."""
    sv, en = [], []
    for limit, need, least, count in rows:
        name, unit = _LIMITS.get(limit, (Text(limit, limit), ""))
        amounts = f"{need:.4g} > {least:.4g} {unit}".strip()
        sv.append(f"{name.sv} {amounts.replace('.', ',')} ({count} sträckor)")
        en.append(f"{name.en} {amounts} ({count} sections)")
    return Text("; ".join(sv) or "–", "; ".join(en) or "–")


def named(name: Mapping[str, str]) -> Text:
    """A name of the study's questions in both languages."""
    return Text(name.get("sv", next(iter(name.values()), "")), name.get("en", next(iter(name.values()), "")))


def place_names(network: Network) -> dict[str, Text]:
    """Names of places in both languages, by the name that tables and questions use."""
    local = {lang: local_names(network, lang) for lang in LANGS}
    return {
        str(name): Text(*(local[lang].get(key, str(name)) for lang in LANGS))
        for key, name in network.nodes["name"].items()
        if name
    }


def clock(value: object) -> str:
    """A time beyond midnight as the clock shows it, with the days that have passed."""
    parts = str(value).split(":")
    if len(parts) < 2 or not parts[0].isdigit():
        return "–"
    days, hour = divmod(int(parts[0]), 24)
    return f"{hour:02d}:{parts[1]}" + (f" (+{days})" if days else "")
