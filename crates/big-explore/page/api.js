// The server's questions, with the token of this page's address.

/** What `of` makes of what this browser keeps for its tabs; null where it keeps nothing. */
function storage(of) {
  try {
    return of(localStorage);
  } catch {
    return null;
  }
}

const kept = storage((all) => all.getItem("token")) ?? "";
const given = new URLSearchParams(location.search).get("token") ?? "";
let token = /^[0-9a-f]+$/.test(given) ? given : kept;

/** What the server refused: a message, and where it is known the line. */
export class Refused extends Error {
  constructor(told) {
    super(told.message + (told.help ? ` (${told.help})` : ""));
    this.line = told.line;
    this.column = told.column;
    /** Does the question not fit what it is asked of? */
    this.unfit = told.unfit === true;
    /** Is what it is asked of not there any more? */
    this.gone = told.gone === true;
    /** Has the page no key? */
    this.locked = told.locked === true;
  }
}

async function ask(path, body, kind, signal) {
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers: { Authorization: `Bearer ${token}`, ...(kind ? { "Content-Type": kind } : {}) },
      body,
      signal,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused({ message: "The program that serves this page does not answer. Is it still running?" });
  }
  if (response.ok) return response;
  switch (response.status) {
    case 401:
    case 403:
      throw new Refused({ locked: true, message: "This page has no key, or that of an earlier run. Open the address that big explore printed when it started." });
    case 413:
      throw new Refused({ message: "This is longer than what the page sends (64 MiB): solve it on the command line." });
    case 422:
      throw new Refused({ ...(await response.json()), unfit: true });
    default:
      throw new Refused({ message: (await response.text()).trim() || response.statusText, gone: response.status === 404 });
  }
}

const JSON_KIND = "application/json";
const json = async (path, value, signal) => (await ask(path, JSON.stringify(value), JSON_KIND, signal)).json();

export async function start() {
  let response;
  try {
    response = await ask("/api/start");
  } catch (error) {
    if (!error.locked || !kept || kept === token) throw error;
    token = kept;
    response = await ask("/api/start");
  }
  // For other tabs of this browser, into which a link without it may be opened.
  storage((all) => all.setItem("token", token));
  return response.json();
}
export const solve = (game, signal) => json("/api/solve", game, signal);
export const dynamics = (game, begin, signal) => json("/api/dynamics", { game, start: begin ?? null }, signal);
export const parse = async (text) => (await ask("/api/parse", text, "text/plain")).json();
export const toml = async (game) => (await ask("/api/toml", JSON.stringify(game), JSON_KIND)).text();
export const mechanism = (game, rule, signal) => json("/api/mechanism", { game, rule }, signal);
export const audit = (how) => json("/api/audit", how);
export const slope = (what) => json("/api/slope", what);
export const refit = (what, signal) => json("/api/refit", what, signal);
export const labelMechanism = (by, rule, signal) => json("/api/label-mechanism", { by, rule }, signal);

/** The connection that stays open for moves; the one that is being opened; and who waits for its next answer: one question at a time. */
let live = null;
let opening = null;
let waiting = null;
/** Not before so long after it was tried last is a connection tried again, in milliseconds. */
const AGAIN = 2000;
let tried = -AGAIN;

function listen() {
  if (live || opening || performance.now() - tried < AGAIN) return;
  tried = performance.now();
  const socket = (opening = new WebSocket(`ws://${location.host}/api/live`, ["big", token]));
  const answered = (data) => {
    if (waiting?.socket !== socket) return;
    const { then } = waiting;
    waiting = null;
    then(data);
  };
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => {
    live = socket;
    opening = null;
  });
  socket.addEventListener("message", (event) => answered(event.data));
  socket.addEventListener("close", () => {
    if (live === socket) live = null;
    if (opening === socket) opening = null;
    answered(null);
  });
}

/** The numbers of an answer: by the open connection, or by a request of its own where there is none. */
async function numbers(id, moves, signal) {
  listen();
  if (live && !waiting) {
    const socket = live;
    const data = await new Promise((then) => {
      waiting = { socket, then };
      // Whoever hangs up waits no longer: the server ends what it does.
      signal.addEventListener("abort", () => {
        if (waiting?.then !== then) return;
        waiting = null;
        live = null;
        tried = -AGAIN;
        socket.close();
        then(null);
      });
      socket.send(JSON.stringify({ id, ...moves }));
    });
    signal.throwIfAborted();
    if (data instanceof ArrayBuffer) return data;
    if (data !== null) throw new Refused(JSON.parse(data));
  }
  return (await ask(`/api/held/${id}`, JSON.stringify(moves), JSON_KIND, signal)).arrayBuffer();
}

export async function hold(game, signal) {
  listen();
  return json("/api/hold", game, signal);
}

/** The answer of a game that is held, after moves: numbers, in the order that the server documents. Of the answer before only what
 * differs is sent. */
export async function held(id, moves, before, signal) {
  const since = before?.id === id ? before.number : undefined;
  const v = new Float64Array(await numbers(id, { ...moves, since }, signal));
  const [d, m, n] = v;
  let at = 11;
  const take = (count) => v.subarray(at, (at += count));
  const receiver = [...take(d)];
  const truthful = [...take(d)];
  const winners = [...take(v[7])];
  let actions;
  if (at + n * m === v.length && v[10] === n) {
    actions = take(n * m);
  } else {
    actions = before.actions.slice();
    for (let told = v[10]; told > 0; told -= 1) {
      const i = v[at];
      actions.set(v.subarray(at + 1, at + 1 + m), i * m);
      at += 1 + m;
    }
  }
  return {
    compact: true, id, number: v[9], n, d, m,
    status: v[3] < 0 ? "unfinished" : "solved",
    cardinality: ["unknown", "unique", "infinite"][Math.max(v[3], 0)],
    certificate: { duality_gap: v[4], receiver_error_bound: v[5], max_regret: v[6] },
    milliseconds: v[8],
    receiver, truthful, winners, actions,
    /** How many act otherwise than in the answer before. */
    changed: v[10],
  };
}
