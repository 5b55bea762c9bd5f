
  /* What marks stand for: told of the one that the pointer or the keyboard is at. */
  const NEAR = 14;

  function make(kind, attributes = {}, ...children) {
    const element = document.createElement(kind);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  const say = (text) => { document.getElementById("said").textContent = text; };

  /* The marks of a chart as the page has it now, in pixels from the corner of its host. */
  function drawnMarks(host, { heads, texts, places }) {
    const drawings = host.querySelectorAll("svg");
    return () => {
      const shown = [...drawings].findIndex((svg) => svg.getBoundingClientRect().width > 0);
      if (shown < 0) return [];
      const frame = drawings[shown].getBoundingClientRect();
      const corner = host.getBoundingClientRect();
      const scale = frame.width / drawings[shown].viewBox.baseVal.width;
      const across = (x) => frame.left - corner.left + scale * x;
      const up = (y) => frame.top - corner.top + scale * y;
      const flat = places[shown];
      const marks = [];
      for (let i = 0; i < flat.length; i += 7) {
        const [text, x, y, left, top, right, bottom] = flat.slice(i, i + 7);
        const [kind, name, ...figures] = texts[text];
        const rows = heads[kind].map((head, k) => [head, figures[k]]);
        const box = left || top || right || bottom ? [across(left), up(top), across(right), up(bottom)] : null;
        marks.push({ name, rows, x: across(x), y: up(y), box });
      }
      return marks;
    };
  }

  /* A point near the pointer, else the mark in whose field it is and that is nearest. */
  function markAt(marks, x, y) {
    const away = (mark) => Math.hypot(mark.x - x, mark.y - y);
    const nearest = (some) => some.reduce((best, mark) => (best && away(best) <= away(mark) ? best : mark), null);
    const points = marks.filter((mark) => !mark.box && away(mark) <= NEAR);
    const fields = marks.filter(({ box }) => box && x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]);
    return nearest(points.length ? points : fields);
  }

  let tip;
  function showTip(host, mark, ring) {
    tip ||= document.body.appendChild(make("div", { id: "tip", "aria-hidden": "true" }));
    const rows = mark.rows.map(([head, figure]) => make("div", {}, make("span", {}, head), make("b", {}, figure)));
    tip.replaceChildren(make("strong", {}, mark.name), ...rows);
    tip.hidden = false;
    const corner = host.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    const x = corner.left + mark.x - tip.offsetWidth / 2;
    const above = corner.top + mark.y - tip.offsetHeight - 14;
    tip.style.left = `${scrollX + Math.max(8, Math.min(x, room - tip.offsetWidth - 8))}px`;
    tip.style.top = `${scrollY + (above > 4 ? above : corner.top + mark.y + 14)}px`;
    ring.style.left = `${mark.x}px`;
    ring.style.top = `${mark.y}px`;
    ring.hidden = false;
  }

  /* Tell of a host's marks; `pick` is told which one was clicked or entered. */
  function tellMarks(host, marksNow, pick = () => {}) {
    const ring = host.appendChild(make("div", { class: "ring", hidden: "" }));
    let marks = [];
    let here = -1;
    const hide = () => { ring.hidden = true; if (tip) tip.hidden = true; here = -1; };
    const show = (index) => {
      here = index;
      showTip(host, marks[index], ring);
    };
    const point = (event) => {
      marks = marksNow();
      const corner = host.getBoundingClientRect();
      const found = markAt(marks, event.clientX - corner.left, event.clientY - corner.top);
      if (found) show(marks.indexOf(found)); else hide();
      return found;
    };
    host.addEventListener("pointermove", point);
    host.addEventListener("pointerdown", (event) => { if (point(event)) pick(here); });
    host.addEventListener("pointerleave", hide);
    host.addEventListener("blur", hide);

    /* Left and right go through all marks, up and down to the nearest one that way. */
    const beyond = (turn) => {
      const from = marks[here];
      const away = (mark) => Math.abs(mark.y - from.y) + 3 * Math.abs(mark.x - from.x);
      const those = marks.filter((mark) => turn * (mark.y - from.y) > 1);
      const best = those.reduce((one, mark) => (one && away(one) <= away(mark) ? one : mark), null);
      return best ? marks.indexOf(best) : here;
    };
    const steps = {
      ArrowRight: () => Math.min(here + 1, marks.length - 1),
      ArrowLeft: () => Math.max(here - 1, 0),
      ArrowDown: () => (here < 0 ? 0 : beyond(1)),
      ArrowUp: () => (here < 0 ? 0 : beyond(-1)),
      Home: () => 0,
      End: () => marks.length - 1,
    };
    host.addEventListener("keydown", (event) => {
      if (event.target !== host) return;
      if (event.key === "Escape") hide();
      if (event.key === "Enter" && here >= 0) pick(here);
      if (!steps[event.key]) return;
      event.preventDefault();
      const before = here;
      marks = marksNow();
      here = Math.min(before, marks.length - 1);
      if (!marks.length) return;
      show(steps[event.key]());
      const { name, rows } = marks[here];
      say([name, ...rows.map((row) => row.join(" "))].join(", "));
    });
    host.tabIndex = 0;
    host.setAttribute("role", "group");
    host.setAttribute("aria-label", "Values of this chart: arrow keys go from one to the next");
  }
