// Rectangles for sizes: squarified treemaps (Bruls, Huizing, van Wijk 2000). Areas are exact: no gap is taken from them.

/** Gives each of some `{ size }`, the largest first, its `{ x, y, w, h }` within a rectangle. */
function squarify(items, { x, y, w, h }) {
  const placed = [];
  let at = 0;
  let left = items.reduce((sum, item) => sum + item.size, 0);
  while (at < items.length && left > 0 && w > 0 && h > 0) {
    const scale = (w * h) / left;
    const side = Math.min(w, h);
    let end = at;
    let sum = 0;
    let ratio = Infinity;
    // A row grows as long as its worst rectangle gets no longer and thinner.
    while (end < items.length) {
      const next = sum + items[end].size;
      const depth = (next * scale) / side;
      const large = (items[at].size * scale) / depth;
      const small = (items[end].size * scale) / depth;
      const worse = Math.max(depth / small, large / depth, depth / large, small / depth);
      if (worse > ratio) break;
      [sum, ratio, end] = [next, worse, end + 1];
    }
    const depth = (sum * scale) / side;
    let along = 0;
    for (; at < end; at += 1) {
      const length = (items[at].size * scale) / depth;
      placed.push(w >= h
        ? { item: items[at], x, y: y + along, w: depth, h: length }
        : { item: items[at], x: x + along, y, w: length, h: depth });
      along += length;
    }
    if (w >= h) [x, w] = [x + depth, w - depth];
    else [y, h] = [y + depth, h - depth];
    left -= sum;
  }
  return placed;
}
