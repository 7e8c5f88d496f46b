// The server's questions, with the token of this page's address.

const token = new URLSearchParams(location.search).get("token") ?? sessionStorage.getItem("token") ?? "";
sessionStorage.setItem("token", token);

/** What the server refused: a message, and where it is known the line. */
export class Refused extends Error {
  constructor(told) {
    super(told.message + (told.help ? ` (${told.help})` : ""));
    this.line = told.line;
    this.column = told.column;
    /** Does the question not fit what it is asked of? */
    this.unfit = told.unfit === true;
  }
}

async function ask(path, body, kind, signal) {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${token}`, ...(kind ? { "Content-Type": kind } : {}) },
    body,
    signal,
  });
  if (response.ok) return response;
  if (response.status === 422) throw new Refused({ ...(await response.json()), unfit: true });
  throw new Refused({ message: (await response.text()).trim() || response.statusText });
}

const JSON_KIND = "application/json";
const json = async (path, value, signal) => (await ask(path, JSON.stringify(value), JSON_KIND, signal)).json();

export const start = async () => (await ask("/api/start")).json();
export const solve = (game) => json("/api/solve", game);
export const dynamics = (game, begin) => json("/api/dynamics", { game, start: begin ?? null });
export const parse = async (text) => (await ask("/api/parse", text, "text/plain")).json();
export const toml = async (game) => (await ask("/api/toml", JSON.stringify(game), JSON_KIND)).text();
export const mechanism = (game, rule, signal) => json("/api/mechanism", { game, rule }, signal);
export const audit = (how) => json("/api/audit", how);
export const slope = (what) => json("/api/slope", what);
export const refit = (what, signal) => json("/api/refit", what, signal);
export const labelMechanism = (by, rule, signal) => json("/api/label-mechanism", { by, rule }, signal);

/** The connection that stays open for moves, and who waits for its next answer: one question at a time. */
let live = null;
let waiting = null;

function listen() {
  const socket = new WebSocket(`ws://${location.host}/api/live`, ["big", token]);
  const answered = (data) => {
    const then = waiting;
    waiting = null;
    then?.(data);
  };
  socket.binaryType = "arraybuffer";
  socket.addEventListener("open", () => { live = socket; });
  socket.addEventListener("message", (event) => answered(event.data));
  socket.addEventListener("close", () => {
    if (live === socket) live = null;
    answered(null);
  });
}

/** The numbers of an answer: by the open connection, or by a request of its own where there is none. */
async function numbers(id, moves) {
  if (live && !waiting) {
    const data = await new Promise((then) => {
      waiting = then;
      live.send(JSON.stringify({ id, ...moves }));
    });
    if (data instanceof ArrayBuffer) return data;
    if (data !== null) throw new Refused(JSON.parse(data));
  }
  return (await ask(`/api/held/${id}`, JSON.stringify(moves), JSON_KIND)).arrayBuffer();
}

export async function hold(game) {
  if (!live) listen();
  return json("/api/hold", game);
}

/** The answer of a game that is held, after moves: numbers, in the order that the server documents. Of the answer before only what
 * differs is sent. */
export async function held(id, moves, before) {
  const since = before?.id === id ? before.number : undefined;
  const v = new Float64Array(await numbers(id, { ...moves, since }));
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
