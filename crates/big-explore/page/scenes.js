// Five scenes that teach: predict, then reveal.

import { make } from "./panel.js";

const line = (influencers, more = {}) => ({
  receiver: { bias: [0] },
  action_space: { type: "box", lower: -1, upper: 1 },
  influencers,
  ...more,
});

export const SCENES = [
  {
    title: "Two influencers",
    game: line([{ name: "left", weight: 0.5, target: [-0.4] }, { name: "right", weight: 0.5, target: [0.7] }]),
    ask: "The receiver lands at the mean of what the two say. The left one wants it at −0.4, the right one at 0.7; both may say anything from −1 to 1. Where does it land when nobody can do better?",
    reveal: "In the middle, at 0: each answers the other by going farther, until both are at the limit. The targets do not matter any more, only their sides.",
  },
  {
    title: "The moderate who pretends",
    game: line([{ name: "far left", weight: 0.5, target: [-0.8] }, { name: "centre left", weight: 0.5, target: [-0.3] }]),
    ask: "Now both are on the left, at −0.8 and −0.3. If they told the truth the receiver would land at −0.55. Where does it land?",
    reveal: "At −0.3, exactly where the moderate one wants it, who says +0.4 and pretends to be on the right. The extreme one is at the limit already and has nothing left to answer with.",
  },
  {
    title: "A continuum",
    game: {
      receiver: { bias: [0, 0] },
      action_space: { type: "box", lower: -1, upper: 1 },
      influencers: [{ name: "west", weight: 0.5, target: [-0.5, 0] }, { name: "east", weight: 0.5, target: [0.5, 0] }],
    },
    ask: "Two issues. They disagree about the first and agree about the second. How many ways are there for nobody to do better: one, two, infinitely many?",
    reveal: "Infinitely many, the shaded ranges: whatever one says about the second issue, the other takes back. The receiver is at (0, 0) in all of them. There is always one, or infinitely many.",
  },
  {
    title: "Everybody exaggerates",
    game: line([-0.9, -0.55, -0.2, 0.1, 0.35, 0.6, 0.85].map((t) => ({ weight: 1 / 7, target: [t] }))),
    ask: "Seven influencers of the same weight. How many of them say what they think?",
    reveal: "None. The receiver lands at 0.1, where the fourth wants it, who says 0.7 to keep it there; everybody else is at the limit (Theorem 4). Drag the targets: the winner is who sits where the pulls of the others balance.",
  },
  {
    title: "What a limit does",
    game: line([{ name: "left", weight: 0.5, target: [-0.2] }, { name: "right", weight: 0.5, target: [0.3] }], { action_space: { type: "box", lower: -3, upper: 3 } }),
    ask: "The limit is at 3 now, far from both targets. Does a wider limit help either of them? Guess where the receiver lands, reveal, then move the ends with the sliders.",
    reveal: "It lands at 0 as before: both shout three times as loud to the same effect. A narrower limit is what makes them honest: at 0.3 the right one is at its target already.",
  },
];

/** The list of scenes, and what is asked in each. */
export function scenes(box, open) {
  const ask = make("div", { "aria-live": "polite" });
  const list = SCENES.map((scene, i) =>
    make("button", { onclick: () => show(i), id: `scene-${i}` }, `${i + 1}. ${scene.title}`));
  const show = (i) => {
    const scene = SCENES[i];
    const guess = open(structuredClone(scene.game));
    const told = make("p", { tabindex: -1 });
    const button = make("button", { id: "reveal" }, "Reveal");
    button.addEventListener("click", () => {
      const off = guess.reveal();
      told.textContent = off === null ? "The game is another one by now: open the scene again." : off + scene.reveal;
      button.disabled = true;
      told.focus();
    });
    ask.replaceChildren(make("h2", {}, scene.title), make("p", {}, scene.ask), make("div", { class: "tools" }, button), told);
  };
  box.replaceChildren(make("div", { class: "tools" }, ...list), ask);
}
