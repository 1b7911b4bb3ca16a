// Sorting, filtering and the table of contents that follows. The page says everything without this script; it only
// helps to find a row. Nothing is loaded, stored or sent. Texts here are in html.py's FURNITURE, for the fonts.
(() => {
  "use strict";
  const make = (name, attributes, text) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    return node;
  };
  const number = (text) => {
    const plain = text.replace(/[,，\s人元所次件笔％%●▲✓？]/g, "");
    return /^[+-]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
  };
  const compare = (a, b) => {
    const x = number(a), y = number(b);
    if (x !== null && y !== null) return x - y;
    if (x !== null || y !== null) return x !== null ? -1 : 1; // 缺报 and — after every number
    return a.localeCompare(b, "zh-Hans-CN");
  };
  const prepare = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const words = (row, place) => row.cells[place].textContent.trim();
    const sort = (place, order) => {
      const sign = order === "descending" ? -1 : 1;
      const unknown = (row) => /^[？\s]*(缺报|—|＜10)?$/.test(words(row, place));
      const sorted = order === "none" ? rows : [...rows].sort((a, b) =>
        unknown(a) - unknown(b) || sign * compare(words(a, place), words(b, place)) || rows.indexOf(a) - rows.indexOf(b));
      body.append(...sorted);
    };
    heads.forEach((head, place) => {
      const button = make("button", { type: "button", class: "sort" }, head.textContent);
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const next = { none: head.classList.contains("num") ? "descending" : "ascending", ascending: head.classList.contains("num") ? "none" : "descending", descending: head.classList.contains("num") ? "ascending" : "none" }[before];
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", next);
        sort(place, next);
      });
    });
    const tools = make("div", { class: "tools" });
    const label = make("label", {}, "筛选 ");
    const input = make("input", { type: "search", autocomplete: "off", placeholder: "学校等文字" });
    const count = make("output", { "aria-live": "polite" }, `共 ${rows.length} 行`);
    label.append(input);
    tools.append(label, count);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = wanted ? `显示 ${shown} 行，共 ${rows.length} 行` : `共 ${rows.length} 行`;
    });
    table.closest(".scroll").before(tools);
  };
  document.querySelectorAll("table.sortable").forEach(prepare);

  const links = new Map([...document.querySelectorAll("nav a[href^='#']")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const heads = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const follow = () => {
    let current = heads[0];
    for (const head of heads) if (head.getBoundingClientRect().top < innerHeight * 0.3) current = head;
    for (const link of links.values()) link.removeAttribute("aria-current");
    if (current) links.get(current.id).setAttribute("aria-current", "true");
  };
  if (heads.length) {
    addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
    follow();
  }
})();
