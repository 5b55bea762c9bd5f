(() => {
  "use strict";
  const root = document.documentElement;
  const KEY = "eventstudy-theme";

  /* A choice of light or dark is kept where the browser lets a page keep something. */
  const kept = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const keep = (name) => { try { localStorage.setItem(KEY, name); } catch { /* not kept */ } };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const first = kept();
  if (first === "light" || first === "dark") root.dataset.theme = first;

  function themeButton() {
    const button = document.getElementById("theme");
    const say = () => { button.textContent = isDark() ? "Light mode" : "Dark mode"; };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      keep(root.dataset.theme);
      say();
    });
    prefersDark.addEventListener("change", say);
    say();
    button.hidden = false;
  }

  const SCALE = { tn: 1e12, bn: 1e9, mn: 1e6 };
  const FIGURE = /^([<>≤≥]?)([+−-]?)\$?([\d,]*\.?\d+)(?: ?(tn|bn|mn))?/;

  /* The value of a printed figure; of an interval its lower end; null for what is not there. */
  function figure(text) {
    const found = FIGURE.exec(text);
    if (!found) return null;
    const [, bound, sign, digits, unit] = found;
    const size = Number(digits.replaceAll(",", "")) * (SCALE[unit] || 1);
    const value = sign === "−" || sign === "-" ? -size : size;
    const nudge = 1e-9 * Math.max(1, Math.abs(value));
    return bound === "<" ? value - nudge : bound === ">" ? value + nudge : value;
  }

  function key(cell, numeric) {
    const text = cell.textContent.trim();
    if (text === "" || text === "–") return null;
    return numeric ? figure(text) : text;
  }

  const collator = new Intl.Collator("en", { numeric: true });
  const ORDER = { none: "ascending", ascending: "descending", descending: "none" };

  function makeSortable(table) {
    const body = table.tBodies[0];
    const original = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const said = document.getElementById("said");

    function sort(column, order) {
      const numeric = "numeric" in heads[column].dataset;
      const keys = new Map(original.map((row) => [row, key(row.cells[column], numeric)]));
      const compare = numeric ? (a, b) => a - b : (a, b) => collator.compare(a, b);
      const turn = order === "descending" ? -1 : 1;
      const rows = order === "none" ? original : [...original].sort((one, other) => {
        const a = keys.get(one);
        const b = keys.get(other);
        if (a === null || b === null) return (a === null) - (b === null);
        return turn * compare(a, b);
      });
      body.append(...rows);
      for (const head of heads) head.removeAttribute("aria-sort");
      if (order !== "none") heads[column].setAttribute("aria-sort", order);
      const name = heads[column].innerText.replace(/\s+/g, " ").trim();
      said.textContent = order === "none" ? "Rows in their first order" : `Sorted by ${name}, ${order}`;
    }

    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort by this column";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(column, ORDER[head.getAttribute("aria-sort") || "none"]));
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    themeButton();
    document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  });
})();
