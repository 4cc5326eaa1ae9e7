/* The live page: the form is the state, the state is the address, and each change asks the server stage by stage.
   Text from the server reaches the page as text nodes only. */
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent), words = data.words;
  var form = document.getElementById("settings"), fault = document.getElementById("fault");
  var STAGES = ["plan", "map", "fixes", "envelope"], FEW = 12, WAIT_MS = 90;
  var KEYS = ["weight", "length", "width", "height", "origin", "destination", "vehicle", "scenario", "day", "unknown"];
  var asked = 0, running = null, timer = null, map = null, homeOf = "";

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

  function svg(tag, attributes, text) {
    var node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    if (text !== undefined) { node.textContent = text; }
    return node;
  }

  function fill(id, children) {
    var node = document.getElementById(id);
    node.replaceChildren.apply(node, children);
    return node;
  }

  function say(text) { fault.textContent = text; fault.hidden = !text; }

  // ---------- state ----------

  // A control by its name: `form.elements.length` would be a number of the list itself.
  function field(name) { return form.elements.namedItem(name); }

  function closed() {
    return Array.prototype.map.call(form.querySelectorAll("[name=closed]:checked"), function (box) { return box.value; });
  }

  function address() {
    var state = new URLSearchParams();
    KEYS.forEach(function (key) { if (field(key).value !== "") { state.set(key, field(key).value); } });
    // Left out means "as the page opens"; what is empty on purpose is said.
    ["destination", "vehicle"].forEach(function (key) { if (field(key).value === "" && data.first[key]) { state.set(key, ""); } });
    if (closed().length) { state.set("closed", closed().join(",")); }
    state.set("lang", data.lang);
    return state.toString();
  }

  function put(values) {
    Object.keys(values).forEach(function (key) {
      if (field(key) && key !== "closed") { field(key).value = values[key]; }
    });
    slidersFollow();
  }

  function slidersFollow() {
    form.querySelectorAll("[data-for]").forEach(function (slider) { slider.value = field(slider.dataset.for).value; });
    var count = document.getElementById("closed-count");
    count.textContent = closed().length ? "(" + closed().length + ")" : "";
    presetFollows();
  }

  function presetFollows() {
    field("preset").value = Object.keys(data.presets).filter(function (id) {
      var wanted = data.presets[id];
      return Object.keys(wanted).every(function (key) {
        var now = field(key).value;
        return typeof wanted[key] === "number" ? Number(now) === wanted[key] : now === wanted[key];
      });
    })[0] || "";
  }

  // ---------- asking ----------

  function change(soon) {
    slidersFollow();
    data.fault = "";
    try { history.replaceState(null, "", "?" + address()); } catch (refused) { /* a link still works */ }
    clearTimeout(timer);
    timer = setTimeout(ask, soon ? 0 : WAIT_MS);
  }

  // One question at a time: while a plan is on its way, later states wait for it and only the last is asked.
  function ask() {
    if (running === "plan") { timer = setTimeout(ask, 30); return; }
    asked += 1;
    var number = asked, state = address();
    busy(true);
    stage(0);
    function stage(at) {
      if (number !== asked) { return; }
      if (at === STAGES.length) { document.body.setAttribute("data-ready", state); return; }
      running = STAGES[at];
      var started = performance.now();
      get("/api/" + STAGES[at] + "?" + state).then(function (answer) {
        running = null;
        if (number !== asked) { return; }
        show[STAGES[at]](answer);
        document.body.setAttribute("data-ms-" + STAGES[at], String(Math.round(performance.now() - started)));
        if (at === 0) { busy(false); say(data.fault); }
        stage(at + 1);
      }).catch(function (problem) {
        running = null;
        if (number !== asked) { return; }
        busy(false);
        say(problem.told || words.offline);
        document.body.setAttribute("data-ready", state);
        if (problem.again) { timer = setTimeout(ask, 1000 + 1000 * Math.random()); }
      });
    }
  }

  function get(path) {
    return fetch(path, { headers: { Accept: "application/json" } }).then(function (answer) {
      return answer.json().catch(function () { return {}; }).then(function (found) {
        if (!answer.ok) { throw { told: found.error, again: answer.status === 503 }; }
        return found;
      });
    });
  }

  function busy(yes) {
    document.getElementById("verdict").setAttribute("aria-busy", String(yes));
    if (yes) { document.body.removeAttribute("data-ready"); }
  }

  // ---------- showing ----------

  function tableOf(shown, few) {
    if (!shown || !shown.rows.length) { return make("p", { "class": "note" }, [words.nothing]); }
    var head = make("tr", {}, shown.heads.map(function (one) { return make("th", one.number ? { scope: "col", "class": "num" } : { scope: "col" }, [one.text]); }));
    var body = make("tbody", {}, shown.rows.map(function (row, at) {
      var line = make("tr", shown.marks && shown.marks[at] ? { "class": shown.marks[at] } : {}, row.map(function (text, column) {
        return make("td", shown.heads[column].number ? { "class": "num" } : {}, [text]);
      }));
      line.hidden = Boolean(few) && at >= few;
      return line;
    }));
    var holder = make("div", {}, [make("div", { "class": "scroll", tabindex: "0" }, [make("table", {}, [make("thead", {}, [head]), body])])]);
    if (few && shown.rows.length > few) {
      var more = make("button", { type: "button", "class": "more" }, [words.all_rows + " (" + shown.rows.length + ")"]);
      more.addEventListener("click", function () {
        Array.prototype.forEach.call(body.rows, function (row) { row.hidden = false; });
        more.remove();
      });
      holder.appendChild(more);
    }
    return holder;
  }

  var show = {
    plan: function (answer) {
      var card = document.getElementById("verdict");
      card.className = answer.verdict;
      card.querySelector(".tone").textContent = { ok: "\u2713", open: "?", no: "\u2715" }[answer.verdict];
      card.querySelector("b").textContent = answer.title;
      card.querySelector(".said").textContent = answer.said;
      card.querySelector(".facts").replaceChildren.apply(card.querySelector(".facts"), answer.facts.map(function (fact) {
        return make("div", {}, [make("dt", {}, [fact.name]), make("dd", {}, [fact.value])]);
      }));
      card.querySelector(".notes").replaceChildren.apply(card.querySelector(".notes"), answer.notes.map(function (note) {
        return make("p", {}, [make("b", {}, [note.title + ": "]), note.text]);
      }));
      Object.keys(answer.tables).forEach(function (key) { fill(key, [tableOf(answer.tables[key], FEW)]); });
    },

    map: function (spec) {
      var view = map && homeOf === spec.title ? { at: map.getCenter(), zoom: map.getZoom() } : null;
      var shut = map && map.getContainer().querySelector(".gp-panel.gp-shut") !== null;
      if (map) { map.remove(); }
      var box = make("div", { id: "map" });
      document.getElementById("map").replaceWith(box);
      map = L.map(box, { preferCanvas: true, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90, maxZoom: 19 });
      var page = window.geoplan.start(map, spec);
      // Whoever looks at a place keeps looking at it while the load changes.
      if (view) { map.setView(view.at, view.zoom, { animate: false }); }
      if (shut && page && page.fold) { page.fold(true); }
      homeOf = spec.title;
    },

    fixes: function (answer) {
      var some = answer.groups.some(function (group) { return group.sets; });
      document.getElementById("fixes-note").textContent = some ? answer.note : "";
      fill("fixes", answer.groups.map(function (group) {
        return make("div", { "class": "group" }, [
          make("h3", {}, [group.name.charAt(0).toUpperCase() + group.name.slice(1)]),
          group.sets ? tableOf(group.sets) : null,
          group.said ? make("p", {}, [group.said]) : null,
          group.changes && group.changes.rows.length ? make("h3", {}, [words.changes]) : null,
          group.changes && group.changes.rows.length ? tableOf(group.changes, FEW) : null
        ]);
      }));
    },

    envelope: function (answer) {
      if (!Object.keys(answer.lines).length) { fill("envelope", [make("p", {}, [words.none_gets_out])]); return; }
      fill("envelope", [keyOf(answer), frontier(answer), make("h3", {}, [words.corners]), tableOf(answer.table)]);
    }
  };

  // ---------- the envelope ----------

  var LOOKS = { best: ["#0072b2", "", 4], road: ["#d55e00", "9 5", 2.5], rail: ["#8a5a9e", "3 4", 2.5] };

  function keyOf(answer) {
    return make("ul", { "class": "key" }, Object.keys(answer.lines).map(function (mode) {
      var look = LOOKS[mode], sample = svg("svg", { width: 34, height: 12, "aria-hidden": "true" });
      sample.appendChild(svg("line", { x1: 1, x2: 33, y1: 6, y2: 6, stroke: look[0], "stroke-width": look[2], "stroke-dasharray": look[1] }));
      return make("li", {}, [sample, words[mode]]);
    }));
  }

  function frontier(answer) {
    var W = 760, H = 340, left = 56, right = 16, top = 14, bottom = 44, tallest = 7, heaviest = answer.load.weight;
    Object.keys(answer.lines).forEach(function (mode) {
      answer.lines[mode].forEach(function (corner) {
        heaviest = Math.max(heaviest, corner[1]);
        if (corner[0] !== null) { tallest = Math.max(tallest, corner[0] + 0.5); }
      });
    });
    tallest = Math.max(tallest, answer.load.height + 0.5);
    var ceiling = Math.ceil(heaviest * 1.1 / 100) * 100;
    function x(height) { return left + (W - left - right) * height / tallest; }
    function y(weight) { return H - bottom - (H - top - bottom) * weight / ceiling; }
    var drawing = svg("svg", { viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": words.envelope });
    for (var t = 0; t <= ceiling; t += ceiling > 500 ? 200 : 100) {
      drawing.appendChild(svg("line", { x1: left, x2: W - right, y1: y(t), y2: y(t), stroke: "#dde3e9" }));
      drawing.appendChild(svg("text", { x: left - 8, y: y(t) + 4, "text-anchor": "end" }, String(t)));
    }
    for (var m = 0; m <= tallest; m += 1) {
      drawing.appendChild(svg("line", { x1: x(m), x2: x(m), y1: y(0), y2: y(0) + 5, stroke: "#52606d" }));
      drawing.appendChild(svg("text", { x: x(m), y: H - bottom + 20, "text-anchor": "middle" }, String(m)));
    }
    drawing.appendChild(svg("text", { x: W - right, y: H - 6, "text-anchor": "end" }, words.height_axis));
    drawing.appendChild(svg("text", { x: left + 8, y: top + 8 }, words.weight_axis));
    Object.keys(answer.lines).forEach(function (mode) {
      var points = [], before = 0, look = LOOKS[mode];
      answer.lines[mode].forEach(function (corner) {
        var end = corner[0] === null ? tallest : corner[0];
        points.push(x(before) + "," + y(corner[1]), x(end) + "," + y(corner[1]));
        before = end;
      });
      var last = answer.lines[mode][answer.lines[mode].length - 1];
      if (last && last[0] !== null) { points.push(x(last[0]) + "," + y(0)); }
      drawing.appendChild(svg("polyline", { points: points.join(" "), fill: "none", stroke: look[0], "stroke-width": look[2], "stroke-dasharray": look[1] }));
    });
    drawing.appendChild(svg("circle", { cx: x(answer.load.height), cy: y(answer.load.weight), r: 7, fill: "#1f2933", stroke: "#fff", "stroke-width": 2 }));
    var onRight = answer.load.height < tallest * 0.8;
    drawing.appendChild(svg("text", { x: x(answer.load.height) + (onRight ? 12 : -12), y: y(answer.load.weight) + 4, "text-anchor": onRight ? "start" : "end", "font-weight": 650 }, words.load));
    return drawing;
  }

  // ---------- listening ----------

  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("input", function (event) {
    var node = event.target;
    if (node.dataset.for) { field(node.dataset.for).value = node.value; }
    if (node.name === "preset") {
      if (data.presets[node.value]) { put(data.presets[node.value]); }
      change(true);
      return;
    }
    if (node.type === "number" && node.value === "") { return; }
    change(node.tagName === "SELECT" || node.type === "checkbox");
  });

  document.querySelectorAll("[data-lang]").forEach(function (button) {
    button.addEventListener("click", function () { data.lang = button.dataset.lang; location.search = "?" + address(); });
  });
  document.getElementById("reset").addEventListener("click", function () {
    Array.prototype.forEach.call(form.querySelectorAll("[name=closed]"), function (box) { box.checked = false; });
    put(data.first);
    change(true);
  });
  document.getElementById("share").addEventListener("click", function (event) {
    var button = event.target, before = button.textContent;
    var link = location.origin + "/?" + address();
    function done() { button.textContent = words.copied; setTimeout(function () { button.textContent = before; }, 1800); }
    if (navigator.clipboard) { navigator.clipboard.writeText(link).then(done, function () { window.prompt("", link); }); } else { window.prompt("", link); }
  });
  slidersFollow();
  ask();
}());
