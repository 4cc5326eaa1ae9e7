"""Maps as drawings of 16:9, and the sheet that every picture is written on."""

import re
import struct

import pytest

from geoplan.maps.drawings_map import draw_map
from geoplan.maps.views import map_bottlenecks, map_flows, map_network, map_plan
from geoplan.report.pictures import write_picture


@pytest.fixture(scope="module")
def drawn(network, plan, flows, register):
    return {
        "plan": draw_map(map_plan(network, plan)),
        "flows": draw_map(map_flows(network, flows, lang="en")),
        "network": draw_map(map_network(network)),
        "bottlenecks": draw_map(map_bottlenecks(network, register)),
    }


def texts(drawing):
    return [text.get_text() for axes in drawing.axes for text in axes.texts]


def test_the_drawing_has_title_legend_and_names(drawn):
    said = texts(drawn["flows"])
    assert "Traffic flows" in said and "Volume–capacity ratio" in said and "Ludvika" in said
    assert "Transporten går, om de okända gränserna räcker." in " ".join(texts(drawn["plan"]))
    assert {"1", "2", "3"} <= set(texts(drawn["bottlenecks"]))


def test_names_do_not_overlap_and_stay_on_the_map(drawn):
    drawing = drawn["network"]
    axes = drawing.axes[0]
    drawing.canvas.draw()
    boxes = [text.get_window_extent() for text in axes.texts if text.get_bbox_patch() is not None]
    assert len(boxes) >= 5
    frame = axes.get_window_extent()
    for k, a in enumerate(boxes):
        assert a.x0 >= frame.x0 and a.x1 <= frame.x1 + 8
        assert not [b for b in boxes[k + 1 :] if a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1]


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_picture_is_16_by_9_with_its_credit_and_the_same_each_time(drawn, tmp_path, ending):
    credit = "© Exempeldata <CC0> · $ · Data per 2024-05-01"
    files = [write_picture(drawn["plan"], tmp_path / f"{k}" / f"map{ending}", credit=credit)
             for k in "ab" if (tmp_path / k).mkdir() is None]  # fmt: skip
    data = files[0].read_bytes()
    assert data == files[1].read_bytes()
    if ending == ".png":
        width, height = struct.unpack(">II", data[16:24])
    else:
        text = data.decode()
        assert "© Exempeldata &lt;CC0&gt; · $ · Data per 2024-05-01" in text
        width, height = (float(one) for one in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups())
    assert width / height == pytest.approx(16 / 9, rel=0.002)
    # The credit was for the file; the drawing is as it was.
    assert drawn["plan"].texts == []
