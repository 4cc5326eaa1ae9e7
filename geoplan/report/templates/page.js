/* Language, sorting, "show all" and CSV for the report. The page reads in full without it. */
(function () {
  "use strict";
  var root = document.documentElement, words = document.getElementById("words").dataset;

  function key(name) {
    var lang = root.lang === "en" ? "En" : "Sv";
    return words[name + lang];
  }

  function say(node) { node.textContent = key(node.dataset.word) + (node.dataset.behind || ""); }

  function speak(lang, keep) {
    root.lang = lang;
    document.title = lang === "en" ? root.dataset.titleEn : root.dataset.titleSv;
    document.querySelectorAll("[data-lang]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    });
    label(document);
    document.querySelectorAll("[data-word]").forEach(say);
    if (!keep) { return; }
    if (report.onSpeak) { report.onSpeak(); return; }
    // Kept in the address, so that a link opens in the same language; some browsers forbid it for files.
    try { history.replaceState(null, "", "?lang=" + lang + location.hash); } catch (fault) { return; }
  }

  function shown(cell) {
    var words = cell.querySelector("button") || cell, own = words.querySelector('[lang="' + root.lang + '"]');
    return (own || words).textContent.trim();
  }

  function sortBy(table, column, head) {
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
    var down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var letters = new Intl.Collator(root.lang, { numeric: true });
    rows.sort(function (a, b) {
      var x = a.cells[column], y = b.cells[column], p = x.dataset.sort, q = y.dataset.sort;
      if (head.classList.contains("number")) {
        if (!p || !q) { return (p ? 0 : 1) - (q ? 0 : 1); }
        return down ? Number(q) - Number(p) : Number(p) - Number(q);
      }
      var s = shown(x), t = shown(y);
      if (!s || !t) { return (s ? 0 : 1) - (t ? 0 : 1); }
      return down ? letters.compare(t, s) : letters.compare(s, t);
    });
    rows.forEach(function (row) { body.appendChild(row); });
    limit(table);
  }

  function limit(table) {
    var few = Number(table.dataset.few || 0), all = table.dataset.all === "yes", rows = table.tBodies[0].rows;
    Array.prototype.forEach.call(rows, function (row, at) { row.hidden = Boolean(few) && !all && at >= few; });
  }

  // Rows of texts and numbers as a Swedish Excel opens them: semicolons, decimal comma, byte-order mark; in English points.
  function save(name, rows) {
    function field(value) {
      if (typeof value === "number") { return root.lang === "en" ? String(value) : String(value).replace(".", ","); }
      var guarded = /^[=+\-@\t]/.test(value) && isNaN(Number(value.replace(",", "."))) ? "'" + value : value;
      return /[";\n]/.test(guarded) ? '"' + guarded.replace(/"/g, '""') + '"' : guarded;
    }
    var lines = rows.map(function (row) { return row.map(field).join(";"); });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" }));
    link.download = name + ".csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  function download(table) {
    save(table.dataset.file, Array.prototype.map.call(table.rows, function (row) {
      return Array.prototype.map.call(row.cells, function (cell) {
        var number = cell.dataset.sort;
        return !number || /999$/.test(number) ? shown(cell) : Number(number);
      });
    }));
  }

  function button(word, behind, action) {
    var node = document.createElement("button");
    node.type = "button";
    node.dataset.word = word;
    node.dataset.behind = behind || "";
    say(node);
    node.addEventListener("click", action);
    return node;
  }

  // Sorting, "show all" and CSV for the tables of a part of the page.
  function dress(part) { part.querySelectorAll("table[data-file]").forEach(dressTable); }

  function dressTable(table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var sorter = document.createElement("button");
      sorter.type = "button";
      // Chromium leaves buttons out of headings that it repeats on the next sheet of paper: the words stand twice.
      var paper = document.createElement("span");
      paper.className = "paper";
      paper.setAttribute("aria-hidden", "true");
      while (head.firstChild) { paper.appendChild(head.firstChild.cloneNode(true)); sorter.appendChild(head.firstChild); }
      head.appendChild(sorter);
      head.appendChild(paper);
      sorter.addEventListener("click", function () { sortBy(table, column, head); });
    });
    var under = document.createElement("div");
    under.className = "under";
    if (table.dataset.few) {
      var count = " (" + table.tBodies[0].rows.length + ")";
      var more = button("showAll", count, function () {
        var all = table.dataset.all !== "yes";
        table.dataset.all = all ? "yes" : "no";
        more.dataset.word = all ? "showFew" : "showAll";
        more.dataset.behind = all ? "" : count;
        told.hidden = all;
        say(more);
        limit(table);
      });
      under.appendChild(more);
      // Paper gets the rows that the screen shows, and says how many there are.
      var told = document.createElement("span");
      told.className = "paper";
      told.textContent = "1\u2013" + table.dataset.few + " / " + table.tBodies[0].rows.length;
      under.appendChild(told);
    }
    under.appendChild(button("csv", "", function () { download(table); }));
    table.closest(".scroll").after(under);
    limit(table);
  }

  function label(part) {
    // An option holds text only: its words stand in its attributes.
    part.querySelectorAll("option[data-sv]").forEach(function (node) {
      node.textContent = root.lang === "en" ? node.dataset.en : node.dataset.sv;
    });
    part.querySelectorAll("[data-label-sv]").forEach(function (node) {
      node.setAttribute("aria-label", root.lang === "en" ? node.dataset.labelEn : node.dataset.labelSv);
    });
  }

  // `varying` holds the markup of parts that follow the scenario as it was before tables were dressed.
  var varying = {};
  document.querySelectorAll("[data-varies]").forEach(function (node) { varying[node.dataset.varies] = node.innerHTML; });
  dress(document);
  root.classList.add("scripted");

  // Paper cannot open a panel.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (panel) { panel.open = true; });
  });

  document.querySelectorAll("[data-lang]").forEach(function (one) {
    one.addEventListener("click", function () { speak(one.dataset.lang, true); });
  });
  window.report = {
    speak: function (lang) { speak(lang, false); }, save: save, varying: varying, onSpeak: null,
    dress: function (part) { dress(part); label(part); }
  };
  var asked = /[?&]lang=(sv|en)\b/.exec(location.search);
  speak(asked ? asked[1] : root.lang, false);
}());
