"""summary.json: what a program needs to know of each figure."""

import json

from geoplan.report.content import all_figures
from geoplan.report.summary import summary_of, write_summary


def test_figures_with_unit_basis_and_shares(sections, meta, tmp_path):
    path = write_summary(tmp_path / "summary.json", all_figures(sections), meta=meta)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["study_sv"] == "Studien Ludvika"
    assert (data["data_date"], data["geoplan_version"], data["command"]) == (
        "2026-11-21",
        "0.1.0",
        "geoplan run ludvika",
    )
    by_id = {figure["id"]: figure for figure in data["figures"]}
    cost = by_id["cost"]
    assert (cost["value"], cost["unit"], cost["label_sv"], cost["label_en"]) == (1.421, "MSEK", "Kostnad", "Cost")
    assert (cost["share_unknown"], cost["share_assumed"]) == (0, 0.004)
    assert by_id["height"]["value"] is None
    assert (by_id["gets_out"]["value"], by_id["gets_out"]["value_sv"]) == ("not possible", "går inte")
    assert by_id["gets_out"]["share_unknown"] is None
    assert set(cost) == {
        "id",
        "label_sv",
        "label_en",
        "value",
        "unit",
        "basis",
        "basis_sv",
        "share_unknown",
        "share_assumed",
        "source",
    }


def test_same_figures_same_bytes(sections, meta, tmp_path):
    figures = all_figures(sections)
    a = write_summary(tmp_path / "a.json", figures, meta=meta).read_bytes()
    assert write_summary(tmp_path / "b.json", figures, meta=meta).read_bytes() == a


def test_unlimited_is_a_word_not_a_number(meta):
    from geoplan.maps.labels import same
    from geoplan.report.content import Figure

    summary = summary_of([Figure("x", same("x"), float("inf"))], meta=meta)
    assert summary["figures"][0]["value"] == "unlimited"
    json.dumps(summary, allow_nan=False)
