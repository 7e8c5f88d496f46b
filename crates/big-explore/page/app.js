// The page: the game, its answer, and what is done with them.

import * as api from "./api.js";
import { AuditView } from "./audit.js";
import { label } from "./axes.js";
import { asText, decoded, encoded, saveFigure } from "./copy.js";
import { Stage } from "./draw.js";
import { Follower } from "./follow.js";
import { Model, seen, undrawable, value } from "./game.js";
import { make, Panel } from "./panel.js";
import { Rules } from "./rules.js";
import { scenes } from "./scenes.js";

const $ = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");

let waning = 0;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(waning);
  waning = setTimeout(() => ($("toast").textContent = ""), 4000);
}

// Without its beginning there is no page: why is all that is told.
const begun = await api.start().catch((error) => {
  $("verdict").textContent = error.message;
  $("verdict").className = "unfinished";
  throw error;
});
const first = begun.examples.find((e) => e.id === "example-1-same-side") ?? begun.examples[0];

/** The game of a text, if the page can draw it. */
async function read(text) {
  const game = await api.parse(text);
  const why = undrawable(game);
  if (why) throw new api.Refused({ message: `The page cannot draw this game: ${why}. big solve takes it.` });
  return game;
}

/** The game in the page's address; null where there is none. */
async function linked() {
  const text = new URLSearchParams(location.hash.slice(1)).get("g");
  if (!text) return null;
  try {
    return await read(JSON.stringify(decoded(text)));
  } catch (error) {
    toast(error instanceof api.Refused ? `The link holds no game that can be shown. ${error.message}` : "The link holds no game.");
    return null;
  }
}

async function opening() {
  const game = await linked();
  if (game) return game;
  try {
    return await read(begun.game ?? first.text);
  } catch (error) {
    toast(error.message);
    return read(first.text);
  }
}

const stage = new Stage($("stage"), $("crowd"));
const model = new Model(await opening());
const panel = new Panel($("people"), model);
let auditing = false;
const ofOneSimplex = () => {
  const spaces = model.isCrowd ? [model.game.action_space] : model.people.map((_, i) => model.space(i));
  return spaces.every((space) => space?.type === "simplex" && (space.scale ?? 1) === (spaces[0].scale ?? 1));
};
const rules = new Rules(begun.rules, (rule, signal) => api.mechanism(model.game, rule, signal), () => follower.answer && show(),
  (name) => name !== "moving_phantoms" || ofOneSimplex());
$("rules").append(make("p", {}, "What would other rules in the place of the receiver make of the same people, and what would a lie still gain?"), rules.element);
const audit = new AuditView($("audit"), stage, tell, begun.label_rules);

// --- the answer follows the game

const follower = new Follower(model, (error) => {
  clearTimeout(working);
  complain(error);
  soon();
}, () => {
  document.body.dataset.settled = String(Number(document.body.dataset.settled ?? 0) + 1);
});
let working = 0;

function follow(what) {
  follower.follow(what);
  if (follower.answer) return;
  trouble = null;
  // Of other people nothing is known yet, and the marks of those before are not theirs.
  stage.before = true;
  clearTimeout(working);
  working = setTimeout(() => {
    if (!follower.answer) show();
  }, 250);
}

/** What is wrong with the text in the editor, and with the game: the first is told beside the text. */
let mistake = null;
let trouble = null;
function complain(error) {
  trouble = error;
  const told = mistake ?? trouble;
  $("complaint").textContent = told ? (told.line ? `Line ${told.line}: ${told.message}` : told.message) : "";
}

let coming = 0;
/** Draws before the next frame is painted, once, whatever has changed by then. */
function soon() {
  coming ||= requestAnimationFrame(() => {
    coming = 0;
    show();
    // Whoever measures how long an answer takes from the hand to the screen listens to this.
    if (follower.answer) document.dispatchEvent(new CustomEvent("drawn", { detail: follower.answer }));
  });
}

/** What is seen, in words and numbers. */
function tell(verdict, numbers, legend) {
  const write = (node, told) => {
    const text = seen(told);
    if (node.textContent !== text) node.textContent = text;
  };
  if (verdict !== null) write($("verdict"), verdict);
  write($("legend"), legend);
  const rows = [...$("numbers").children];
  if (rows.length === numbers.length && rows.every((row, i) => row.firstChild.textContent === numbers[i][0])) {
    rows.forEach((row, i) => write(row.lastChild, numbers[i][1]));
  } else {
    $("numbers").replaceChildren(...numbers.map(([name, v]) => make("div", {}, make("dt", {}, name), make("dd", {}, v))));
  }
}

function show() {
  const { answer } = follower;
  if (auditing) return;
  stage.ruled = rules.marks();
  stage.way = null;
  stage.draw(model, answer);
  if (!answer) {
    tell(trouble ? trouble.message : "Working …", [], legend());
    $("verdict").className = trouble ? "unfinished" : "";
    return;
  }
  $("verdict").className = answer.status === "solved" || answer.status === undefined ? "" : "unfinished";
  tell(stage.hidden ? "Predict, then reveal." : words(answer), stage.hidden ? [] : facts(answer), legend());
}

function legend() {
  if (stage.hidden) return stage.guess ? "Circles are targets. Drag the triangle to where you think the receiver lands." : "Circles are targets.";
  const ruled = stage.ruled.length ? " Lettered diamonds: where other rules land." : "";
  return model.dim > 2
    ? `Circles: targets; squares: actions; cross: receiver; dashed: receiver if all told the truth; shaded: the range over all equilibria.${ruled} Two of the coordinates are shown.`
    : `Circles: targets (drag them, or use the arrow keys); squares: actions; dashed: the receiver if all told the truth; shaded: the range over all equilibria.${ruled}`;
}

function words(answer) {
  if (!answer.compact) return answer.verdict;
  const count = { unique: "One equilibrium", infinite: "Infinitely many equilibria", unknown: "One equilibrium or many" }[answer.cardinality];
  const who = answer.winners.length ? `${answer.winners.length} of ${answer.n} win` : `none of the ${answer.n} gets it where they want it`;
  return `${answer.status === "solved" ? count : "UNFINISHED"}; the receiver lands at ${vector(answer.receiver)}; ${who}.`;
}

const vector = (v) => (v.length === 1 ? label(v[0]) : `(${v.slice(0, 6).map(label).join(", ")}${v.length > 6 ? ", …" : ""})`);

function facts(answer) {
  const found = [["receiver", vector(answer.receiver)]];
  const truthful = answer.truthful ?? answer.welfare?.truthful_receiver;
  if (truthful) found.push(["if all told the truth", vector(truthful)]);
  if (answer.cardinality) found.push(["equilibria", answer.cardinality === "infinite" && answer.dimension ? `infinitely many (dimension ${answer.dimension})` : answer.cardinality]);
  if (answer.welfare) {
    found.push(["total loss", label(answer.welfare.equilibrium_cost)], ["at best", label(answer.welfare.optimal_cost)]);
    if (answer.welfare.price_of_anarchy != null) found.push(["price of anarchy", label(answer.welfare.price_of_anarchy)]);
  }
  if (answer.certificate) {
    found.push(["receiver proved within", label(Number(answer.certificate.receiver_error_bound.toPrecision(2)))], ["largest regret", label(Number(answer.certificate.max_regret.toPrecision(2)))]);
  }
  found.push(["answered in", `${answer.took.toFixed(1)} ms`]);
  return found;
}

// --- changes

let written = 0;
model.addEventListener("change", (event) => {
  const what = event.detail;
  stage.way = null;
  stop();
  own = what.typed === true;
  if (what.replaced) {
    stage.cancel();
    axes();
  }
  // A scene's secret is that of its own game.
  if (!what.scene) unveil();
  if (!what.chosen) put($("examples"), "selectedIndex", -1);
  if (!what.typed) {
    // The game is another one than that of the text that somebody was typing.
    reading += 1;
    unread = false;
    mistake = null;
  }
  if (!what.quiet) panel.draw();
  allow();
  clearTimeout(written);
  written = setTimeout(remember, 300);
  follow(what);
  // What is drawn of the rules goes with the next answer.
  rules.forget();
});

/** Sets what is not so yet: a browser lays out anew whatever is set. */
function put(element, key, value) {
  if (element[key] !== value) element[key] = value;
}

/** What can be done now; the keyboard does not fall off a button that cannot be pressed any more. */
function allow() {
  const focused = document.activeElement;
  const unplayable = model.isCrowd || model.isFinite;
  put($("undo"), "disabled", !model.canUndo);
  put($("redo"), "disabled", !model.canRedo);
  put($("play"), "disabled", unplayable || stage.hidden);
  put($("play"), "title", unplayable ? "For convex games of up to 300 influencers" : "");
  if (focused === $("undo") && focused.disabled) $("redo").focus();
  if (focused === $("redo") && focused.disabled) $("undo").focus();
}

/** Numbers that are written into the editor. */
const WRITTEN = 20_000;
let writing = 0;
/** Was the game typed, so that the text is as somebody wants it? */
let own = false;
/** The game in the address and in the editor. */
async function remember() {
  const address = `${location.pathname}${location.search}`;
  const link = encoded(model.game);
  history.replaceState(null, "", link ? `${address}#g=${link}` : address);
  if (unread || (own && document.activeElement === $("editor"))) return;
  const mine = ++writing;
  const long = model.people.length * (model.dim + 1) > WRITTEN;
  $("editor").readOnly = long;
  if (long) {
    $("editor").value = `# A game of ${model.people.length} influencers is too long to be edited here.\n# "Copy as TOML" takes it.\n`;
    return;
  }
  try {
    const text = await api.toml(model.game);
    // Whoever has begun to type in the meantime keeps what was typed.
    if (mine === writing && !unread) $("editor").value = text;
  } catch {
    // What is wrong with the game is said where it is solved.
  }
}

stage.addEventListener("move", (event) => {
  const { kind, i, to, phase, input } = event.detail;
  // A mark of the game before may be under the hand still.
  if (model.people[i]?.target.length !== model.dim) return;
  if (kind === "action") {
    if (phase === "end" || phase === "key") battle(i, to);
    return;
  }
  if (phase === "begin" || phase === "key") {
    model.begin();
    allow();
  }
  const target = model.game.influencers[i].target;
  to.forEach((v, k) => (target[k] = v));
  if (phase === "end") {
    panel.draw();
    remember();
  }
  model.changed({ quiet: phase !== "key", target: i, input });
  // The mark stays under the hand, whenever its answer comes.
  soon();
});

$("undo").addEventListener("click", () => model.undo());
$("redo").addEventListener("click", () => model.redo());
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches("textarea, input[type=text], input[type=number]")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) model.redo();
  else model.undo();
});

// --- best responses

let playing = new AbortController();
/** Ends what is played. */
function stop() {
  playing.abort();
}
/** Plays best responses: from the truth, or from the equilibrium with somebody at another action. */
async function battle(i, to) {
  const end = follower.answer;
  if (!end?.influencers || model.isCrowd || model.isFinite) return;
  stop();
  const { signal } = (playing = new AbortController());
  const at = model.people.map((_, j) => [...(stage.action(j) ?? model.target(j))]);
  if (i !== undefined) at[i] = to;
  let run;
  try {
    run = await api.dynamics(model.game, i === undefined ? null : at, signal);
  } catch (error) {
    if (!signal.aborted) toast(error.message);
    return;
  }
  if (signal.aborted) return;
  const actions = run.start.map((a) => [...a]);
  const shown = structuredClone({ ...end, influencers: end.influencers });
  const frames = run.steps.slice(0, 200);
  const way = [];
  const draw = (receiver) => {
    shown.influencers.forEach((row, j) => {
      row.action = actions[j];
      row.action_range = { lower: actions[j], upper: actions[j] };
    });
    shown.receiver = receiver;
    way.push(receiver);
    stage.way = way;
    stage.draw(model, shown);
  };
  draw(run.steps.length ? before(actions) : run.receiver);
  for (const step of frames) {
    if (!still.matches) await new Promise((done) => setTimeout(done, Math.max(40, 600 / Math.sqrt(frames.length))));
    if (signal.aborted) return;
    if (step.influencer === null || step.influencer === undefined) break;
    actions[step.influencer] = step.action;
    draw(step.receiver);
  }
  $("verdict").textContent = seen(`${run.verdict} ${frames.length} move${frames.length === 1 ? "" : "s"}.`);
}

/** Where the receiver is before the first move. */
function before(actions) {
  const at = model.game.receiver?.bias?.map(value) ?? Array(model.dim).fill(0);
  return at.map((b, k) => actions.reduce((sum, a, j) => {
    const w = model.weight(j);
    return sum + (Array.isArray(w) ? w[k].reduce((s, x, l) => s + value(x) * a[l], 0) : w * a[k]);
  }, b));
}

$("play").addEventListener("click", () => battle());

// --- coordinates

/** Coordinates that are listed to choose from. */
const LISTED = 200;
function axes() {
  const d = model.dim;
  stage.coordinates = [0, Math.min(1, d - 1)];
  if (d <= 2) {
    $("axes").replaceChildren();
    return;
  }
  const choose = (at, words) => {
    const select = d > LISTED
      ? make("input", { type: "number", min: 0, max: d - 1, value: at, "aria-label": `${words}: coordinate from 0 to ${d - 1}` })
      : make("select", { "aria-label": words }, ...Array.from({ length: d }, (_, k) => make("option", { value: k, selected: k === at }, `coordinate ${k}`)));
    select.addEventListener("change", () => {
      stage.cancel();
      panel.draw();
      const chosen = Math.max(0, Math.min(d - 1, Math.round(Number(select.value)) || 0));
      select.value = chosen;
      stage.coordinates[at] = chosen;
      show();
    });
    return make("label", {}, `${words} `, select);
  };
  $("axes").replaceChildren(choose(0, "across"), choose(1, "up"));
}

// --- catalogue, editor, sharing, tabs

$("examples").append(...begun.examples.map((e) => make("option", { value: e.id, selected: e.id === first.id }, e.title)));
$("examples").addEventListener("change", async () => {
  const chosen = begun.examples.find((e) => e.id === $("examples").value);
  const mine = ++reading;
  try {
    const game = await read(chosen.text);
    if (mine === reading) model.replace(game, { chosen: true });
  } catch (error) {
    toast(error.message);
  }
});

addEventListener("hashchange", async () => {
  const mine = ++reading;
  const game = await linked();
  if (game && mine === reading) model.replace(game);
});

// The address is the game's.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("stage").focus();
});

let typed = 0;
/** Which text is being read, and does the editor hold one that is not the game's? */
let reading = 0;
let unread = false;
$("editor").addEventListener("input", () => {
  clearTimeout(typed);
  unread = true;
  const mine = ++reading;
  typed = setTimeout(async () => {
    try {
      const game = await read($("editor").value);
      if (mine !== reading) return;
      unread = false;
      mistake = null;
      model.replace(game, { typed: true });
    } catch (error) {
      if (mine !== reading) return;
      mistake = error;
      complain(trouble);
    }
  }, 200);
});

$("share").addEventListener("click", async (event) => {
  const { copy, save } = event.target.dataset;
  if (!copy && !save) return;
  fold();
  if (save) return saveFigure(save, $("stage"), $("crowd"));
  let text;
  try {
    text = await asText(copy, model.game);
  } catch (error) {
    toast(error.message);
    return;
  }
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    // Without a clipboard it is shown to be copied by hand.
    select("tab-file");
    $("editor").value = text;
    $("editor").focus();
    $("editor").select();
  }
});
$("share").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("share").open) fold();
});
function fold() {
  $("share").open = false;
  $("share").firstElementChild.focus();
}

const tabs = [...document.querySelectorAll("[role=tab]")];
function select(id) {
  for (const tab of tabs) {
    const chosen = tab.id === id;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  auditing = audit.shown = id === "tab-audit";
  if (auditing) stop();
  $("axes").hidden = $("responses").hidden = auditing;
  if (auditing) audit.draw();
  else show();
  if (id === "tab-file") remember();
}
for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab.id));
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const there = tabs.filter((t) => !t.hidden);
    const next = there[(there.indexOf(tab) + by + there.length) % there.length];
    next.focus();
    select(next.id);
  });
}

/** Shows what a scene hides. */
function unveil() {
  stage.hidden = false;
  stage.guess = null;
}

scenes($("scenes"), (game) => {
  const guess = { at: 0.5, move: (to) => ((guess.at = Math.max(stage.x.low, Math.min(stage.x.high, to))), stage.draw(model, follower.answer)) };
  stage.hidden = true;
  stage.guess = game.influencers[0].target.length === 1 ? guess : null;
  model.replace(game, { scene: true });
  return {
    /** How far off the guess was; null where the game is not the scene's any more. */
    reveal: () => {
      if (!stage.hidden) return null;
      const { answer } = follower;
      const off = stage.guess && answer ? `Your guess was off by ${label(Number(Math.abs(guess.at - answer.receiver[0]).toPrecision(2)))}. ` : "";
      stage.hidden = false;
      allow();
      show();
      return off;
    },
  };
});

if (begun.table) {
  $("tab-audit").hidden = false;
  select("tab-audit");
  audit.open(begun.table);
}

new ResizeObserver(() => (auditing ? audit.draw() : show())).observe($("canvasbox"));
matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", () => show());

panel.draw();
axes();
allow();
remember();
follow({ replaced: true });
