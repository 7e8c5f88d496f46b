// The server's questions, with the token of this page's address.

const token = new URLSearchParams(location.search).get("token") ?? sessionStorage.getItem("token") ?? "";
sessionStorage.setItem("token", token);

/** What the server refused: a message, and where it is known the line. */
export class Refused extends Error {
  constructor(told) {
    super(told.message + (told.help ? ` (${told.help})` : ""));
    this.line = told.line;
    this.column = told.column;
  }
}

async function ask(path, body, kind) {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${token}`, ...(kind ? { "Content-Type": kind } : {}) },
    body,
  });
  if (response.ok) return response;
  if (response.status === 422) throw new Refused(await response.json());
  throw new Refused({ message: (await response.text()).trim() || response.statusText });
}

const JSON_KIND = "application/json";
const json = async (path, value) => (await ask(path, JSON.stringify(value), JSON_KIND)).json();

export const start = async () => (await ask("/api/start")).json();
export const solve = (game) => json("/api/solve", game);
export const dynamics = (game, begin) => json("/api/dynamics", { game, start: begin ?? null });
export const parse = async (text) => (await ask("/api/parse", text, "text/plain")).json();
export const toml = async (game) => (await ask("/api/toml", JSON.stringify(game), JSON_KIND)).text();
export const hold = (game) => json("/api/hold", game);
export const audit = (how) => json("/api/audit", how);

/** The answer of a game that is held, after moves: numbers, in the order that the server documents. */
export async function held(id, moves) {
  const body = await (await ask(`/api/held/${id}`, JSON.stringify(moves), JSON_KIND)).arrayBuffer();
  const v = new Float64Array(body);
  const [d, m, n] = v;
  let at = 9;
  const take = (count) => v.subarray(at, (at += count));
  return {
    compact: true, n, d, m,
    status: v[3] < 0 ? "unfinished" : "solved",
    cardinality: ["unknown", "unique", "infinite"][Math.max(v[3], 0)],
    certificate: { duality_gap: v[4], receiver_error_bound: v[5], max_regret: v[6] },
    milliseconds: v[8],
    receiver: [...take(d)],
    truthful: [...take(d)],
    actions: take(n * m),
    losses: take(n),
    winners: [...take(v[7])],
  };
}
