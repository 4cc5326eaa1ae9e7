/* The maps of geoplan: draws columns (see geoplan/maps/encode.py) on canvas with Leaflet and asks for nothing else.
   Text from data reaches the page as text nodes only, never as markup. */
(function () {
  "use strict";

  var STEPS = 100000;
  var PICK_PX = 9;

  // ---------- small helpers ----------

  function make(tag, attributes, children) {
    var node = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    (children || []).forEach(function (child) {
      if (child !== null && child !== undefined && child !== "") {
        node.appendChild(typeof child === "object" ? child : document.createTextNode(String(child)));
      }
    });
    return node;
  }

  function svg(tag, attributes, children) {
    var node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    (children || []).forEach(function (child) { node.appendChild(child); });
    return node;
  }

  function mercator(lat) { return Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)) * 180 / Math.PI; }

  // A column is plain values, or different values and their number in each row.
  function value(column, row) { return column.plain ? column.plain[row] : column.of[column.at[row]]; }

  function decodePoints(steps) {
    var points = [], lon = 0, lat = 0;
    for (var i = 0; i < steps.length; i += 2) {
      lon += steps[i]; lat += steps[i + 1];
      points.push(new L.LatLng(lat / STEPS, lon / STEPS));
    }
    return points;
  }

  function decodeLines(xy) {
    if (xy.ready) { return xy.ready; }
    var points = decodePoints(xy.d), at = 0;
    return xy.n.map(function (count) { at += count; return points.slice(at - count, at); });
  }

  // ---------- numbers in the reader's language ----------

  function plain(number, digits, lang) {
    return Math.abs(number).toLocaleString(lang === "sv" ? "sv-SE" : "en-GB",
      { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  function signed(number, text) { return (number < 0 && /[1-9]/.test(text) ? "\u2212" : "") + text; }

  // A long unit stands with the words of the row, not after every number.
  function longUnit(field) { return field.unit && field.unit.length > 8; }

  function labelOf(field) { return longUnit(field) ? field.label + " (" + field.unit + ")" : field.label; }

  function written(field, raw, page) {
    if (raw === null || raw === "") { return page.words.unknown; }
    if (raw === "inf" || raw === "-inf") { return page.words.unlimited; }
    if (field.kind === "text") { return raw; }
    var size = Math.abs(raw), text;
    if (field.kind === "length") {
      text = size < 1000 ? plain(raw, 0, page.lang) + "\u00a0m"
        : plain(raw / 1000, size < 99950 ? 1 : 0, page.lang) + "\u00a0km";
    } else if (field.kind === "duration") {
      var minutes = Math.round(size / 60);
      text = size < 120 ? plain(raw, 0, page.lang) + "\u00a0s"
        : minutes < 90 ? minutes + "\u00a0min"
        : minutes >= 1440 ? plain(minutes / 60, 0, page.lang) + "\u00a0" + page.words.hour
        : Math.floor(minutes / 60) + "\u00a0" + page.words.hour + (minutes % 60 ? " " + (minutes % 60) + "\u00a0min" : "");
    } else {
      var most = Math.max(field.digits, 0);
      var digits = Number.isInteger(raw) ? 0 : most;
      text = plain(raw, digits, page.lang) + (field.unit && !longUnit(field) ? "\u00a0" + field.unit : "");
    }
    return (field.sign && raw > 0 ? "+" : "") + signed(raw, text);
  }

  // ---------- layers ----------

  function pane(page, order) {
    var name = "gp-" + order;
    if (!page.map.getPane(name)) {
      page.map.createPane(name).style.zIndex = 400 + order;
      page.map.getPane(name).style.pointerEvents = "none";
    }
    return name;
  }

  function addLayer(page, spec, draw) {
    var order = page.layers.length;
    var name = pane(page, order);
    var layer = { spec: spec, group: L.layerGroup(), renderer: L.canvas({ pane: name, padding: 0.4 }), pane: name };
    draw(layer);
    page.layers.push(layer);
    if (spec.on) { layer.group.addTo(page.map); }
    return layer;
  }

  // One Leaflet path a stroke and style, however many lines: casings of all lines first, then what lies on them.
  function addLines(page, spec) {
    addLayer(page, spec, function (layer) {
      layer.lines = decodeLines(spec.xy);
      var depth = Math.max.apply(null, spec.styles.map(function (style) { return style.strokes.length; }).concat([0]));
      for (var level = 0; level < depth; level += 1) {
        spec.styles.forEach(function (style, number) {
          var stroke = style.strokes[level];
          if (!stroke) { return; }
          var members = layer.lines.filter(function (_, at) { return spec.style[at] === number; });
          if (!members.length) { return; }
          L.polyline(members, {
            renderer: layer.renderer, pane: layer.pane, interactive: false, color: stroke.color, weight: stroke.weight,
            opacity: stroke.opacity, dashArray: stroke.dash || null, smoothFactor: 1,
            lineCap: stroke.dash && !/^[01] /.test(stroke.dash) ? "butt" : "round"
          }).addTo(layer.group);
        });
      }
    });
  }

  function addAreas(page, spec) {
    addLayer(page, spec, function (layer) {
      var rings = decodeLines(spec.xy);
      var options = { renderer: layer.renderer, pane: layer.pane, interactive: false };
      if (spec.fill) {
        L.polygon(rings, L.extend(options, { stroke: false, fillColor: spec.fill, fillOpacity: 1 })).addTo(layer.group);
      } else {
        L.polyline(rings, L.extend(options, { color: spec.color, weight: 1.2, dashArray: "2 5", opacity: 0.9 })).addTo(layer.group);
      }
    });
  }

  var Mark = L.CircleMarker.extend({
    _updatePath: function () {
      if (!this._renderer._drawing || this._empty()) { return; }
      var at = this._point, style = this.options.mark, pen = this._renderer._ctx;
      pen.beginPath();
      outline(style.shape, style.radius).forEach(function (corner, number) {
        pen[number ? "lineTo" : "moveTo"](at.x + corner[0], at.y + corner[1]);
      });
      if (style.shape === "circle") { pen.arc(at.x, at.y, style.radius, 0, 2 * Math.PI); }
      pen.closePath();
      pen.globalAlpha = 1;
      pen.fillStyle = style.fill;
      pen.fill();
      pen.lineWidth = 1.5;
      pen.setLineDash([]);
      pen.strokeStyle = style.line;
      pen.stroke();
      var sign = this.options.sign || style.sign;
      if (sign) {
        pen.fillStyle = style.sign_color;
        pen.font = "700 " + Math.round(style.radius * (sign.length > 2 ? 0.95 : 1.25)) + "px system-ui, Arial, sans-serif";
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillText(sign, at.x, at.y + (style.shape === "triangle" ? style.radius * 0.18 : 0.5));
      }
    }
  });

  function outline(shape, r) {
    if (shape === "square") { return [[-r, -r], [r, -r], [r, r], [-r, r]]; }
    if (shape === "diamond") { return [[0, -r * 1.2], [r * 1.2, 0], [0, r * 1.2], [-r * 1.2, 0]]; }
    if (shape === "triangle") { return [[0, -r * 1.15], [r * 1.1, r * 0.85], [-r * 1.1, r * 0.85]]; }
    return [];
  }

  function addPoints(page, spec) {
    addLayer(page, spec, function (layer) {
      layer.points = decodePoints(spec.xy);
      // From last to first, so that the first row, the most important, lies on top.
      for (var at = layer.points.length - 1; at >= 0; at -= 1) {
        var style = spec.styles[spec.style[at]];
        new Mark(layer.points[at], {
          renderer: layer.renderer, pane: layer.pane, interactive: false, radius: style.radius * 1.3, mark: style,
          sign: spec.signs ? spec.signs[at] : ""
        }).addTo(layer.group);
      }
    });
  }

  // ---------- place names that make room for one another ----------

  function addLabels(page, spec) {
    var map = page.map, holder = map.createPane("gp-labels"), points = decodePoints(spec.xy);
    holder.style.zIndex = 640;
    holder.style.pointerEvents = "none";
    L.DomUtil.addClass(holder, "leaflet-zoom-hide");
    holder.setAttribute("aria-hidden", "true");
    var labels = points.map(function (point, at) {
      var node = make("div", { "class": "gp-label" + (spec.strong[at] ? " gp-strong" : "") }, [spec.names[at]]);
      holder.appendChild(node);
      var dot = make("div", { "class": "gp-dot" });
      holder.appendChild(dot);
      return { node: node, dot: dot, at: L.latLng(point) };
    });
    labels.forEach(function (label) { label.width = label.node.offsetWidth; label.height = label.node.offsetHeight; });

    function place() {
      var taken = obstacles(page), size = map.getSize(), edge = map.getContainer().getBoundingClientRect();
      var panel = page.panel.getBoundingClientRect();
      taken.push([panel.left - edge.left, panel.top - edge.top, panel.right - edge.left, panel.bottom - edge.top]);
      labels.forEach(function (label, number) {
        var point = map.latLngToContainerPoint(label.at), w = label.width, h = label.height;
        var inside = point.x > 0 && point.y > 0 && point.x < size.x && point.y < size.y;
        // The lesser names keep more air around them.
        var air = spec.strong[number] ? 3 : 9;
        var free = !inside ? [] : [[7, -h / 2], [-7 - w, -h / 2], [-w / 2, 7], [-w / 2, -8 - h]].filter(function (spot) {
          var x = point.x + spot[0], y = point.y + spot[1];
          return x > 2 && y > 2 && x + w < size.x - 2 && y + h < size.y - 2 && !taken.some(function (other) {
            return x - air < other[2] && other[0] < x + w + air && y - air < other[3] && other[1] < y + h + air;
          });
        });
        var spot = free.length > 1 ? clearest(page, point, free, w, h) : free[0];
        label.node.style.display = spot ? "" : "none";
        label.dot.style.display = spot && spec.dots ? "" : "none";
        if (!spot) { return; }
        taken.push([point.x + spot[0], point.y + spot[1], point.x + spot[0] + w, point.y + spot[1] + h]);
        L.DomUtil.setPosition(label.dot, map.latLngToLayerPoint(label.at).round());
        L.DomUtil.setPosition(label.node, map.latLngToLayerPoint(label.at).add(spot).round());
      });
    }
    page.placeLabels = place;
    map.on("zoomend moveend resize", place);
  }

  // Of several free spots the one that hides least of what the map is about.
  function clearest(page, point, spots, w, h) {
    var shown = page.layers.filter(function (layer) {
      return layer.lines && layer.spec.fields && layer.lines.length < 3000 && page.map.hasLayer(layer.group);
    });
    var reach = (h / 2 + 3) * 360 / (256 * Math.pow(2, page.map.getZoom())), best = null, least = Infinity;
    spots.forEach(function (spot) {
      var hidden = 0;
      [0, 0.25, 0.5, 0.75, 1].forEach(function (share) {
        var at = page.map.containerPointToLatLng([point.x + spot[0] + share * w, point.y + spot[1] + h / 2]);
        hidden += shown.filter(function (layer) { return nearestLine(layer, at.lng, mercator(at.lat), reach) >= 0; }).length;
      });
      if (hidden < least) { least = hidden; best = spot; }
    });
    return best;
  }

  function obstacles(page) {
    var boxes = [], size = page.map.getSize();
    page.layers.forEach(function (layer) {
      if (!layer.points || !page.map.hasLayer(layer.group) || layer.points.length > 400) { return; }
      layer.points.forEach(function (point, at) {
        var style = layer.spec.styles[layer.spec.style[at]];
        var spot = page.map.latLngToContainerPoint(point), r = style.radius;
        if (r > 5 && spot.x > 0 && spot.y > 0 && spot.x < size.x && spot.y < size.y) { boxes.push([spot.x - r, spot.y - r, spot.x + r, spot.y + r]); }
      });
    });
    return boxes;
  }

  // ---------- finding what lies under the pointer ----------

  // Segments of a layer in a grid of cells, in Mercator degrees, so that a search looks at a few of them only.
  function lineIndex(layer) {
    if (layer.index) { return layer.index; }
    var xs = [], ys = [], line = [], last = [];
    var west = Infinity, east = -Infinity, south = Infinity, north = -Infinity;
    layer.lines.forEach(function (points, number) {
      points.forEach(function (point, at) {
        var x = point.lng, y = mercator(point.lat);
        west = Math.min(west, x); east = Math.max(east, x); south = Math.min(south, y); north = Math.max(north, y);
        xs.push(x); ys.push(y); line.push(number); last.push(at === points.length - 1);
      });
    });
    var cell = Math.max(east - west, north - south) / 160 || 1, cells = new Map();
    for (var i = 0; i < xs.length; i += 1) {
      if (last[i]) { continue; }
      var x0 = Math.floor((Math.min(xs[i], xs[i + 1]) - west) / cell), x1 = Math.floor((Math.max(xs[i], xs[i + 1]) - west) / cell);
      var y0 = Math.floor((Math.min(ys[i], ys[i + 1]) - south) / cell), y1 = Math.floor((Math.max(ys[i], ys[i + 1]) - south) / cell);
      for (var cx = x0; cx <= x1; cx += 1) {
        for (var cy = y0; cy <= y1; cy += 1) {
          var key = cx * 1000 + cy, list = cells.get(key);
          if (list) { list.push(i); } else { cells.set(key, [i]); }
        }
      }
    }
    layer.index = { xs: xs, ys: ys, line: line, west: west, south: south, cell: cell, cells: cells };
    return layer.index;
  }

  function distance2(x, y, ax, ay, bx, by) {
    var dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy;
    var share = length2 ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length2)) : 0;
    return (x - ax - share * dx) * (x - ax - share * dx) + (y - ay - share * dy) * (y - ay - share * dy);
  }

  function nearestLine(layer, x, y, reach) {
    var index = lineIndex(layer), best = reach * reach, found = -1;
    var x0 = Math.floor((x - reach - index.west) / index.cell), x1 = Math.floor((x + reach - index.west) / index.cell);
    var y0 = Math.floor((y - reach - index.south) / index.cell), y1 = Math.floor((y + reach - index.south) / index.cell);
    x0 = Math.max(x0, 0); y0 = Math.max(y0, 0); x1 = Math.min(x1, 161); y1 = Math.min(y1, 161);
    for (var cx = x0; cx <= x1; cx += 1) {
      for (var cy = y0; cy <= y1; cy += 1) {
        (index.cells.get(cx * 1000 + cy) || []).forEach(function (i) {
          var d = distance2(x, y, index.xs[i], index.ys[i], index.xs[i + 1], index.ys[i + 1]);
          if (d < best) { best = d; found = index.line[i]; }
        });
      }
    }
    return found;
  }

  function pick(page, latlng) {
    var map = page.map, i, layer;
    var shown = page.layers.filter(function (one) { return one.spec.fields && map.hasLayer(one.group); });
    var spot = map.latLngToContainerPoint(latlng);
    for (i = shown.length - 1; i >= 0; i -= 1) {
      layer = shown[i];
      if (!layer.points) { continue; }
      var best = Infinity, at = -1;
      layer.points.forEach(function (point, number) {
        var reach = layer.spec.styles[layer.spec.style[number]].radius + 4;
        var away = map.latLngToContainerPoint(point).distanceTo(spot);
        if (away < reach && away < best) { best = away; at = number; }
      });
      if (at >= 0) { return { layer: layer, at: at, latlng: L.latLng(layer.points[at]) }; }
    }
    var reach = PICK_PX * 360 / (256 * Math.pow(2, map.getZoom()));
    for (i = shown.length - 1; i >= 0; i -= 1) {
      layer = shown[i];
      if (!layer.lines || !layer.lines.length) { continue; }
      var found = nearestLine(layer, latlng.lng, mercator(latlng.lat), reach);
      if (found >= 0) { return { layer: layer, at: found, latlng: latlng }; }
    }
    return null;
  }

  // Rows of a drawn thing: the directions of a line, or the one row of a point.
  function rowsOf(hit) {
    var spec = hit.layer.spec;
    if (!spec.first) { return [hit.at]; }
    var rows = [], end = hit.at + 1 < spec.first.length ? spec.first[hit.at + 1] : spec.count;
    for (var row = spec.first[hit.at]; row < end; row += 1) { rows.push(row); }
    return rows;
  }

  function tipOf(page, hit) {
    var spec = hit.layer.spec, rows = rowsOf(hit), node = make("div", { "class": "gp-tip" }, [make("b", {}, [value(spec.titles, rows[0])])]);
    spec.fields.filter(function (field) { return field.tip; }).forEach(function (field) {
      var texts = rows.map(function (row) { return value(field.values, row); });
      if (texts.every(function (raw) { return raw === null || raw === ""; })) { return; }
      texts = texts.map(function (raw) { return written(field, raw, page); });
      var one = texts.every(function (text) { return text === texts[0]; });
      node.appendChild(make("div", {}, [labelOf(field) + ": " + (one ? texts[0] : texts.join(" / "))]));
    });
    return node;
  }

  function popupOf(page, hit) {
    var spec = hit.layer.spec, rows = rowsOf(hit);
    var node = make("div", { "class": "gp-pop" }, [make(page.wish.heading ? "h4" : "h2", {}, [value(spec.titles, rows[0])])]);
    var under = spec.subtitles ? value(spec.subtitles, rows[0]) : "";
    if (under) { node.appendChild(make("p", {}, [under])); }
    var body = make("tbody"), table = make("table");
    if (rows.length > 1 && spec.headings) {
      table.appendChild(make("thead", {}, [make("tr", {}, [make("th")].concat(rows.map(function (row) {
        return make("th", { scope: "col" }, [value(spec.headings, row)]);
      })))]));
    }
    spec.fields.forEach(function (field) {
      var raws = rows.map(function (row) { return value(field.values, row); });
      if (!field.always && raws.every(function (raw) { return raw === null || raw === ""; })) { return; }
      var texts = raws.map(function (raw) { return written(field, raw, page); });
      var guesses = rows.map(function (row) {
        return spec.assumed && ("," + value(spec.assumed, row) + ",").indexOf("," + field.column + ",") >= 0;
      });
      var one = texts.every(function (text, at) { return text === texts[0] && guesses[at] === guesses[0]; });
      var cells = (one ? [0] : rows.map(function (_, at) { return at; })).map(function (at) {
        return make("td", one && rows.length > 1 ? { colspan: rows.length } : {},
          [texts[at], guesses[at] ? make("small", {}, [" (" + page.words.assumed + ")"]) : null]);
      });
      body.appendChild(make("tr", {}, [make("th", { scope: "row" }, [labelOf(field)])].concat(cells)));
    });
    if (body.childNodes.length) { table.appendChild(body); node.appendChild(table); }
    var missing = spec.missing ? value(spec.missing, rows[0]) : "";
    if (missing) { node.appendChild(make("p", { "class": "gp-say" }, [page.words.not_known + ": " + missing])); }
    return node;
  }

  function highlight(page, hit) {
    if (page.halo) { page.halo.remove(); page.halo = null; }
    if (!hit) { return; }
    var options = { renderer: page.haloRenderer, pane: "gp-halo", interactive: false, color: "#ffd400", opacity: 0.75 };
    page.halo = hit.layer.lines
      ? L.polyline(hit.layer.lines[hit.at], L.extend(options, { weight: 13, lineCap: "round" }))
      : L.circleMarker(hit.latlng, L.extend(options, { radius: hit.layer.spec.styles[hit.layer.spec.style[hit.at]].radius + 4, weight: 5, fill: false }));
    page.halo.addTo(page.map);
  }

  function listen(page) {
    var map = page.map, tip = L.tooltip({ direction: "top", offset: [0, -8], opacity: 1 }), waiting = false, over = null;
    map.createPane("gp-halo").style.zIndex = 398;
    map.getPane("gp-halo").style.pointerEvents = "none";
    page.haloRenderer = L.canvas({ pane: "gp-halo", padding: 0.4 });
    function clear() { over = null; tip.remove(); highlight(page, page.open); map.getContainer().style.cursor = ""; }
    map.on("mousemove", function (event) {
      if (waiting || map.dragging && map.dragging.moving()) { return; }
      waiting = true;
      window.requestAnimationFrame(function () {
        waiting = false;
        var hit = pick(page, event.latlng);
        if (!hit) { clear(); return; }
        if (!over || over.layer !== hit.layer || over.at !== hit.at) { tip.setContent(tipOf(page, hit)); highlight(page, hit); }
        over = hit;
        map.getContainer().style.cursor = "pointer";
        tip.setLatLng(event.latlng);
        if (!map.hasLayer(tip)) { tip.addTo(map); }
      });
    });
    map.on("mouseout movestart", clear);
    map.on("click", function (event) {
      var hit = pick(page, event.latlng);
      if (hit) { clear(); open(page, hit); }
    });
    map.on("popupclose", function () { page.open = null; highlight(page, null); });
  }

  function open(page, hit) {
    var width = Math.min(340, page.map.getSize().x - 60);
    L.popup({ maxWidth: width, maxHeight: Math.max(180, page.map.getSize().y - 170), autoPanPaddingTopLeft: [12, 12], autoPanPaddingBottomRight: room(page) })
      .setLatLng(hit.latlng).setContent(popupOf(page, hit)).openOn(page.map);
    page.open = hit;
    highlight(page, hit);
    if (page.wish.onOpen) { page.wish.onOpen(hit.layer.spec.key, hit.at, rowsOf(hit)); }
  }

  // ---------- the panel: title, what it says, layers each with its own legend, lists that lead to the map ----------

  function lineSample(style) {
    var drawing = svg("svg", { width: 34, height: 16, "aria-hidden": "true" });
    style.strokes.forEach(function (stroke) {
      drawing.appendChild(svg("line", { x1: 2, x2: 32, y1: 8, y2: 8, stroke: stroke.color, "stroke-width": Math.min(stroke.weight, 13),
        "stroke-dasharray": stroke.dash, "stroke-linecap": /^[01] /.test(stroke.dash) ? "round" : "butt", "stroke-opacity": stroke.opacity }));
    });
    return drawing;
  }

  function pointSample(style) {
    var middle = "translate(17 10)", parts = [];
    var paint = { fill: style.fill, stroke: style.line === "#ffffff" ? style.fill : style.line, "stroke-width": 1.3, transform: middle };
    parts.push(style.shape === "circle" ? svg("circle", L.extend({ r: style.radius }, paint))
      : svg("polygon", L.extend({ points: outline(style.shape, style.radius).join(" ") }, paint)));
    if (style.sign) {
      var text = svg("text", { fill: style.sign_color, transform: middle, "text-anchor": "middle", "font-weight": 700,
        "font-size": Math.round(style.radius * 1.25), y: style.radius * (style.shape === "triangle" ? 0.62 : 0.45) });
      text.textContent = style.sign;
      parts.push(text);
    }
    return svg("svg", { width: 34, height: 20, "aria-hidden": "true" }, parts);
  }

  function areaSample(spec) {
    return spec.fill ? svg("svg", { width: 34, height: 16, "aria-hidden": "true" }, [svg("rect", { x: 4, y: 2, width: 26, height: 12, fill: spec.fill, stroke: "#9fb3c8" })])
      : lineSample({ strokes: [{ color: spec.color, weight: 1.4, dash: "2 4", opacity: 1 }] });
  }

  function sample(item) { return item.mark ? pointSample(item.mark) : lineSample(item); }

  // One entry alone stands beside the layer's own name.
  function legendOf(spec) {
    var items = (spec.legend || []).map(function (item) {
      if (item.heading) { return make("li", { "class": "gp-sub" }, [item.heading]); }
      return make("li", {}, [sample(item), item.label]);
    });
    return items.length > 1 ? make("ul", { "class": "gp-legend" }, items) : null;
  }

  function layerRow(page, layer) {
    var box = make("input", { type: "checkbox" });
    box.checked = Boolean(layer.spec.on);
    var legend = layer.spec.legend || [];
    var inline = layer.spec.type === "areas" ? areaSample(layer.spec) : legend.length === 1 ? sample(legend[0]) : null;
    var row = make("div", { "class": "gp-layer" }, [make("label", {}, [box, inline, layer.spec.title]), legendOf(layer.spec)]);
    function show() {
      if (box.checked) { layer.group.addTo(page.map); } else { layer.group.remove(); }
      row.classList.toggle("gp-off", !box.checked);
      if (page.placeLabels) { page.placeLabels(); }
    }
    box.addEventListener("change", show);
    layer.tick = function (on) { box.checked = on; show(); };
    row.classList.toggle("gp-off", !box.checked);
    return row;
  }

  function listOf(page, list) {
    var shown = list.items.slice(0, list.few || list.items.length), rest = list.items.slice(shown.length);
    var holder = make("ol"), node = make("div", { "class": "gp-list" }, [make(page.wish.heading ? "h4" : "h2", {}, [list.title]), holder]);
    function add(item) {
      var text = make("span", {}, [item.title, item.sub ? make("em", {}, [item.sub]) : null]);
      var badge = item.badge ? make("i", item.color ? { style: "background:" + item.color + (item.ink ? ";color:" + item.ink : "") } : {}, [item.badge]) : make("b");
      var target = item.layer === undefined ? null : layerOf(page, item.layer);
      var entry = target ? make("button", { type: "button" }, [badge, text]) : make("div", {}, [badge, text]);
      if (target) {
        entry.addEventListener("click", function () { goTo(page, target, item.at); });
      }
      holder.appendChild(make("li", {}, [entry]));
    }
    shown.forEach(add);
    if (rest.length) {
      var more = make("button", { type: "button", "class": "gp-more" }, [page.words.more + " (" + list.items.length + ")"]);
      more.addEventListener("click", function () {
        rest.forEach(add);
        more.remove();
        holder.children[shown.length].firstChild.focus();
      });
      node.appendChild(more);
    }
    return node;
  }

  function layerOf(page, key) { return page.layers.filter(function (layer) { return layer.spec.key === key; })[0]; }

  // To a line or mark, which is marked; with `quiet` nothing opens.
  function goTo(page, layer, at, quiet) {
    if (!page.map.hasLayer(layer.group)) { layer.group.addTo(page.map); if (layer.tick) { layer.tick(true); } }
    var hit;
    if (layer.lines) {
      var bounds = L.latLngBounds(layer.lines[at]), points = layer.lines[at];
      hit = { layer: layer, at: at, latlng: L.latLng(points[Math.floor(points.length / 2)]) };
      page.map.fitBounds(bounds.pad(0.6), L.extend({ maxZoom: 14, animate: false }, page.padding()));
    } else {
      hit = { layer: layer, at: at, latlng: L.latLng(layer.points[at]) };
      page.map.setView(hit.latlng, Math.max(page.map.getZoom(), Math.min(13, page.home + 3)), { animate: false });
    }
    if (page.small()) { page.fold(true); }
    if (!quiet) { open(page, hit); return; }
    page.map.closePopup();
    page.open = hit;
    highlight(page, hit);
  }

  function room(page) { return page.small() ? [12, 80] : [page.panel.classList.contains("gp-shut") ? 12 : 324, 12]; }

  function addPanel(page) {
    var spec = page.spec, fold = make("button", { type: "button", "class": "gp-fold" });
    var body = make("div", { "class": "gp-body", tabindex: "0", role: "group", "aria-label": page.words.legend });
    var head = make("div", { "class": "gp-head" }, [make("div", {}, [make(page.wish.heading || "h1", {}, [spec.title]), spec.subtitle ? make("p", {}, [spec.subtitle]) : null]), fold]);
    page.panel = make("section", { "class": "gp-panel", "aria-label": spec.title }, [head, body]);
    if (spec.say) { body.appendChild(make("p", { "class": "gp-say-" + spec.say.kind }, [spec.say.text])); }
    if (spec.facts && spec.facts.length) {
      body.appendChild(make("dl", { "class": "gp-facts" }, spec.facts.reduce(function (all, fact) {
        return all.concat([make("dt", {}, [fact[0]]), make("dd", {}, [fact[1]])]);
      }, [])));
    }
    page.layers.slice().reverse().forEach(function (layer) { body.appendChild(layerRow(page, layer)); });
    (spec.lists || []).forEach(function (list) { body.appendChild(listOf(page, list)); });
    page.fold = function (shut) {
      page.panel.classList.toggle("gp-shut", shut);
      fold.textContent = shut ? "\u25B4" : "\u25BE";
      fold.setAttribute("aria-expanded", String(!shut));
      fold.setAttribute("aria-label", shut ? page.words.show : page.words.hide);
      fold.title = shut ? page.words.show : page.words.hide;
      page.map.getContainer().style.setProperty("--gp-foot", head.offsetHeight + "px");
      if (page.placeLabels) { page.placeLabels(); }
    };
    fold.addEventListener("click", function () { page.fold(!page.panel.classList.contains("gp-shut")); });
    L.DomEvent.disableClickPropagation(page.panel);
    L.DomEvent.disableScrollPropagation(page.panel);
    L.DomEvent.on(page.panel, "mousemove", L.DomEvent.stopPropagation);
    page.map.getContainer().appendChild(page.panel);
    page.fold(page.small());
  }

  function addControls(page) {
    var map = page.map, words = page.words;
    L.control.zoom({ position: "topleft", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    var bar = map.zoomControl ? null : map.getContainer().querySelector(".leaflet-control-zoom");
    if (bar) {
      var whole = make("a", { "class": "gp-whole", href: "#", role: "button", title: words.whole, "aria-label": words.whole }, ["\u2922"]);
      L.DomEvent.on(whole, "click", L.DomEvent.stop).on(whole, "click", page.fit);
      bar.appendChild(whole);
    }
    L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);
    map.attributionControl.setPrefix(false).setPosition(page.small() ? "bottomleft" : "bottomright");
    page.spec.credits.forEach(function (credit) {
      map.attributionControl.addAttribution(make("span", {}, [make("span", {}, [credit])]).innerHTML);
    });
  }

  // ---------- start ----------

  // Paper gets the window as it is, scaled to an A4 sheet on its side (281 x 194 mm inside its margins): a canvas
  // drawn anew for paper would come out empty, for printing does not wait for a frame.
  function paperSize(map) {
    var size = map.getSize(), style = map.getContainer().style;
    style.setProperty("--gp-width", size.x + "px");
    style.setProperty("--gp-height", size.y + "px");
    style.setProperty("--gp-zoom", String(Math.min(1062 / size.x, 730 / size.y)));
  }

  // `wish`: heading (of the panel, "h1"), view ([centre, zoom] to open with), onOpen (called with what was clicked).
  function start(map, spec, wish) {
    var page = { map: map, spec: spec, words: spec.words, lang: spec.lang, layers: [], open: null, wish: wish || {} };
    page.small = function () { return map.getSize().x <= 640; };
    page.padding = function () { return { paddingTopLeft: [44, 16], paddingBottomRight: page.small() ? [16, 76] : [328, 34] }; };
    page.fit = function () { map.fitBounds(spec.bounds, L.extend({ animate: false, maxZoom: 15 }, page.padding())); page.home = map.getZoom(); };
    L.DomUtil.addClass(map.getContainer(), "gp-map");
    map.getContainer().setAttribute("role", "region");
    map.getContainer().setAttribute("aria-label", spec.words.map + ": " + spec.title);
    page.fit();
    map.setMinZoom(Math.max(2, map.getZoom() - 3));
    if (page.wish.view) { map.setView(page.wish.view[0], page.wish.view[1], { animate: false }); }
    spec.layers.forEach(function (layer) {
      if (layer.type === "lines") { addLines(page, layer); } else if (layer.type === "areas") { addAreas(page, layer); } else { addPoints(page, layer); }
    });
    addPanel(page);
    addControls(page);
    listen(page);
    if (spec.labels) { addLabels(page, spec.labels); page.placeLabels(); }
    paperSize(map);
    map.on("resize", function () { paperSize(map); });
    map.getContainer().setAttribute("data-ready", "yes");
    return page;
  }

  // The map of a page with other things around it: `key` of a layer and number of a line or mark.
  function focus(page, key, at, quiet) {
    var layer = layerOf(page, key);
    if (layer && at >= 0 && at < (layer.lines || layer.points).length) { goTo(page, layer, at, quiet); }
  }

  window.geoplan = { start: start, focus: focus, written: written, value: value, labelOf: labelOf, make: make, STEPS: STEPS };
}());
