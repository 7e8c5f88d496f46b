// A crowd on a canvas: thousands of points in the plane, or how many there are along a line.

/** The colours of the page as red, green and blue; read once a theme, since asking for them makes the browser style the page. */
const known = new Map();
const dark = matchMedia("screen and (prefers-color-scheme: dark)");
function colours() {
  if (!known.has(dark.matches)) {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => {
      const text = style.getPropertyValue(name).trim();
      return { text, rgb: [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) };
    };
    known.set(dark.matches, { targets: read("--c0"), actions: read("--c1") });
  }
  return known.get(dark.matches);
}

/** Counts along a line: `values` every `m` numbers of `of`, as bars that stand on `floor` and are up to `tall`. */
function bars(context, { of, m, x, floor, tall, style }) {
  const bins = new Float64Array(Math.max(1, Math.round((x.to - x.from) / 3)));
  const scale = bins.length / (x.high - x.low);
  for (let i = 0; i < of.length; i += m) {
    const at = Math.floor((of[i] - x.low) * scale);
    if (at >= 0 && at < bins.length) bins[at] += 1;
  }
  let most = 1;
  for (const count of bins) most = Math.max(most, count);
  context.fillStyle = style;
  for (let at = 0; at < bins.length; at += 1) {
    if (!bins[at]) continue;
    const high = Math.max(1, Math.sqrt(bins[at] / most) * tall);
    context.fillRect(x.from + at * 3, floor - high, 2.4, high);
  }
}

/** The targets above, the actions below; actions only where there are some. */
export function crowdOnLine(context, x, targets, actions) {
  const { targets: above, actions: below } = colours();
  bars(context, { of: targets, m: 1, x, floor: 140, tall: 100, style: above.text });
  if (actions) bars(context, { of: actions, m: 1, x, floor: 262, tall: 107, style: below.text });
}

let image = null;
let counts = null;

/** Points in the plane, pixel by pixel: the more of them in a place, the denser it is. */
export function crowdInPlane(canvas, ratio, x, y, layers) {
  const { width, height } = canvas;
  if (!image || image.width !== width || image.height !== height) {
    image = new ImageData(width, height);
    counts = new Uint16Array(width * height);
  }
  const pixels = new Uint32Array(image.data.buffer);
  pixels.fill(0);
  const size = Math.max(2, Math.round(2 * ratio));
  const all = colours();
  for (const { of, m, k, l, what } of layers) {
    const [red, green, blue] = all[what].rgb;
    const paint = red | (green << 8) | (blue << 16);
    const n = of.length / m;
    const alpha = Math.max(0.25, Math.min(0.8, 2000 / n));
    const opacity = Uint8Array.from({ length: 33 }, (_, c) => 255 * (1 - (1 - alpha) ** c));
    counts.fill(0);
    const [ax, ay] = [((x.to - x.from) / (x.high - x.low)) * ratio, ((y.to - y.from) / (y.high - y.low)) * ratio];
    const [bx, by] = [x.from * ratio - x.low * ax, y.from * ratio - y.low * ay];
    for (let i = 0; i < n; i += 1) {
      const px = Math.round(of[i * m + k] * ax + bx - size / 2);
      const py = Math.round(of[i * m + l] * ay + by - size / 2);
      if (px < 0 || py < 0 || px + size > width || py + size > height) continue;
      for (let v = 0; v < size; v += 1) {
        for (let u = 0; u < size; u += 1) {
          const at = (py + v) * width + px + u;
          if (counts[at] < 32) counts[at] += 1;
          pixels[at] = paint | (opacity[counts[at]] << 24);
        }
      }
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
