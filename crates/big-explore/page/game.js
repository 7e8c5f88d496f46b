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

/** A text as it is shown: what turns the direction of writing, or is not seen, is written out. */
export function seen(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/gu,
    (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/** Why the page cannot draw a game, though it is one; null where it can. */
export function undrawable(game) {
  const people = game?.influencers;
  if (people?.file !== undefined) return "its influencers are in a table of their own";
  if (!Array.isArray(people) || people.length === 0) return "it lists no influencers";
  if (!people.every((one) => Array.isArray(one?.target) && one.target.length > 0 && one.weight !== undefined)) return "not everybody has a weight and a target";
  return null;
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

  /** Takes the last influencer away, and out of its coalition. */
  drop() {
    this.edit((game) => {
      const gone = game.influencers.pop();
      const at = game.influencers.length;
      const coalitions = (game.coalitions ?? []).map(({ members, shares, ...rest }) => {
        const stays = members.map((m) => m !== at && (gone.name === undefined || m !== gone.name));
        const kept = (all) => all.filter((_, k) => stays[k]);
        return { ...rest, members: kept(members), ...(shares ? { shares: kept(shares) } : {}) };
      });
      this.#allied(game, coalitions);
    });
  }

  /** Gives an influencer a name, also where a coalition calls it by the old one. */
  rename(i, name) {
    this.edit((game) => {
      const old = game.influencers[i].name;
      game.influencers[i].name = name;
      const coalitions = (game.coalitions ?? []).map((one) => ({ ...one, members: one.members.map((m) => (m === old ? name : m)) }));
      this.#allied(game, coalitions);
    });
  }

  /** One alone is no coalition. */
  #allied(game, coalitions) {
    const left = coalitions.filter((one) => one.members.length > 1);
    if (left.length) game.coalitions = left;
    else delete game.coalitions;
  }

  edit(change) {
    this.begin();
    change(this.game);
    this.changed();
  }

  replace(game, how = {}) {
    this.begin();
    this.game = game;
    this.changed({ ...how, replaced: true });
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
