// The keys: Ctrl-Enter runs, Ctrl-Shift-Enter submits, / finds an exercise, ? lists the keys. And buttons that open dialogs.
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const TYPING = "input, textarea, select, [contenteditable], chainrule-editor";

const isTyping = (event) => event.target instanceof Element && event.target.closest(TYPING) !== null;

function press(name) {
  const button = document.querySelector(`[data-key="${name}"]`);
  if (!button) return false;
  button.click();
  return true;
}

function find() {
  const field = document.querySelector('[data-key="find"]');
  if (field) {
    field.focus();
    field.select();
  } else if (document.body.dataset.findUrl) {
    location.assign(document.body.dataset.findUrl);
  }
}

function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

// While the event goes down: an editor has ideas of its own about Ctrl-Enter.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (!press(event.shiftKey ? "submit" : "run")) return;
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return;
  if (event.key === "/") find();
  else if (event.key === "?") open("keys");
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open-dialog]");
  if (button) open(button.dataset.openDialog);
});

function show(root) {
  for (const button of root.querySelectorAll("[data-open-dialog]")) button.hidden = false;
  if (!MAC) return;
  for (const key of root.querySelectorAll("kbd")) key.textContent = key.textContent.replace("Ctrl", "⌘");
}

if (location.hash === "#find") find();
show(document);
document.addEventListener("htmx:load", () => show(document));
