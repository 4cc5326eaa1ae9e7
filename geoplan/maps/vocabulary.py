"""Words for what a reader sees, as data: units and columns in Swedish and English; those of values: `value_words`.

A raw column name never reaches a page: every column of the schema and of the agreed results has its words here.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Lang = Literal["sv", "en"]
LANGS: tuple[Lang, ...] = ("sv", "en")


class Text(NamedTuple):
    """The same words in both languages."""

    sv: str
    en: str

    def of(self, lang: Lang) -> str:
        return self.en if lang == "en" else self.sv


def same(word: str) -> Text:
    """A word that is the same in both languages: a name, a symbol, a number."""
    return Text(word, word)


# The unit of a column is the end of its name; the longest end that fits wins.
UNITS: dict[str, Text] = {
    "_tpm": Text("ton/m", "t/m"),
    "_vehh": Text("fordonstimmar", "vehicle hours"),
    "_kmh": same("km/h"),
    "_vph": Text("fordon/h", "veh/h"),
    "_msek": Text("Mkr", "MSEK"),
    "_sek": Text("kr", "SEK"),
    "_pct": same("%"),
    "_min": same("min"),
    "_km": same("km"),
    "_m": same("m"),
    "_t": Text("ton", "t"),
    "_s": same("s"),
    "_h": Text("tim", "h"),
}

_ORIGIN = {
    "source": Text("källa", "source"),
    "confidence": Text("tillförlitlighet", "confidence"),
}

COLUMNS: dict[str, Text] = {
    **_ORIGIN,
    # identity
    "node_id": Text("nod", "node"),
    "edge_id": Text("länk", "link"),
    "structure_id": Text("byggnadsverk", "structure"),
    "way_id": Text("länkpar (båda riktningarna)", "way (both directions)"),
    "zone_id": Text("område", "zone"),
    "section_id": Text("bandel", "line section"),
    "u": Text("från nod", "from node"),
    "v": Text("till nod", "to node"),
    "from_node": Text("från", "from"),
    "to_node": Text("till", "to"),
    "from_edge": Text("från länk", "from link"),
    "to_edge": Text("till länk", "to link"),
    "name": Text("namn", "name"),
    "kind": Text("typ", "type"),
    "role": Text("roll", "role"),
    "mode": Text("trafikslag", "mode"),
    "road_class": Text("vägtyp", "road class"),
    "line": Text("bana eller farled", "line or fairway"),
    "ref": Text("vägnummer", "road number"),
    "status": Text("status", "status"),
    "note": Text("anmärkning", "note"),
    "municipality_code": Text("kommunkod", "municipality code"),
    # what an edge is
    "length_m": Text("längd", "length"),
    "speed_kmh": Text("hastighet", "speed"),
    "lanes": Text("körfält i riktningen", "lanes in this direction"),
    "capacity_vph": Text("kapacitet", "capacity"),
    "grade_pct": Text("lutning", "gradient"),
    "max_grade_pct": Text("brantaste lutning", "steepest gradient"),
    "climb_m": Text("stigning", "climb"),
    "height_from_m": Text("höjd i början", "elevation at the start"),
    "height_to_m": Text("höjd i slutet", "elevation at the end"),
    "gauge_mm": Text("spårvidd", "track gauge"),
    "functional_class": Text("funktionell vägklass", "functional road class"),
    "element_id": Text("NVDB-element", "NVDB element"),
    "straight_m": Text("fågelvägen", "straight distance"),
    "op_type": Text("driftplatstyp", "type of operational point"),
    "tracks": Text("antal spår", "tracks"),
    "electrified": Text("elektrifierad", "electrified"),
    "width_m": Text("vägbredd", "road width"),
    "aadt": Text("årsdygnstrafik (ÅDT) i riktningen", "annual average daily traffic, this direction"),
    "heavy_share_pct": Text("andel tung trafik", "share of heavy vehicles"),
    "free_time_s": Text("restid utan trafik", "free-flow time"),
    "fixed_delay_s": Text("fast väntetid", "fixed delay"),
    "alternating": Text("växelvis trafik", "alternating one-way working"),
    "one_lane_m": Text("enfältig längd", "length of one lane"),
    "wait_s": Text("väntan, medel", "mean wait"),
    "queue_veh": Text("kö, medel", "mean queue"),
    "queue95_veh": Text("kö, 95 %", "95 % queue"),
    "bpr_alpha": Text("BPR-koefficient α", "BPR coefficient α"),
    "bpr_beta": Text("BPR-exponent β", "BPR exponent β"),
    "assumed": Text("antagna värden", "assumed values"),
    "penalty_s": Text("tidstillägg", "time penalty"),
    # limits
    "max_height_m": Text("fri höjd", "clear height"),
    "max_width_m": Text("fri bredd", "clear width"),
    "max_length_m": Text("största längd", "greatest length"),
    "max_weight_t": Text("största bruttovikt", "greatest gross weight"),
    "max_axle_load_t": Text("största axellast", "greatest axle load"),
    "max_metre_load_tpm": Text("största metervikt", "greatest metre load"),
    "max_bogie_load_t": Text("största boggitryck", "greatest bogie load"),
    "max_triple_load_t": Text("största trippelaxeltryck", "greatest triple axle load"),
    "access": Text("vem får köra", "who may drive"),
    "hgv": Text("tung lastbil", "lorries above 3.5 t"),
    "limit_note": Text("så lästes gränsen", "how the limit was read"),
    "connection": Text("sammanhängande väg", "continuous way"),
    "max_load_t": Text("största enskilda last", "heaviest single load"),
    "bk_class": Text("bärighetsklass", "bearing class"),
    "line_category": Text("linjeklass", "line category"),
    "loading_gauge": Text("lastprofil", "loading gauge"),
    "clearance_height_m": Text("fri höjd under", "clear height below"),
    "clearance_width_m": Text("fri bredd under", "clear width below"),
    "crane_capacity_t": Text("lyftkapacitet", "lifting capacity"),
    "proven_load_t": Text("tyngsta kända passage", "heaviest known passage"),
    "span_m": Text("spännvidd", "span"),
    "fix_cost_msek": Text("åtgärdskostnad", "cost of the measure"),
    "fix_note": Text("kostnaden omfattar", "the cost covers"),
    # a transport
    "leg": Text("etapp", "leg"),
    "vehicle": Text("fordon", "vehicle"),
    "time_s": Text("restid", "travel time"),
    "time_h": Text("tid", "time"),
    "cost_sek": Text("kostnad", "cost"),
    "weight_t": Text("vikt", "weight"),
    "height_m": Text("höjd", "height"),
    "axle_load_t": Text("axellast", "axle load"),
    "metre_load_tpm": Text("metervikt", "metre load"),
    "limit": Text("begränsning", "limit"),
    "limit_value": Text("gränsvärde", "limit value"),
    "need_value": Text("behov", "need"),
    "margin": Text("marginal", "margin"),
    "unit": Text("enhet", "unit"),
    "verdict": Text("bedömning", "verdict"),
    "basis": Text("underlag", "basis"),
    "permit": Text("tillstånd", "permit"),
    "payload_t": Text("lastförmåga", "pay-load"),
    "max_draught_m": Text("största djupgående", "greatest draught"),
    "turn_room_m": Text("uppmätt utrymme att svänga", "measured room to turn"),
    "spans": Text("spann i kontinuerlig bro", "spans of a continuous bridge"),
    "turning_width_m": Text("utrymme att svänga", "room to turn"),
    "turn_ban": Text("svängförbud", "turn ban"),
    "bridge_load_ratio": Text("belastning på bro mot tillåten", "load on bridge against the allowed"),
    "excess": Text("överskridande", "excess"),
    "from_name": Text("från", "from"),
    "to_name": Text("till", "to"),
    "driving_h": Text("körtid", "driving time"),
    "hours_per_day": Text("körtimmar per dygn", "driving hours a day"),
    "gross_weight_t": Text("bruttovikt", "gross weight"),
    "vehicle_length_m": Text("ekipagets längd", "length of the convoy"),
    "requirement": Text("krav", "requirement"),
    "above": Text("över", "above"),
    "reason": Text("skäl", "reason"),
    "edges": Text("antal sträckor", "number of sections"),
    "rule": Text("regel", "rule"),
    # flows
    "flow_vph": Text("trafikflöde", "traffic flow"),
    "vc_ratio": Text("belastningsgrad", "volume–capacity ratio"),
    "delay_vehh": Text("fördröjning", "delay"),
    "population": Text("befolkning", "population"),
    "employed_residents": Text("förvärvsarbetande boende", "employed residents"),
    "jobs": Text("arbetstillfällen", "jobs"),
    # appraisal
    "cost_msek": Text("kostnad", "cost"),
    "investment_msek": Text("investering", "investment at the opening"),
    "benefits_msek": Text("prissatta nyttor", "priced benefits"),
    "maintenance_msek": Text("drift och underhåll", "operation and maintenance"),
    "nnv_msek": Text("nettonuvärde (NNV)", "net present value (NNV)"),
    "nnv_low_msek": Text("NNV, 5 % av utfallen ligger under", "NNV, 5 % of the draws below"),
    "nnv_high_msek": Text("NNV, 95 % av utfallen ligger under", "NNV, 95 % of the draws below"),
    "nnk": Text("NNK", "NNK = NNV / investment"),
    "nnk_idu": Text("NNK-idu", "NNK-idu = NNV / (investment + upkeep)"),
    "largest_cost_msek": Text("de prissatta nyttorna bär högst", "the priced benefits carry at most"),
    "share_not_priced": Text("andel effekter utan pris", "share of effects without a price"),
    "share_unverified": Text("andel på värden som inte är kontrollerade", "share on values nobody has checked"),
    "present_value_msek": Text("nuvärde", "present value"),
    # bottlenecks
    "rank": Text("rang", "rank"),
    "measure": Text("mått", "measure"),
    "value": Text("värde", "value"),
    "measure_value": Text("värde", "value"),
    "evidence": Text("belägg", "evidence"),
    "annual_vehh": Text("restidsförlust per år", "time lost a year"),
    "rank_in_kind": Text("rang inom typen", "rank within the type"),
    "evidence_sv": Text("belägg", "evidence"),
    "evidence_en": Text("belägg på engelska", "evidence in English"),
    "worst_zone": Text("hårdast drabbat område", "zone hit hardest"),
    "transports": Text("berörda transporter", "transports affected"),
    "n_transports": Text("antal transporter", "number of transports"),
    "trips_per_year": Text("transporter per år", "transports a year"),
    "only_in": Text("finns bara i", "only in"),
    "who_affected": Text("berörda", "who is affected"),
    "loss_vehh": Text("restidsförlust vid avstängning", "time lost when closed"),
    "unsatisfied_trips": Text("resor utan väg fram", "trips left without a way"),
    "closure_vehh": Text("restidsförlust under avstängningen", "time lost during the closure"),
    "hit_zones": Text("berörda områden", "zones affected"),
    "detour": Text("omväg finns", "a detour exists"),
    "alt_length_m": Text("omvägens längd", "length of the detour"),
    "diff_length_m": Text("extra väglängd", "extra length"),
    # railway
    "station": Text("station", "station"),
    "period": Text("period", "period"),
    "trains": Text("tåg", "trains"),
    "consumption_pct": Text("kapacitetsutnyttjande", "capacity consumption"),
    "capacity_class": Text("kapacitetsbegränsning", "capacity limitation"),
    "extra_trains_60": Text("fler tåg till 60 %", "further trains to 60 %"),
    "extra_trains_80": Text("fler tåg till 80 %", "further trains to 80 %"),
    "depart": Text("avgång", "departure"),
    "arrive": Text("ankomst", "arrival"),
    "weekday": Text("veckodag", "weekday"),
    "weeks_ok": Text("veckor som går", "weeks that work"),
    "wait_min": Text("väntetid", "waiting time"),
    "slack_min": Text("marginal till konflikt", "slack to a conflict"),
    "conflicts": Text("konflikter", "conflicts"),
    # scenarios and appraisal
    "scenario": Text("scenario", "scenario"),
    "base": Text("i dag", "today"),
    "variant": Text("med åtgärd", "with the measure"),
    "change": Text("förändring", "change"),
    "item": Text("post", "item"),
    "group": Text("grupp", "group"),
}

UNIT_WORDS: dict[str, Text] = {
    "vehh": Text("fordonstimmar", "vehicle hours"),
    "vehh/h": Text("fordonstimmar/h", "vehicle hours/h"),
    "vph": Text("fordon/h", "veh/h"),
    "t": Text("ton", "t"),
    "tpm": Text("ton/m", "t/m"),
    "t/m": Text("ton/m", "t/m"),
    "h": Text("tim", "h"),
    "t/year": Text("ton/år", "t/year"),
    "jobs": Text("jobb", "jobs"),
    "msek": Text("Mkr", "MSEK"),
    "sek": Text("kr", "SEK"),
}
