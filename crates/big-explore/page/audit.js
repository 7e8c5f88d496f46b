// The audit of the table that the program was started with: who can move the estimate, and where to.

import { audit, labelMechanism } from "./api.js";
import { bounds, equalScales, label, Scale, ticks } from "./axes.js";
import { byArrows, draggable } from "./drag.js";
import { element, ruleMarks } from "./draw.js";
import { make } from "./panel.js";
import { Report } from "./refit.js";
import { Rules } from "./rules.js";

const short = (v) => `(${v.slice(0, 4).map((x) => label(Number(x.toPrecision(3)))).join(", ")}${v.length > 4 ? ", …" : ""})`;

/** Annotators that are listed. */
const LISTED = 200;

const LEGEND = "Ring: the report, which is dragged. Dashed circle: the estimate. Cross: where it goes to first order; diamond: where a refit of all labels lands. Dots: what annotators seem to hold.";

export class AuditView {
  /** `say(verdict, facts, legend)` tells what is seen, where everything else is told. */
  constructor(box, stage, say, rules) {
    Object.assign(this, { box, stage, say });
    this.chosen = 0;
    this.by = "annotator";
    this.report = null;
    this.coordinates = [0, 1];
    /** Is it this that the stage shows? */
    this.shown = false;
    this.rules = new Rules(rules, (rule, signal) => labelMechanism(this.by, rule, signal), () => this.draw());
  }

  async open(table) {
    const by = make("input", { type: "text", value: this.by, "aria-label": "The column of annotators" });
    const go = make("button", { onclick: () => this.#ask(by.value) }, "Audit");
    this.told = make("p", { role: "status" });
    this.axes = make("div", { class: "tools" });
    this.list = make("div", {});
    this.box.replaceChildren(make("p", {}, `The comparisons in ${table}`), make("div", { class: "tools" }, make("label", {}, "annotators in ", by), go), this.told, this.axes, this.list,
      make("h2", {}, "Other rules in the place of the estimate"), this.rules.element);
    await this.#ask(this.by);
  }

  async #ask(by) {
    this.told.textContent = "Reading and fitting …";
    const mine = (this.asked = (this.asked ?? 0) + 1);
    let found;
    try {
      found = (await audit({ by })).audit;
    } catch (error) {
      if (mine === this.asked) this.told.textContent = error.message;
      return;
    }
    // Another column may have been asked for since.
    if (mine !== this.asked) return;
    this.by = by;
    this.audit = found;
    this.own = found.annotators?.every((a) => a.theta);
    this.chosen = 0;
    this.rules.forget();
    this.told.textContent = found.annotators ? "" : (found.message ?? found.verdict ?? "There is no estimate.");
    if (!found.annotators) return;
    this.#axes();
    this.#choose(0);
  }

  /** Of many coordinates two are shown, and dragged. */
  #axes() {
    const d = this.audit.theta.length;
    this.coordinates = [0, Math.min(1, d - 1)];
    const choose = (at, words) => {
      const select = make("select", { "aria-label": words }, ...Array.from({ length: d }, (_, k) => make("option", { value: k, selected: k === this.coordinates[at] }, `coordinate ${k}`)));
      select.addEventListener("change", () => {
        this.coordinates[at] = Number(select.value);
        this.#choose(this.chosen);
      });
      return make("label", {}, `${words} `, select);
    };
    this.axes.replaceChildren(...(d > 2 ? [choose(0, "across"), choose(1, "up")] : []));
  }

  /** What somebody seems to hold: everybody's own estimate, or, where some have none, the partially pooled ones. */
  #held(row) {
    return (this.own ? row.theta : row.pooled_theta) ?? row.pooled_theta ?? row.theta ?? this.audit.theta;
  }

  #choose(i) {
    this.chosen = i;
    this.report?.close();
    const row = this.audit.annotators[i];
    this.report = new Report(this.by, row.annotator, this.#held(row), [...new Set(this.coordinates)], () => this.draw());
    this.#table();
    this.draw();
  }

  #table() {
    const head = ["annotator", "comparisons", "influence", "reach", "interval of reach"];
    const all = this.audit.annotators;
    const rows = all.slice(0, LISTED).map((row, i) => {
      const interval = row.reach_interval ? `${label(Number(row.reach_interval.lower.toPrecision(3)))} – ${label(Number(row.reach_interval.upper.toPrecision(3)))}` : "";
      const name = make("button", { onclick: () => this.#choose(i), "aria-pressed": String(i === this.chosen) }, row.annotator);
      return make("tr", { class: i === this.chosen ? "chosen" : "" }, make("th", { scope: "row" }, name),
        ...[row.comparisons, row.influence.toPrecision(3), row.reach.toPrecision(3), interval].map((v) => make("td", { class: "number" }, String(v))));
    });
    const focused = this.list.contains(document.activeElement) ? document.activeElement.textContent : null;
    const at = this.list.querySelector(".scroll")?.scrollTop ?? 0;
    this.list.replaceChildren(make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Annotators by reach" },
      make("table", {}, make("thead", {}, make("tr", {}, ...head.map((h) => make("th", { scope: "col" }, h)))), make("tbody", {}, ...rows))));
    if (all.length > LISTED) this.list.append(make("p", { class: "small" }, `The first ${LISTED} of ${all.length} annotators, by reach`));
    this.list.querySelector(".scroll").scrollTop = at;
    if (focused) [...this.list.querySelectorAll("button")].find((b) => b.textContent === focused)?.focus({ preventScroll: true });
  }

  draw() {
    if (!this.shown || !this.audit?.annotators || !this.report) return;
    const { audit: found, stage, report } = this;
    const row = found.annotators[this.chosen];
    const now = report.now;
    const lands = report.first ?? found.theta;
    const refitted = report.refitted?.refitted;
    const d = found.theta.length;
    const [k, l] = this.coordinates;
    const svg = stage.svg;
    const focused = svg.contains(document.activeElement) ? document.activeElement.id : null;
    const width = Math.max(320, Math.round(svg.parentElement.clientWidth));
    const height = d === 1 ? 200 : Math.round(Math.min(width * 0.8, 620));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    svg.replaceChildren();
    stage.canvas.getContext("2d").clearRect(0, 0, stage.canvas.width, stage.canvas.height);
    const everybody = found.annotators.slice(0, 2000).map((a) => this.#held(a));
    const marks = this.rules.marks();
    const spread = (c) => bounds([...everybody.map((t) => t[c]), ...marks.map((m) => m.at[c]), found.theta[c], lands[c], now[c]], 0.25);
    this.limits = this.dragging ? this.limits : [spread(k), d > 1 ? spread(l) : [-1, 1]];
    const [x, y] = d === 1 ? [new Scale(this.limits[0], [20, width - 20]), new Scale([-1, 1], [height - 30, 10])] : equalScales(this.limits[0], this.limits[1], width, height, 46);
    for (const t of ticks(x.low, x.high, width / 90)) {
      svg.append(element("line", { class: "grid", x1: x.at(t), x2: x.at(t), y1: 10, y2: height - 24 }));
      svg.append(element("text", { class: "soft", x: x.at(t), y: height - 7, "text-anchor": "middle" }, label(t)));
    }
    for (const t of d === 1 ? [] : ticks(y.low, y.high, height / 90)) {
      svg.append(element("line", { class: "grid", x1: 42, x2: width - 10, y1: y.at(t), y2: y.at(t) }));
      svg.append(element("text", { class: "soft", x: 38, y: y.at(t) + 4, "text-anchor": "end" }, label(t)));
    }
    const place = (v) => [x.at(v[k]), d === 1 ? height / 2 : y.at(v[l])];
    everybody.forEach((t, i) => {
      const [px, py] = place(t);
      svg.append(element("circle", { cx: px, cy: py, r: 3.5, fill: "var(--c0)", opacity: 0.5 }, element("title", {}, `${found.annotators[i].annotator} at ${short(t)}`)));
    });
    ruleMarks(svg, marks, place);
    const [ex, ey] = place(found.theta);
    const [lx, ly] = place(lands);
    svg.append(element("line", { class: "receiver", x1: ex, y1: ey, x2: lx, y2: ly }));
    svg.append(element("circle", { class: "truthful", cx: ex, cy: ey, r: 8 }));
    if (refitted) {
      const [rx, ry] = place(refitted);
      svg.append(element("line", { class: "gap", x1: lx, y1: ly, x2: rx, y2: ry }));
      svg.append(element("path", { id: "refitted", class: "refitted", d: `M${rx} ${ry - 9}l9 9l-9 9l-9 -9z` }, element("title", {}, `by a refit: ${short(refitted)}`)));
    }
    svg.append(element("path", { class: "receiver", d: `M${lx - 8} ${ly}h16M${lx} ${ly - 8}v16` }));
    const [px, py] = place(now);
    const mark = element("circle", { id: "report", class: "target", cx: px, cy: py, r: 9, stroke: "var(--c1)", tabindex: 0, role: "slider",
      "aria-label": `Report of ${row.annotator}`, "aria-valuenow": now[k], "aria-valuetext": short(now) }, element("title", {}, `report of ${row.annotator}: ${short(now)}`));
    this.#drag(mark, now, x, y, d);
    svg.append(mark);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.#tell(row, lands);
  }

  #tell(row, lands) {
    const { audit: found, report } = this;
    const distance = (a, b) => Math.hypot(...a.map((v, j) => v - b[j])).toPrecision(3);
    const first = report.slope ? `If ${row.annotator} reported ${short(report.now)}, the estimate would go from ${short(found.theta)} to ${short(lands)}, by ${distance(lands, found.theta)} (to first order).` : `${row.annotator} can move the estimate by ${row.reach.toPrecision(3)} at most.`;
    const behind = {
      waiting: "Refitting …",
      done: report.refitted ? `A refit of all labels lands at ${short(report.refitted.refitted)}, ${report.refitted.moved.toPrecision(3)} away, ${report.refitted.from_first_order.toPrecision(3)} from that guess.` : "",
      failed: `There is no refit: ${report.message}.`,
    }[report.state];
    const facts = [["estimate", short(found.theta)], ["influence", row.influence.toPrecision(3)], ["reach, to first order", row.reach.toPrecision(3)], ["reach, by a refit", row.refit_reach?.toPrecision(3) ?? "–"], ["worst report", row.worst_report ? short(row.worst_report) : "–"],
      ["this report, by a refit", report.refitted ? report.refitted.moved.toPrecision(3) : "…"], ["refit from first order", report.refitted ? report.refitted.from_first_order.toPrecision(3) : "…"]];
    this.say(`${first} ${behind}`, facts, found.theta.length > 2 ? `${LEGEND} Two of the coordinates are shown; the others of the report stay.` : LEGEND);
  }

  #drag(mark, report, x, y, d) {
    const [k, l] = this.coordinates;
    const mine = this.report;
    const set = (across, up) => {
      // Another report may be shown by now.
      if (this.report !== mine) return;
      const moved = [...report];
      moved[k] = across;
      if (d > 1) moved[l] = up;
      document.getElementById("report")?.focus({ preventScroll: true });
      mine.set(moved);
    };
    draggable(this.stage.svg, mark, {
      at: [x.at(report[k]), d > 1 ? y.at(report[l]) : 0],
      begin: () => !this.dragging && (this.dragging = true),
      to: (px, py, phase) => phase !== "end" && set(x.back(px), d > 1 ? y.back(py) : undefined),
      done: () => {
        this.dragging = false;
        this.draw();
      },
    });
    byArrows(mark, (dx, dy) => {
      const step = (this.limits[0][1] - this.limits[0][0]) / 60;
      set(report[k] + dx * step, d > 1 ? report[l] + dy * step : undefined);
    });
  }
}
