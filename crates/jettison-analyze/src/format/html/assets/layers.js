// The layers: how long each is, how much of that is waste, and which instruction made it.

function layerRow(layer, longest) {
  const kept = layer.bytes - layer.wasted;
  const bar = el("span", {
    class: "bar", role: "img",
    "aria-label": `${bytes(kept)} ${say('kept')}, ${bytes(layer.wasted)} ${say('wasted')}`,
  });
  if (kept > 0) bar.append(wide(el("span", { class: "kept" }), kept / longest));
  layer.wasted_by_family.forEach((part, family) => {
    const title = `${data.families[family].title}: ${bytes(part)}`;
    if (part > 0) bar.append(wide(el("span", { class: `family-${family}`, title }), part / longest));
  });
  const summary = el("summary", {},
    el("span", { class: "index" }, nth(layer.index)),
    el("code", { class: "instruction" }, layer.text || layer.diff_id),
    layer.is_base && el("span", { class: "badge" }, say('base')),
    el("span", { class: "size" }, bytes(layer.bytes)),
    bar,
    el("span", { class: "size waste" }, layer.wasted > 0 ? `−${bytes(layer.wasted)}` : ""));
  const titles = new Map(data.causes.map((cause) => [cause.id, cause]));
  const causes = layer.causes.map(([id, size]) => el("li", {},
    el("span", { class: `swatch family-${titles.get(id).family}` }),
    el("a", { href: `#cause-${id}` }, titles.get(id).title), ` ${bytes(size)}`));
  const changes = [["added", say('added')], ["changed", say('changed')], ["removed", say('removed')]]
    .map(([name, title]) => `${number(layer[name])} ${title}`).join(", ");
  const detail = el("div", { class: "detail" },
    el("code", { class: "line" }, layer.text),
    el("p", {}, changes),
    facts([
      [say('place'), layer.place],
      [say('created'), moment(layer.step?.created)],
      [say('stored'), layer.stored != null && bytes(layer.stored)],
      [say('digest'), el("code", {}, layer.diff_id)],
    ]),
    causes.length > 0 && el("ul", { class: "plain" }, causes));
  return searchable(el("li", {}, el("details", {}, summary, detail)),
    layer.text, layer.diff_id, layer.place, layer.causes.map(([id]) => titles.get(id).title));
}

function layersSection() {
  const longest = data.layers.reduce((most, layer) => Math.max(most, layer.bytes), 1);
  const used = data.families.map((family, at) => ({ at, ...family }))
    .filter(({ at }) => data.layers.some((layer) => layer.wasted_by_family[at] > 0));
  return section("layers", say('layers'), data.layers.length,
    el("ul", { class: "legend" },
      el("li", {}, el("span", { class: "swatch kept" }), say('kept')),
      used.map(({ at, title }) => el("li", {}, el("span", { class: `swatch family-${at}` }), title))),
    el("div", { class: "heads quiet", "aria-hidden": "true" },
      el("span", { class: "size" }, say('size')), el("span", { class: "size waste" }, say('waste'))),
    el("ol", { class: "chart" }, data.layers.map((layer) => layerRow(layer, longest))));
}
