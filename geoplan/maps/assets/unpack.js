/* Opens the block that geoplan/maps/pack.py makes: many maps that share lines, texts and columns. */
(function () {
  "use strict";

  var RAW = 0, STEPS = 1, CHANGES = 2;

  function bytesOf(text) {
    var raw = atob(text), bytes = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i += 1) { bytes[i] = raw.charCodeAt(i); }
    return bytes;
  }

  function inflate(text) {
    var stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  }

  function varints(bytes, from, until, count) {
    var list = new Array(count), at = from, row = 0;
    while (at < until) {
      var number = 0, scale = 1, byte;
      do { byte = bytes[at]; at += 1; number += (byte & 127) * scale; scale *= 128; } while (byte & 128);
      list[row] = number % 2 ? -(number + 1) / 2 : number / 2;
      row += 1;
    }
    list.length = row;
    return list;
  }

  function open(buffer) {
    var size = new DataView(buffer).getUint32(0, true), bytes = new Uint8Array(buffer);
    var head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
    var starts = [], at = 4 + size, lists = [], specs = [], lines = null;
    head.lists.forEach(function (row) { starts.push(at); at += row[row.length - 1]; });

    function list(number) {
      if (lists[number]) { return lists[number]; }
      var row = head.lists[number], way = row[0], count = row[1];
      var own = varints(bytes, starts[number], starts[number] + row[row.length - 1], count), i, earlier;
      if (way === STEPS) {
        for (i = 1; i < own.length; i += 1) { own[i] += own[i - 1]; }
      } else if (way === CHANGES) {
        earlier = list(row[2]);
        for (i = 0; i < own.length; i += 1) { own[i] += earlier[i]; }
      } else if (way !== RAW) {
        earlier = list(row[2]);
        own = earlier.slice(0, row[3]).concat(own, row[4] ? earlier.slice(-row[4]) : []);
      }
      lists[number] = own;
      return own;
    }

    function pool() {
      if (lines) { return lines; }
      var counts = list(head.lines[0]), xs = list(head.lines[1]), ys = list(head.lines[2]), next = 0, x = 0, y = 0;
      lines = counts.map(function (count) {
        var points = new Array(count);
        for (var i = 0; i < count; i += 1, next += 1) {
          x += xs[next]; y += ys[next];
          points[i] = new L.LatLng(y / geoplan.STEPS, x / geoplan.STEPS);
        }
        return points;
      });
      return lines;
    }

    function column(value) {
      var rank = list(head.rank);
      return { of: list(value.texts).map(function (code) { return head.texts[rank[code]]; }), at: list(value.at) };
    }

    function numbers(value) {
      var scale = Math.pow(10, value.digits), last = value.last;
      return { plain: list(value.values).map(function (number) {
        return number <= last ? number / scale : number === last + 1 ? null : number === last + 2 ? "inf" : "-inf";
      }) };
    }

    function whole(value) {
      if (Array.isArray(value)) { return value.map(whole); }
      if (value === null || typeof value !== "object") { return value; }
      if ("#" in value) { return list(value["#"]); }
      if ("texts" in value) { return column(value); }
      if ("last" in value) { return numbers(value); }
      var keys = Object.keys(value);
      if (keys.length === 1 && keys[0] === "lines") {
        return { ready: list(value.lines).map(function (number) { return pool()[number]; }) };
      }
      var made = {};
      keys.forEach(function (key) { made[key] = whole(value[key]); });
      return made;
    }

    return {
      keys: Object.keys(head.maps),
      extra: head.extra || {},
      spec: function (key) {
        var number = head.maps[key];
        if (number === undefined) { return null; }
        if (!specs[number]) { specs[number] = whole(head.shells[number]); }
        return specs[number];
      }
    };
  }

  // A promise of the maps in a block: `keys`, and `spec(key)` for geoplan.start.
  geoplan.unpack = function (text) { return inflate(text).then(open); };
}());
