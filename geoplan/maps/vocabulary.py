"""Words for what a reader sees, as data: units, columns and their values, in Swedish and English, in one place.

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

_YES_NO = {"yes": Text("ja", "yes"), "no": Text("nej", "no"), "True": Text("ja", "yes"), "False": Text("nej", "no")}

VALUES: dict[str, dict[str, Text]] = {
    "licence": {
        "facts cited": Text("enskilda uppgifter citerade", "facts cited"),
        "none needed": Text("ingen behövs", "none needed"),
        "public domain": Text("fri (public domain)", "public domain"),
    },
    "mode": {
        "road": Text("väg", "road"),
        "rail": Text("järnväg", "railway"),
        "sea": Text("sjöfart", "sea"),
        "transfer": Text("omlastning", "transfer"),
    },
    "role": {
        "carries": Text("bär", "carries"),
        "over": Text("går över", "stands over"),
    },
    "confidence": {
        "H": Text("officiell källa", "official source"),
        "M": Text("press eller uppslagsverk", "press or reference work"),
        "L": Text("uppskattning", "estimate"),
        "D": Text("härlett värde", "derived value"),
        "": Text("ej angiven", "not stated"),
    },
    "status": {
        "": Text("i drift", "in use"),
        "planned": Text("planerad", "planned"),
        "closed": Text("avstängd", "closed"),
    },
    "electrified": _YES_NO,
    "detour": _YES_NO,
    "verdict": {
        "ok": Text("går", "passes"),
        "not_ok": Text("går inte", "does not pass"),
        "unknown": Text("okänt", "not known"),
    },
    "basis": {
        "measured": Text("angivet värde", "stated value"),
        "by_rule": Text("enligt regel", "by rule"),
        "assumed": Text("antaget", "assumed"),
        "unknown": Text("okänt", "not known"),
    },
    "permit": {
        "road_weight": Text("viktdispens", "weight exemption"),
        "road_size": Text("dispens för mått", "exemption for size"),
        "rail_gauge": Text("specialtransport, lastprofil", "special transport, loading gauge"),
        "rail_metre_load": Text("specialtransport, metervikt", "special transport, metre load"),
        "rail_axle_load": Text("specialtransport, axellast", "special transport, axle load"),
        "posted_weight": Text("undantag från skyltad vikt", "exemption from a posted weight"),
        "lorry_ban": Text("undantag från förbud mot tung lastbil", "exemption from a ban on lorries"),
    },
    # Vehicles of the catalogue; one of the user's own is shown by its name.
    "vehicle": {
        "bk1_64t": Text("lastbil med släp, 64 ton (BK1)", "lorry and trailer, 64 t (BK1)"),
        "bk4_74t": Text("lastbil med släp, 74 ton (BK4)", "lorry and trailer, 74 t (BK4)"),
        "semi_low_loader": Text("låglastande semitrailer, 71 ton", "low-loader semi-trailer, 71 t"),
        "modular_14": Text("modulvagn, 14 axellinjer", "modular trailer, 14 axle lines"),
        "modular_16": Text("modulvagn, 16 axellinjer", "modular trailer, 16 axle lines"),
        "girder_32": Text("balkvagn, 32 axellinjer", "girder trailer, 32 axle lines"),
        "girder_40": Text("balkvagn, 40 axellinjer", "girder trailer, 40 axle lines"),
        "rail_low_16": Text("djuplastningsvagn, 16 axlar", "low-loader wagon, 16 axles"),
        "q73": Text("järnvägsvagn Q73, 30 axlar", "rail wagon Q73, 30 axles"),
        "uaai_839": Text("järnvägsvagn Uaai 839, 32 axlar", "rail wagon Uaai 839, 32 axles"),
        "barge": Text("pråm med bogserbåt", "barge with tug"),
        "ro_ro_ship": Text("ro-ro-fartyg", "ro-ro ship"),
        "heavy_lift_ship": Text("tunglyftsfartyg", "heavy-lift ship"),
    },
    # What a permit asks for, as the table of rules says it in English.
    "requirement": {
        english: Text(swedish, english)
        for english, swedish in {
            "ask the road keeper in the thaw; posted limits override the permit": (
                "samråd med väghållaren i tjällossningen; skyltade begränsningar går före dispensen"
            ),
            "escort by police or an appointed vagtransportledare": "eskort av polis eller förordnad vägtransportledare",
            "escort where the exemption asks for it (high gross weight)": (
                "eskort där dispensen kräver det (hög bruttovikt)"
            ),
            "exemption (dispens) for length, the load indivisible": "dispens för längd, odelbar last",
            "exemption (dispens) for weight, bridge by bridge": "dispens för vikt, prövas bro för bro",
            "exemption (dispens) for width, the load indivisible": "dispens för bredd, odelbar last",
            "feeding of the contact wire off at level crossings": "kontaktledningen spänningslös vid plankorsningar",
            "feeding section of the contact wire switched off": "kontaktledningens matningssträcka bortkopplad",
            "marking and a warning car": "utmärkning och varningsbil",
            "marking of the load": "utmärkning av lasten",
            "marking, a warning car and steerable axles": "utmärkning, varningsbil och styrbara axlar",
            "route certificate (fardvagsintyg)": "färdvägsintyg",
            "the permits that this country asks for are not known: ask the infrastructure manager": (
                "vilka tillstånd landet kräver är inte känt: fråga infrastrukturförvaltaren"
            ),
            "the permits that this country asks for are not known: ask the road authority": (
                "vilka tillstånd landet kräver är inte känt: fråga väghållaren"
            ),
            "the driver answers for the free height of the whole road": (
                "föraren ansvarar för fri höjd längs hela vägen"
            ),
            "transport permit as specialtransport: axle load above that of the line": (
                "transporttillstånd som specialtransport: axellast över banans gräns"
            ),
            "transport permit as specialtransport: outside the loading gauge": (
                "transporttillstånd som specialtransport: utanför lastprofilen"
            ),
            "transport permit as specialtransport: weight per metre above that of the line": (
                "transporttillstånd som specialtransport: metervikt över banans gräns"
            ),
            "weekend path and walking speed in places": "tågläge på helg och gångfart på vissa ställen",
        }.items()
    },
    "road_class": {
        "motorway": Text("motorväg", "motorway"),
        "trunk": Text("stamväg", "trunk road"),
        "national": Text("riksväg", "national road"),
        "primary": Text("huvudväg", "primary road"),
        "regional": Text("länsväg", "regional road"),
        "secondary": Text("sekundär väg", "secondary road"),
        "tertiary": Text("tertiär väg", "tertiary road"),
        "unclassified": Text("mindre allmän väg", "minor road"),
        "local": Text("lokalväg", "local road"),
        "residential": Text("bostadsgata", "residential street"),
        "living_street": Text("gångfartsområde", "living street"),
        "service": Text("tillfartsväg", "service road"),
        "track": Text("skogs- eller åkerväg", "track"),
        "pedestrian": Text("gågata", "pedestrian street"),
        "busway": Text("bussväg", "busway"),
        "road": Text("väg av okänd typ", "road of unknown class"),
        "private": Text("enskild väg", "private road"),
        "street": Text("gata", "street"),
        "connector": Text("anslutning", "connector"),
        "ferry": Text("färja", "ferry"),
        "rail": Text("järnväg", "railway"),
        "light_rail": Text("snabbspårväg", "light rail"),
        "narrow_gauge": Text("smalspår", "narrow gauge"),
        "preserved": Text("museijärnväg", "heritage railway"),
    },
    "kind": {
        "junction": Text("korsning", "junction"),
        "station": Text("station", "station"),
        "terminal": Text("terminal", "terminal"),
        "port": Text("hamn", "port"),
        "plant": Text("industri", "plant"),
        "mine": Text("gruva", "mine"),
        "town": Text("tätort", "town"),
        "centroid": Text("områdescentrum", "zone centre"),
        "bend": Text("brytpunkt", "bend"),
        "bridge": Text("bro", "bridge"),
        "rail_bridge_over_road": Text("järnvägsbro över väg", "railway bridge over road"),
        "road_bridge_over_rail": Text("vägbro över järnväg", "road bridge over railway"),
        "road_bridge": Text("vägbro", "road bridge"),
        "rail_bridge": Text("järnvägsbro", "railway bridge"),
        "foot_bridge": Text("gångbro", "footbridge"),
        "tunnel": Text("tunnel", "tunnel"),
        "road_tunnel": Text("vägtunnel", "road tunnel"),
        "rail_tunnel": Text("järnvägstunnel", "railway tunnel"),
        "building_passage": Text("passage genom byggnad", "passage through a building"),
        "barrier": Text("hinder på vägen", "barrier on the road"),
        "height_obstacle": Text("höjdhinder", "height obstacle"),
        "portal": Text("vägport", "underpass"),
        "level_crossing": Text("plankorsning", "level crossing"),
        "crane": Text("kran", "crane"),
        "quay": Text("kaj", "quay"),
        "lock": Text("sluss", "lock"),
        "passing_loop": Text("mötesspår", "passing loop"),
        "rail_connection": Text("spåranslutning", "railway connection"),
        "height_restrictor": Text("höjdbegränsare", "height restrictor"),
        "rail_embankment": Text("järnvägsbank", "railway embankment"),
        # what a transport needs by law
        "marking": Text("utmärkning", "marking"),
        "warning_car": Text("varningsbil", "warning car"),
        "escort": Text("eskort", "escort"),
        "escort_if_asked": Text("eskort om dispensen kräver det", "escort where the exemption asks for it"),
        "exemption": Text("dispens", "exemption"),
        "route_certificate": Text("färdvägsintyg", "route certificate"),
        "own_survey": Text("egen kontroll av fri höjd", "own survey of clear height"),
        "consultation": Text("samråd med väghållaren", "consultation with the road keeper"),
        "feeding_off": Text("kontaktledningen görs spänningslös", "contact wire switched off"),
        "specialtransport": Text("tillstånd som specialtransport", "permit as special transport"),
        "weekend": Text("helgtåg", "weekend path"),
        # kinds of bottleneck
        "congestion": Text("trängsel", "congestion"),
        "capacity": Text("kapacitet", "capacity"),
        "criticality": Text("sårbarhet", "vulnerability"),
        "vulnerability": Text("sårbarhet vid avstängning", "vulnerability to closure"),
        "redundancy": Text("saknad omväg", "no alternative route"),
        "restriction": Text("begränsning för tung transport", "restriction for heavy transport"),
        "dimension": Text("begränsat fritt utrymme", "limited clearance"),
        "weight": Text("begränsad bärighet", "limited bearing capacity"),
        "gauge": Text("lastprofil", "loading gauge"),
        "rail_capacity": Text("spårkapacitet", "track capacity"),
        "structure": Text("byggnadsverk", "structure"),
        "unknown": Text("saknad uppgift", "missing information"),
    },
    "only_in": {
        "": Text("båda", "both"),
        "base": Text("dagens nät", "today's network"),
        "variant": Text("nätet med åtgärd", "the network with the measure"),
    },
    "period": {
        "day": Text("dygn", "day"),
        "peak_2h": Text("de två mest belastade timmarna", "busiest two hours"),
    },
    "capacity_class": {
        "low": Text("liten", "low"),
        "medium": Text("medelstor", "medium"),
        "high": Text("stor", "high"),
        "green": Text("liten", "low"),
        "yellow": Text("medelstor", "medium"),
        "red": Text("stor", "high"),
    },
}

# Units as tables carry them in a column of their own.
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
