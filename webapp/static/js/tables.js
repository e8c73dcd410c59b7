// Tables that become blocks on a phone: <table class="table stacked">. Each cell gets the name of its column, and all get
// the roles that a table loses when it is laid out as something else. Without this script they scroll.
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };

function roleOf(element) {
  if (element.tagName !== "TH") return ROLES[element.tagName];
  return element.scope.startsWith("row") ? "rowheader" : "columnheader";
}

/** A column's name; a column of buttons has one only for those who hear it. */
function nameOf(head) {
  return head.querySelector(".visually-hidden") ? "" : head.textContent.trim();
}

function prepare(table) {
  const names = [...table.tHead.rows[0].cells].map(nameOf);
  for (const element of [table, ...table.querySelectorAll("thead, tbody, tr, th, td")]) {
    element.setAttribute("role", roleOf(element));
  }
  for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
    [...row.cells].forEach((cell, index) => {
      cell.dataset.label = names[index] ?? "";
      if (!cell.textContent.trim()) cell.dataset.empty = "";
    });
  }
  table.dataset.stacks = "";
}

function setUp() {
  for (const table of document.querySelectorAll("table.stacked:not([data-stacks])")) prepare(table);
}

setUp();
document.addEventListener("htmx:load", setUp);
