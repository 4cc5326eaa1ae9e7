/* The map of the study page: view, scenario, transport and language are one state, which stands in the address.
   Everything on the page follows it: map, table beside the map, and the parts of the report that a scenario changes. */
(function () {
  "use strict";
  var holder = document.getElementById("atlas");
  if (!holder) { return; }

  var root = document.documentElement, make = geoplan.make;
  var data = JSON.parse(document.getElementById("atlas-data").textContent), words = data.words;
  var box = document.getElementById("atlas-map"), scenarioBox = document.getElementById("scenario");
  var transportBox = document.getElementById("transport"), told = document.getElementById("atlas-told");
  var views = Array.prototype.slice.call(document.querySelectorAll("#views input"));
  var steps = Array.prototype.slice.call(document.querySelectorAll("#story > li"));
  var show = document.getElementById("show");
  var PAGE = 25;

  var blank = { view: data.views[0], scenario: data.scenarios[0], transport: data.transports[0] || "", step: 0, focus: "" };
  var state = Object.assign({}, blank), block = null, map = null, page = null, drawn = "";
  var table = { which: 0, column: null, down: true, from: 0, find: "", rows: [] };

  function word(key) { return words[key][root.lang === "en" ? 1 : 0]; }

  // ---------- the state and the address ----------

  function read() {
    var found = new URLSearchParams(location.hash.slice(1)), next = Object.assign({}, blank);
    ["view", "scenario", "transport"].forEach(function (key) {
      if (data[key + "s"].indexOf(found.get(key)) >= 0) { next[key] = found.get(key); }
    });
    var step = steps[(Number(found.get("step")) || 0) - 1];
    // A link to a step alone shows what belongs to the step.
    if (step && !found.has("view")) {
      var own = JSON.parse(step.dataset.state);
      ["view", "scenario", "transport"].forEach(function (key) { next[key] = own[key] || blank[key]; });
    }
    next.step = Math.max(0, Math.min(steps.length, Number(found.get("step")) || 0));
    next.focus = found.get("focus") || "";
    if (found.get("lang") === "sv" || found.get("lang") === "en") { report.speak(found.get("lang")); }
    return next;
  }

  function write() {
    var parts = new URLSearchParams();
    parts.set("view", state.view);
    parts.set("scenario", state.scenario);
    if (state.view === "plan") { parts.set("transport", state.transport); }
    parts.set("lang", root.lang);
    if (state.step) { parts.set("step", state.step); }
    if (state.focus) { parts.set("focus", state.focus); }
    // Some browsers forbid it for files on disk.
    try { history.replaceState(null, "", location.pathname + "#" + parts); } catch (fault) { return; }
  }

  function go(change, quiet) {
    Object.assign(state, { focus: "" }, change);
    render();
    if (!quiet) { write(); }
  }

  // ---------- the map ----------

  function specOf(view) {
    var tries = [[state.scenario, state.transport], [state.scenario, ""], ["", state.transport], ["", ""]];
    for (var i = 0; i < tries.length; i += 1) {
      var spec = block.spec([view].concat(tries[i], root.lang).join("|"));
      if (spec) { return spec; }
    }
    return null;
  }

  function draw() {
    var spec = specOf(state.view), what = state.view + "|" + (state.view === "plan" ? state.transport : "") + "|" + state.step;
    var keep = map && what === drawn ? [map.getCenter(), map.getZoom()] : null;
    if (page && page.spec === spec && what === drawn) { return; }
    var folded = page && page.panel.classList.contains("gp-shut");
    if (map) { map.remove(); map = null; page = null; }
    box.replaceChildren();
    box.removeAttribute("data-ready");
    if (!spec) { box.appendChild(make("p", { "class": "atlas-none" }, [word("no_map")])); table.rows = []; twin(null); return; }
    map = L.map(box, { preferCanvas: true, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90, maxZoom: 19,
      scrollWheelZoom: false, keyboard: !state.step });
    // The wheel scrolls the page until the map is entered by a click or by keys.
    map.on("focus", function () { map.scrollWheelZoom.enable(); });
    map.on("blur", function () { map.scrollWheelZoom.disable(); });
    page = geoplan.start(map, spec, { heading: "h3", view: keep, onOpen: clicked });
    if (folded) { page.fold(true); }
    fitPaper();
    if (what !== drawn) { table.which = 0; table.find = ""; }
    table.column = null;
    table.from = 0;
    drawn = what;
    twin(spec);
  }

  // Paper takes the map as it stands on the screen, scaled to its width (182 mm inside the margins).
  function fitPaper() {
    box.style.setProperty("--atlas-width", box.clientWidth + "px");
    box.style.setProperty("--atlas-height", box.clientHeight + "px");
    box.style.setProperty("--atlas-zoom", String(Math.min(1, 640 / box.clientWidth)));
  }

  // ---------- the table of the map: the same rows ----------

  function layerSpec(key) { return page.spec.layers.filter(function (layer) { return layer.key === key; })[0]; }

  function lineOf(layer, row) {
    if (!layer.first) { return row; }
    var low = 0, high = layer.first.length - 1;
    while (low < high) {
      var middle = (low + high + 1) >> 1;
      if (layer.first[middle] <= row) { low = middle; } else { high = middle - 1; }
    }
    return low;
  }

  function gather(group) {
    var rows = [], columns = [], known = {}, both = false;
    group.layers.forEach(function (key) {
      var layer = layerSpec(key), count = layer.first ? layer.count : layer.style.length, fields = {};
      layer.fields.forEach(function (field) {
        fields[field.column] = field;
        if (!known[field.column]) { known[field.column] = true; columns.push(field); }
      });
      both = both || (layer.first && layer.count > layer.first.length);
      for (var row = 0; row < count; row += 1) { rows.push({ key: key, layer: layer, fields: fields, row: row }); }
    });
    return { rows: rows, columns: columns, both: both };
  }

  function raw(entry, column) {
    if (column === "sign") { return Number(entry.layer.signs ? entry.layer.signs[entry.row] : 0); }
    if (column === "title") { return geoplan.value(entry.layer.titles, entry.row); }
    if (column === "heading") { return entry.layer.headings ? geoplan.value(entry.layer.headings, entry.row) : ""; }
    var field = entry.fields[column];
    return field ? geoplan.value(field.values, entry.row) : null;
  }

  function size(value) { return value === "inf" ? Infinity : value === "-inf" ? -Infinity : value; }

  function order() {
    var find = table.find.trim().toLocaleLowerCase(root.lang), letters = new Intl.Collator(root.lang, { numeric: true });
    table.rows = !find ? table.all.rows.slice() : table.all.rows.filter(function (entry) {
      return String(raw(entry, "title")).toLocaleLowerCase(root.lang).indexOf(find) >= 0;
    });
    var column = table.column;
    if (!column) { return; }
    var turn = table.down ? -1 : 1, bySize = table.bySize;
    var keyed = table.rows.map(function (entry) {
      var value = raw(entry, column);
      return [value === null || value === "" ? null : bySize ? Math.abs(size(value)) : size(value), entry];
    });
    keyed.sort(function (a, b) {
      if (a[0] === null || b[0] === null) { return (a[0] === null ? 1 : 0) - (b[0] === null ? 1 : 0); }
      return turn * (typeof a[0] === "string" ? letters.compare(a[0], b[0]) : a[0] - b[0]);
    });
    table.rows = keyed.map(function (pair) { return pair[1]; });
  }

  function twin(spec) {
    var place = document.getElementById("twin");
    place.replaceChildren();
    table.all = { rows: [], columns: [], both: false };
    if (!spec || !spec.twins.length) { return; }
    table.which = Math.min(table.which, spec.twins.length - 1);
    var group = spec.twins[table.which];
    table.all = gather(group);
    if (group.sort && !table.column) {
      table.column = group.sort;
      table.down = group.sort !== "sign";
      table.bySize = group.sort === "change";
    }
    order();
    var head = make("div", { "class": "twin-head" }, [make("h3", { id: "twin-title" }, [word("twin") + ": " + group.title])]);
    if (spec.twins.length > 1) {
      var choose = make("select", { id: "twin-which" }, spec.twins.map(function (one, at) {
        return make("option", at === table.which ? { value: at, selected: "" } : { value: at }, [one.title]);
      }));
      choose.addEventListener("change", function () {
        table.which = Number(choose.value);
        table.column = null;
        table.from = 0;
        table.find = "";
        twin(spec);
        document.getElementById("twin-which").focus();
      });
      head.appendChild(make("label", {}, [word("twin_which") + " ", choose]));
    }
    var find = make("input", { type: "search", value: table.find, id: "twin-find" });
    find.addEventListener("input", function () { table.find = find.value; table.from = 0; order(); fill(); });
    head.appendChild(make("label", {}, [word("find") + " ", find]));
    place.appendChild(head);
    place.appendChild(make("p", { "class": "note" }, [word("twin_note")]));
    place.appendChild(make("div", { "class": "scroll", id: "twin-scroll", tabindex: "0", role: "region", "aria-labelledby": "twin-title" }, [make("table", { id: "twin-table" })]));
    place.appendChild(make("div", { "class": "under", id: "twin-under" }));
    fill();
  }

  function columnsOf() {
    var own = [{ column: "title", label: word("name"), kind: "text" }];
    if (table.all.both) { own.push({ column: "heading", label: word("direction"), kind: "text" }); }
    return own.concat(table.all.columns);
  }

  function fill() {
    var node = document.getElementById("twin-table"), columns = columnsOf();
    if (!node) { return; }
    node.replaceChildren(make("thead", {}, [make("tr", {}, columns.map(function (field) {
      var button = make("button", { type: "button" }, [geoplan.labelOf(field)]);
      var head = make("th", { scope: "col", "class": field.kind === "text" ? "" : "number" }, [button, make("span", { "class": "paper", "aria-hidden": "true" }, [geoplan.labelOf(field)])]);
      if (field.column === table.column) { head.setAttribute("aria-sort", table.down ? "descending" : "ascending"); }
      button.addEventListener("click", function () {
        table.down = table.column === field.column ? !table.down : field.kind !== "text";
        table.column = field.column;
        table.bySize = false;
        table.from = 0;
        order();
        fill();
        document.querySelectorAll("#twin-table thead button")[columns.indexOf(field)].focus();
      });
      return head;
    }))]));
    var body = make("tbody"), marked = state.focus;
    table.rows.slice(table.from, table.from + PAGE).forEach(function (entry, at) {
      var name = entry.key + "." + entry.row, here = name === marked;
      var sign = entry.layer.signs ? entry.layer.signs[entry.row] : "", title = String(raw(entry, "title"));
      var button = make("button", { type: "button", tabindex: here || (at === 0 && !marked) ? "0" : "-1", "data-row": name }, [title || sign || "\u2013"]);
      var cells = columns.map(function (field, number) {
        if (!number) { return make("th", { scope: "row" }, [button]); }
        var value = raw(entry, field.column), text = field.column === "heading" ? value : geoplan.written(field, value, page);
        return make("td", { "class": field.kind === "text" ? (String(text).length > 40 ? "long" : "") : "number" }, [text]);
      });
      var row = make("tr", here ? { "aria-current": "true" } : {}, cells);
      button.addEventListener("focus", function () { if (state.focus !== name) { reach(entry, true); } });
      row.addEventListener("click", function () { reach(entry, false); button.focus({ preventScroll: true }); });
      body.appendChild(row);
    });
    node.appendChild(body);
    if (!body.querySelector('[tabindex="0"]') && body.rows.length) { body.querySelector("button").tabIndex = 0; }
    under();
  }

  function under() {
    var node = document.getElementById("twin-under"), count = table.rows.length, last = Math.min(table.from + PAGE, count);
    function button(text, off, action) {
      var one = make("button", { type: "button" }, [text]);
      one.disabled = off;
      one.addEventListener("click", action);
      return one;
    }
    function turn(to) { return function () { table.from = to; fill(); document.querySelector("#twin-table tbody button").focus(); }; }
    node.replaceChildren(
      make("span", { "class": "count", role: "status" }, [count ? (table.from + 1) + "\u2013" + last + " / " + count : word("no_rows")]),
      button(word("before"), table.from === 0, turn(Math.max(0, table.from - PAGE))),
      button(word("after"), last >= count, turn(table.from + PAGE)),
      button(word("csv"), !count, function () {
        var columns = columnsOf(), named = page.spec.title + " " + page.spec.twins[table.which].title;
        var lines = [columns.map(function (field) { return field.label + (field.unit ? " (" + field.unit + ")" : ""); })];
        table.rows.forEach(function (entry) {
          lines.push(columns.map(function (field) {
            var value = raw(entry, field.column);
            return value === null ? "" : value === "inf" || value === "-inf" ? word("unlimited") : value;
          }));
        });
        report.save(named.replace(/[^\p{L}\p{N}]+/gu, "_"), lines);
      })
    );
  }

  function mark(name) {
    document.querySelectorAll("#twin-table tbody tr").forEach(function (row) {
      var button = row.querySelector("button"), here = button.dataset.row === name;
      if (here) { row.setAttribute("aria-current", "true"); } else { row.removeAttribute("aria-current"); }
      button.tabIndex = here ? 0 : -1;
      if (here) {
        var scroll = document.getElementById("twin-scroll"), top = row.offsetTop, end = top + row.offsetHeight;
        if (top < scroll.scrollTop + 40 || end > scroll.scrollTop + scroll.clientHeight) { scroll.scrollTop = Math.max(0, top - 60); }
      }
    });
  }

  // From the table to the map.
  function reach(entry, quiet) {
    state.focus = entry.key + "." + entry.row;
    mark(state.focus);
    var line = lineOf(entry.layer, entry.row);
    busy = true;
    geoplan.focus(page, entry.key, line, quiet);
    busy = false;
    write();
  }

  var busy = false;

  // From the map to the table.
  function clicked(key, at, rows) {
    if (busy) { return; }
    showRow(key, rows[0]);
    write();
  }

  function showRow(key, row) {
    var group = page.spec.twins.findIndex(function (one) { return one.layers.indexOf(key) >= 0; });
    if (group < 0) { return; }
    function place() { return table.rows.findIndex(function (entry) { return entry.key === key && entry.row === row; }); }
    state.focus = key + "." + row;
    if (group !== table.which || place() < 0) { table.which = group; table.column = null; table.find = ""; table.from = 0; twin(page.spec); }
    var at = place();
    table.from = Math.floor(at / PAGE) * PAGE;
    fill();
    mark(state.focus);
  }

  function restore() {
    var parts = /^(.+)\.(\d+)$/.exec(state.focus);
    if (!parts || !page || !layerSpec(parts[1])) { return; }
    var layer = layerSpec(parts[1]), row = Number(parts[2]), count = layer.first ? layer.count : layer.style.length;
    if (row >= count || !layer.fields) { return; }
    showRow(parts[1], row);
    busy = true;
    geoplan.focus(page, parts[1], lineOf(layer, row), true);
    busy = false;
  }

  // ---------- what else follows the scenario ----------

  function follow() {
    var own = block.extra.parts[state.scenario] || {};
    document.querySelectorAll("[data-varies]").forEach(function (node) {
      var key = node.dataset.varies, want = key in own ? state.scenario : "";
      if ((node.dataset.is || "") === want) { return; }
      node.dataset.is = want;
      // Markup that the page was made with, not text from data: every name in it was escaped then.
      node.innerHTML = want ? own[key] : report.varying[key];
      report.dress(node);
    });
    document.querySelectorAll("[data-scenario-name]").forEach(function (node) {
      node.replaceChildren.apply(node, data.names[state.scenario].map(function (text, at) { return make("span", { lang: at ? "en" : "sv" }, [text]); }));
    });
  }

  // ---------- the story ----------

  function stepTo(number) {
    if (number < 1 || number > steps.length) { return; }
    var own = JSON.parse(steps[number - 1].dataset.state), next = { step: number };
    ["view", "scenario", "transport"].forEach(function (key) { next[key] = own[key] || blank[key]; });
    go(next);
    document.getElementById("show-title").focus({ preventScroll: true });
  }

  function leave() {
    go({ step: 0 });
    document.getElementById("show-start").focus();
  }

  function present() {
    var on = state.step > 0;
    root.classList.toggle("showing", on);
    show.hidden = !on;
    document.querySelectorAll("body > *, main > *").forEach(function (node) {
      if (node.tagName !== "MAIN" && node !== holder && node.tagName !== "SCRIPT" && node.tagName !== "TEMPLATE") { node.inert = on; }
    });
    if (!on) { return; }
    var step = steps[state.step - 1];
    document.getElementById("show-title").replaceChildren.apply(document.getElementById("show-title"), copies(step.querySelector("h3")));
    document.getElementById("show-text").replaceChildren.apply(document.getElementById("show-text"), copies(step.querySelector(".step-text")));
    document.getElementById("show-count").textContent = state.step + " / " + steps.length;
    document.getElementById("show-back").disabled = state.step === 1;
    document.getElementById("show-next").disabled = state.step === steps.length;
  }

  function copies(node) { return Array.prototype.map.call(node ? node.childNodes : [], function (one) { return one.cloneNode(true); }); }

  // ---------- all together ----------

  function render() {
    if (!block) { return; }
    views.forEach(function (input) { input.checked = input.value === state.view; });
    scenarioBox.value = state.scenario;
    if (transportBox) {
      transportBox.value = state.transport;
      transportBox.closest("label").hidden = state.view !== "plan";
    }
    present();
    draw();
    follow();
    restore();
    var said = [data.viewNames[state.view], data.names[state.scenario]].map(function (text) { return text[root.lang === "en" ? 1 : 0]; }).join(", ");
    if (told.textContent !== said) { told.textContent = said; }
  }

  views.forEach(function (input) { input.addEventListener("change", function () { go({ view: input.value, step: 0 }); }); });
  scenarioBox.addEventListener("change", function () { go({ scenario: scenarioBox.value }); });
  if (transportBox) { transportBox.addEventListener("change", function () { go({ transport: transportBox.value }); }); }
  document.getElementById("twin").addEventListener("keydown", function (event) {
    if (!event.target.dataset.row || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) { return; }
    var buttons = Array.prototype.slice.call(document.querySelectorAll("#twin-table tbody button"));
    var next = buttons[buttons.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    event.preventDefault();
    if (next) { next.focus(); }
  });
  if (steps.length) {
    document.getElementById("show-start").addEventListener("click", function () { stepTo(1); });
    document.getElementById("show-back").addEventListener("click", function () { stepTo(state.step - 1); });
    document.getElementById("show-next").addEventListener("click", function () { stepTo(state.step + 1); });
    document.getElementById("show-leave").addEventListener("click", leave);
    document.addEventListener("keydown", function (event) {
      if (!state.step || event.altKey || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { return; }
      if (event.key === "Escape") { leave(); }
      var move = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
      if (move) { event.preventDefault(); stepTo(state.step + move); }
    });
  }
  // Links to a state, such as those of the small pictures, and states typed into the address.
  window.addEventListener("hashchange", function () {
    if (location.hash.indexOf("=") < 0) { return; }
    state = read();
    render();
    if (!state.step) { holder.scrollIntoView(); }
  });
  report.onSpeak = function () { render(); write(); };
  window.addEventListener("resize", fitPaper);

  state = read();
  geoplan.unpack(document.getElementById("atlas-block").textContent).then(function (opened) {
    block = opened;
    // Drawings that the page was made with; text in them was escaped then.
    document.querySelectorAll("[data-drawing]").forEach(function (node) { node.innerHTML = block.extra.drawings[node.dataset.drawing]; });
    render();
    holder.setAttribute("data-ready", "yes");
    // Leaflet paints in the next frame; the one after that has it on the screen.
    requestAnimationFrame(function () { requestAnimationFrame(function () { performance.mark("geoplan-painted"); }); });
  }, function () { box.replaceChildren(make("p", { "class": "atlas-none" }, [word("too_old")])); });
}());
