// The audit of the table that the program was started with: who can move the estimate, and where to.

import { audit } from "./api.js";
import { bounds, equalScales, label, Scale, ticks } from "./axes.js";
import { element } from "./draw.js";
import { make } from "./panel.js";

const short = (v) => `(${v.slice(0, 4).map((x) => label(Number(x.toPrecision(3)))).join(", ")}${v.length > 4 ? ", …" : ""})`;

export class AuditView {
  constructor(box, stage, verdict, numbers) {
    Object.assign(this, { box, stage, verdict, numbers });
    this.chosen = 0;
    this.report = null;
  }

  async open(table) {
    const by = make("input", { type: "text", value: "annotator", "aria-label": "The column of annotators" });
    const go = make("button", { onclick: () => this.#ask({ by: by.value }) }, "Audit");
    const told = make("p", { role: "status" });
    this.told = told;
    this.list = make("div", {});
    this.box.replaceChildren(make("p", {}, `The comparisons in ${table}`), make("div", { class: "tools" }, make("label", {}, "annotators in ", by), go), told, this.list);
    await this.#ask({ by: "annotator" });
  }

  async #ask(how) {
    this.told.textContent = "Reading and fitting …";
    try {
      const found = await audit(how);
      this.audit = found.audit;
      this.receiver = found.receiver;
      this.told.textContent = this.audit.annotators ? "" : (this.audit.message ?? this.audit.verdict ?? "There is no estimate.");
    } catch (error) {
      this.told.textContent = error.message;
      return;
    }
    if (!this.audit.annotators) return;
    this.report = null;
    this.#table();
    this.draw();
  }

  #table() {
    const head = ["annotator", "comparisons", "influence", "reach", "interval of reach"];
    const rows = this.audit.annotators.slice(0, 200).map((row, i) => {
      const interval = row.reach_interval ? `${label(Number(row.reach_interval.lower.toPrecision(3)))} – ${label(Number(row.reach_interval.upper.toPrecision(3)))}` : "";
      const choose = () => {
        this.chosen = i;
        this.report = null;
        this.#table();
        this.draw();
      };
      const name = make("button", { onclick: choose, "aria-pressed": String(i === this.chosen) }, row.annotator);
      return make("tr", { "aria-selected": String(i === this.chosen) }, make("td", {}, name),
        ...[row.comparisons, row.influence.toPrecision(3), row.reach.toPrecision(3), interval].map((v) => make("td", {}, String(v))));
    });
    this.list.replaceChildren(make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Annotators by reach" },
      make("table", {}, make("thead", {}, make("tr", {}, ...head.map((h) => make("th", { scope: "col" }, h)))), make("tbody", {}, ...rows))));
  }

  /** Somebody's row of the affine receiver. */
  #implied(name) {
    return this.receiver?.influencers.find((one) => one.annotator === name);
  }

  /** Where the estimate goes if the chosen one reports this instead: to first order, `W (x − θ)`. */
  moved(report) {
    const one = this.#implied(this.audit.annotators[this.chosen].annotator);
    if (!one) return null;
    const difference = report.map((x, k) => x - one.theta[k]);
    const weight = Array.isArray(one.weight) ? one.weight : one.theta.map((_, k) => one.theta.map((__, l) => (k === l ? one.weight : 0)));
    return this.audit.theta.map((t, k) => t + weight[k].reduce((sum, w, l) => sum + w * difference[l], 0));
  }

  draw() {
    if (!this.audit?.annotators) return;
    const { audit: found, stage } = this;
    const row = found.annotators[this.chosen];
    const one = this.#implied(row.annotator);
    const honest = one?.theta ?? row.pooled_theta ?? row.theta;
    const report = this.report ?? honest;
    const lands = (report && this.moved(report)) ?? found.theta;
    const d = found.theta.length;
    const svg = stage.svg;
    const width = Math.max(320, Math.round(svg.parentElement.clientWidth));
    const height = d === 1 ? 200 : Math.round(Math.min(width * 0.8, 620));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    svg.replaceChildren();
    stage.canvas.getContext("2d").clearRect(0, 0, stage.canvas.width, stage.canvas.height);
    const everybody = found.annotators.map((a) => this.#implied(a.annotator)?.theta ?? a.pooled_theta ?? a.theta).filter(Boolean);
    const spread = (k) => bounds([...everybody.map((t) => t[k]), found.theta[k], lands[k], report?.[k] ?? found.theta[k]], 0.25);
    this.limits = this.dragging ? this.limits : [spread(0), d > 1 ? spread(1) : [-1, 1]];
    const [x, y] = d === 1 ? [new Scale(this.limits[0], [20, width - 20]), new Scale([-1, 1], [height - 30, 10])] : equalScales(this.limits[0], this.limits[1], width, height, 34);
    for (const t of ticks(x.low, x.high, width / 90)) {
      svg.append(element("line", { class: "grid", x1: x.at(t), x2: x.at(t), y1: 10, y2: height - 24 }));
      svg.append(element("text", { class: "soft", x: x.at(t), y: height - 7, "text-anchor": "middle" }, label(t)));
    }
    const place = (v) => [x.at(v[0]), d === 1 ? height / 2 : y.at(v[1])];
    everybody.slice(0, 2000).forEach((t) => {
      const [px, py] = place(t);
      svg.append(element("circle", { cx: px, cy: py, r: 3.5, fill: "var(--c0)", opacity: 0.5 }));
    });
    const [ex, ey] = place(found.theta);
    const [lx, ly] = place(lands);
    svg.append(element("line", { class: "receiver", x1: ex, y1: ey, x2: lx, y2: ly }));
    svg.append(element("circle", { class: "truthful", cx: ex, cy: ey, r: 8 }));
    svg.append(element("path", { class: "receiver", d: `M${lx - 8} ${ly}h16M${lx} ${ly - 8}v16` }));
    if (report) {
      const [px, py] = place(report);
      const mark = element("circle", { id: "report", class: "target", cx: px, cy: py, r: 9, stroke: "var(--c1)", tabindex: 0, role: "slider",
        "aria-label": `Report of ${row.annotator}`, "aria-valuenow": report[0], "aria-valuetext": short(report) });
      this.#drag(mark, report, x, y, d);
      svg.append(mark);
    }
    const distance = Math.hypot(...lands.map((v, k) => v - found.theta[k]));
    this.verdict.textContent = report
      ? `If ${row.annotator} reported ${short(report)}, the estimate would go from ${short(found.theta)} to ${short(lands)}, by ${distance.toPrecision(3)} (to first order). At most it can be moved by ${row.reach.toPrecision(3)}.`
      : `${row.annotator} can move the estimate by ${row.reach.toPrecision(3)} at most.`;
    const facts = [["estimate", short(found.theta)], ["influence", row.influence.toPrecision(3)], ["reach", row.reach.toPrecision(3)], ["by a refit", row.refit_reach?.toPrecision(3) ?? "–"], ["worst report", row.worst_report ? short(row.worst_report) : "–"]];
    this.numbers.replaceChildren(...facts.map(([name, v]) => make("div", {}, make("dt", {}, name), make("dd", {}, v))));
  }

  #drag(mark, report, x, y, d) {
    const set = (to) => {
      this.report = to;
      this.draw();
      document.getElementById("report")?.focus({ preventScroll: true });
    };
    mark.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const { svg } = this.stage;
      const box = svg.getBoundingClientRect();
      const width = Number(svg.getAttribute("viewBox").split(" ")[2]);
      const to = (e) => {
        const px = ((e.clientX - box.left) / box.width) * width;
        const py = ((e.clientY - box.top) / box.width) * width;
        const moved = [...report];
        moved[0] = x.back(px);
        if (d > 1) moved[1] = y.back(py);
        set(moved);
      };
      this.dragging = true;
      svg.setPointerCapture(event.pointerId);
      const end = () => {
        this.dragging = false;
        svg.removeEventListener("pointermove", to);
        svg.removeEventListener("pointerup", end);
        svg.removeEventListener("pointercancel", end);
      };
      svg.addEventListener("pointermove", to);
      svg.addEventListener("pointerup", end);
      svg.addEventListener("pointercancel", end);
    });
    mark.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!by) return;
      event.preventDefault();
      const step = (this.limits[0][1] - this.limits[0][0]) / 60;
      const moved = [...report];
      moved[0] += by[0] * step;
      if (d > 1) moved[1] += by[1] * step;
      set(moved);
    });
  }
}
