// The answer follows the game: one question at a time, always about the newest game.

import * as api from "./api.js";

/** How long a question goes on once there is a newer one about the same people, in milliseconds. */
const PATIENCE = 1000;

export class Follower {
  /** The newest answer about the people that are there; null where there is none. */
  answer = null;
  #asking = null;
  #stale = false;
  /** Which people it is about: what was asked of others is dropped. */
  #people = 0;
  /** When the hand moved last, as the browser tells it. */
  #newest = 0;
  /** The crowd that the server holds, and what has changed since it was sent. */
  #kept = null;

  /** `told(error)` is called whenever there is an answer, or an error in its place; `done()` when nothing is left to ask. */
  constructor(model, told, done) {
    Object.assign(this, { model, told, done, shape: "" });
  }

  /** Something changed. */
  follow(what = {}) {
    const { model } = this;
    this.#newest = what.input ?? this.#newest;
    const moved = what.target !== undefined || what.weight !== undefined;
    if (what.replaced || !moved) {
      this.#kept = null;
    } else if (this.#kept) {
      if (what.weight) this.#kept.weights.set(...what.weight);
      else this.#kept.targets.set(what.target, model.target(what.target));
    }
    const shape = `${model.people.length} ${model.dim}`;
    const other = what.replaced || shape !== this.shape;
    this.shape = shape;
    if (other) {
      this.#people += 1;
      this.answer = null;
    }
    this.#stale = true;
    const asking = this.#asking;
    if (!asking) this.#run();
    else if (other) asking.stop.abort();
    else setTimeout(() => this.#stale && this.#asking === asking && asking.stop.abort(), asking.begun + PATIENCE - performance.now());
  }

  async #run() {
    while (this.#stale) {
      this.#stale = false;
      const [people, input] = [this.#people, this.#newest];
      const asking = (this.#asking = { begun: performance.now(), stop: new AbortController() });
      let answer = null;
      let error = null;
      try {
        answer = await this.#solved(asking.stop.signal);
      } catch (found) {
        error = found;
      }
      if (people !== this.#people || (this.#stale && !answer)) continue;
      if (answer) Object.assign(answer, { took: performance.now() - asking.begun, input });
      this.answer = answer;
      this.told(error);
    }
    this.#asking = null;
    this.done();
  }

  /** The answer; null where the game became another one before it was asked for. */
  async #solved(signal) {
    const { model } = this;
    if (!model.isCrowd) return api.solve(model.game, signal);
    if (!this.#kept) {
      const kept = (this.#kept = { targets: new Map(), weights: new Map() });
      try {
        kept.id = (await api.hold(model.game, signal)).id;
      } catch (error) {
        if (this.#kept === kept && !error.unfit) this.#kept = null;
        // What is not kept is sent anew at every move.
        if (!error.unfit) throw error;
      }
      if (this.#kept !== kept) return null;
    }
    const { id, targets, weights } = this.#kept;
    if (id === undefined) return api.solve(model.game, signal);
    try {
      return await api.held(id, { targets: [...targets], weights: [...weights] }, this.answer, signal);
    } catch (error) {
      // The server keeps some games, not all that were ever sent.
      if (!error.gone) throw error;
      this.#kept = null;
      return this.#solved(signal);
    }
  }
}
