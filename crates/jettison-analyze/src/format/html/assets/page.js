"use strict";
// The page: what was found out about the image, elements made of it, and what all parts share.

const data = JSON.parse(document.getElementById("data").textContent);

/** A text in the page's language. */
const say = (name) => data.words[name];

/** An element with attributes and what is in it. Strings become text, never markup. */
function el(tag, attributes = {}, ...content) {
  return fill(document.createElement(tag), attributes, content);
}

/** The same for pictures. */
function svg(tag, attributes = {}, ...content) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, content);
}

function fill(element, attributes, content) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...content.flat(3).filter((part) => part != null && part !== false));
  return element;
}

/** How people count layers: from 1; the data counts from 0. */
function nth(layer) {
  return layer + 1;
}

/** Bytes in decimal units, as the other formats show them. */
function bytes(count) {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (count >= size) return `${(count / size).toFixed(count / size >= 100 ? 0 : 1)} ${unit}`;
  }
  return `${count} B`;
}

/** A text in which backticks mark code. */
const prose = (text) => text.split("`").map((part, at) => (at % 2 ? el("code", {}, part) : part));

const signed = (count) => `${count < 0 ? "−" : "+"}${bytes(Math.abs(count))}`;

const number = (count) => count.toLocaleString("en");

/** A time without its fractions. */
const moment = (text) => text?.replace(/\.\d+/, "").replace("T", " ");

function percent(part, whole) {
  const share = (100 * part) / Math.max(whole, 1);
  return share > 0 && share < 0.1 ? "< 0.1 %" : `${share.toFixed(share >= 9.95 ? 0 : 1)} %`;
}

/** Sets lengths in percent: the page's policy forbids style attributes, but not this. */
function wide(element, share) {
  element.style.width = `${100 * share}%`;
  return element;
}

/** What the search looks through besides files: an element and the text it is found by. */
const searched = [];

function searchable(element, ...texts) {
  searched.push({ element, text: texts.flat(3).filter(Boolean).join(" ").toLowerCase() });
  return element;
}

function section(id, title, count, ...content) {
  const head = el("h2", {}, title, count != null && el("span", { class: "count" }, number(count)));
  return el("section", { id, "aria-label": title }, head, ...content);
}

function table(heads, rows) {
  const head = (text) => el("th", { scope: "col", class: text.class }, text.text ?? text);
  return el("div", { class: "scroll" },
    el("table", {}, el("thead", {}, el("tr", {}, heads.map(head))), el("tbody", {}, rows)));
}

function facts(pairs) {
  const kept = pairs.filter(([, value]) => value != null && value !== false && value !== "" && value.length !== 0);
  return el("dl", {}, kept.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

const leftOut = (count) => count > 0 && el("p", { class: "quiet" }, `${say('largest')} ${number(count)}`);

function tile(name, value, note, target, state) {
  return el("a", { class: `tile ${state ?? ""}`, href: `#${target}` },
    el("span", { class: "tile-name" }, name),
    el("strong", {}, value),
    el("span", { class: "quiet" }, note ?? ""));
}

/** The worst level of some findings, as a state of a tile. */
function worst(findings) {
  const levels = findings.map((finding) => finding.level);
  return ["high", "medium"].find((level) => levels.includes(level));
}

function header() {
  const { image, size, growth } = data;
  const broken = data.budget.filter((line) => line.is_broken).length;
  const grown = growth && `${signed(size.now - growth.facts.bytes)} ${say('against')} ${growth.facts.baseline}`;
  return el("header", {},
    el("p", { class: "quiet" }, `jettison · ${say('report')}`),
    el("h1", {}, image.name),
    el("p", { class: "quiet" }, [image.distribution, image.platform, moment(image.created)].filter(Boolean).join(" · ")),
    el("nav", { class: "tiles", "aria-label": say('report') },
      tile(say('size'), bytes(size.now), grown || `${number(size.files)} ${say('fileCount')}`, "files"),
      tile(say('waste'), bytes(size.wasted), percent(size.wasted, size.now), "waste", size.wasted * 10 > size.now ? "medium" : ""),
      tile(say('after'), bytes(size.after), "", "waste"),
      tile(say('layers'), data.layers.length, "", "layers"),
      tile(say('packages'), number(data.packages.rows.length + data.packages.left_out), "", "packages"),
      tile(say('secrets'), data.secrets.rows.length + data.secrets.left_out, "", "secrets", worst(data.secrets.rows)),
      tile(say('risks'), data.risks.length, "", "risks", worst(data.risks)),
      data.budget.length > 0 &&
        tile(say('budget'), broken ? `${broken} ${say('over')}` : say('within'), "", "budget", broken ? "high" : "")));
}

function about() {
  const { image } = data;
  const lines = (list) => list.map((line) => el("code", { class: "line" }, line));
  const pairs = Object.entries(image.labels).map(([name, value]) => `${name}=${value}`);
  const base = image.base && [image.base.name, `${image.base.layers} ${say('layers')}`, bytes(image.base.bytes)].filter(Boolean).join(" · ");
  const ignored = Object.entries(data.ignored).map(([name, count]) => `${name} (${count})`);
  return section("image", say('image'), null, facts([
    [say('tags'), lines(image.tags)],
    [say('digest'), lines([image.image_id])],
    [say('platform'), image.platform],
    [say('distribution'), image.distribution],
    [say('builtOn'), base],
    [say('user'), image.user || "root"],
    [say('workingDir'), image.working_dir],
    [say('command'), image.command.length && lines([image.command.join(" ")])],
    [say('ports'), image.exposed_ports.join(", ")],
    [say('volumes'), image.volumes.join(", ")],
    [say('env'), lines(image.env)],
    [say('labels'), lines(pairs)],
    [say('ignored'), ignored.join(", ")],
    [say('warnings'), data.warnings.map((text) => el("p", {}, text))],
    [say('made'), `jettison ${data.version}`],
  ]));
}
