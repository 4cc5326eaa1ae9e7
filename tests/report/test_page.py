"""The start page: both languages, no request, text as text, the same bytes each time."""

import re
from html.parser import HTMLParser

import pytest

from geoplan.errors import DataError
from geoplan.maps.labels import Text
from geoplan.report.charts import chart_rows
from geoplan.report.content import Bar, Chart, Figure, Section, all_figures, all_tables
from geoplan.report.page import both, page_html, percent, rests_on, table_view, write_page
from geoplan.report.words import WORDS


class Document(HTMLParser):
    """Attributes of every element, and whether elements close in the order they opened."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.ids, self.text = [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.ids += [value for key, value in attrs if key == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


@pytest.fixture(scope="module")
def html(sections, meta):
    return page_html(sections, meta=meta, headline=Text("Det går inte än.", "Not possible yet."))


def test_page_is_well_formed_with_ids_once(html):
    document = Document(html)
    assert len(document.ids) == len(set(document.ids))
    assert {"heavy", "about", "figure-cost", "legs", "main"} <= set(document.ids)


def test_page_asks_for_nothing(html):
    document = Document(html)
    for tag, attributes in document.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form"), tag
        assert "src" not in attributes
        address = attributes.get("href", "")
        assert not address.startswith(("http", "//", "javascript")), address
    policy = next(a["content"] for tag, a in document.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"url\(\s*['\"]?(?!data:|#)", html)
    assert not re.search(r"fetch\(|XMLHttpRequest|@import", html)


def test_text_from_data_stays_text(html):
    document = Document(html)
    assert "window.hacked=1" in "".join(document.text)
    assert [tag for tag, _ in document.elements].count("script") == 1
    assert "Rv 50 <b>" not in html and "Rv 50 &lt;b&gt;" in html


def test_both_languages_are_in_the_page(html):
    for words in (
        "Etapper",
        "Legs",
        "järnväg",
        "railway",
        "järnvägsvagn Q73, 30 axlar",
        "rail wagon Q73, 30 axles",
        "Antaganden och källor",
    ):
        assert words in html
    # Numbers in the way of each language.
    assert '<span lang="sv">1,42</span><span lang="en">1.42</span>' in html
    assert '<span lang="sv">250\u00a0120</span><span lang="en">250,120</span>' in html


def test_no_raw_names_in_what_is_read(html):
    text = " ".join(Document(html).text)
    shown = re.findall(r"\b[a-z]+_[a-z_]+\b", text)
    assert set(shown) <= {"plan_a"}, shown


def test_unknown_and_unlimited_are_said(html):
    assert '<span lang="sv">okänt</span><span lang="en">not known</span>' in html
    assert '<span lang="sv">obegränsat</span><span lang="en">unlimited</span>' in html


def test_same_content_same_bytes(sections, meta, tmp_path):
    a = write_page(tmp_path / "a.html", sections, meta=meta).read_bytes()
    assert write_page(tmp_path / "b.html", sections, meta=meta).read_bytes() == a


def test_page_opens_in_the_language_asked_for(sections, meta):
    html = page_html(sections, meta=meta, lang="en")
    assert '<html lang="en"' in html
    assert "<title>The Ludvika study</title>" in html


def test_a_place_that_cannot_be_written(sections, meta, tmp_path):
    with pytest.raises(DataError, match="cannot write there"):
        write_page(tmp_path / "missing" / "index.html", sections, meta=meta)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0\u00a0%"),
        (0.004, "<\u00a01\u00a0%"),
        (0.125, "12\u00a0%"),
        (0.997, ">\u00a099\u00a0%"),
        (1.0, "100\u00a0%"),
    ],
)
def test_shares_are_never_rounded_to_nothing_or_all(share, said):
    assert percent(share).sv == said


def test_what_a_figure_rests_on():
    figure = Figure("x", Text("x", "x"), 1.0, share_unknown=0.12, share_assumed=0.3)
    assert rests_on(figure).sv == "Vilar på 12\u00a0% okända värden och 30\u00a0% antagna värden"
    assert rests_on(figure).en == "Rests on 12\u00a0% values not known and 30\u00a0% assumed values"
    assert rests_on(Figure("x", Text("x", "x"), 1.0)).sv == ""
    known = Figure("x", Text("x", "x"), 1.0, share_unknown=0.0, share_assumed=0.0)
    assert rests_on(known).sv == "Inga okända eller antagna värden"


def test_table_cells_have_words_and_keys_to_sort_by(legs, margins):
    view = table_view(legs)
    assert [head["text"].sv for head in view["heads"]] == [
        "Etapp", "Trafikslag", "Fordon", "Längd (m)", "Fri höjd (m)", "Största bruttovikt (ton)", "Bedömning",
    ]  # fmt: skip
    first = view["rows"][0]
    assert [cell["text"].sv for cell in first] == [
        "1", "järnväg", "järnvägsvagn Q73, 30 axlar", "250\u00a0120", "4,65", "obegränsat", "okänt",
    ]  # fmt: skip
    assert [cell["sort"] for cell in first] == ["1", "", "", "250120", "4.65", "1e999", ""]
    assert view["rows"][1][4]["text"].en == "not known" and view["rows"][1][4]["sort"] == ""
    by_unit = table_view(margins)
    assert [head["text"].sv for head in by_unit["heads"]] == ["Namn", "Begränsning", "Gränsvärde", "Text"]
    assert [row[2]["text"].sv for row in by_unit["rows"][:2]] == ["4,30\u00a0m", "22,5\u00a0ton"]
    assert by_unit["rows"][0][3]["text"] == Text("rad 0", "row 0")


def test_bars_share_one_scale_from_zero():
    chart = Chart("c", Text("c", "c"), (Bar(Text("a", "a"), 30.0), Bar(Text("b", "b"), -10.0)), limit=50.0)
    up, down = (row.svg for row in chart_rows(chart))
    # -10..50 over 1000 units: zero at 166.7, 30 at 666.7.
    assert 'x="166.7" y="3" width="500.0"' in up
    assert 'x="0.0" y="3" width="166.7"' in down and "url(#hatch)" in down
    assert 'x1="1000.0"' in up


def test_bars_say_unknown_and_sign():
    chart = Chart(
        "c",
        Text("c", "c"),
        (Bar(Text("a", "a"), 5.0), Bar(Text("b", "b"), -2.0), Bar(Text("c", "c"), float("nan"))),
        Text("Mkr", "MSEK"),
    )
    assert [row.value.sv for row in chart_rows(chart)] == ["+5\u00a0Mkr", "−2\u00a0Mkr", "okänt"]


def test_words_of_the_report_have_both_languages():
    assert all(text.sv.strip() and text.en.strip() for text in WORDS.values())


def test_same_words_stand_once():
    assert both(Text("a<b", "a<b")) == "a&lt;b"
    assert both(Text("å", "a")) == '<span lang="sv">å</span><span lang="en">a</span>'


def test_figures_and_tables_of_all_sections(sections):
    assert [figure.id for figure in all_figures([*sections, sections[0]])] == ["cost", "gets_out", "height", "gap"]
    assert [table.id for table in all_tables(sections)] == ["legs", "margins", "none"]


def test_an_empty_report_is_a_page(meta):
    Document(page_html([Section("one", Text("Ett", "One"))], meta=meta))
