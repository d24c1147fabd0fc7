// The files of the image: a picture in which area is bytes and colour is waste, and the same as a list.

/** The tree, with children sorted by size. */
const tree = (() => {
  const { parent, name, kind, bytes: sizes, layer, wasted } = data.files;
  const nodes = parent.map((up, at) => ({
    at, up, name: name[at], kind: kind[at], bytes: sizes[at], layer: layer[at],
    wasted: wasted[at] ?? null, children: [],
  }));
  nodes.slice(1).forEach((node) => nodes[node.up].children.push(node));
  for (const node of nodes) {
    node.children.sort((one, other) => other.bytes - one.bytes);
    node.waste = node.wasted ? node.wasted.reduce((sum, part) => sum + part, 0) : 0;
  }
  return nodes;
})();

function pathOf(node) {
  const names = [];
  for (let at = node; at.at !== 0; at = tree[at.up]) names.unshift(titleOf(at));
  return `/${names.join("/")}`;
}

const titleOf = (node) => (node.at === 0 ? "/" : node.kind > 0 ? `… ${number(node.kind)} ${say('rest')}` : node.name);

const isDirectory = (node) => node.kind === 0;

/** A directory that can be looked into. */
const opens = (node) => isDirectory(node) && node.children.length > 0;

const treemap = {
  root: tree[0],
  /** The node that keys act on; one of the root's children, or null. */
  chosen: null,
  /** Whether a node, or something in it, matches the search; null without a search. */
  match: null,
  /** The nodes that match themselves. */
  found: [],
};

/** Rectangles narrower than this are not divided: nobody could hit what is in them. */
const MIN_SIDE = 10;
/** Letters in pixels, roughly: of plain and of bold text. */
const LETTER = { name: 6.7, title: 7.5 };
/** Waste in rectangles of this side is hatched as well: colour is not for everybody. */
const HATCHED = 22;

function drawTreemap() {
  const picture = document.getElementById("treemap");
  const width = Math.max(picture.clientWidth, 200);
  const height = Math.round(Math.min(Math.max(width * 0.56, 300), 560));
  const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const tops = place(treemap.root.children, { x: 0, y: 0, w: width, h: height });
  drawing.append(svg("defs", {}, svg("pattern", { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("line", { x1: 0, y1: 0, x2: 0, y2: 7 }))));
  const labels = svg("g", { class: "labels" });
  tops.forEach((top, number) => {
    const group = svg("g", { class: `top tone-${number % 4}`, "data-top": top.node.at });
    cells(top, group, 1);
    group.append(svg("rect", { class: "frame", x: top.x, y: top.y, width: top.w, height: top.h }));
    drawing.append(group);
    if (opens(top.node)) label(labels, top, "title", top.y + 15);
  });
  drawing.append(labels, svg("rect", { class: "choice" }));
  picture.replaceChildren(drawing);
  showChosen();
  showMatches();
  drawPath();
  drawLegend();
  drawList();
}

function place(nodes, box) {
  const items = nodes.filter((node) => node.bytes > 0).map((node) => ({ node, size: node.bytes }));
  return squarify(items, box).map(({ item, ...box }) => ({ node: item.node, ...box }));
}

function cells(box, group, depth) {
  const { node, w, h } = box;
  if (opens(node) && w >= MIN_SIDE && h >= MIN_SIDE && depth < 40) {
    // Where children are too small to be seen, this shows.
    group.append(svg("rect", { class: "ground", x: box.x, y: box.y, width: w, height: h }));
    for (const child of place(node.children, box)) {
      if (child.w >= 0.7 && child.h >= 0.7) cells(child, group, depth + 1);
    }
    return;
  }
  const cell = svg("g", { class: "cell", "data-node": node.at, "data-bytes": node.bytes });
  cell.append(svg("rect", { class: "kept", x: box.x, y: box.y, width: w, height: h }));
  let bottom = box.y + h;
  (node.wasted ?? []).forEach((part, family) => {
    const height = (h * part) / node.bytes;
    if (height === 0) return;
    bottom -= height;
    const at = { x: box.x, y: bottom, width: w, height };
    cell.append(svg("rect", { class: `family-${family}`, ...at }));
    if (w > HATCHED && height > HATCHED) cell.append(svg("rect", { fill: "url(#hatch)", ...at }));
  });
  cell.append(svg("rect", { class: "edge", x: box.x, y: box.y, width: w, height: h }));
  group.append(cell);
  // A directory at the top has its name in the corner above already.
  if (depth > 1 || !opens(node)) label(cell, box, "name", box.y + h - 6);
}

/** A name within a box, as much of it as fits. */
function label(into, { node, x, w, h }, kind, y) {
  const room = Math.floor((w - 10) / LETTER[kind]);
  if (room < 4 || h < (kind === "title" ? 22 : 40)) return;
  const name = titleOf(node);
  const shown = name.length > room ? `${name.slice(0, room - 1)}…` : name;
  if (kind === "title") {
    const size = ` ${bytes(node.bytes)}`;
    const text = shown.length + size.length <= room ? shown + size : shown;
    into.append(svg("rect", { class: "plate", x: x + 3, y: y - 12, width: text.length * LETTER.title + 8, height: 17, rx: 3 }));
    into.append(svg("text", { class: kind, x: x + 7, y: y + 1 }, text));
  } else {
    into.append(svg("text", { class: `${kind} on-${behind(node)}`, x: x + 5, y }, shown));
  }
}

/** What is at the bottom of a node's rectangle, where its name stands: a family of waste, or what is kept. */
function behind(node) {
  const family = (node.wasted ?? []).findIndex((part) => part > 0);
  return family >= 0 && node.wasted[family] > node.bytes / 8 ? family : "kept";
}

function describe(node) {
  const parts = [pathOf(node), bytes(node.bytes), percent(node.bytes, treemap.root.bytes)];
  if (node.layer != null) parts.push(`${say('layer')} ${nth(node.layer)}`);
  (node.wasted ?? []).forEach((part, family) => {
    if (part > 0) parts.push(`${bytes(part)} ${say('wasted')}: ${data.families[family].title}`);
  });
  return parts.join(" · ");
}

function tell(node) {
  document.getElementById("told").textContent = node ? describe(node) : say('treemap');
}

function choose(node) {
  treemap.chosen = node;
  showChosen();
  tell(node);
}

function showChosen() {
  const choice = document.querySelector("#treemap .choice");
  const frame = treemap.chosen && document.querySelector(`[data-top="${treemap.chosen.at}"] .frame`);
  choice.classList.toggle("shown", frame != null);
  for (const side of frame ? ["x", "y", "width", "height"] : []) choice.setAttribute(side, frame.getAttribute(side));
}

/** Shows what is in a directory. */
function zoom(node, chosen = null) {
  treemap.root = node;
  treemap.chosen = chosen;
  drawTreemap();
  tell(chosen);
}

function zoomOut() {
  if (treemap.root.at !== 0) zoom(tree[treemap.root.up], treemap.root);
}

function drawPath() {
  const path = [];
  for (let at = treemap.root; ; at = tree[at.up]) {
    path.unshift(at);
    if (at.at === 0) break;
  }
  const step = (node) => node === treemap.root
    ? el("li", {}, el("span", { "aria-current": "true" }, titleOf(node)))
    : el("li", {}, el("button", { type: "button", onclick: () => zoom(node) }, titleOf(node)));
  document.getElementById("path").replaceChildren(...path.map(step));
  document.getElementById("up").disabled = treemap.root.at === 0;
}

function drawLegend() {
  const { root } = treemap;
  const entry = (kind, title, size) =>
    size > 0 && el("li", {}, el("span", { class: `swatch ${kind}` }), `${title} `, el("b", {}, bytes(size)));
  document.getElementById("legend").replaceChildren(...[
    entry("kept", say('kept'), root.bytes - root.waste),
    ...(root.wasted ?? []).map((part, family) => entry(`family-${family}`, data.families[family].title, part)),
  ].filter(Boolean));
}

/** Rows of the list: what a person reads; the picture has the rest. */
const ROWS = 60;

function drawList() {
  const isSearch = treemap.match !== null;
  const nodes = isSearch ? treemap.found : treemap.root.children;
  const most = nodes.reduce((most, node) => Math.max(most, node.bytes), 1);
  const row = (node) => {
    const open = () => (opens(node) ? zoom(node) : zoom(tree[node.up], node));
    const title = isSearch ? pathOf(node) : titleOf(node) + (isDirectory(node) && node.at !== 0 ? "/" : "");
    const bar = el("span", { class: "bar" });
    bar.append(wide(el("span", { class: "kept" }), (node.bytes - node.waste) / most));
    (node.wasted ?? []).forEach((part, family) => {
      if (part > 0) bar.append(wide(el("span", { class: `family-${family}` }), part / most));
    });
    const points = () => tell(node);
    return el("li", { onmouseenter: points },
      el("button", { type: "button", title: describe(node), onclick: open, onfocus: points },
        el("span", { class: "row-name" }, title), el("span", { class: "size" }, bytes(node.bytes)), bar));
  };
  const rest = nodes.length - ROWS;
  document.getElementById("list-title").textContent = isSearch
    ? `${say('matches')}: ${number(nodes.length)}` : `${say('inside')}: ${number(nodes.length)}`;
  document.getElementById("list").replaceChildren(...nodes.slice(0, ROWS).map(row),
    ...(rest > 0 ? [el("li", { class: "quiet" }, `${number(rest)} ${say('more')}`)] : []));
}

/** Notes which files match, and shows it. Without words, everything does. */
function searchFiles(words) {
  treemap.match = null;
  treemap.found = [];
  if (words.length > 0) {
    treemap.match = new Set();
    for (const node of tree.slice(1)) {
      if (node.kind > 0) continue;
      const path = pathOf(node).toLowerCase();
      // Of a directory that matches, what is in it matches as well; that need not be told.
      if (words.every((word) => path.includes(word)) && !words.every((word) => pathOf(tree[node.up]).toLowerCase().includes(word))) {
        treemap.found.push(node);
      }
    }
    treemap.found.sort((one, other) => other.bytes - one.bytes);
    for (const node of treemap.found) {
      const below = (at) => { treemap.match.add(at.at); at.children.forEach(below); };
      below(node);
      for (let at = node; at.at !== 0; at = tree[at.up]) treemap.match.add(tree[at.up].at);
    }
  }
  showMatches();
  drawList();
  return treemap.found.length;
}

function showMatches() {
  document.getElementById("treemap").classList.toggle("searching", treemap.match !== null);
  document.querySelectorAll("#treemap .cell").forEach((cell) => {
    cell.classList.toggle("dim", treemap.match !== null && !treemap.match.has(Number(cell.dataset.node)));
  });
}

/** The nearest of the root's rectangles in a direction. */
function neighbour(key) {
  const boxes = [...document.querySelectorAll("#treemap .top")].map((group) => {
    const frame = group.querySelector(".frame");
    const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(frame.getAttribute(name)));
    return { node: tree[Number(group.dataset.top)], x: x + w / 2, y: y + h / 2 };
  });
  const from = boxes.find((box) => box.node === treemap.chosen);
  if (!from) return boxes[0]?.node;
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best = null;
  for (const box of boxes) {
    const ahead = (box.x - from.x) * dx + (box.y - from.y) * dy;
    const aside = Math.abs((box.x - from.x) * dy) + Math.abs((box.y - from.y) * dx);
    const far = ahead + 2 * aside;
    if (ahead > 0.5 && (best === null || far < best.far)) best = { far, node: box.node };
  }
  return best?.node ?? treemap.chosen;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow")) choose(neighbour(event.key) ?? null);
  else if (event.key === "Enter" || event.key === " ") {
    if (treemap.chosen && opens(treemap.chosen)) zoom(treemap.chosen, treemap.chosen.children[0]);
  } else if (event.key === "Backspace" || event.key === "Escape") zoomOut();
  else if (event.key === "Home") zoom(tree[0]);
  else return;
  event.preventDefault();
}

const nodeAt = (target) => {
  const cell = target.closest?.("[data-node]");
  return cell ? tree[Number(cell.dataset.node)] : null;
};

function clicked(event) {
  const top = event.target.closest?.("[data-top]");
  const node = top && tree[Number(top.dataset.top)];
  if (!node) return;
  if (opens(node)) zoom(node);
  else choose(node);
}

function filesSection() {
  const picture = el("div", {
    id: "treemap", tabindex: 0, role: "application", "aria-label": say('treemap'), "aria-describedby": "told",
    onkeydown: pressed, onclick: clicked,
    onmousemove: (event) => tell(nodeAt(event.target) ?? treemap.chosen),
    onmouseleave: () => tell(treemap.chosen),
  });
  new ResizeObserver(() => {
    const drawn = picture.querySelector("svg");
    if (drawn && Math.abs(Number(drawn.getAttribute("width")) - picture.clientWidth) > 1) drawTreemap();
  }).observe(picture);
  return section("files", say('files'), null,
    el("div", { class: "path" },
      el("button", { id: "up", type: "button", onclick: zoomOut }, `↑ ${say('up')}`),
      el("nav", { "aria-label": say('path') }, el("ol", { id: "path" }))),
    el("div", { class: "files" },
      el("div", {}, picture, el("p", { id: "told", "aria-live": "polite" }, say('treemap')), el("ul", { id: "legend" })),
      el("div", {}, el("h3", { id: "list-title" }), el("ul", { id: "list" }))),
    el("p", { class: "quiet" }, say('units'),
      data.files.gathered > 0 && ` ${say('gathered')} ${number(data.files.gathered)}`));
}
