// What a report does to the estimate: to first order at once, and by a refit behind it.

import { refit, slope } from "./api.js";

/** A refit begins when the hand has rested for so long, in milliseconds. */
const REST = 120;

/** What is known of one annotator's report; `changed` is called whenever more is. */
export class Report {
  #waiting = 0;
  #asked = null;
  #closed = false;

  constructor(by, annotator, start, along, changed) {
    Object.assign(this, { by, annotator, start, along, changed });
    this.now = [...start];
    this.slope = null;
    /** The refit at `now`; null as long as there is none. */
    this.refitted = null;
    this.state = "waiting";
    this.#open();
  }

  async #open() {
    try {
      this.slope = await slope({ by: this.by, annotator: this.annotator, report: this.start, along: this.along });
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#closed) return;
    this.changed();
    this.#refit(0);
  }

  #fail(error) {
    this.state = "failed";
    this.message = error.message;
    this.changed();
  }

  /** Where the estimate goes to first order; null before the server has said how. */
  get first() {
    if (!this.slope) return null;
    return this.slope.at.map((v, j) => this.along.reduce((sum, k, a) => sum + this.slope.along[a][j] * (this.now[k] - this.start[k]), v));
  }

  /** The report is another one: what was asked about the last one is of no use any more. */
  set(to) {
    this.now = to;
    this.#refit(REST);
    this.changed();
  }

  #refit(rest) {
    this.#asked?.abort();
    clearTimeout(this.#waiting);
    this.refitted = null;
    this.state = "waiting";
    this.#waiting = setTimeout(() => this.#ask(), rest);
  }

  async #ask() {
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const found = await refit({ by: this.by, annotator: this.annotator, report: this.now }, asked.signal);
      if (asked.signal.aborted) return;
      this.refitted = found;
      this.state = "done";
      this.changed();
    } catch (error) {
      if (!asked.signal.aborted) this.#fail(error);
    }
  }

  /** Nobody looks at it any more. */
  close() {
    this.#closed = true;
    this.#asked?.abort();
    clearTimeout(this.#waiting);
    this.changed = () => {};
  }
}
