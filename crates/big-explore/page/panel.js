// The influencers as cards: names, weights, targets; the set they choose from; where the receiver lands by itself.

import { COLOURS } from "./draw.js";
import { seen, tidy, value } from "./game.js";

/** Cards that are shown. */
const SHOWN = 40;

export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, content] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), content);
    else if (content === true) made.setAttribute(key, "");
    else if (content !== false && content !== undefined) made.setAttribute(key, content);
  }
  made.append(...children.map((child) => (typeof child === "string" ? seen(child) : child)));
  return made;
}

/** A slider with its number. `set(value, phase)` is called with "begin" before a change that is undone as one. */
function slide(words, now, [low, high], set, described) {
  const step = 10 ** Math.floor(Math.log10((high - low) / 200 || 1e-3));
  const range = make("input", { type: "range", min: low, max: high, step, value: now, "aria-label": described });
  const number = make("input", { type: "number", step: "any", value: now, "aria-label": `${described}, as a number` });
  let moving = false;
  let shown = now;
  // The slider reaches as far as what is typed.
  const reached = (to) => {
    range.min = Math.min(range.min, to);
    range.max = Math.max(range.max, to);
    range.value = to;
  };
  reached(now);
  range.addEventListener("input", () => {
    shown = tidy(Number(range.value), (high - low) / 10);
    number.value = shown;
    set(shown, moving ? "drag" : "begin");
    moving = true;
  });
  range.addEventListener("change", () => (moving = false));
  number.addEventListener("change", () => {
    const to = number.valueAsNumber;
    if (Number.isFinite(to)) {
      shown = to;
      reached(to);
      set(to, "begin");
    }
    // What is no number leaves things as they are.
    number.value = shown;
  });
  return make("label", { class: "slide" }, make("span", {}, words), range, number);
}

/** Sliders reach a little beyond what there is. */
function reach(values, least = 1) {
  const most = values.reduce((most, v) => Math.max(most, Math.abs(v)), least);
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
        make("button", { id: "drop", disabled: n < 2, onclick: () => model.drop() }, "Remove the last")),
      make("h2", {}, "Together"),
      ...this.#common(),
    );
    const focused = this.box.contains(document.activeElement) ? document.activeElement : null;
    this.box.replaceChildren(...cards);
    if (!focused) return;
    const named = focused.getAttribute("aria-label");
    const again = this.box.querySelector(focused.id ? `#${focused.id}` : `[aria-label="${CSS.escape(named ?? "")}"]`);
    (again && !again.disabled ? again : this.box.querySelector("#add")).focus({ preventScroll: true });
  }

  #card(one, i, targets, weights) {
    const { model } = this;
    const name = model.name(i);
    const field = make("input", {
      type: "text", value: name, "aria-label": `Name of influencer ${i + 1}`,
      onchange: (event) => model.rename(i, event.target.value),
    });
    const weight = model.weight(i);
    const parts = [make("header", {}, field)];
    if (typeof weight === "number") {
      parts.push(slide("weight", weight, weights, (to, phase) => this.#change(phase, (g) => (g.influencers[i].weight = to), { weight: [i, to] }), `Weight of ${name}`));
    } else {
      parts.push(make("p", { class: "small" }, "a matrix for a weight: see the game file"));
    }
    if (model.people.length > 2 && model.people.length <= SHOWN && this.#ticked) {
      const box = make("input", { type: "checkbox", checked: this.#ticked.includes(i), "aria-label": `${name} plays as one with others`, onchange: (event) => this.#ally(i, event.target.checked) });
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

  /** Who is ticked: the members of the coalition, or one who waits for a second. Null where ticks cannot say who plays as one: several
   *  coalitions, or shares. */
  get #ticked() {
    const { game } = this.model;
    const all = game.coalitions ?? [];
    if (all.length > 1 || all.some((one) => one.shares)) return null;
    if (!all.length) return game.influencers.includes(this.waiting) ? [game.influencers.indexOf(this.waiting)] : [];
    return all[0].members.map((m) => (typeof m === "number" ? m : this.model.people.findIndex((one) => one.name === m)));
  }

  #ally(i, ticked) {
    const others = this.#ticked.filter((j) => j !== i);
    const members = ticked ? [...others, i].sort((a, b) => a - b) : others;
    // One alone is no coalition: it waits for a second.
    this.waiting = members.length === 1 ? this.model.people[members[0]] : null;
    if (members.length < 2 && !this.model.game.coalitions) return;
    this.#change("begin", (g) => {
      if (members.length > 1) g.coalitions = [{ members }];
      else delete g.coalitions;
    }, {});
  }

  #common() {
    const { model } = this;
    const found = [];
    if (!this.#ticked) found.push(make("p", { class: "small" }, "Who plays as one is in the game file."));
    if (!model.isFinite && (model.game.loss ?? "squared_euclidean") === "squared_euclidean") {
      const costs = model.people.map((one) => value(one.lying_cost ?? 0));
      const now = costs.reduce((most, v) => Math.max(most, v), 0);
      const differ = costs.some((cost) => cost !== now);
      const set = (to, phase) =>
        this.#change(phase, (g) => g.influencers.forEach((one) => (to > 0 ? (one.lying_cost = to) : delete one.lying_cost)), {});
      found.push(slide(differ ? "cost of lying, at most" : "cost of lying", now, [0, 1], set, "Cost of lying of everybody"));
    }
    const space = model.game.action_space;
    const number = (words, key, bounds) => {
      const now = space[key];
      if (now === undefined || Array.isArray(now)) return;
      found.push(slide(words, value(now), bounds, (to, phase) => this.#change(phase, (g) => (g.action_space[key] = to), {}), words));
    };
    if (space) {
      const ends = [space.lower, space.upper, space.radius, space.scale].filter((v) => v !== undefined && !Array.isArray(v)).map(value);
      const size = ends.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
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
