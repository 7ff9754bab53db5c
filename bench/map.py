"""The operational map: a full frame of many points, its first paint, and the drill through a million complaints.

Rivals: Leaflet's own canvas in a web view (`preferCanvas`, a circle marker per point), and folium's MarkerCluster.
Imports and the start of the web engine are not counted against the rivals.
"""

from __future__ import annotations

import importlib
import math
import random
import time
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import CannotMeasure, Figure, figure
from bench.fresh import in_turn, pooled
from bench.sizes import Sizes

METRICS = {"map.frame_100k": "ms", "map.first_paint_10k": "ms", "map.drill_1m_p95": "ms", "map.layers_frame": "ms"}
CENTRE = (106.64, -6.18)
"""Lon, lat around which the points lie; the spread is that of a city of 200 km2."""
SPREAD = (0.035, 0.03)
PANS = 30


def scattered(count: int) -> list[tuple[float, float, int]]:
    """The same points for both sides: lon, lat, a small number for the colour."""
    chance = random.Random(7)
    return [
        (chance.gauss(CENTRE[0], SPREAD[0]), chance.gauss(CENTRE[1], SPREAD[1]), chance.randrange(4))
        for _ in range(count)
    ]


# The rivals ----------------------------------------------------------------------------------------------------------

_LEAFLET = """<!doctype html><html><head><meta charset="utf-8"><link rel="stylesheet" href="leaflet/leaflet.css">
<script src="leaflet/leaflet.js"></script><style>html,body,#m{margin:0;height:100%}</style></head>
<body><div id="m"></div><script>
var C=['#2e7d32','#f9a825','#ef6c00','#c62828'], frames=[], done=0, points=%POINTS%;
var map=L.map('m',{preferCanvas:true,attributionControl:false,fadeAnimation:false,zoomAnimation:false})
  .setView([%LAT%,%LON%],12);
for (var i=0;i<points.length;i++){var p=points[i];
  L.circleMarker([p[1],p[0]],{radius:3,weight:1,color:C[p[2]]}).addTo(map);}
var all=%PANS%, left=all, last=0;
function painted(f){requestAnimationFrame(function(){requestAnimationFrame(f);});}
function step(t){ if(last){frames.push(t-last);} last=t;
  if(left--<=0){done=1;return;}
  var k=all-left<=all/2?1:-1; map.panBy([-40*k,-24*k],{animate:false}); requestAnimationFrame(step);}
painted(function(){requestAnimationFrame(step);});
</script></body></html>"""


def leaflet_canvas(points: int) -> Mapping[str, Any]:
    """Frames of a pan: from one animation frame to the next, each after a step of the map."""
    import json

    from PySide6.QtWidgets import QApplication

    from bench.assets import assets
    from bench.web import Web, register, wait

    register()
    app = QApplication([])
    web = Web(assets())
    page = _LEAFLET.replace("%POINTS%", json.dumps(scattered(points))).replace("%PANS%", str(PANS))
    page = page.replace("%LON%", str(CENTRE[0])).replace("%LAT%", str(CENTRE[1]))
    web.origin.pages["pan"] = page.encode()
    told: list[float] = []

    def finished(value: str) -> None:
        told.extend(float(each) for each in value.split(","))
        app.quit()

    web.load("pan")
    web.until("typeof done!=='undefined' && done ? frames.join(',') : ''", finished, every_ms=50)
    if not wait(app):
        return {"cannot": "the pan did not end"}
    return {"frames": told}


def folium_cluster(points: int) -> Mapping[str, Any]:
    """From the points to the painted page: build, render, load, paint."""
    from PySide6.QtWidgets import QApplication

    from bench.assets import assets
    from bench.web import ORIGIN, Web, register, wait

    # An option of the product: types are checked where it is not installed, too.
    folium, plugins = importlib.import_module("folium"), importlib.import_module("folium.plugins")
    register()
    app = QApplication([])
    web = Web(assets())
    _localise(ORIGIN)
    # The engine's own start is not the rival's fault: the view has shown a page before.
    web.origin.pages["empty"] = b"<!doctype html><p>.</p>"
    spots = scattered(points)
    took: list[float] = []

    def go(_: object) -> None:
        start = time.perf_counter()
        made = folium.Map([CENTRE[1], CENTRE[0]], zoom_start=12, tiles=None, prefer_canvas=True, maxZoom=18)
        cluster = plugins.MarkerCluster().add_to(made)
        for lon, lat, _colour in spots:
            folium.Marker([lat, lon]).add_to(cluster)
        html = made.get_root().render()
        # The page says itself when its second frame after loading has come.
        html = html.replace(
            "</html>",
            "<script>window.addEventListener('load',function(){requestAnimationFrame(function(){"
            "requestAnimationFrame(function(){window.__painted=1;});});});</script></html>",
        )
        web.origin.pages["cluster"] = html.encode()

        def painted(_: object) -> None:
            took.append((time.perf_counter() - start) * 1000)
            app.quit()

        web.load("cluster")
        web.until("window.__painted && document.querySelectorAll('.leaflet-marker-icon').length>0 ? 1 : 0", painted)

    web.load("empty")
    web.until("document.querySelector('p') ? 1 : 0", go)
    if not wait(app):
        return {"cannot": "the page was not painted"}
    return {"first": took[0]}


def _localise(origin: str) -> None:
    """Point folium's elements at the local scripts and drop what a plain marker does not need."""
    mixin = importlib.import_module("folium.elements").JSCSSMixin
    local = {
        "leaflet": "leaflet/leaflet.js",
        "leaflet_css": "leaflet/leaflet.css",
        "markerclusterjs": "markercluster/leaflet.markercluster.js",
        "markerclustercss": "markercluster/MarkerCluster.css",
        "markerclusterdefaultcss": "markercluster/MarkerCluster.Default.css",
    }
    todo = [mixin]
    while todo:
        kind = todo.pop()
        todo.extend(kind.__subclasses__())
        for attribute in ("default_js", "default_css"):
            if attribute in kind.__dict__:
                kept = [(name, origin + local[name]) for name, _ in getattr(kind, attribute) if name in local]
                setattr(kind, attribute, kept)


# The product ----------------------------------------------------------------------------------------------------------


def native_frames(points: int) -> Mapping[str, Any]:
    """Full frames, each with every point put in place and painted anew, and the frames of the same pan."""
    view, paints = _shown(points)

    def frame() -> float:
        before = paints.count
        start = time.perf_counter()
        view.repaint()
        took = (time.perf_counter() - start) * 1000
        if paints.count != before + 1:
            raise CannotMeasure("a frame was not painted")
        return took

    full = []
    for nth in range(PANS):
        view.zoom(0.1 if nth % 2 else -0.1)
        full.append(frame())
    pan = []
    for nth in range(PANS):
        right = nth % PANS < PANS // 2
        view.pan(40 if right else -40, 24 if right else -24)
        pan.append(frame())
    return {"full": full, "pan": sum(pan) / len(pan)}


def native_first(points: int) -> Mapping[str, Any]:
    """From the points to the first painted frame of a new map."""
    from bench.desk import Paints, application, pump
    from console.core.pack import Level
    from console.store.files import load_phrases
    from widgets.map_view import MapView

    application()
    phrases = load_phrases()
    spots, pack = _columns(points), _pack()
    start = time.perf_counter()
    view = MapView(phrases)
    view.resize(1280, 800)
    paints = Paints(view)
    _fill(view, points, Level.KECAMATAN, spots, pack)
    view.show()
    pump(lambda: paints.count > 0)
    return {"first": (time.perf_counter() - start) * 1000}


def drill(profile: str) -> Mapping[str, Any]:
    """From the city down into each kecamatan and one kelurahan of it, in the panel itself, until it is painted."""
    from bench.desk import Paints, application, open_desk, pump
    from console.panels.situation_map import SituationMap

    application()
    desk = open_desk(Path(profile))
    panel = SituationMap(desk)
    panel.resize(1500, 900)
    paints = Paints(panel.map, lambda: panel.situation is not None and panel.situation.area == panel.focus)
    panel.show()
    pump(lambda: paints.count > 0)

    def go(code: str) -> float:
        before = paints.count
        start = time.perf_counter()
        panel.go(code)
        pump(lambda: paints.count > before)
        return (time.perf_counter() - start) * 1000

    city, took = desk.pack.city.code, []
    for kecamatan in desk.pack.children(city):
        took.append(go(kecamatan.code))
        took.append(go(desk.pack.children(kecamatan.code)[0].code))
        go(city)
    return {"drill": took}


def _pack() -> Any:
    from bench.pages import city

    return city()


def _columns(points: int) -> tuple[array[float], array[float], array[int], array[int]]:
    spots = scattered(points)
    return (
        array("d", [spot[0] for spot in spots]),
        array("d", [spot[1] for spot in spots]),
        array("b", [spot[2] for spot in spots]),
        array("q", range(points)),
    )


def _fill(view: Any, points: int, level: Any, spots: Any = None, pack: Any = None) -> None:
    """Areas and points into a map, by its own doors."""
    from widgets.map_points import looks_of

    pack = pack or _pack()
    lon, lat, states, ids = spots or _columns(points)
    view.set_areas([area for area in pack.areas.values() if area.level is level], pack.city)
    view.set_points(lon, lat, looks_of(states), ids)


def _shown(points: int) -> tuple[Any, Any]:
    """A map with all its points as dots, painted once, and who counts its paintings."""
    from bench.desk import Paints, application, pump
    from console.core.pack import Level
    from console.store.files import load_phrases
    from widgets.map_view import MapView, PointMode

    application()
    view = MapView(load_phrases())
    view.resize(1280, 800)
    _fill(view, points, Level.KELURAHAN)
    view.set_point_mode(PointMode.DOTS)
    paints = Paints(view)
    view.show()
    pump(lambda: paints.count > 0)
    return view, paints


def layer_frames(points: int) -> Mapping[str, Any]:
    """What 2,000 vehicles and 500 shapes of 200 points each add to a full frame, and their longest turn."""
    from PySide6.QtWidgets import QApplication

    view, _paints = _shown(points)

    def frames() -> list[float]:
        took = []
        for nth in range(PANS):
            view.zoom(0.1 if nth % 2 else -0.1)
            start = time.perf_counter()
            view.repaint()
            took.append((time.perf_counter() - start) * 1000)
        return took

    without = sorted(frames())[PANS // 2]
    view.set_marks(_layer_marks(), ())
    view.repaint()
    turns = []
    app = QApplication.instance()
    while not view.overlay.complete and app is not None:
        start = time.perf_counter()
        app.processEvents()
        turns.append((time.perf_counter() - start) * 1000)
    return {"added": [max(0.0, took - without) for took in frames()], "turn": max(turns, default=0.0)}


def _layer_marks() -> list[Any]:
    from widgets.map_marks import Form, MapMark
    from widgets.map_projection import world
    from widgets.map_shapes import shape_of

    chance = random.Random(11)
    marks: list[Any] = []
    for number in range(500):
        lon, lat = chance.gauss(CENTRE[0], SPREAD[0]), chance.gauss(CENTRE[1], SPREAD[1])
        turns = [2 * math.pi * n / 199 for n in range(200)]
        wide = [0.008 * (0.8 + 0.2 * math.sin(5 * turn + number)) for turn in turns]
        ring = [(lon + far * math.cos(turn), lat + far * math.sin(turn)) for turn, far in zip(turns, wide, strict=True)]
        shape = shape_of([[ring]])
        if shape is not None:
            marks.append(MapMark(f"a{number}", Form.WARNING, *shape.inner, rank=1 + number % 4, shape=shape))
    for number in range(2_000):
        x, y = world(chance.gauss(CENTRE[0], SPREAD[0]), chance.gauss(CENTRE[1], SPREAD[1]))
        marks.append(MapMark(f"v{number}", Form.VEHICLE, float(x), float(y), bearing=number % 360.0))
    return marks


SIDES = {
    "layers": layer_frames,
    "leaflet": leaflet_canvas,
    "folium": folium_cluster,
    "frames": native_frames,
    "first": native_first,
    "drill": drill,
}


def _frame(size: Sizes) -> Figure:
    many = {"points": size.points}
    results = in_turn(__name__, {"leaflet": many, "frames": many}, runs=size.runs)
    return figure(
        "map.frame_100k",
        "ms",
        pooled(results["frames"], "full"),
        rival="Leaflet canvas in a web view, a frame of a pan",
        rival_samples=[sum(each["frames"]) / len(each["frames"]) for each in results["leaflet"]],
        own_samples=pooled(results["frames"], "pan"),
    )


def _first_paint(size: Sizes) -> Figure:
    few = {"points": size.first_points}
    results = in_turn(__name__, {"folium": few, "first": few}, runs=size.runs)
    return figure(
        "map.first_paint_10k",
        "ms",
        pooled(results["first"], "first"),
        rival="folium MarkerCluster",
        rival_samples=pooled(results["folium"], "first"),
    )


def _drill(size: Sizes) -> Figure:
    from bench.stock import stocked

    results = in_turn(__name__, {"drill": {"profile": str(stocked(size.rows))}}, runs=size.runs)
    return figure("map.drill_1m_p95", "ms", pooled(results["drill"], "drill"), judged=0.95)


def _layers(size: Sizes) -> Figure:
    results = in_turn(__name__, {"layers": {"points": size.points}}, runs=size.runs)
    return figure("map.layers_frame", "ms", pooled(results["layers"], "added"))


def measure(size: Sizes, wanted: tuple[str, ...]) -> list[Figure]:
    """The figures of the map, each on its own: one that cannot be measured takes no other along."""
    makers = dict(zip(METRICS, (_frame, _first_paint, _drill, _layers), strict=True))
    figures = []
    for metric in wanted:
        try:
            figures.append(makers[metric](size))
        except CannotMeasure as trouble:
            figures.append(Figure(metric, None, METRICS[metric], 0, why=str(trouble)))
    return figures
