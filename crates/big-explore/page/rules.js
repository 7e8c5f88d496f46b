// Rules in the place of the receiver, or of the estimate, side by side: asked for one by one, and only while somebody looks.

import { label } from "./axes.js";
import { make } from "./panel.js";

const HEAD = [
  ["rule", ""],
  ["outcome", "what the rule makes of honest reports"],
  ["truth is best", "is the truth best for everybody, whatever the others say?"],
  ["largest gain from a lie", "the most that anybody gains while all others are honest: what was found, and a proven bound where there is one"],
  ["battle ends", "where the battle over the rule ends, and how far that is from the honest outcome"],
  ["efficiency", "under honest noise, the mean's squared error over the rule's: 1 for the mean"],
  ["breakdown", "the share of the weight that can carry the outcome away without bound"],
];
const PROOF = { proved: "proved", no: "no", unknown: "not known" };

const digits = (x) => label(Number(x.toPrecision(3)));
const vector = (v) => (v.length === 1 ? digits(v[0]) : `(${v.slice(0, 4).map(digits).join(", ")}${v.length > 4 ? ", …" : ""})`);
const words = (name) => name.replaceAll("_", " ");

/** A panel for the rules of one thing: `all` of them by name, of which those count that `fits(name)` (now), `ask(name, signal)` for one, and
 *  `shown(marks)` when what is drawn changes. */
export class Rules {
  #asked = null;
  #version = 0;

  constructor(all, ask, shown, fits = () => true) {
    Object.assign(this, { all, ask, shown, fits });
    this.rows = new Map();
    this.body = make("tbody", { role: "rowgroup" });
    this.said = make("p", { class: "small", role: "status" });
    this.inFigure = make("input", { type: "checkbox", checked: true, onchange: () => this.shown() });
    this.go = make("button", { onclick: () => this.measure() }, "Measure the rules");
    // The roles are said, since a table that is laid out as cards is none to a browser.
    const head = HEAD.map(([name, title]) => make("th", { scope: "col", role: "columnheader", title }, name));
    this.element = make("div", { class: "rules" },
      make("div", { class: "tools" }, this.go, make("label", {}, this.inFigure, " outcomes in the figure")), this.said,
      this.region = make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Rules side by side" },
        make("table", { role: "table" }, make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)), this.body)));
    this.forget();
  }

  get names() {
    return this.all.filter((name) => this.fits(name));
  }

  /** What was measured is of something that is not there any more. */
  forget() {
    this.#asked?.abort();
    this.#version += 1;
    const stale = this.rows.size > 0;
    this.rows.clear();
    this.#draw();
    this.go.disabled = false;
    this.said.textContent = stale ? "It has changed: measure again." : "Each rule is measured by itself, within 20 seconds; the answer above does not wait for it.";
    if (stale) this.shown();
  }

  async measure() {
    this.forget();
    const version = this.#version;
    const asked = new AbortController();
    this.#asked = asked;
    const focused = document.activeElement === this.go;
    this.go.disabled = true;
    // The keyboard stays at the rules.
    if (focused) this.region.focus({ preventScroll: true });
    const names = this.names;
    for (const [at, name] of names.entries()) {
      this.said.textContent = `Measuring ${words(name)}: ${at + 1} of ${names.length} …`;
      let row;
      try {
        const found = await this.ask(name, asked.signal);
        const measured = found.mechanisms?.[0];
        row = measured ? { ...measured, names: found.names } : { error: found.message ?? "there is no estimate" };
      } catch (error) {
        row = { error: error.message };
        // What no rule is for is said once.
        if (version === this.#version && error.unfit) {
          this.go.disabled = false;
          this.said.textContent = error.message;
          return;
        }
      }
      // The game may be another one by now.
      if (version !== this.#version) return;
      this.rows.set(name, row);
      this.#draw();
      this.shown();
    }
    this.go.disabled = false;
    this.said.textContent = `${this.rows.size} rules measured.`;
  }

  /** The outcomes that are drawn: a name, a place, and where the battle over it ends. */
  marks() {
    if (!this.inFigure.checked) return [];
    return [...this.rows].filter(([, row]) => row.outcome).map(([name, row], i) => ({ name: words(name), letter: String.fromCharCode(65 + i), at: row.outcome }));
  }

  #draw() {
    const letters = new Map([...this.rows].filter(([, row]) => row.outcome).map(([name], i) => [name, String.fromCharCode(65 + i)]));
    this.body.replaceChildren(...this.names.map((name) => {
      const row = this.rows.get(name);
      const head = make("th", { scope: "row", role: "rowheader" }, `${letters.has(name) ? `${letters.get(name)} ` : ""}${words(name)}`);
      if (!row) return make("tr", { role: "row" }, head, make("td", { colspan: HEAD.length - 1, role: "cell", class: "small" }, "not measured"));
      if (row.error) return make("tr", { role: "row" }, head, make("td", { colspan: HEAD.length - 1, role: "cell" }, row.error));
      const gain = row.largest_gain;
      const who = gain.influencer === null ? "none found" : `${digits(gain.found)} by ${row.names[gain.influencer]}`;
      const ends = row.equilibrium ? `${vector(row.equilibrium.receiver)}, ${digits(row.distortion ?? 0)} away` : "not known";
      return make("tr", { role: "row" }, head, ...[vector(row.outcome), PROOF[row.strategyproof], gain.bound === undefined ? who : `${who}; at most ${digits(gain.bound)}`, ends,
        row.efficiency == null ? "–" : digits(row.efficiency), digits(row.breakdown)].map((cell, k) => make("td", { role: "cell", "data-label": HEAD[k + 1][0] }, cell)));
    }));
  }
}
