// What a hand, or the arrow keys, move in a figure.

/** Pixels that a hand trembles. */
const TREMBLE = 3;

/**
 * Lets a hand drag a mark from its place `at`, in the figure's own units. The mark may be drawn anew meanwhile: the figure listens in its
 * stead. `begin(letGo)` takes it, or is false where it must not be taken; `letGo()` ends the drag. `to(x, y, phase, stamp)` is told of "begin",
 * "drag" and "end" once the hand has moved, `done()` that it has let go, moved or not. `early`: as the hand moves where the browser tells that,
 * not once a frame.
 */
export function draggable(svg, mark, { at: [px, py], begin, to, done, early = false }) {
  const moves = early && "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";
  mark.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || begin(letGo) === false) return;
    event.preventDefault();
    mark.focus({ preventScroll: true });
    const { pointerId } = event;
    let box = svg.getBoundingClientRect();
    const { width, height } = svg.viewBox.baseVal;
    const under = (e) => [((e.clientX - box.left) / box.width) * width, ((e.clientY - box.top) / box.height) * height];
    const [sx, sy] = under(event);
    // It keeps to the place of the hand where it was taken.
    const place = (e) => under(e).map((v, k) => v + (k ? py - sy : px - sx));
    let moved = false;
    const heard = {
      [moves]: (e) => {
        if (e.pointerId !== pointerId) return;
        if (!moved && Math.hypot(e.clientX - event.clientX, e.clientY - event.clientY) < TREMBLE) return;
        to(...place(e), moved ? "drag" : "begin", e.timeStamp);
        moved = true;
      },
      pointerup: end,
      pointercancel: end,
    };
    const scrolled = () => (box = svg.getBoundingClientRect());
    svg.setPointerCapture(pointerId);
    for (const [name, listener] of Object.entries(heard)) svg.addEventListener(name, listener);
    addEventListener("scroll", scrolled, true);
    function end(e) {
      if (e.pointerId !== pointerId) return;
      letGo();
      if (moved) to(...place(e), "end");
    }
    function letGo() {
      for (const [name, listener] of Object.entries(heard)) svg.removeEventListener(name, listener);
      removeEventListener("scroll", scrolled, true);
      done();
    }
  });
}

/** Lets arrow keys move a mark by steps to the right and up; ten at a time with Shift. */
export function byArrows(mark, move) {
  mark.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    move(by[0] * far, by[1] * far);
  });
}
