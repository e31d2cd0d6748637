// SPDX-License-Identifier: MIT
// Two runs side by side, from the numbers in the page.  The choice is kept in the address.
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const first = document.getElementById("first"), second = document.getElementById("second"), every = document.getElementById("every");
  const result = document.getElementById("result"), sentence = document.getElementById("sentence");
  const LEAST = 0.02; // smaller differences are none, as everywhere

  // A series: its runs stand together, so that what differs between them comes first.
  function series(run) {
    return [run.machine, run.branch, run.baseline && "against " + run.baseline].filter(Boolean).join(", ");
  }

  for (const select of [first, second]) {
    const groups = new Map();
    for (const run of data.runs) {
      const name = series(run);
      if (!groups.has(name)) {
        const group = document.createElement("optgroup");
        group.label = name || "runs";
        groups.set(name, group);
        select.append(group);
      }
      groups.get(name).append(new Option([run.time, run.revision.slice(0, 10), "run " + run.id, run.machine].filter(Boolean).join(", "), String(run.id)));
    }
  }

  // The second is the newest, the first the one before it in the same series.
  function usual() {
    const newest = data.runs[0];
    const before = data.runs.find(r => r !== newest && r.machine === newest.machine && r.branch === newest.branch && r.baseline === newest.baseline);
    second.value = String(newest.id);
    first.value = String((before || newest).id);
  }

  function fromAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const known = id => data.runs.some(run => String(run.id) === id);
    if (known(asked.get("first")) && known(asked.get("second"))) {
      first.value = asked.get("first");
      second.value = asked.get("second");
    }
  }

  function digits(value) {
    if (value === 0) return "0";
    for (const [size, name] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]])
      if (Math.abs(value) >= size) return Number((value / size).toPrecision(3)) + name;
    return String(Number(value.toPrecision(3)));
  }

  function measured(value, unit) {
    if (unit === "ns" && Math.abs(value) >= 1e3)
      return value >= 1e9 ? digits(value / 1e9) + " s" : value >= 1e6 ? digits(value / 1e6) + " ms" : digits(value / 1e3) + " \u00b5s";
    return digits(value) + (unit ? " " + unit : "");
  }

  function percent(value) {
    const text = Math.abs(value * 100) < 0.05 ? "0" : Math.abs(value * 100).toFixed(Math.abs(value) < 0.0995 ? 1 : 0);
    return (text === "0" ? "" : value < 0 ? "\u2212" : "+") + text;
  }

  function effect(e) {
    return e[0] === null ? "\u2013" : percent(e[0]) + " %" + (e[1] === null ? "" : " [" + percent(e[1]) + ", " + percent(e[2]) + "]");
  }

  // The step from one effect to the other; half widths of the logarithms add in squares, as those of independent runs.
  function step(a, b) {
    if (a[0] === null || b[0] === null || a[0] <= -1 || b[0] <= -1) return [null, null, null];
    const middle = Math.log1p(b[0]) - Math.log1p(a[0]);
    if ([a[1], a[2], b[1], b[2]].some(x => x === null || x <= -1)) return [Math.expm1(middle), null, null];
    const half = Math.hypot((Math.log1p(a[2]) - Math.log1p(a[1])) / 2, (Math.log1p(b[2]) - Math.log1p(b[1])) / 2);
    return [Math.expm1(middle), Math.expm1(middle - half), Math.expm1(middle + half)];
  }

  function judge(s, higher, floor) {
    const least = Math.max(LEAST, floor || 0);
    if (s[0] === null) return ["\u2013", "muted"];
    if (s[1] === null) return ["no interval", "muted"];
    if (s[1] <= 0 && s[2] >= 0) return ["no difference seen", ""];
    if (Math.abs(s[0]) <= least) return ["below the floor", "muted"];
    return (s[0] > 0) === higher ? ["better", "good"] : ["worse", "bad"];
  }

  // A case of one run is that of the other when all but machine, branch and baseline is the same.
  function key(c) {
    return JSON.stringify([c.workload, c.work, c.phase, c.metric, c.unit]);
  }

  function cell(row, text, name) {
    const made = row.insertCell();
    made.textContent = text;
    made.className = name;
    return made;
  }

  function show() {
    const a = first.value, b = second.value, pairs = new Map();
    for (const c of data.cases) {
      if (!c.gating && !every.checked) continue;
      if (!(a in c.points) && !(b in c.points)) continue;
      const pair = pairs.get(key(c)) || { of: c };
      if (a in c.points) pair.a = c.points[a];
      if (b in c.points) { pair.b = c.points[b]; pair.of = c; }
      pairs.set(key(c), pair);
    }
    const table = document.createElement("table");
    table.createCaption().innerHTML = "<span>The first and the second run, each against its own baseline, and the step between them. " +
      "The runs did not alternate: a step that matters should be confirmed by a paired run of both builds.</span>";
    const head = table.createTHead().insertRow();
    // The answer first: on a phone the rest is to the right.
    for (const [text, name] of [["What", ""], ["Step", "number"], ["", ""], ["First, against its baseline", "number"],
      ["Second, against its baseline", "number"], ["First measured", "number"], ["Second measured", "number"]]) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = text;
      th.className = name;
      head.append(th);
    }
    const body = table.createTBody(), count = { better: 0, worse: 0, other: 0 };
    for (const { of: c, a: one, b: other } of pairs.values()) {
      const row = body.insertRow(), th = document.createElement("th"), link = document.createElement("a");
      th.scope = "row";
      link.href = "case-" + c.id + ".html";
      link.textContent = c.workload + ", " + c.phase + ": " + c.metric;
      th.append(link);
      row.append(th);
      const s = one && other ? step(one.slice(1, 4), other.slice(1, 4)) : [null, null, null];
      const [word, tone] = one && other && s[0] === null && one[0] === other[0] ? ["equal", ""]
        : judge(s, c.higher, Math.max(one ? one[4] : 0, other ? other[4] : 0));
      cell(row, effect(s), "number");
      cell(row, word, tone);
      for (const point of [one, other]) cell(row, point ? effect(point.slice(1, 4)) : "not measured", "number" + (point ? "" : " unsure"));
      for (const point of [one, other]) cell(row, point && point[0] !== null ? measured(point[0], c.unit) : "\u2013", "number");
      count[word === "better" || word === "worse" ? word : "other"]++;
    }
    const region = document.createElement("div");
    region.className = "scroll";
    region.tabIndex = 0;
    region.setAttribute("role", "region");
    region.setAttribute("aria-label", "The two runs compared");
    region.append(table);
    result.replaceChildren(region);
    sentence.hidden = false;
    sentence.textContent = a === b ? "This is one run twice; choose another." :
      `From run ${a} to run ${b}: ${count.better} better, ${count.worse} worse, ${count.other} neither.`;
    history.replaceState(null, "", "#" + new URLSearchParams({ first: a, second: b }));
  }

  usual();
  fromAddress();
  document.querySelector(".choice").hidden = false;
  for (const input of [first, second, every]) input.addEventListener("change", show);
  addEventListener("hashchange", () => { fromAddress(); show(); });
  show();
})();
