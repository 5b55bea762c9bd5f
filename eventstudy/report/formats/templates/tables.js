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

  /* A figure as a spreadsheet reads it; other text that it could take for a formula gets an apostrophe. */
  const PLAIN = /^[+−-]?\$?[\d,]*\.?\d+%?$/;
  const DANGEROUS = /^\s*[=+\-@＝＋－＠\t\r\n]/;

  function csvCell(text) {
    if (text === "–") return "";
    if (PLAIN.test(text)) return text.replace("−", "-").replace(/^\+/, "").replaceAll(",", "");
    const safe = DANGEROUS.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const markdownCell = (text) => text.replaceAll("|", "\\|");

  /* The header and the rows as they stand now; a heading over rows is a row of one cell. */
  function cellsOf(table) {
    const text = (node) => {
      if (node.nodeName === "BR") return " ";
      return node.nodeType === Node.TEXT_NODE ? node.data : [...node.childNodes].map(text).join("");
    };
    const tidy = (cell) => text(cell).replace(/\s+/g, " ").trim();
    const rows = [...table.rows].map((row) => [...row.cells].map(tidy));
    const width = rows[0].length;
    return rows.map((row) => [...row, ...Array(width - row.length).fill("")]);
  }

  function asCsv(table) {
    return cellsOf(table).map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
  }

  function asMarkdown(table) {
    const [head, ...rows] = cellsOf(table).map((row) => row.map(markdownCell));
    const sides = [...table.tHead.rows[0].cells].map((cell) => (cell.classList.contains("l") ? "---" : "---:"));
    return [head, sides, ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.body.appendChild(make("textarea", { class: "unseen", "aria-label": "Copied text" }));
      area.value = text;
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function makeCopied(scroll) {
    const table = scroll.querySelector("table");
    const bar = make("p", { class: "copy" });
    for (const [name, write] of [["CSV", asCsv], ["Markdown", asMarkdown]]) {
      const button = make("button", { type: "button" }, `Copy as ${name}`);
      button.addEventListener("click", async () => {
        const done = await copy(write(table));
        say(done ? `The table is copied as ${name}` : "The browser does not let this page copy");
        button.textContent = done ? "Copied" : "Not copied";
        setTimeout(() => { button.textContent = `Copy as ${name}`; }, 1500);
      });
      bar.append(button);
    }
    scroll.after(bar);
  }
