// The game and the figure, taken elsewhere.

import { toml } from "./api.js";

/** Games that fit into an address. */
const LINKED = 20_000;

export function encoded(game) {
  const bytes = new TextEncoder().encode(JSON.stringify(game));
  if (bytes.length > LINKED) return null;
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function decoded(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

const python = (x) =>
  x === null ? "None"
    : typeof x === "boolean" ? (x ? "True" : "False")
    : Array.isArray(x) ? `[${x.map(python).join(", ")}]`
    : JSON.stringify(x);

const SPACES = {
  box: (s) => `bg.Box(${python(s.lower)}, ${python(s.upper)})`,
  ball: (s) => `bg.Ball(${python(s.radius)}${s.center === undefined ? "" : `, ${python(s.center)}`})`,
  l1_ball: (s) => `bg.L1Ball(${python(s.radius)}${s.center === undefined ? "" : `, ${python(s.center)}`})`,
  simplex: (s) => `bg.Simplex(${python(s.scale ?? 1)})`,
  ellipsoid: (s) => `bg.Ellipsoid(${python(s.center)}, ${python(s.shape)})`,
  polytope: (s) => (s.vertices ? `bg.Polytope(${python(s.vertices)})` : `bg.Polytope(a=${python(s.halfspaces.a)}, b=${python(s.halfspaces.b)})`),
  finite: (s) => `bg.Finite(${python(s.items)}, ${s.choose}${s.repeats ? ", True" : ""})`,
};

/** What `Game` takes as arrays; whatever else is in a game goes as its text. */
const PLAIN = new Set(["influencers", "action_space", "receiver", "loss", "bias", "weight", "target", "name", "description"]);

export function asPython(game, text) {
  const all = game.influencers;
  if (![game, game.receiver ?? {}, ...all].every((one) => Object.keys(one).every((key) => PLAIN.has(key)))) {
    return `import big_game as bg\n\ngame = bg.Game.from_toml(${python(text)})\nbg.solve(game)\n`;
  }
  const space = (s) => SPACES[s.type](s);
  const own = all.some((one) => one.action_space);
  const spaces = own ? `[${all.map((one) => space(one.action_space ?? game.action_space)).join(", ")}]` : space(game.action_space);
  const lines = [
    `targets=${python(all.map((one) => one.target))}`,
    `weights=${python(all.map((one) => one.weight))}`,
    `space=${spaces}`,
  ];
  if (game.receiver?.bias) lines.push(`bias=${python(game.receiver.bias)}`);
  if (all.some((one) => one.name !== undefined)) lines.push(`names=${python(all.map((one, i) => one.name ?? String(i + 1)))}`);
  if (game.loss && game.loss !== "squared_euclidean") lines.push(`loss=${python(game.loss)}`);
  return `import big_game as bg\n\ngame = bg.Game(\n    ${lines.join(",\n    ")},\n)\nbg.solve(game)\n`;
}

/** The text as what a shell hands over, whatever lines are in it. */
function asCommand(text) {
  const lines = new Set(text.split("\n"));
  let end = "GAME";
  while (lines.has(end)) end += "_";
  return `big solve - <<'${end}'\n${text.trimEnd()}\n${end}\n`;
}

export async function asText(kind, game) {
  switch (kind) {
    case "toml":
      return toml(game);
    case "command":
      return asCommand(await toml(game));
    case "python":
      return asPython(game, await toml(game));
    default: {
      const link = encoded(game);
      if (!link) throw new Error("The game is too long for a link: copy it as TOML.");
      return `${location.origin}${location.pathname}#g=${link}`;
    }
  }
}

/** The figure by itself, with the colours that it has now. */
export function figure(svg) {
  const copy = svg.cloneNode(true);
  const seen = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((node, i) => {
    const style = getComputedStyle(seen[i]);
    for (const key of ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "fill-opacity", "font-family", "font-size"]) {
      node.style.setProperty(key, style.getPropertyValue(key));
    }
    for (const key of ["tabindex", "role", "class"]) node.removeAttribute(key);
  });
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.removeAttribute("tabindex");
  copy.style.background = getComputedStyle(svg.parentElement).backgroundColor;
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

export function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export async function saveFigure(kind, svg, crowd) {
  const { text, width, height } = figure(svg);
  if (kind === "svg") {
    save("big.svg", new Blob([text], { type: "image/svg+xml" }));
    return;
  }
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, 2 * width, 2 * height);
  context.drawImage(crowd, 0, 0, 2 * width, 2 * height);
  canvas.toBlob((blob) => save("big.png", blob));
}
