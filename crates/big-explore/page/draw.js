// The game as a figure: on its line, in its plane, or in two of its coordinates; a crowd on a canvas.

import { bounds, equalScales, label, outline, Scale, ticks } from "./axes.js";
import { crowdInPlane, crowdOnLine } from "./crowd.js";
import { byArrows, draggable } from "./drag.js";
import { CROWD, seen, tidy } from "./game.js";

const SVG = "http://www.w3.org/2000/svg";
export const COLOURS = 6;

export function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map((child) => (typeof child === "string" ? seen(child) : child)));
  return made;
}

const colour = (i) => `var(--c${i % COLOURS})`;
/** How long a drawn crowd may be a little behind while a target is dragged, in milliseconds. */
const SOMETIMES = 100;
/** The height of a row: taller where there are few. */
const rowOf = (n) => (n <= 4 ? 64 : n <= 10 ? 46 : 34);

/** What other rules make of it, as lettered diamonds; those at one place share one. Letters keep off the boxes `written` on already. */
export function ruleMarks(svg, marks, place, written = []) {
  const drawn = [];
  for (const mark of marks) {
    const [x, y] = place(mark.at);
    const near = drawn.find((d) => Math.hypot(d.x - x, d.y - y) < 9);
    if (near) near.all.push(mark);
    else drawn.push({ x, y, all: [mark] });
  }
  // Below what is dragged, so that it can be taken.
  const group = element("g", { class: "rules-drawn" });
  svg.insertBefore(group, svg.querySelector(".action, .target, #report"));
  const taken = [...drawn.map(({ x, y }) => [x - 7, y - 7, x + 7, y + 7]), ...written];
  for (const { x, y, all } of drawn) {
    const letters = all.map((m) => m.letter).join(" ");
    const half = 5 * letters.length;
    const free = ([left, top, right, bottom]) => taken.every((t) => left >= t[2] || right <= t[0] || top >= t[3] || bottom <= t[1]);
    const places = [[x, y + 21], [x, y - 11], [x + half + 10, y + 5], [x - half - 10, y + 5], [x, y + 35], [x, y - 25]];
    const box = ([at, low]) => [at - half, low - 12, at + half, low + 2];
    const chosen = places.find((place) => free(box(place))) ?? places[0];
    taken.push(box(chosen));
    group.append(
      element("path", { class: "rule", d: `M${x} ${y - 7}l7 7l-7 7l-7 -7z` }, element("title", {}, all.map((m) => `${m.letter}: ${m.name}`).join(", "))),
      element("text", { class: "ruled", x: chosen[0], y: chosen[1], "text-anchor": "middle" }, letters),
    );
  }
}

/** Draws into an SVG and a canvas, and tells what is dragged. */
export class Stage extends EventTarget {
  constructor(svg, canvas) {
    super();
    this.svg = svg;
    this.canvas = canvas;
    this.coordinates = [0, 1];
    this.way = null;
    /** Outcomes of other rules. */
    this.ruled = [];
    this.guess = null;
    this.hidden = false;
    this.frozen = null;
    this.moving = null;
    /** Ends the drag that is under way. */
    this.letGo = null;
    /** Is what is drawn of the game before? Then it is not taken. */
    this.before = false;
  }

  /** Takes what is dragged out of the hand: it is of another game. */
  cancel() {
    this.letGo?.();
  }

  /** Bounds are kept while something is dragged, so that the figure does not move away under the hand. */
  freeze(frozen) {
    this.frozen = frozen ? this.limits : null;
  }

  draw(model, answer) {
    this.before = false;
    this.model = model;
    this.answer = answer;
    if (this.#stands()) {
      this.#again();
      return;
    }
    const focused = this.svg.contains(document.activeElement) ? document.activeElement.id : null;
    this.width = Math.max(320, Math.round(this.svg.parentElement.clientWidth));
    this.svg.replaceChildren();
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    /** What moves while a target of a crowd is dragged; everything else stands. */
    this.moving = null;
    if (model.dim === 1) this.#line(context);
    else this.#plane();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /** Is a target of a crowd dragged, so that its axes and the other handles are as they were? */
  #stands() {
    const { moving, model } = this;
    return Boolean(this.frozen && moving && moving.game === model.game && moving.limits === this.frozen && moving.hidden === this.hidden);
  }

  /** Draws what moves: a browser that has nothing else to lay out is done sooner. */
  #again() {
    const { model, moving, canvas } = this;
    const [k, l] = model.dim === 1 ? [0, null] : this.coordinates;
    for (const [i, mark] of moving.marks) {
      const target = model.target(i);
      mark.setAttribute("cx", this.x.at(target[k]));
      if (l !== null) mark.setAttribute("cy", this.y.at(target[l]));
    }
    moving.group.replaceChildren();
    const crowd = this.#isDue();
    if (model.dim === 1) {
      if (crowd) {
        canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
        crowdOnLine(canvas.getContext("2d"), this.x, model.targets(), this.#actions());
      }
      this.#landing(this.height);
    } else {
      if (crowd) this.#points();
      this.#landed();
    }
  }

  /** Is the crowd itself drawn anew? Where one in a hundred acts otherwise it is; of fewer, who are hardly seen among the others, some
   * times a second. */
  #isDue() {
    const { answer, moving } = this;
    if (answer !== moving.seen) moving.changed += answer?.changed ?? Infinity;
    moving.seen = answer;
    const now = performance.now();
    if (moving.changed * 100 < this.model.people.length && now - moving.at < SOMETIMES) return false;
    Object.assign(moving, { changed: 0, at: now });
    return true;
  }

  /** Keeps the handles of a crowd for as long as one of them is dragged. */
  #keep(group, marks) {
    const { model, hidden } = this;
    this.moving = { group, marks, hidden, game: model.game, limits: this.limits, seen: this.answer, changed: 0, at: performance.now() };
  }

  #size(height) {
    this.height = height;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${height}`);
    this.svg.setAttribute("height", height);
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(this.width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== across || this.canvas.height !== down) {
      this.canvas.width = across;
      this.canvas.height = down;
    }
    this.canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  action(i) {
    const { answer, model } = this;
    if (!answer) return null;
    if (answer.compact) return answer.m === 1 || model.dim > 1 ? answer.actions.subarray(i * answer.m, (i + 1) * answer.m) : null;
    return answer.influencers?.[i]?.action ?? null;
  }

  /** Everybody's action, one after the other; null where they are not points among the targets. */
  #actions() {
    const { answer, model } = this;
    if (!answer || this.hidden) return null;
    if (answer.compact) return answer.m === model.dim ? answer.actions : null;
    const all = answer.influencers?.map((row) => row.action) ?? [];
    return all.every((a) => a?.length === model.dim) ? Float64Array.from(all.flat()) : null;
  }

  #range(i) {
    return this.answer?.influencers?.[i]?.action_range ?? null;
  }

  #spread(k) {
    const { model, answer } = this;
    const found = [];
    const n = model.people.length;
    const targets = model.targets();
    for (let i = 0; i < n; i += 1) {
      found.push(targets[i * model.dim + k]);
      const action = this.action(i);
      if (action && action.length > k && action.length === model.dim) found.push(action[k]);
    }
    if (answer) found.push(answer.receiver[k], (answer.truthful ?? answer.welfare?.truthful_receiver ?? answer.receiver)[k]);
    const spaces = new Set(model.isCrowd ? [model.game.action_space] : model.people.map((_, i) => model.space(i)));
    for (const space of spaces) {
      const points = outline(space, model.dim, k, model.dim === 1 ? 0 : Number(k === 0)) ?? [];
      points.forEach((p) => found.push(p[0]));
    }
    return bounds(found);
  }

  #line(context) {
    const { model, answer, svg } = this;
    const n = model.people.length;
    const crowd = n > CROWD || n > 60;
    const row = rowOf(n);
    const height = crowd ? 300 : 60 + row * n + 40;
    this.#size(height);
    this.limits = this.frozen ?? [this.#spread(0)];
    const left = crowd || this.width < 500 ? 18 : 120;
    const x = (this.x = new Scale(this.limits[0], [left, this.width - 18]));
    for (const t of ticks(x.low, x.high, this.width / 110)) {
      svg.append(element("line", { class: "grid", x1: x.at(t), x2: x.at(t), y1: 28, y2: height - 26 }));
      svg.append(element("text", { class: "soft", x: x.at(t), y: height - 8, "text-anchor": "middle" }, label(t)));
    }
    this.over = svg;
    if (crowd) this.#crowdOnLine(context);
    else model.people.forEach((_, i) => this.#row(i, 40 + row * i + row / 2, left));
    this.#landing(height);
    if (answer && this.guess) this.#guessMark(height);
  }

  /** Where the receiver lands on the line. */
  #landing(height) {
    const { answer, x, over: svg } = this;
    if (!answer) return;
    const truthful = (answer.truthful ?? answer.welfare?.truthful_receiver)?.[0];
    if (truthful !== undefined && !this.hidden) {
      svg.append(element("line", { class: "truthful", x1: x.at(truthful), x2: x.at(truthful), y1: 28, y2: height - 26 }));
    }
    if (!this.hidden) {
      const at = x.at(answer.receiver[0]);
      svg.append(element("line", { class: "receiver", x1: at, x2: at, y1: 24, y2: height - 26 }));
      svg.append(element("text", { x: at, y: 16, "text-anchor": at < 60 ? "start" : at > this.width - 60 ? "end" : "middle" }, `receiver ${label(answer.receiver[0])}`));
    }
    if (!this.hidden) ruleMarks(svg, this.ruled, (v) => [x.at(v[0]), height - 56]);
  }

  #row(i, y, left) {
    const { model, svg, x } = this;
    const space = outline(model.space(i), 1, 0, 0);
    if (space) {
      const ends = space.map((p) => p[0]);
      svg.append(element("line", { class: "grid", x1: x.at(Math.min(...ends)), x2: x.at(Math.max(...ends)), y1: y, y2: y, "stroke-width": 4 }));
    }
    const range = this.#range(i);
    if (range && range.lower.length === 1 && !this.hidden) {
      svg.append(element("line", { class: "range", stroke: colour(i), x1: x.at(range.lower[0]), x2: x.at(range.upper[0]), y1: y, y2: y }));
    }
    const action = this.action(i);
    const target = model.target(i)[0];
    // Actions of more coordinates are no points of the receiver's line.
    if (action?.length === 1 && !this.hidden) {
      svg.append(element("line", { class: "pull", stroke: colour(i), x1: x.at(target), x2: x.at(action[0]), y1: y, y2: y }));
      svg.append(this.#mark("action", i, x.at(action[0]), y));
    }
    svg.append(this.#mark("target", i, x.at(target), y));
    if (left > 60) {
      const name = model.name(i);
      svg.append(element("text", { x: 8, y: y + 4 }, name.length > 15 ? `${name.slice(0, 14)}…` : name));
    }
  }

  #crowdOnLine(context) {
    const { model, x } = this;
    crowdOnLine(context, x, model.targets(), this.#actions());
    const text = (y, words) => this.svg.append(element("text", { class: "soft", x: 22, y }, words));
    text(44, "targets");
    text(160, "actions");
    this.#handles((target) => [x.at(target[0]), 88]);
  }

  /** Of a crowd a few are dragged: those at even distances in the list. */
  #handles(place) {
    const { model } = this;
    const n = model.people.length;
    const marks = new Map();
    const step = Math.ceil(n / 12);
    for (let i = 0; i < n; i += step) marks.set(i, this.#mark("target", i, ...place(model.target(i))));
    this.over = element("g", { class: "moving" });
    this.svg.append(...marks.values(), this.over);
    this.#keep(this.over, marks);
  }

  #plane() {
    const { model, svg } = this;
    const n = model.people.length;
    const [k, l] = this.coordinates;
    this.#size(Math.round(Math.min(this.width * 0.8, 620)));
    this.limits = this.frozen ?? [this.#spread(k), this.#spread(l)];
    const [x, y] = equalScales(this.limits[0], this.limits[1], this.width, this.height, 46);
    Object.assign(this, { x, y });
    for (const t of ticks(x.low, x.high, this.width / 90)) {
      svg.append(element("line", { class: "grid", x1: x.at(t), x2: x.at(t), y1: 10, y2: this.height - 24 }));
      svg.append(element("text", { class: "soft", x: x.at(t), y: this.height - 7, "text-anchor": "middle" }, label(t)));
    }
    for (const t of ticks(y.low, y.high, this.height / 90)) {
      svg.append(element("line", { class: "grid", x1: 42, x2: this.width - 10, y1: y.at(t), y2: y.at(t) }));
      svg.append(element("text", { class: "soft", x: 38, y: y.at(t) + 4, "text-anchor": "end" }, label(t)));
    }
    const drawn = new Set();
    model.people.slice(0, CROWD).forEach((_, i) => {
      const space = model.space(i);
      const key = JSON.stringify(space);
      const points = drawn.has(key) ? null : outline(space, model.dim, k, l);
      drawn.add(key);
      if (points) svg.append(element("polygon", { class: "set", points: points.map((p) => `${x.at(p[0])},${y.at(p[1])}`).join(" "), "fill-opacity": 0.6 }));
    });
    const place = (v) => [x.at(v[k]), y.at(v[l])];
    this.over = svg;
    if (n > CROWD) {
      this.#points();
      this.#handles(place);
    } else {
      model.people.forEach((_, i) => {
        const [tx, ty] = place(model.target(i));
        const action = this.action(i);
        if (!action || action.length !== model.dim || this.hidden) return;
        const [ax, ay] = place(action);
        svg.append(element("line", { class: "pull", stroke: colour(i), x1: tx, y1: ty, x2: ax, y2: ay }));
        const range = this.#range(i);
        if (range && (range.lower[k] !== range.upper[k] || range.lower[l] !== range.upper[l])) {
          const [lx, ly] = place(range.lower);
          const [ux, uy] = place(range.upper);
          svg.append(element("rect", { class: "range", stroke: colour(i), fill: "none", "stroke-width": 2, x: Math.min(lx, ux), y: Math.min(ly, uy), width: Math.abs(ux - lx), height: Math.abs(uy - ly) }));
        }
      });
      model.people.forEach((_, i) => {
        const action = this.action(i);
        if (action && action.length === model.dim && !this.hidden) svg.append(this.#mark("action", i, ...place(action)));
      });
      model.people.forEach((_, i) => svg.append(this.#mark("target", i, ...place(model.target(i)))));
    }
    this.#landed();
  }

  /** Where the receiver lands in the plane. */
  #landed() {
    const { answer, x, y, over: svg } = this;
    const [k, l] = this.coordinates;
    const place = (v) => [x.at(v[k]), y.at(v[l])];
    if (this.way) {
      svg.append(element("polyline", { class: "way", points: this.way.map((r) => place(r).join(",")).join(" ") }));
    }
    if (!answer || this.hidden) return;
    const truthful = answer.truthful ?? answer.welfare?.truthful_receiver;
    if (truthful) {
      const [px, py] = place(truthful);
      svg.append(element("circle", { class: "truthful", cx: px, cy: py, r: 8 }));
    }
    const [rx, ry] = place(answer.receiver);
    svg.append(element("path", { class: "receiver", d: `M${rx - 8} ${ry}h16M${rx} ${ry - 8}v16` }));
    svg.append(element("text", { x: rx + 10, y: ry - 8 }, "receiver"));
    ruleMarks(svg, this.ruled, place, [[rx - 8, ry - 8, rx + 8, ry + 8], [rx + 8, ry - 20, rx + 68, ry - 4]]);
  }

  /** A crowd's targets and actions as points. */
  #points() {
    const { model } = this;
    const [k, l] = this.coordinates;
    const actions = this.#actions();
    const layers = [{ of: model.targets(), m: model.dim, k, l, what: "targets" }];
    if (actions) layers.push({ of: actions, m: model.dim, k, l, what: "actions" });
    crowdInPlane(this.canvas, window.devicePixelRatio || 1, this.x, this.y, layers);
  }

  #guessMark(height) {
    const at = this.x.at(this.guess.at);
    const mark = element("path", { id: "guess", class: "guess", d: `M${at} ${height - 46}l-10 18h20z`, tabindex: 0, role: "slider", "aria-label": "Your guess: where the receiver lands", "aria-valuenow": this.guess.at });
    this.#draggable(mark, [at, height - 37], (px) => this.guess?.move(this.x.back(px)), (dx) => this.guess?.move(this.guess.at + dx * this.step(0)));
    this.svg.append(element("line", { stroke: "var(--c1)", "stroke-width": 2, "stroke-dasharray": "2 4", x1: at, x2: at, y1: 28, y2: height - 46 }), mark);
  }

  /** How far an arrow key moves. */
  step(axis) {
    const [low, high] = this.limits[axis] ?? this.limits[0];
    return 10 ** Math.floor(Math.log10((high - low) / 50));
  }

  #mark(kind, i, px, py) {
    const { model } = this;
    // Where it is now, also before that is drawn.
    const there = () => {
      if (kind === "target") return this.model.people[i] ? this.model.target(i) : null;
      const action = this.action(i);
      return action && [...action];
    };
    const now = there();
    const shape =
      kind === "target"
        ? element("circle", { cx: px, cy: py, r: 8, stroke: colour(i) })
        : element("rect", { x: px - 6, y: py - 6, width: 12, height: 12, rx: 2, fill: colour(i) });
    shape.id = `${kind}-${i}`;
    shape.setAttribute("class", kind);
    shape.setAttribute("tabindex", 0);
    shape.setAttribute("role", "slider");
    shape.setAttribute("aria-label", `${kind === "target" ? "Target" : "Action"} of ${model.name(i)}`);
    shape.setAttribute("aria-valuenow", now[0]);
    shape.setAttribute("aria-valuetext", `(${now.map((v) => label(v)).join(", ")})`);
    shape.append(element("title", {}, `${kind === "target" ? "target" : "action"} of ${model.name(i)}: ${now.map((v) => label(v)).join(", ")}`));
    const tell = (phase, x, y, input) => {
      const moved = there();
      if (!moved) {
        this.cancel();
        return;
      }
      const [k, l] = model.dim === 1 ? [0, null] : this.coordinates;
      const size = this.limits[0][1] - this.limits[0][0];
      moved[k] = tidy(x, size / 10);
      if (l !== null && y !== undefined) moved[l] = tidy(y, size / 10);
      this.dispatchEvent(new CustomEvent("move", { detail: { kind, i, to: moved, phase, input } }));
    };
    this.#draggable(
      shape,
      [px, py],
      (x, y, phase, input) => tell(phase, this.x.back(x), model.dim === 1 ? undefined : this.y.back(y), input),
      (dx, dy) => {
        const [k, l] = model.dim === 1 ? [0, 0] : this.coordinates;
        const from = there();
        if (from) tell("key", from[k] + dx * this.step(0), model.dim === 1 ? undefined : from[l] + dy * this.step(1));
      },
    );
    return shape;
  }

  /** By hand and by arrow keys. */
  #draggable(mark, at, to, byKeys) {
    const begin = (letGo) => {
      if (this.letGo || this.before) return false;
      this.letGo = letGo;
      this.freeze(true);
      return true;
    };
    const done = () => {
      this.letGo = null;
      this.freeze(false);
    };
    // Moves come as the hand makes them: the answer is on its way earlier.
    draggable(this.svg, mark, { at, begin, to, done, early: true });
    byArrows(mark, byKeys);
  }
}
