// Waste and the edits that recover it, secrets, risks, packages, bounds.

const badge = (finding) => el("span", { class: `badge level-${finding.level}` }, finding.level_text);

function code(lines) {
  const text = lines.join("\n");
  const button = el("button", {
    type: "button", class: "copy",
    onclick: () => {
      // A page from a file may be refused the clipboard; then the text is there to be marked.
      navigator.clipboard?.writeText(text).then(() => { button.textContent = say('copied'); }, () => {});
    },
  }, say('copy'));
  return el("div", { class: "code" }, el("pre", {}, text), button);
}

function wasteCause(cause) {
  const advice = cause.advice.map((one) => el("div", { class: "advice" },
    el("p", {}, el("b", {}, bytes(one.bytes)), " ", prose(one.sentence), " ",
      one.place && el("code", {}, one.place)),
    one.code.length > 0 && code(one.code)));
  const path = ([path, size]) => el("li", {}, el("code", {}, path), ` ${bytes(size)}`);
  const group = (group) => el("tr", {},
    el("td", { class: "size" }, bytes(group.bytes)),
    el("td", { class: "size" }, number(group.files)),
    el("td", {}, group.by == null ? nth(group.layer) : `${nth(group.layer)} → ${nth(group.by)}`),
    el("td", {}, group.package ?? ""),
    el("td", {}, el("ul", { class: "plain" }, group.paths.map(path),
      group.files > group.paths.length && el("li", { class: "quiet" }, `${number(group.files - group.paths.length)} ${say('more')}`))));
  const heads = [{ text: say('size'), class: "size" }, { text: say('fileCount'), class: "size" }, say('layer'), say('packages'), say('files')];
  const item = el("article", { id: `cause-${cause.id}` },
    el("h3", {}, el("span", { class: `swatch family-${cause.family}` }), cause.title,
      el("span", { class: "count" }, bytes(cause.bytes))),
    advice,
    el("details", {}, el("summary", {}, say('where')), table(heads, cause.groups.rows.map(group)), leftOut(cause.groups.left_out)),
    el("details", {}, el("summary", {}, say('why')), cause.explanation.map((text) => el("p", {}, prose(text)))));
  return searchable(item, cause.id, cause.title, cause.advice.map((one) => [one.sentence, one.code, one.place]),
    cause.groups.rows.map((group) => [group.package, group.paths.map(([path]) => path)]));
}

function wasteSection() {
  return section("waste", say('whatToDo'), null,
    data.causes.length > 0 ? data.causes.map(wasteCause) : el("p", {}, say('noWaste')));
}

function secretRow(secret) {
  const places = secret.places.rows.map((place) => el("li", {}, place));
  return searchable(el("article", {},
    el("h3", {}, badge(secret), secret.title, " ", el("code", {}, secret.rule)),
    el("p", {}, el("code", {}, secret.masked)),
    el("ul", { class: "plain" }, places), leftOut(secret.places.left_out)),
  secret.rule, secret.title, secret.level_text, secret.places.rows);
}

function secretsSection() {
  const { rows, left_out } = data.secrets;
  return section("secrets", say('secrets'), rows.length + left_out,
    rows.length > 0 ? rows.map(secretRow) : el("p", {}, say('none')), leftOut(left_out));
}

function riskRow(risk) {
  return searchable(el("article", {},
    el("h3", {}, badge(risk), risk.title, " ", el("code", {}, [risk.id, ...risk.aliases].join(", "))),
    el("ul", { class: "flow" }, risk.subjects.rows.map((subject) => el("li", {}, el("code", {}, subject)))),
    risk.subjects.left_out > 0 && el("p", { class: "quiet" }, `${number(risk.subjects.left_out)} ${say('more')}`),
    facts([
      [say('layer'), risk.layer != null && String(nth(risk.layer))],
      [say('place'), risk.place],
      [say('why'), prose(risk.why)],
      [say('instead'), prose(risk.instead)],
    ])),
  risk.id, risk.aliases, risk.title, risk.level_text, risk.subjects.rows, risk.place);
}

function risksSection() {
  return section("risks", say('risks'), data.risks.length,
    data.risks.length > 0 ? data.risks.map(riskRow) : el("p", {}, say('none')));
}

function packagesSection() {
  const { rows, left_out } = data.packages;
  const row = (one) => searchable(el("tr", {},
    el("td", {}, one.kind), el("td", {}, one.name), el("td", {}, one.version),
    el("td", { class: "size" }, bytes(one.bytes)), el("td", {}, one.layer == null ? "" : nth(one.layer))),
  one.kind, one.name, one.version);
  const heads = ["", say('name'), say('version'), { text: say('size'), class: "size" }, say('layer')];
  return section("packages", say('packages'), rows.length + left_out,
    rows.length > 0 ? table(heads, rows.map(row)) : el("p", {}, say('noPackages')), leftOut(left_out));
}

function budgetSection() {
  const row = (line) => searchable(el("tr", {},
    el("td", {}, el("span", { class: `badge ${line.is_broken ? "level-high" : ""}` }, line.is_broken ? say('over') : say('within'))),
    el("td", {}, el("code", {}, line.name)), el("td", {}, line.actual), el("td", {}, line.limit),
    el("td", {}, el("code", {}, line.origin))), line.name, line.origin);
  const heads = ["", say('name'), say('actual'), say('allowed'), say('from')];
  return data.budget.length > 0 && section("budget", say('budget'), null, table(heads, data.budget.map(row)));
}

function growthSection() {
  const { growth, size } = data;
  if (!growth) return false;
  const before = growth.facts;
  const row = (one) => searchable(el("tr", {},
    el("td", {}, one.kind), el("td", {}, one.name), el("td", {}, one.from ?? say('new')), el("td", {}, one.to ?? "–"),
    el("td", { class: "size" }, signed(one.bytes))), one.kind, one.name);
  const heads = ["", say('name'), say('before'), say('now'), { text: say('change'), class: "size" }];
  const pair = (old, now) => `${bytes(old)} → ${bytes(now)} (${signed(now - old)})`;
  return section("growth", say('growth'), null,
    facts([
      [say('against'), before.baseline],
      [say('size'), pair(before.bytes, size.now)],
      [say('waste'), pair(before.wasted, size.wasted)],
      [say('layers'), `${before.layers} → ${data.layers.length} (${before.shared_layers} =, ${bytes(before.shared_bytes)})`],
    ]),
    growth.packages.rows.length > 0 && table(heads, growth.packages.rows.map(row)), leftOut(growth.packages.left_out));
}
