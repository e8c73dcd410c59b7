// Panes that become tabs on a phone: <div class="panes" data-tabs> with <section class="pane" data-tab="Statement">.
const NARROW = matchMedia("(max-width: 799.98px)");
let count = 0;

function enhance(panes) {
  const sections = [...panes.querySelectorAll(":scope > [data-tab]")];
  if (sections.length < 2) return;
  panes.dataset.tabs = "ready";
  const list = document.createElement("div");
  list.className = "tabs";
  list.setAttribute("role", "tablist");
  const tabs = sections.map((section) => {
    section.id ||= `pane-${++count}`;
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `${section.id}-tab`;
    tab.textContent = section.dataset.tab;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", section.id);
    list.append(tab);
    return tab;
  });
  panes.before(list);

  function select(chosen) {
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      sections[index].toggleAttribute("data-tab-hidden", index !== chosen);
    });
  }

  /** Side by side they are plain sections with a name; as tabs they are panels named by their tab. */
  function describe() {
    sections.forEach((section, index) => {
      section.setAttribute("role", NARROW.matches ? "tabpanel" : "region");
      if (NARROW.matches) {
        section.setAttribute("aria-labelledby", tabs[index].id);
        section.removeAttribute("aria-label");
      } else {
        section.removeAttribute("aria-labelledby");
        section.setAttribute("aria-label", section.dataset.tab);
      }
    });
  }

  list.addEventListener("click", (event) => {
    const index = tabs.indexOf(event.target);
    if (index >= 0) select(index);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (tabs.indexOf(event.target) + step + tabs.length) % tabs.length;
    select(next);
    tabs[next].focus();
  });
  // Something in a pane that is not shown wants attention: go there.
  panes.addEventListener("chainrule:show", (event) => {
    const index = sections.findIndex((section) => section.contains(event.target));
    if (index >= 0) select(index);
  });
  NARROW.addEventListener("change", describe);
  select(0);
  describe();
}

function setUp(root) {
  for (const panes of root.querySelectorAll('[data-tabs]:not([data-tabs="ready"])')) enhance(panes);
}

setUp(document);
document.addEventListener("htmx:load", () => setUp(document));
