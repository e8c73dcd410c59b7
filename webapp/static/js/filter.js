// Filters a list as one types: <input data-filter="#list">; rows carry data-filter-text, groups of rows data-filter-group.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function filter(input) {
  const list = document.querySelector(input.dataset.filter);
  const words = plain(input.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const row of list.querySelectorAll("[data-filter-text]")) {
    const text = plain(row.dataset.filterText || row.textContent);
    row.hidden = !words.every((word) => text.includes(word));
    found += row.hidden ? 0 : 1;
  }
  for (const group of list.querySelectorAll("[data-filter-group]")) {
    group.hidden = words.length > 0 && !group.querySelector("[data-filter-text]:not([hidden])");
  }
  for (const empty of document.querySelectorAll(`[data-filter-empty="${input.dataset.filter}"]`)) empty.hidden = found > 0;
  const count = found === 1 ? "1 is left" : `${found} are left`;
  if (words.length) document.dispatchEvent(new CustomEvent("chainrule:say", { detail: count }));
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter]")) filter(event.target);
});

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.matches("[data-filter]")) return;
  if (event.key === "Enter") {
    event.preventDefault();
    document.querySelector(`${input.dataset.filter} [data-filter-text]:not([hidden]) a[href]`)?.click();
  } else if (event.key === "Escape" && input.value) {
    event.preventDefault();
    input.value = "";
    filter(input);
  }
});

// A field that needs this script is not there without it; a browser may have kept its text over a reload.
for (const input of document.querySelectorAll("[data-filter]")) {
  input.closest("[hidden]")?.removeAttribute("hidden");
  if (input.value) filter(input);
}
