// Search and filters of the index page; without this script all rows simply stand there.
(() => {
  "use strict";
  const get = (id) => document.getElementById(id);
  const rows = [...document.querySelectorAll("tbody tr")];
  const show = () => {
    const town = get("town").value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const data = row.dataset;
      row.hidden = !(data.town.includes(town)
        && (!get("theme").value || data.theme === get("theme").value)
        && (!get("status").value || data.status === get("status").value));
      shown += row.hidden ? 0 : 1;
    }
    get("count").textContent = `显示 ${shown} 份，共 ${rows.length} 份`;
    get("nothing").hidden = shown > 0;
  };
  get("tools").hidden = false;
  get("tools").addEventListener("input", show);
  get("tools").addEventListener("submit", (event) => event.preventDefault());
  show();
})();
