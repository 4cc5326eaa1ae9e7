"""Words for items, values and columns of an appraisal, in Swedish and English."""

from __future__ import annotations

from geoplan.maps.labels import Text

ITEM_WORDS: dict[str, Text] = {
    "travel_time": Text("Restid", "Travel time"),
    "freight_time": Text("Transporttid för gods", "Freight time"),
    "operating_cost": Text("Fordonskostnader", "Vehicle operating costs"),
    "accidents": Text("Trafikolyckor", "Accidents"),
    "co2": Text("Koldioxid", "Carbon dioxide"),
    "air_pollution": Text("Luftföroreningar", "Air pollution"),
    "heavy_transport": Text("Tunga transporter", "Heavy transports"),
    "maintenance": Text("Drift och underhåll", "Operation and maintenance"),
    "other": Text("Övrigt", "Other"),
    "investment": Text("Investering", "Investment"),
    "residual_value": Text("Restvärde", "Residual value"),
}

VALUE_WORDS: dict[str, Text] = {
    "discount_rate_pct": Text("Kalkylränta", "Discount rate"),
    "tax_factor": Text("Skattefaktor", "Tax factor"),
    "uplift_20y": Text("Real uppräkning, 20 år", "Real uplift, 20 years"),
    "uplift_40y": Text("Real uppräkning, 40 år", "Real uplift, 40 years"),
    "time_lorry": Text("Transporttid, lastbil", "Time of lorries"),
    "ksi_sek": Text("Dödad eller svårt skadad", "Killed or seriously injured"),
    "operating_car_sek_per_km": Text("Fordonskostnad, bil", "Operating cost, car"),
    "operating_lorry_sek_per_km": Text("Fordonskostnad, lastbil", "Operating cost, lorry"),
    "time_car_commute": Text("Restid, bil till arbetet", "Time, commuting by car"),
    "time_car_other": Text("Restid, bil övrigt", "Time, other trips by car"),
    "time_car_business": Text("Restid, bil i tjänsten", "Time, business by car"),
    "time_bus_commute": Text("Restid, buss till arbetet", "Time, commuting by bus"),
    "time_bus_other": Text("Restid, buss övrigt", "Time, other trips by bus"),
    "time_train_commute": Text("Restid, tåg till arbetet", "Time, commuting by train"),
    "time_train_other": Text("Restid, tåg övrigt", "Time, other trips by train"),
    "co2_sek_per_kg": Text("Koldioxid", "Carbon dioxide"),
    "nox_sek_per_kg": Text("Kväveoxider", "Nitrogen oxides"),
    "voc_sek_per_kg": Text("Flyktiga kolväten", "Volatile organic compounds"),
    "so2_sek_per_kg": Text("Svaveldioxid", "Sulphur dioxide"),
    "pm25_sek_per_kg": Text("Partiklar PM2,5", "Particles PM2.5"),
    "fatality_sek": Text("Ett statistiskt liv", "A statistical life"),
    "co2_kg_per_km_car": Text("Koldioxid per bilkilometer", "Carbon dioxide a car kilometre"),
}

SETTING_WORDS: dict[str, Text] = {
    "central": Text("Huvudkalkyl", "Central case"),
    "discount_rate": Text("Kalkylränta", "Discount rate"),
    "traffic_growth": Text("Trafiktillväxt per år", "Traffic growth a year"),
    "cost": Text("Investeringskostnad", "Investment"),
    "tax_factor": Text("Skattefaktor", "Tax factor"),
    "years": Text("Kalkylperiod, år", "Years counted"),
    **VALUE_WORDS,
}

EFFECT_UNITS: dict[str, Text] = {
    "h/year": Text("timmar/år", "h/year"),
    "km/year": Text("fordonskm/år", "vehicle km/year"),
    "kg/year": Text("kg/år", "kg/year"),
    "MSEK/year": Text("Mkr/år", "MSEK/year"),
    "transports/year": Text("transporter/år", "transports/year"),
    "KSI/year": Text("dödade och svårt skadade/år", "killed or seriously injured/year"),
}

ONE_OF: dict[str, Text] = {
    "h/year": Text("timme", "h"),
    "km/year": Text("fordonskm", "vehicle km"),
    "kg/year": Text("kg", "kg"),
    "transports/year": Text("transport", "transport"),
    "KSI/year": Text("dödad eller svårt skadad", "killed or seriously injured"),
}

PERSPECTIVE_WORDS: dict[str, Text] = {
    "economy": Text("Samhällsekonomisk analys", "Economic analysis"),
    "goals": Text("Transportpolitisk målanalys", "Analysis of transport policy goals"),
    "distribution": Text("Fördelningsanalys", "Analysis of distribution"),
}

COLUMN_WORDS: dict[str, Text] = {
    "annual_msek": Text("per år", "a year"),
    "amount": Text("mängd per år", "amount a year"),
    "value_item": Text("kalkylvärde", "value used"),
    "verified": Text("kontrollerat mot källan", "read at its source"),
    "price_year": Text("prisnivå", "prices of"),
    "version": Text("version", "version"),
    "given": Text("värde i källan", "value in the source"),
    "what": Text("vad som ändras", "what is changed"),
    "setting": Text("till", "to"),
    "nnv_msek": Text("nettonuvärde (NNV)", "net present value (NNV)"),
    "nnk": Text("nettonuvärdeskvot (NNK)", "net present value ratio (NNK)"),
    "nnk_idu": Text("NNK-idu", "NNK-idu"),
    "change_msek": Text("ändring av NNV", "change of NNV"),
    "perspective": Text("perspektiv", "perspective"),
    "effect": Text("effekt", "effect"),
    "judgement": Text("bedömning", "judgement"),
    "party": Text("part", "party"),
    "party_kind": Text("slag", "kind"),
    "gain_msek": Text("nytta", "gain"),
    "share_pct": Text("andel av nyttan", "share of the gain"),
    "pays_msek": Text("betalar", "pays"),
}


GROUP_WORDS: dict[str, Text] = {
    "car": Text("bil", "car"),
    "transit": Text("kollektivtrafik", "public transport"),
    "bus": Text("buss", "bus"),
    "train": Text("tåg", "train"),
    "lorry": Text("lastbil", "lorry"),
    "truck": Text("lastbil", "lorry"),
    "freight": Text("gods", "freight"),
    "women": Text("kvinnor", "women"),
    "men": Text("män", "men"),
}


def unit_words(unit: str) -> Text:
    """Words of the unit of an effect, as it is when it has none."""
    return EFFECT_UNITS.get(unit, Text(unit, unit))


def one_word(unit: str) -> Text:
    """One of what an effect is counted in; empty for amounts of money."""
    if unit in ONE_OF:
        return ONE_OF[unit]
    word = "" if unit.upper().startswith("MSEK") else unit.split("/")[0].strip()
    return Text(word, word)


def item_word(item: str) -> Text:
    """Words of an item, a value or a setting; one of the caller's own is written out."""
    for words in (ITEM_WORDS, SETTING_WORDS, VALUE_WORDS):
        if item in words:
            return words[item]
    return Text(item.replace("_", " "), item.replace("_", " "))
