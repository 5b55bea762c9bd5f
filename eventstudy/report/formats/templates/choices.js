
  /* The estimate under the reader's own choices, looked up in the specification curve. */
  const CALLED = { Sessions: "Estimation window", Ending: "Its last session" };
  const sample = document.createElement("template");
  sample.innerHTML = "<svg></svg>";
  const SVG = sample.content.firstChild.namespaceURI;
  const minus = (text) => text.replace("-", "−");

  function draw(kind, attributes, ...children) {
    const element = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /* Everything there is to know of a specification. */
  function figuresOf(data, window, index) {
    const [estimate, low, high, df, p] = ["estimate", "low", "high", "df", "p"].map((name) => window[name][index]);
    if (estimate === null) return null;
    const se = low === null || df === null ? NaN : (high - low) / (2 * data.quantiles[df]);
    return { estimate, se, df, p, t: estimate / se, low: low ?? NaN, high: high ?? NaN };
  }

  /* The number of a specification in its curve, or why there is none. */
  function lookUp(data, entity, window, chosen) {
    const size = chosen.length;
    for (let index = 0; index < entity.rows.length / size; index += 1) {
      if (chosen.some((option, k) => entity.rows[index * size + k] !== option)) continue;
      return window.estimate[index] === null ? { why: window.reason[index] } : { index };
    }
    return { why: entity.absent[`${chosen[0]} ${chosen[1]}`] || "these choices were not fitted together" };
  }

  function evidence(p) {
    if (p < 0.01) return "strong evidence";
    return p < 0.05 ? "evidence" : "not significant";
  }

  function makeChoices(host, data) {
    const count = data.choices.length;
    const percent = (value, digits = 2) => {
      const text = Math.abs(data.scale * value).toFixed(digits);
      const sign = !/[1-9]/.test(text) ? "" : value < 0 ? "−" : "+";
      return `${sign}${text.replace(/\B(?=(\d{3})+(?!\d))/g, ",")}${data.sign}`;
    };
    const ofEntity = (number) => data.entities[number];
    let [marks, waiting] = [[], 0];
    const state = { entity: 0, window: 0, chosen: [] };
    const ownOf = (entity) => entity.rows.slice(Math.max(0, entity.own) * count, (Math.max(0, entity.own) + 1) * count);
    state.chosen = ownOf(ofEntity(0));

    const field = (name, labels, change) => {
      const select = make("select", { "aria-label": name }, ...labels.map((label, index) => make("option", { value: index }, label)));
      select.addEventListener("change", () => { change(Number(select.value)); show(); });
      return { select, label: make("label", {}, make("span", {}, name), select) };
    };
    const whose = field("Asset or group", data.entities.map((one) => one.name), (value) => { state.entity = value; });
    const when = field("Event window", ofEntity(0).windows.map((one) => one.label), (value) => { state.window = value; });
    const fields = data.choices.map(({ name, options }, k) => field(CALLED[name] || name, options, (value) => { state.chosen[k] = value; }));
    const back = make("button", { type: "button" }, "Back to the report’s own choices");
    back.addEventListener("click", () => { state.chosen = ownOf(ofEntity(state.entity)); state.window = 0; show(); });
    const said = make("output");
    const drawing = make("div", { class: "chart" });
    const form = make("fieldset", {}, make("legend", {}, "Make your own choices"), ...[...(data.entities.length > 1 ? [whose] : []), when, ...fields].map((one) => one.label), back);
    host.append(form, said, drawing);

    /* The specifications of the curve in order of their estimates. */
    const ordered = () => {
      const window = ofEntity(state.entity).windows[state.window];
      const there = window.estimate.map((_, index) => index).filter((index) => window.estimate[index] !== null);
      return there.sort((a, b) => window.estimate[a] - window.estimate[b] || a - b);
    };

    function show() {
      const entity = ofEntity(state.entity);
      const window = entity.windows[state.window];
      whose.select.value = state.entity;
      when.select.value = state.window;
      fields.forEach((one, k) => { one.select.value = state.chosen[k]; });
      const found = lookUp(data, entity, window, state.chosen);
      const order = ordered();
      for (const name of Object.keys(said.dataset)) delete said.dataset[name];
      if (found.why) {
        said.replaceChildren(make("strong", {}, "Not estimated"), make("span", {}, `${found.why}.`));
      } else {
        const figures = figuresOf(data, window, found.index);
        for (const [name, value] of Object.entries(figures)) said.dataset[name] = String(value);
        const p = figures.p < 0.001 ? "p\u00a0<\u00a00.001" : `p\u00a0=\u00a0${figures.p.toFixed(3)}`;
        const middle = order.length % 2 ? window.estimate[order[(order.length - 1) / 2]]
          : (window.estimate[order[order.length / 2 - 1]] + window.estimate[order[order.length / 2]]) / 2;
        said.replaceChildren(
          make("strong", {}, percent(figures.estimate)),
          make("span", {}, `By t: ${data.level} interval ${percent(figures.low)} to ${percent(figures.high)}; ${p}, ${evidence(figures.p)} (t\u00a0=\u00a0${minus(figures.t.toFixed(2))}, ${figures.df} degrees of freedom).`),
          make("span", {}, `Number ${order.indexOf(found.index) + 1} of ${order.length} estimates from the lowest; their median is ${percent(middle)}${found.index === entity.own ? ". These are the report’s own choices" : ""}.`),
        );
      }
      /* Several changes before the next picture need one drawing. */
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => {
        marks = drawCurve(drawing, { data, entity, window, order, found, percent });
      });
    }
    const pick = (index) => {
      const at = ordered()[index];
      state.chosen = ofEntity(state.entity).rows.slice(at * count, (at + 1) * count);
      show();
    };
    host.hidden = false;
    show();
    tellMarks(drawing, () => marks, pick);
    new ResizeObserver(() => {
      if (Math.round(drawing.clientWidth) !== drawing.drawnAt) show();
    }).observe(drawing);
    const printed = host.parentElement.querySelector("figure[data-name=curve]");
    if (printed) printed.classList.add("replaced");
  }

  /* Pixels of the widest of some words, in bold. */
  function widest(host, words) {
    const probe = host.appendChild(make("b", { class: "probe" }));
    const widths = words.map((word) => { probe.textContent = word; return probe.offsetWidth; });
    probe.remove();
    return Math.max(...widths);
  }

  /* Words on as many lines as they need where a line has so many pixels. */
  function linesOf(host, words, room) {
    return words.split(" ").reduce((lines, word) => {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      return lines.length && widest(host, [longer]) <= room ? [...lines.slice(0, -1), longer] : [...lines, word];
    }, []);
  }

  function ticksOf(low, high, count) {
    const rough = (high - low) / count;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * [1, 2, 2.5, 5, 10].find((one) => one * unit >= rough);
    const ticks = [];
    for (let k = Math.ceil(low / step); k * step <= high; k += 1) ticks.push(k * step);
    return ticks;
  }

  /* Estimates with their intervals, smallest first, over the choices behind them; returns their marks. */
  function drawCurve(host, { data, entity, window, order, found, percent }) {
    host.querySelector("svg")?.remove();
    const width = Math.max(280, Math.round(host.clientWidth));
    host.drawnAt = Math.round(host.clientWidth);
    const narrow = width < 560;
    const [right, upper, pitch, leading] = [10, narrow ? 190 : 260, narrow ? 15 : 17, 13];
    const count = data.choices.length;
    const optionOf = (index, k) => entity.rows[index * count + k];
    const groups = data.choices.map(({ name, options }, k) => {
      const used = [...new Set(order.map((index) => optionOf(index, k)))].sort((a, b) => a - b);
      return { name: CALLED[name] || name, k, rows: used.map((option) => ({ option, label: options[option] })) };
    });
    for (const row of groups.flatMap(({ rows }) => rows)) row.lines = linesOf(host, row.label, (narrow ? 0.44 : 0.2) * width);
    const labels = widest(host, groups.flatMap(({ rows }) => rows.flatMap(({ lines }) => lines)));
    const left = (narrow ? 0 : widest(host, groups.map(({ name }) => name)) + 14) + labels + 8;
    let top = upper + 30;
    for (const group of groups) {
      if (narrow) top += pitch;
      group.top = top;
      for (const row of group.rows) {
        row.top = top;
        top += pitch + (row.lines.length - 1) * leading;
        row.middle = (row.top + top) / 2;
      }
      top += 8;
    }
    const height = top + 4;
    const all = order.map((index) => figuresOf(data, window, index));
    const known = all.flatMap(({ estimate, low, high }) => [estimate, low, high]).filter(Number.isFinite);
    let [least, most] = [Math.min(0, ...known), Math.max(0, ...known)];
    const air = 0.06 * (most - least || 1);
    [least, most] = [least - air, most + air];
    const room = width - left - right;
    const x = (place) => left + ((place + 0.5) / order.length) * room;
    const y = (value) => 20 + ((most - value) / (most - least)) * (upper - 20);
    const svg = draw("svg", { class: "own", role: "img", viewBox: `0 0 ${width} ${height}`, width, height });
    svg.setAttribute("aria-label", `The ${order.length} estimates of ${entity.name}, ${window.label}, in order of size with their intervals over the choices behind each; the chosen one is marked.`);
    const text = (words, at, attributes = {}) => svg.append(draw("text", { x: at[0], y: at[1], ...attributes }, words));
    for (const tick of ticksOf(data.scale * least, data.scale * most, 5)) {
      const at = y(tick / data.scale);
      svg.append(draw("path", { class: Math.abs(tick) < 1e-9 ? "zero" : "grid", d: `M${left} ${at}H${width - right}` }));
      text(percent(tick / data.scale, Number.isInteger(tick) ? 0 : 1), [left - 8, at + 4], { class: "quiet end" });
    }
    text(`Estimates, smallest first, with ${data.level} intervals; blue: significant by t`, [narrow ? 0 : left, 11], { class: "quiet" });
    const line = Math.max(0.6, Math.min(4, (0.6 * room) / order.length));
    const paths = { 0: ["", "", ""], 1: ["", "", ""] };
    order.forEach((index, place) => {
      const sure = window.significant[index];
      const { estimate, low, high } = all[place];
      if (Number.isFinite(low)) paths[sure][0] += `M${x(place)} ${y(low)}V${y(high)}`;
      paths[sure][1] += `M${x(place)} ${y(estimate)}h0`;
      for (const group of groups) {
        const row = group.rows.find(({ option }) => option === optionOf(index, group.k));
        paths[sure][2] += `M${x(place)} ${row.middle + 3 - pitch / 2}v${pitch - 6}`;
      }
    });
    for (const sure of [0, 1]) {
      const kinds = [["range", line], ["dots", Math.max(2.5, 1.6 * line)], ["made", line]];
      kinds.forEach(([kind, size], k) => svg.append(draw("path", { class: `${kind} ${sure ? "sure" : "unsure"}`, d: paths[sure][k], "stroke-width": size })));
    }
    for (const group of groups) {
      text(group.name, narrow ? [0, group.top - 4] : [0, group.top + 12], { class: "strong" });
      for (const { option, lines, top: from } of group.rows) {
        const chosen = found.index !== undefined && optionOf(found.index, group.k) === option;
        lines.forEach((line, k) => text(line, [left - 8, from + pitch - 5 + k * leading], { class: chosen ? "end strong chosen" : "end" }));
      }
    }
    const mark = (index, kind, size) => {
      const place = order.indexOf(index);
      if (place < 0) return;
      const { estimate, low, high } = all[place];
      const [cx, cy] = [x(place), y(estimate)];
      if (kind === "chosen") svg.append(draw("path", { class: "pole", d: `M${cx} ${upper + 24}V${height - 8}` }));
      if (kind === "chosen" && Number.isFinite(low)) svg.append(draw("path", { class: "reach", d: `M${cx} ${y(low)}V${y(high)}` }));
      svg.append(draw("path", { class: kind, d: `M${cx - size} ${cy}L${cx} ${cy - size}L${cx + size} ${cy}L${cx} ${cy + size}Z` }));
      if (kind === "chosen") text(percent(estimate), [Math.max(left + 30, Math.min(cx, width - 40)), Math.max(24, Math.min(y(high), y(estimate) - 8) - 6)], { class: "middle strong chosen backed" });
    };
    if (found.index !== entity.own) mark(entity.own, "own-choice", 5);
    if (found.index !== undefined) mark(found.index, "chosen", 6.5);
    host.prepend(svg);
    const half = room / order.length / 2;
    return order.map((index, place) => ({
      name: `${place + 1} of ${order.length}${index === entity.own ? ", the report’s own" : ""}`,
      rows: [
        ["Estimate", percent(all[place].estimate)],
        [`${data.level} interval`, `${percent(all[place].low)} to ${percent(all[place].high)}`],
        ...groups.map(({ name, k }) => [name, data.choices[k].options[optionOf(index, k)]]),
      ],
      x: x(place),
      y: y(all[place].estimate),
      box: [x(place) - half, 0, x(place) + half, height],
    }));
  }
