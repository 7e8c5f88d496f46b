// The influencers as cards: names, weights, targets; the set they choose from; where the receiver lands by itself.

import { COLOURS } from "./draw.js";
import { tidy, value } from "./game.js";

/** Cards that are shown. */
const SHOWN = 40;

export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, content] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), content);
    else if (content === true) made.setAttribute(key, "");
    else if (content !== false && content !== undefined) made.setAttribute(key, content);
  }
  made.append(...children);
  return made;
}

/** A slider with its number. `set(value, phase)` is called with "begin" before a change that is undone as one. */
function slide(words, now, [low, high], set, described) {
  const step = 10 ** Math.floor(Math.log10((high - low) / 200 || 1e-3));
  const range = make("input", { type: "range", min: low, max: high, step, value: now, "aria-label": described });
  const number = make("input", { type: "number", step: "any", value: now, "aria-label": `${described}, as a number` });
  let moving = false;
  range.addEventListener("input", () => {
    const to = tidy(Number(range.value), (high - low) / 10);
    number.value = to;
    set(to, moving ? "drag" : "begin");
    moving = true;
  });
  range.addEventListener("change", () => (moving = false));
  number.addEventListener("change", () => {
    if (Number.isFinite(number.valueAsNumber)) set(number.valueAsNumber, "begin");
  });
  return make("label", { class: "slide" }, make("span", {}, words), range, number);
}

/** Sliders reach a little beyond what there is. */
function reach(values, least = 1) {
  const most = Math.max(least, ...values.map(Math.abs));
  const round = 10 ** Math.floor(Math.log10(most));
  const far = Math.ceil((1.25 * most) / round) * round;
  return [-far, far];
}

export class Panel {
  constructor(box, model) {
    this.box = box;
    this.model = model;
  }

  #change(phase, change, what) {
    if (phase !== "drag") this.model.begin();
    change(this.model.game);
    this.model.changed({ quiet: true, ...what });
  }

  /** Makes the cards anew: not while a slider is moved, which would take it out of the hand. */
  draw() {
    const { model } = this;
    const cards = [];
    const all = model.isCrowd ? [] : model.people.map((_, i) => model.target(i)).flat();
    const targets = reach(all);
    const weights = reach(model.isCrowd ? [1] : model.people.map((_, i) => model.weight(i)).filter((w) => typeof w === "number"), 0.1);
    model.people.slice(0, SHOWN).forEach((one, i) => cards.push(this.#card(one, i, targets, weights)));
    if (model.people.length > SHOWN) {
      cards.push(make("p", { class: "small" }, `… and ${model.people.length - SHOWN} more, in the game file`));
    }
    const n = model.people.length;
    cards.push(
      make("div", { class: "tools" }, make("button", { id: "add", onclick: () => this.#add() }, "Add an influencer"),
        make("button", { id: "drop", disabled: n < 2, onclick: () => model.edit((g) => g.influencers.pop()) }, "Remove the last")),
      make("h2", {}, "Together"),
      ...this.#common(),
    );
    const focused = this.box.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    this.box.replaceChildren(...cards);
    if (focused) this.box.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  #card(one, i, targets, weights) {
    const { model } = this;
    const name = model.name(i);
    const field = make("input", {
      type: "text", value: name, "aria-label": `Name of influencer ${i + 1}`,
      onchange: (event) => this.#change("begin", (g) => (g.influencers[i].name = event.target.value), {}),
    });
    const weight = model.weight(i);
    const parts = [make("header", {}, field)];
    if (typeof weight === "number") {
      parts.push(slide("weight", weight, weights, (to, phase) => this.#change(phase, (g) => (g.influencers[i].weight = to), { weight: [i, to] }), `Weight of ${name}`));
    } else {
      parts.push(make("p", { class: "small" }, "a matrix for a weight: see the game file"));
    }
    if (model.people.length > 2 && model.people.length <= SHOWN) {
      const box = make("input", { type: "checkbox", checked: this.#allied().includes(i), onchange: (event) => this.#ally(i, event.target.checked) });
      parts.push(make("label", { class: "small" }, box, " plays as one with the others who are ticked"));
    }
    model.target(i).slice(0, 6).forEach((now, k) => {
      const words = model.dim === 1 ? "target" : `target ${k}`;
      const set = (to, phase) =>
        this.#change(phase, (g) => (g.influencers[i].target[k] = to), { target: i });
      parts.push(slide(words, now, targets, set, `${words} of ${name}`));
    });
    return make("section", { class: "person", style: `--mark: var(--c${i % COLOURS})`, "aria-label": name }, ...parts);
  }

  /** Who plays as one: the first coalition of the game file. */
  #allied() {
    const members = this.model.game.coalitions?.[0]?.members ?? [];
    return members.map((m) => (typeof m === "number" ? m : this.model.people.findIndex((one) => one.name === m)));
  }

  #ally(i, ticked) {
    const members = ticked ? [...new Set([...(this.waiting ?? this.#allied()), i])].sort((a, b) => a - b) : (this.waiting ?? this.#allied()).filter((j) => j !== i);
    // One alone is no coalition: it waits for a second.
    this.waiting = members.length === 1 ? members : null;
    this.#change("begin", (g) => {
      if (members.length > 1) g.coalitions = [{ members }];
      else delete g.coalitions;
    }, {});
  }

  #common() {
    const { model } = this;
    const found = [];
    if (!model.isFinite && (model.game.loss ?? "squared_euclidean") === "squared_euclidean") {
      const now = value(model.people[0].lying_cost ?? 0);
      const set = (to, phase) =>
        this.#change(phase, (g) => g.influencers.forEach((one) => (to > 0 ? (one.lying_cost = to) : delete one.lying_cost)), {});
      found.push(slide("cost of lying", now, [0, 1], set, "Cost of lying of everybody"));
    }
    const space = model.game.action_space;
    const number = (words, key, bounds) => {
      const now = space[key];
      if (now === undefined || Array.isArray(now)) return;
      found.push(slide(words, value(now), bounds, (to, phase) => this.#change(phase, (g) => (g.action_space[key] = to), {}), words));
    };
    if (space) {
      const size = Math.abs(value([space.upper, space.radius, space.scale, 1].find((v) => v !== undefined && !Array.isArray(v))));
      const far = Math.max(2 * size, 0.1);
      number("lower end", "lower", [-far, far]);
      number("upper end", "upper", [-far, far]);
      number("radius", "radius", [0, far]);
      number("scale", "scale", [0, far]);
    }
    const bias = model.game.receiver?.bias ?? Array(model.dim).fill(0);
    bias.slice(0, 6).forEach((now, k) => {
      const set = (to, phase) =>
        this.#change(phase, (g) => {
          g.receiver ??= {};
          g.receiver.bias ??= Array(model.dim).fill(0);
          g.receiver.bias[k] = to;
        }, {});
      found.push(slide(model.dim === 1 ? "bias" : `bias ${k}`, value(now), reach([value(now)]), set, `Where the receiver lands by itself, ${k}`));
    });
    return found;
  }

  #add() {
    this.model.edit((game) => {
      const last = game.influencers.at(-1);
      const target = last.target.map((t) => tidy(-value(t) * 0.7 + 0.1));
      const added = { weight: Array.isArray(last.weight) ? last.weight : last.weight, target };
      if (last.action_space) added.action_space = structuredClone(last.action_space);
      if (game.influencers.some((one) => one.name !== undefined)) {
        let k = game.influencers.length + 1;
        while (game.influencers.some((one) => one.name === `new ${k}`)) k += 1;
        added.name = `new ${k}`;
      }
      game.influencers.push(added);
    });
  }
}
