"""What speaks for a bottleneck, in a sentence for people, in Swedish and English."""

from __future__ import annotations

import math

Sentence = tuple[str, str]  # Swedish, English


def congestion_evidence(flow_vph: float, delay_vehh: float, vc_ratio: float) -> Sentence:
    """Delay in the hour assigned, and how full the edge is."""
    full_sv = "kapaciteten är inte känd" if math.isnan(vc_ratio) else f"belastningsgrad {vc_ratio * 100:.0f} %"
    full_en = "capacity not known" if math.isnan(vc_ratio) else f"volume/capacity {vc_ratio * 100:.0f}%"
    digits = 2 if delay_vehh >= 0.1 else 3
    return (
        f"{comma(delay_vehh, digits)} fordonstimmars fördröjning för {flow_vph:.0f} fordon i maxtimmen, {full_sv}",
        f"{delay_vehh:.{digits}f} vehicle hours of delay to {flow_vph:.0f} vehicles in the peak hour, {full_en}",
    )


def queue_evidence(towards: str, wait_s: float, queue_veh: float, queue95_veh: float, *, assumed: bool) -> Sentence:
    """Wait and queue at alternating one-way working, in the direction that waits longest."""
    basis_sv = "beräknat med antagen reglering" if assumed else "beräknat med angiven kapacitet"
    basis_en = "worked out with an assumed control" if assumed else "worked out with the stated capacity"
    if not math.isfinite(wait_s):
        return (
            f"kö vid växelvis enkelriktad trafik mot {towards}: ingen kommer fram ({basis_sv})",
            f"queue at alternating one-way working towards {towards}: nobody gets through ({basis_en})",
        )
    return (
        f"kö vid växelvis enkelriktad trafik, värst mot {towards}: väntan {wait_s:.0f} s, i medel "
        f"{comma(queue_veh, 1)} fordon, i 95 fall av 100 högst {queue95_veh:.0f} ({basis_sv})",
        f"queue at alternating one-way working, worst towards {towards}: wait {wait_s:.0f} s, "
        f"{queue_veh:.1f} vehicles on average, at most {queue95_veh:.0f} in 95 cases of 100 ({basis_en})",
    )


def closure_evidence(closure_vehh: float, lost_trips: float, zones: float, *, duration_h: float) -> Sentence:
    """What a closure of the given duration costs."""
    lost_sv = f"; {lost_trips:.0f} resor/h har ingen annan väg" if lost_trips > 0 else ""
    lost_en = f"; {lost_trips:.0f} trips/h have no other way" if lost_trips > 0 else ""
    return (
        f"stängd {duration_h:g} h: {comma(closure_vehh)} fordonstimmar i {zones:.0f} områden{lost_sv}",
        f"closed for {duration_h:g} h: {closure_vehh:,.0f} vehicle hours in {zones:.0f} zones{lost_en}",
    )


def restriction_evidence(limit: str, verdict: str, margin: float, unit: str, sections: int) -> Sentence:
    """What a limit does to the transports; the name of the limit is put into words where it is shown."""
    stops = verdict == "not_ok"
    lacks_sv = f" ({comma(margin, 2, sign=True)} {unit})" if stops and not math.isnan(margin) else ""
    lacks_en = f" ({margin:+.2f} {unit})" if stops and not math.isnan(margin) else ""
    more_sv = f", på {sections} sträckor" if sections > 1 else ""
    more_en = f", on {sections} sections" if sections > 1 else ""
    return (
        f"{'stoppar' if stops else 'avgörs av uppgift som saknas eller dispens'}: {limit}{lacks_sv}{more_sv}",
        f"{'stops' if stops else 'rests on what is not known or on a permit'}: {limit}{lacks_en}{more_en}",
    )


def rail_evidence(
    section: str, trains: float, consumption_pct: float, unknown_services: float, peak_pct: float = math.nan
) -> Sentence:
    """How full a section of railway is; without the number of trains there is no answer."""
    if math.isnan(consumption_pct):
        return (
            f"bandelen {section}: antalet tåg är inte känt, utnyttjandet kan inte beräknas",
            f"section {section}: the number of trains is not known, its use cannot be worked out",
        )
    least_sv, least_en = ("minst ", "at least ") if unknown_services > 0 else ("", "")
    count_sv = "" if math.isnan(trains) else f" med {comma(trains)} tåg per dygn"
    count_en = "" if math.isnan(trains) else f" with {trains:,.0f} trains a day"
    peak_sv = "" if math.isnan(peak_pct) else f"; {peak_pct:.0f} % under de två mest belastade timmarna"
    peak_en = "" if math.isnan(peak_pct) else f"; {peak_pct:.0f}% in the busiest two hours"
    return (
        f"bandelen {section}: {least_sv}{consumption_pct:.0f} % av dygnet upptaget{count_sv}{peak_sv}",
        f"section {section}: {least_en}{consumption_pct:.0f}% of the day occupied{count_en}{peak_en}",
    )


def comma(value: float, digits: int = 0, *, sign: bool = False) -> str:
    """A number as Swedish writes it: decimal comma, narrow space between thousands."""
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    return text.replace(",", "\u202f").replace(".", ",")
