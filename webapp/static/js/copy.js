// Buttons that copy the text of another element: `data-copy="#id"`.
const SHOWN_FOR_MS = 2000;

function show(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

async function copy(element) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(element.textContent);
    return;
  }
  // Without https there is no clipboard object; the old way needs the text selected.
  const selection = getSelection();
  selection.selectAllChildren(element);
  const copied = document.execCommand("copy");
  selection.removeAllRanges();
  if (!copied) throw new Error("the browser refused to copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const element = document.querySelector(button.dataset.copy);
  let words = "Copied";
  try {
    await copy(element);
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, SHOWN_FOR_MS);
  } catch {
    getSelection().selectAllChildren(element);
    words = "The browser does not let this page copy. The text is selected: press Ctrl-C.";
  }
  document.dispatchEvent(new CustomEvent("chainrule:say", { detail: words }));
});

show(document);
document.addEventListener("htmx:load", () => show(document));
