// The game that is looked at: the game file as JSON, with undo.

/** A number of a game file: a number, or a text such as "1/3". */
export function value(x) {
  if (typeof x === "number") return x;
  const [over, under] = String(x).split("/");
  return under === undefined ? Number(over) : Number(over) / Number(under);
}

/** A number that people would write: three digits below the scale. */
export function tidy(x, scale = 1) {
  const step = 10 ** (Math.floor(Math.log10(scale || 1)) - 2);
  const digits = Math.max(0, Math.min(12, -Math.floor(Math.log10(step))));
  return Number((Math.round(x / step) * step).toFixed(digits));
}

export const copyOf = (x) => structuredClone(x);

/** Rows beyond which the game is held by the server, and drawn as a crowd. */
export const CROWD = 300;

export class Model extends EventTarget {
  #past = [];
  #future = [];
  #targets = null;

  constructor(game) {
    super();
    this.game = game;
  }

  get people() {
    return this.game.influencers;
  }

  get dim() {
    return this.people[0]?.target.length ?? this.game.receiver?.bias?.length ?? 1;
  }

  get isCrowd() {
    return this.people.length > CROWD;
  }

  name(i) {
    return this.people[i].name ?? String(i + 1);
  }

  target(i) {
    return this.people[i].target.map(value);
  }

  /** Everybody's target, one after the other. */
  targets() {
    this.#targets ??= Float64Array.from(this.people.flatMap((one) => one.target), value);
    return this.#targets;
  }

  weight(i) {
    const w = this.people[i].weight;
    return Array.isArray(w) ? w : value(w);
  }

  space(i) {
    return this.people[i].action_space ?? this.game.action_space;
  }

  /** Is every action the mean of items? */
  get isFinite() {
    return this.people.some((_, i) => this.space(i)?.type === "finite");
  }

  /** Remembers the game before a change that undo takes back as one. */
  begin() {
    this.#past.push(copyOf(this.game));
    if (this.#past.length > 100) this.#past.shift();
    this.#future = [];
  }

  /** Says that something changed; what, so that a crowd need not be sent again. */
  changed(what = {}) {
    if (what.replaced || what.target === undefined) this.#targets = null;
    else this.#targets?.set(this.target(what.target), what.target * this.dim);
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }

  edit(change) {
    this.begin();
    change(this.game);
    this.changed();
  }

  replace(game) {
    this.begin();
    this.game = game;
    this.changed({ replaced: true });
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  undo() {
    if (!this.canUndo) return;
    this.#future.push(this.game);
    this.game = this.#past.pop();
    this.changed({ replaced: true });
  }

  redo() {
    if (!this.canRedo) return;
    this.#past.push(this.game);
    this.game = this.#future.pop();
    this.changed({ replaced: true });
  }
}
