"""From a study to a folder that a planner opens: maps, start page, tables and a summary."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numba
import platformdirs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from geoplan.analyse.answers import Answers
from geoplan.analyse.study import analyse_study, count_steps
from geoplan.errors import DataError
from geoplan.io.files import atomic_path
from geoplan.maps.drawings_map import draw_map
from geoplan.maps.labels import Lang, Text
from geoplan.maps.page import credits_of
from geoplan.maps.picture import map_svg
from geoplan.maps.standalone import save_map
from geoplan.present.about import assumptions_of, inputs_of, knowledge_shares, sources_of
from geoplan.present.atlas import FLOWS, NETWORK, largest_flow, study_atlas
from geoplan.present.bottlenecks import bottleneck_section
from geoplan.present.commuting import commuting_section
from geoplan.present.commuting_drawings import NOTES, commuting_drawings
from geoplan.present.commuting_parts import commuting_parts
from geoplan.present.corridors import corridor_drawings, corridors_section
from geoplan.present.drawings import Drawn, heavy_drawings
from geoplan.present.economy import TORNADO_NOTE, economy_drawings, economy_section
from geoplan.present.heavy import headlines_of, heavy_section
from geoplan.present.places import places_section
from geoplan.present.rail import rail_section
from geoplan.present.rail_drawings import NOTES as RAIL_NOTES
from geoplan.present.rail_drawings import rail_drawings
from geoplan.present.scenarios import picture_of_base, scenario_section, scenario_title
from geoplan.present.sheets import sheet_pages, sheet_tables
from geoplan.present.signage import signage_section
from geoplan.present.story import study_story
from geoplan.present.words import transport_names
from geoplan.report.atlas import Atlas, MapState
from geoplan.report.content import NO_TEXT, MapLink, Meta, Picture, Section, all_figures, all_tables
from geoplan.report.gpkg import write_geopackage
from geoplan.report.layers import GeoLayer, bottleneck_layer, change_layer, flow_layer, network_layers, plan_layer
from geoplan.report.page import write_page
from geoplan.report.pictures import figure_svg, write_pictures
from geoplan.report.pptx import check_slides, write_slides
from geoplan.report.summary import write_summary
from geoplan.report.xlsx import write_workbook
from geoplan.study import Study, check_study, read_study
from geoplan.targets import evaluate_targets

log = logging.getLogger(__name__)

Step = Callable[[str], None]
SUMMARY = "summary.json"
PICTURES = "pictures"
# The section of the page that shows a view of the map.
_SECTION_OF_VIEW = {
    "plan": "heavy", "flows": "commuting", "bottlenecks": "bottlenecks", "change": "scenarios", "network": "network",
    "localities": "access",
}  # fmt: skip
FILES = (
    ("results.xlsx", Text("alla tabeller för Excel", "all tables for Excel")),
    ("results.gpkg", Text("kartlager för QGIS", "map layers for QGIS")),
    (SUMMARY, Text("nyckeltal för program", "key figures for programs")),
)


@dataclass(frozen=True, eq=False)
class StudyResults:
    """What a run found and where it was written."""

    folder: Path
    answers: Answers
    sections: tuple[Section, ...]


def run_study(
    study: Study | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    lang: Lang | None = None,
    progress: bool = False,
    version: str = "",
    slides: bool = False,
) -> StudyResults:
    """Work out a study and write it to a folder, whole or not at all.

    Parameters
    ----------
    study
        A study, or what `read_study` takes.
    out
        Folder; one that a run has written before is replaced, any other that holds files is refused.
    lang
        Language of maps and pages; the study's own when None.
    progress
        Draw a progress bar on stderr.
    slides
        Also write report.pptx (needs python-pptx).

    Raises
    ------
    DataError
        The study cannot be worked out, or the folder may not be written or holds files of somebody else.
    """
    opened = study if isinstance(study, Study) else read_study(study)
    language: Lang = lang or opened.config.study.language
    target = _check_target(Path(out))
    check_study(opened)
    if slides:
        check_slides()
    first = _tell_first_start(language)
    with _steps(count_steps(opened) + 1, show=progress) as step:
        answers = analyse_study(opened, lang=language, on_step=step)
        step("kartor och tabeller" if language == "sv" else "maps and tables")
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(target) as folder:
            folder.mkdir()
            sections = write_results_folder(opened, answers, folder, lang=language, version=version, slides=slides)
    _note_compiled(first)
    return StudyResults(target, answers, sections)


def write_results_folder(
    study: Study, answers: Answers, folder: Path, *, lang: Lang, version: str, slides: bool = False
) -> tuple[Section, ...]:
    """Write every file of a run into an empty folder."""
    atlas = study_atlas(study, answers)
    (folder / PICTURES).mkdir()
    credit = " · ".join([*credits_of(study.network.meta, lang)[:-1], f"geoplan {version}".strip()])
    keep = partial(_keep_picture, folder=folder / PICTURES, credit=credit)
    maps = save_maps(atlas, folder, lang=lang, credit=credit)
    pictures = [keep(drawn) for drawn in heavy_drawings(study, answers, lang=lang)]
    worth = [keep(drawn, note=TORNADO_NOTE) for drawn in economy_drawings(answers, lang=lang)]
    strips = [keep(drawn) for drawn in corridor_drawings(answers, lang=lang)]
    travel = [keep(drawn, note=NOTES.get(drawn[0], NO_TEXT)) for drawn in commuting_drawings(study, answers, lang=lang)]
    railway = [keep(drawn, note=RAIL_NOTES[drawn[0]]) for drawn in rail_drawings(study, answers, lang=lang)]
    targets = evaluate_targets(study, answers) if study.targets else None
    sections = [
        heavy_section(study, answers, maps["heavy"], pictures) if study.transports else None,
        signage_section(study, answers),
        commuting_section(study, answers, maps["commuting"]),
        *commuting_parts(study, answers, maps["access"], travel),
        rail_section(study, answers, railway),
        bottleneck_section(study, answers, maps["bottlenecks"]),
        places_section(study, answers),
        corridors_section(study, answers, strips),
        scenario_section(study, answers, maps["scenarios"], targets),
        economy_section(study, answers, worth),
        Section("network", NETWORK, maps=tuple(maps["network"]), stays=picture_of_base(answers)),
    ]
    kept = tuple(section for section in sections if section is not None)
    meta = describe(study, answers, version=version)
    figures, tables = all_figures(kept), all_tables(kept, scenarios=atlas.scenarios)
    tables += sheet_tables(study, answers)
    write_workbook(folder / "results.xlsx", tables, meta=meta, figures=figures, lang=lang)
    write_geopackage(folder / "results.gpkg", results_layers(study, answers, lang=lang), meta=meta, lang=lang)
    write_summary(folder / SUMMARY, figures, meta=meta)
    for page in sheet_pages(study, answers, meta, strips):
        write_page(folder / page.file, page.sections, meta=page.meta, headline=page.headline, lang=lang)
    headlines = headlines_of(study, answers)
    headline, *_ = headlines.values()
    told = study_story(study, atlas, kept, lang=lang, headline=headline)
    atlas = replace(atlas, story=told, headlines=headlines)
    write_page(folder / "index.html", kept, meta=meta, headline=headline, lang=lang, atlas=atlas)
    if slides:
        write_slides(folder / "report.pptx", kept, meta=meta, pictures=folder / PICTURES, headline=headline, lang=lang)
    return kept


def save_maps(atlas: Atlas, folder: Path, *, lang: Lang, credit: str) -> dict[str, list[MapLink]]:
    """One page and picture a map of the base, and of what each scenario changes; the links to them by section."""
    base = next(iter(atlas.scenarios))
    links: dict[str, list[MapLink]] = {section: [] for section in _SECTION_OF_VIEW.values()}
    for (view, scenario, transport), drawn in atlas.maps.items():
        # A comparison is worth a page where something changes, everything else as it is in the base.
        changes = any(layer["key"] == "changes" for layer in drawn[lang].spec["layers"])
        if not (changes if view == "change" else scenario in ("", base)):
            continue
        title = {"plan": atlas.transports.get(transport), "change": atlas.scenarios.get(scenario)}.get(view)
        name = "_".join(part for part in (view, transport, scenario if view == "change" else "") if part)
        save_map(drawn[lang], folder / f"{name}.html", standalone=True)
        write_pictures(draw_map(drawn[lang]), folder / PICTURES / f"map_{name}", credit=credit)
        state = MapState(view, scenario, transport).hash
        link = MapLink(f"{name}.html", title or atlas.views[view], picture=map_svg(drawn[lang]), state=state)
        links[_SECTION_OF_VIEW[view]].append(link)
    return links


def _keep_picture(drawn: Drawn, *, folder: Path, credit: str, note: Text = NO_TEXT) -> Picture:
    """A drawing for the page, and as files in a folder."""
    key, title, drawing = drawn
    write_pictures(drawing, folder / key, credit=credit)
    return Picture(key, title, figure_svg(drawing, key), note)


def describe(study: Study, answers: Answers, *, version: str) -> Meta:
    """What every file of the run carries."""
    about = study.config.study
    return Meta(
        name=Text(about.name.sv, about.name.en),
        description=Text(about.description.sv, about.description.en),
        data_date=about.data_date.isoformat(),
        version=version,
        command=f"geoplan run {study.folder.resolve().name}",
        attribution=str(study.network.meta.get("attribution", "")),
        sources=sources_of(study),
        inputs=inputs_of(study),
        assumptions=assumptions_of(study),
        shares=knowledge_shares(answers.base.network),
        files=FILES,
    )


def results_layers(study: Study, answers: Answers, *, lang: Lang) -> list[GeoLayer]:
    """Layers of results.gpkg: the network, the plans and flows of the base, bottlenecks, and what scenarios change."""
    base = answers.base
    names = transport_names(study)
    layers = network_layers(base.network, lang=lang)
    layers += [
        plan_layer(base.network, f"plan_{key}", names[key], plan, lang=lang)
        for key, plan in base.plans.items()
        if len(plan.edges)
    ]
    if base.assignment is not None:
        flows = base.assignment.flows
        layers.append(flow_layer(base.network, "flows", FLOWS, flows, largest_vph=largest_flow(answers), lang=lang))
    if len(answers.bottlenecks):
        layers.append(bottleneck_layer(base.network, answers.bottlenecks, lang=lang))
    for key, change in answers.changes.items():
        answer = answers.scenarios[key]
        layers.append(change_layer(answer.network, f"change_{key}", scenario_title(answer), change, lang=lang))
    return layers


def _check_target(out: Path) -> Path:
    """The folder, when it is new, empty, or of an earlier run; somebody's own files are never replaced."""
    if out.exists() and not out.is_dir():
        raise DataError(f"{out}: is a file; choose a folder for the results")
    if out.is_dir() and any(out.iterdir()) and not (out / SUMMARY).is_file():
        raise DataError(f"{out}: holds files that are not results of a run; choose another folder")
    return out


def _tell_first_start(lang: Lang) -> Path | None:
    """Say on stderr that the kernels compile now, when no run here has done it yet; the mark to set afterwards."""
    mark = Path(platformdirs.user_cache_dir("geoplan")) / f"compiled-{numba.__version__}-{sys.version_info.minor}"
    if mark.exists():
        return None
    said = (
        "Första starten: räknekärnorna kompileras, upp till en minut."
        if lang == "sv"
        else ("First start: compiling the kernels, up to a minute.")
    )
    Console(stderr=True).print(said)
    return mark


def _note_compiled(mark: Path | None) -> None:
    """Set the mark; a cache that may not be written only means that the message comes again."""
    if mark is not None:
        with suppress(OSError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


@contextmanager
def _steps(total: int, *, show: bool) -> Iterator[Step]:
    """A function to call before each step: a bar on stderr, or a line in the log."""
    started = time.perf_counter()
    if not show:
        yield lambda text: log.info("%s (%.1f s)", text, time.perf_counter() - started)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=total)

        def step(text: str) -> None:
            bar.update(task, description=text, advance=1)

        yield step
