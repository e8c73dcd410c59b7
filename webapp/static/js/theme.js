// Chooses light or dark before anything is drawn, and on the button's press; a classic script, so that nothing flashes.
(() => {
  const KEY = "chainrule:theme";
  const CHOICES = ["system", "light", "dark"];
  const ICONS = { system: "system", light: "sun", dark: "moon" };
  const WORDS = { system: "as the system", light: "light", dark: "dark" };
  let chosen = "system";
  try {
    const kept = localStorage.getItem(KEY);
    if (kept !== null && CHOICES.includes(kept)) chosen = kept;
  } catch {
    // Storage is switched off in this browser: the choice then lasts as long as the page.
  }

  function apply() {
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  }

  function label() {
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      const icon = button.querySelector("use");
      icon?.setAttribute("href", (icon.getAttribute("href") ?? "").replace(/#.*/, `#${ICONS[chosen]}`));
      const words = button.querySelector("[data-theme-label]");
      if (words) words.textContent = `Colours: ${WORDS[chosen]}`;
      button.title = `Colours: ${WORDS[chosen]}`;
      button.hidden = false;
    }
  }

  apply();
  document.addEventListener("DOMContentLoaded", label);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-button]")) return;
    chosen = CHOICES[(CHOICES.indexOf(chosen) + 1) % CHOICES.length];
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // As above: the page still changes.
    }
    apply();
    label();
    document.dispatchEvent(new CustomEvent("chainrule:theme"));
    document.dispatchEvent(new CustomEvent("chainrule:say", { detail: `Colours: ${WORDS[chosen]}` }));
  });
})();
