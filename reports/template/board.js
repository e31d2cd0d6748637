// SPDX-License-Identifier: MIT
// What depends on the moment of reading (is a run late?), texts of marks at once on hover, and finding a mark's row.
"use strict";
(function () {
  function span(seconds) {
    const units = [[86400, "day"], [3600, "hour"], [60, "minute"]];
    for (const [size, name] of units) {
      if (seconds >= 1.5 * size || size === 60) {
        const count = Math.max(1, Math.round(seconds / size));
        return count + " " + name + (count === 1 ? "" : "s");
      }
    }
    return "";
  }

  // A run takes its time and its night may begin late: half a period more is granted.
  function age(element) {
    const seconds = Date.now() / 1000 - Number(element.dataset.time);
    return { seconds, late: seconds > 1.5 * Number(element.dataset.period) };
  }

  function beat() {
    const heart = document.getElementById("heartbeat");
    if (heart) {
      const { seconds, late } = age(heart);
      const every = "; one is expected every " + span(Number(heart.dataset.period));
      let said = heart.querySelector(".said");
      if (!said) {
        said = document.createElement("span");
        said.className = "said";
        heart.append(" ", said);
      }
      const text = seconds < 0 ? "Its time is in the future: a clock is wrong."
        : late ? "No run has arrived for " + span(seconds) + every + ". What stands here is old." : "That was " + span(seconds) + " ago" + every + ".";
      if (said.textContent !== text) said.textContent = text;
      heart.className = late || seconds < 0 ? "late" : "alive";
      heart.setAttribute("role", late ? "alert" : "status");
    }
    for (const time of document.querySelectorAll("time[data-time]")) {
      const { seconds, late } = age(time);
      let mark = time.nextElementSibling;
      if (!mark || mark.className !== "late") mark = null;
      if (late && !mark) {
        mark = document.createElement("span");
        mark.className = "late";
        time.after(mark);
      }
      if (mark) mark.textContent = "late: " + span(seconds) + " ago";
    }
  }

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const titles = new Map();

  function markAt(target) {
    const group = target instanceof Element ? target.closest("figure svg g") : null;
    if (!group) return null;
    if (!titles.has(group)) {
      const title = group.querySelector(":scope > title");
      if (title) {
        titles.set(group, title.textContent);
        group.setAttribute("aria-label", title.textContent);
        title.remove(); // or the browser's own would cover ours
      }
    }
    return titles.has(group) ? titles.get(group) : null;
  }

  document.addEventListener("pointerover", event => {
    const text = markAt(event.target);
    tip.hidden = text === null;
    if (text === null) return;
    tip.textContent = text;
    const box = event.target.getBoundingClientRect(), own = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(innerWidth - own.width - 4, box.left + box.width / 2 - own.width / 2)) + "px";
    tip.style.top = (box.top - own.height - 8 > 0 ? box.top - own.height - 8 : box.bottom + 8) + "px";
  });
  addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  function show(row) {
    const details = row && row.closest("details");
    if (details) details.open = true;
    if (row) row.scrollIntoView({ block: "center" });
  }

  document.addEventListener("click", event => {
    const text = markAt(event.target), run = text && /^Run (\d+)/.exec(text);
    if (!run || !document.getElementById("run-" + run[1])) return;
    location.hash = "run-" + run[1];
    show(document.getElementById("run-" + run[1]));
  });
  if (/^#run-\d+$/.test(location.hash)) show(document.querySelector(location.hash));

  const filter = document.getElementById("filter");
  if (filter) {
    const cards = [...document.querySelectorAll(".grid li")].map(item => {
      const list = item.parentElement;
      let head = list.previousElementSibling, words = item.textContent;
      for (; head && head.tagName !== "H3"; head = head.previousElementSibling)
        if (head === list.previousElementSibling) words += " " + head.textContent;
      return { item, list, words: (words + " " + (head ? head.textContent : "")).toLowerCase() };
    });
    filter.hidden = false;
    filter.querySelector("input").addEventListener("input", event => {
      const asked = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      const shown = new Set();
      let count = 0;
      for (const { item, list, words } of cards) {
        item.hidden = !asked.every(word => words.includes(word));
        if (!item.hidden) { shown.add(list); count++; }
      }
      for (const list of document.querySelectorAll(".grid")) {
        list.hidden = !shown.has(list);
        list.previousElementSibling.hidden = list.hidden;
      }
      filter.querySelector("span").textContent = count + " shown";
    });
  }

  beat();
  setInterval(beat, 60000);
})();
