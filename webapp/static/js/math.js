// Renders TeX, in the page and in what is swapped into it; KaTeX is fetched by the first page that has any.
const asset = (name) => document.querySelector(`meta[name="asset-${name}"]`).content;
let katex;
// A formula that is wider than its place scrolls by itself, so the keyboard must reach it; fonts that come later, and a
// narrower window, make it so too.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
document.fonts?.addEventListener("loadingdone", () => {
  for (const block of document.querySelectorAll(".math.block[data-rendered]")) {
    sizes.unobserve(block);
    sizes.observe(block);
  }
});

function load() {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = asset("katex-css");
  const styled = new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => reject(new Error("KaTeX's style sheet did not load"));
  });
  document.head.append(link);
  return Promise.all([import(asset("katex")), styled]).then(([module]) => module);
}

/** A header cell that is a formula alone has no name for those who hear the table (MathML counts for none): it gets one. */
function nameHeader(element, tex) {
  if (!element.closest("th")) return;
  element.role = "math";
  element.ariaLabel = tex.replaceAll(/[\\{}]/g, "").replaceAll(/[_^]/g, " ");
}

async function typeset(root) {
  const formulas = [...root.querySelectorAll(".math:not([data-rendered])")];
  if (!formulas.length) return;
  katex ??= load();
  const { render } = await katex;
  for (const element of formulas) {
    if (element.dataset.rendered !== undefined) continue;
    const tex = element.textContent;
    const block = element.classList.contains("block");
    // A formula with a mistake in it is shown as it was written, in red, and the rest of the page is not held up.
    render(tex, element, { displayMode: block, throwOnError: false, errorColor: "var(--wrong)", strict: "ignore" });
    element.dataset.rendered = "";
    nameHeader(element, tex);
    if (block) sizes.observe(element);
  }
}

typeset(document);
document.addEventListener("htmx:load", () => typeset(document));
