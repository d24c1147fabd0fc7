// The search, and the page put together.

/** How long typing rests before the search begins, in milliseconds. */
const PAUSE = 120;

function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let count = searchFiles(words);
  // A section of which nothing matches would be a head without a body.
  const sections = new Map();
  for (const { element, text } of searched) {
    const matches = words.every((word) => text.includes(word));
    element.hidden = !matches;
    if (matches && words.length > 0) count += 1;
    const section = element.closest("section");
    sections.set(section, matches || sections.get(section) === true);
  }
  sections.forEach((matches, section) => { section.hidden = !matches; });
  const told = words.length === 0 ? say('searchHint') : count > 0 ? `${number(count)} ${say('found')}` : say('nothing');
  document.getElementById("hits").textContent = told;
}

function searchBox() {
  let timer = 0;
  const box = el("input", {
    id: "search", type: "search", placeholder: say('search'), "aria-label": say('search'), autocomplete: "off", spellcheck: "false",
    oninput: () => { clearTimeout(timer); timer = setTimeout(() => search(box.value), PAUSE); },
    onkeydown: (event) => {
      if (event.key === "Escape") { box.value = ""; search(""); }
    },
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input")) { event.preventDefault(); box.focus(); box.select(); }
  });
  return el("div", { class: "tools", role: "search" }, box, el("span", { id: "hits", "aria-live": "polite" }, say('searchHint')));
}

document.body.append(
  header(),
  searchBox(),
  el("main", {}, ...[
    budgetSection(), layersSection(), filesSection(), wasteSection(), secretsSection(), risksSection(), growthSection(),
    packagesSection(), about(),
  ].filter(Boolean)));
drawTreemap();
