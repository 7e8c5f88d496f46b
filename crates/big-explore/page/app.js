// The page: the game, its answer, and what is done with them.

import * as api from "./api.js";
import { AuditView } from "./audit.js";
import { label } from "./axes.js";
import { asText, decoded, encoded, saveFigure } from "./copy.js";
import { Stage } from "./draw.js";
import { Model } from "./game.js";
import { make, Panel } from "./panel.js";
import { Rules } from "./rules.js";
import { scenes } from "./scenes.js";

const $ = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");

const begun = await api.start();
const first = begun.examples.find((e) => e.id === "example-1-same-side") ?? begun.examples[0];

async function opening() {
  const linked = new URLSearchParams(location.hash.slice(1)).get("g");
  if (linked) {
    try {
      return decoded(linked);
    } catch {
      toast("The link holds no game.");
    }
  }
  try {
    return await api.parse(begun.game ?? first.text);
  } catch (error) {
    complain(error);
    return api.parse(first.text);
  }
}

const stage = new Stage($("stage"), $("crowd"));
const model = new Model(await opening());
const panel = new Panel($("people"), model);
let answer = null;
let auditing = false;
const ofOneSimplex = () => {
  const spaces = model.isCrowd ? [model.game.action_space] : model.people.map((_, i) => model.space(i));
  return spaces.every((space) => space?.type === "simplex" && (space.scale ?? 1) === (spaces[0].scale ?? 1));
};
const rules = new Rules(begun.rules, (rule, signal) => api.mechanism(model.game, rule, signal), () => show(),
  (name) => name !== "moving_phantoms" || ofOneSimplex());
$("rules").append(make("p", {}, "What would other rules in the place of the receiver make of the same people, and what would a lie still gain?"), rules.element);
const audit = new AuditView($("audit"), stage, tell, begun.label_rules);

// --- the answer follows the game: one question at a time, always about the newest game

let asking = false;
let stale = false;
/** When the hand moved last, as the browser tells it. */
let newest = 0;
let kept = null;
let moves = { targets: [], weights: [] };

async function follow(what = {}) {
  newest = what.input ?? newest;
  if (what.replaced || (!what.target && what.target !== 0 && !what.weight)) kept = null;
  else if (model.isCrowd && kept) {
    if (what.weight) moves.weights = [...moves.weights.filter(([i]) => i !== what.weight[0]), what.weight];
    else moves.targets = [...moves.targets.filter(([i]) => i !== what.target), [what.target, model.target(what.target)]];
  }
  stale = true;
  if (asking) return;
  asking = true;
  while (stale) {
    stale = false;
    const asked = performance.now();
    const input = newest;
    try {
      answer = await solved();
      answer.took = performance.now() - asked;
      answer.input = input;
      complain(null);
    } catch (error) {
      answer = null;
      complain(error);
    }
    soon();
  }
  asking = false;
  document.body.dataset.settled = String(Number(document.body.dataset.settled ?? 0) + 1);
}

async function solved() {
  if (!model.isCrowd) return api.solve(model.game);
  if (!kept) {
    moves = { targets: [], weights: [] };
    // What is not kept is sent anew at every move.
    kept = await api.hold(model.game).catch(() => ({}));
  }
  return kept.id ? api.held(kept.id, moves, answer) : api.solve(model.game);
}

function complain(error) {
  $("complaint").textContent = error ? (error.line ? `Line ${error.line}: ${error.message}` : error.message) : "";
  if (auditing) return;
  if (error) {
    $("verdict").textContent = error.message;
    $("verdict").className = "unfinished";
  } else {
    $("verdict").className = "";
  }
}

let coming = 0;
/** Draws before the next frame is painted, once, whatever has changed by then. */
function soon() {
  coming ||= requestAnimationFrame(() => {
    coming = 0;
    show();
    // Whoever measures how long an answer takes from the hand to the screen listens to this.
    if (answer) document.dispatchEvent(new CustomEvent("drawn", { detail: answer }));
  });
}

/** What is seen, in words and numbers. */
function tell(verdict, numbers, legend) {
  const write = (node, text) => {
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
  if (auditing) return;
  stage.ruled = rules.marks();
  stage.draw(model, answer);
  if (answer) $("verdict").className = answer.status === "solved" || answer.status === undefined ? "" : "unfinished";
  const verdict = !answer ? null : stage.hidden ? "Predict, then reveal." : words();
  tell(verdict, stage.hidden ? [] : facts(), legend());
}

function legend() {
  if (stage.hidden) return "Circles are targets. Drag the triangle to where you think the receiver lands.";
  const ruled = stage.ruled.length ? " Lettered diamonds: where other rules land." : "";
  return model.dim > 2
    ? `Circles: targets; squares: actions; cross: receiver; dashed: receiver if all told the truth; shaded: the range over all equilibria.${ruled} Two of the coordinates are shown.`
    : `Circles: targets (drag them, or use the arrow keys); squares: actions; dashed: the receiver if all told the truth; shaded: the range over all equilibria.${ruled}`;
}

function words() {
  if (!answer.compact) return answer.verdict;
  const count = { unique: "One equilibrium", infinite: "Infinitely many equilibria", unknown: "One equilibrium or many" }[answer.cardinality];
  const who = answer.winners.length ? `${answer.winners.length} of ${answer.n} win` : `none of the ${answer.n} gets it where they want it`;
  return `${answer.status === "solved" ? count : "UNFINISHED"}; the receiver lands at ${vector(answer.receiver)}; ${who}.`;
}

const vector = (v) => (v.length === 1 ? label(v[0]) : `(${v.slice(0, 6).map(label).join(", ")}${v.length > 6 ? ", …" : ""})`);

function facts() {
  if (!answer) return [];
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
let typing = false;
model.addEventListener("change", (event) => {
  const what = event.detail;
  stage.way = null;
  if (!what.quiet) panel.draw();
  $("undo").disabled = !model.canUndo;
  $("redo").disabled = !model.canRedo;
  if (what.replaced) axes();
  clearTimeout(written);
  written = setTimeout(remember, 300);
  rules.forget();
  follow(what);
});

/** The game in the address and in the editor. */
async function remember() {
  const linked = encoded(model.game);
  history.replaceState(null, "", linked ? `${location.pathname}${location.search}#g=${linked}` : `${location.pathname}${location.search}`);
  if (document.activeElement !== $("editor") && !model.isCrowd) {
    try {
      const text = await api.toml(model.game);
      // Whoever has begun to type in the meantime keeps what was typed.
      if (!typing) $("editor").value = text;
    } catch {
      // What is wrong with the game is said where it is solved.
    }
  }
}

stage.addEventListener("move", (event) => {
  const { kind, i, to, phase, input } = event.detail;
  if (kind === "action") {
    if (phase === "end" || phase === "key") battle(i, to);
    return;
  }
  if (phase === "begin" || phase === "key") model.begin();
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

let playing = 0;
/** Plays best responses: from the truth, or from the equilibrium with somebody at another action. */
async function battle(i, to) {
  if (!answer || model.isCrowd || model.isFinite) return;
  const at = model.people.map((_, j) => [...(stage.action(j) ?? model.target(j))]);
  if (i !== undefined) at[i] = to;
  let run;
  try {
    run = await api.dynamics(model.game, i === undefined ? null : at);
  } catch (error) {
    complain(error);
    return;
  }
  const now = ++playing;
  const end = answer;
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
    if (now !== playing) return;
    if (step.influencer === null || step.influencer === undefined) break;
    actions[step.influencer] = step.action;
    draw(step.receiver);
  }
  $("verdict").textContent = `${run.verdict} ${frames.length} move${frames.length === 1 ? "" : "s"}.`;
  answer = end;
}

/** Where the receiver is before the first move. */
function before(actions) {
  const at = model.game.receiver?.bias?.map(Number) ?? Array(model.dim).fill(0);
  return at.map((b, k) => actions.reduce((sum, a, j) => {
    const w = model.weight(j);
    return sum + (Array.isArray(w) ? w[k].reduce((s, x, l) => s + Number(x) * a[l], 0) : w * a[k]);
  }, b));
}

$("play").addEventListener("click", () => battle());

// --- coordinates

function axes() {
  const d = model.dim;
  stage.coordinates = [0, Math.min(1, d - 1)];
  if (d <= 2) {
    $("axes").replaceChildren();
    return;
  }
  const choose = (at, words) => {
    const select = make("select", { "aria-label": words }, ...Array.from({ length: d }, (_, k) => make("option", { value: k, selected: k === at }, `coordinate ${k}`)));
    select.addEventListener("change", () => {
      stage.coordinates[at] = Number(select.value);
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
  reset();
  model.replace(await api.parse(chosen.text));
});

let typed = 0;
$("editor").addEventListener("input", () => {
  clearTimeout(typed);
  typing = true;
  typed = setTimeout(async () => {
    typing = false;
    try {
      const game = await api.parse($("editor").value);
      reset();
      model.replace(game);
    } catch (error) {
      complain(error);
    }
  }, 200);
});

let waning = 0;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(waning);
  waning = setTimeout(() => ($("toast").textContent = ""), 2500);
}

$("share").addEventListener("click", async (event) => {
  const { copy, save } = event.target.dataset;
  if (!copy && !save) return;
  $("share").open = false;
  if (save) return saveFigure(save, $("stage"), $("crowd"));
  const text = await asText(copy, model.game);
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

const tabs = [...document.querySelectorAll("[role=tab]")];
function select(id) {
  for (const tab of tabs) {
    const chosen = tab.id === id;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  auditing = audit.shown = id === "tab-audit";
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

function reset() {
  stage.hidden = false;
  stage.guess = null;
}

scenes($("scenes"), (game) => {
  stage.hidden = true;
  const guess = { at: 0.5, move: (to) => ((guess.at = to), stage.draw(model, answer)) };
  stage.guess = (game.influencers[0].target.length === 1) ? guess : null;
  $("examples").selectedIndex = -1;
  model.replace(game);
  return {
    reveal: () => {
      const off = stage.guess && answer ? `Your guess was off by ${label(Number(Math.abs(guess.at - answer.receiver[0]).toPrecision(2)))}. ` : "";
      stage.hidden = false;
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
remember();
$("undo").disabled = $("redo").disabled = true;
follow({ replaced: true });
