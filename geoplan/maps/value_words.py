"""Swedish and English words for the values of columns: kinds, verdicts, reasons, vehicles, what a permit asks for."""

from __future__ import annotations

from geoplan.maps.vocabulary import Text

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
