// From numbers to pixels and back.

/** Round numbers that divide [low, high] into about `count` parts. */
export function ticks(low, high, count = 6) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((s) => s * power).find((s) => s >= raw * 0.999);
  const first = Math.ceil(low / step - 1e-9) * step;
  const found = [];
  // Counted, since between neighbours of doubles a step leads nowhere.
  for (let k = 0; k <= 4 * count + 4; k += 1) {
    const x = first + k * step;
    if (!(x <= high + step * 1e-9)) break;
    if (x !== found.at(-1)) found.push(Math.abs(x) < step * 1e-9 ? 0 : x);
  }
  return found;
}

export function label(x) {
  return Number(x.toPrecision(6)).toString().replace("-", "−");
}

/** The bounds of points, with some air. */
export function bounds(points, air = 0.08) {
  let low = Infinity;
  let high = -Infinity;
  for (const x of points) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  if (!(low <= high)) return [-1, 1];
  const size = high - low || Math.abs(low) || 1;
  return [low - air * size, high + air * size];
}

export class Scale {
  constructor([low, high], [from, to]) {
    Object.assign(this, { low, high, from, to });
  }

  at(x) {
    return this.from + ((x - this.low) / (this.high - this.low)) * (this.to - this.from);
  }

  back(pixel) {
    return this.low + ((pixel - this.from) / (this.to - this.from)) * (this.high - this.low);
  }
}

/** Two scales of one unit, centred in a rectangle. */
export function equalScales(xs, ys, width, height, margin) {
  const w = width - 2 * margin;
  const h = height - 2 * margin;
  const unit = Math.min(w / (xs[1] - xs[0]), h / (ys[1] - ys[0]));
  const spread = ([a, b], size) => {
    const middle = (a + b) / 2;
    return [middle - size / unit / 2, middle + size / unit / 2];
  };
  return [new Scale(spread(xs, w), [margin, width - margin]), new Scale(spread(ys, h), [height - margin, margin])];
}

/** The outline of a set in two of its coordinates, as points; null where it is not drawn. */
export function outline(space, m, k, l) {
  const list = (v, of) => (Array.isArray(v) ? v.map(of) : Array(m).fill(of(v ?? 0)));
  const number = (v) => (typeof v === "number" ? v : Number(String(v).split("/").reduce((a, b) => a / b)));
  const circle = (cx, cy, map) =>
    Array.from({ length: 97 }, (_, t) => {
      const [x, y] = map(Math.cos((t * Math.PI) / 48), Math.sin((t * Math.PI) / 48));
      return [cx + x, cy + y];
    });
  switch (space?.type) {
    case "box": {
      const low = list(space.lower, number);
      const high = list(space.upper, number);
      return [[low[k], low[l]], [high[k], low[l]], [high[k], high[l]], [low[k], high[l]]];
    }
    case "ball": {
      const c = list(space.center, number);
      const r = number(space.radius);
      return circle(c[k], c[l], (x, y) => [r * x, r * y]);
    }
    case "l1_ball": {
      const c = list(space.center, number);
      const r = number(space.radius);
      return [[c[k] + r, c[l]], [c[k], c[l] + r], [c[k] - r, c[l]], [c[k], c[l] - r]];
    }
    case "simplex": {
      const s = number(space.scale ?? 1);
      return m === 2 ? [[s, 0], [0, s]] : [[s, 0], [0, s], [0, 0]];
    }
    case "ellipsoid": {
      // Its shadow on two coordinates is the ellipse of that block of the shape.
      const c = list(space.center, number);
      const [a, b, d] = [space.shape[k][k], space.shape[k][l], space.shape[l][l]].map(number);
      const p = Math.sqrt(a);
      const q = b / p;
      const r = Math.sqrt(Math.max(d - q * q, 0));
      return circle(c[k], c[l], (x, y) => [p * x, q * x + r * y]);
    }
    case "polytope":
      if (space.vertices) return hull(space.vertices.map((v) => [number(v[k]), number(v[l])]));
      return m === 2 ? clipped(space.halfspaces.a.map((row) => row.map(number)), space.halfspaces.b.map(number), k, l) : null;
    case "finite":
      return null;
    default:
      return null;
  }
}

/** The convex hull of points of the plane, around. */
export function hull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (all) => {
    const found = [];
    for (const p of all) {
      while (found.length > 1) {
        const [a, b] = found.slice(-2);
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        found.pop();
      }
      found.push(p);
    }
    return found.slice(0, -1);
  };
  return sorted.length < 3 ? sorted : [...half(sorted), ...half(sorted.reverse())];
}

/** The polygon a x ≤ b, by cutting a large square. */
function clipped(a, b, k, l) {
  const far = 1e6;
  let polygon = [[-far, -far], [far, -far], [far, far], [-far, far]];
  a.forEach((row, i) => {
    const over = (p) => row[k] * p[0] + row[l] * p[1] - b[i];
    const kept = [];
    polygon.forEach((p, j) => {
      const q = polygon[(j + 1) % polygon.length];
      const [u, v] = [over(p), over(q)];
      if (u <= 0) kept.push(p);
      if (u < 0 !== v < 0 && u !== v) kept.push([p[0] + (u / (u - v)) * (q[0] - p[0]), p[1] + (u / (u - v)) * (q[1] - p[1])]);
    });
    polygon = kept;
  });
  return polygon;
}
