// Scores typed as in a spreadsheet: <form data-score-form> around a table whose inputs carry data-entry.
//
// A cell is selected first (typing replaces, arrows move) and edited after F2, a click into it or a double click (arrows
// move the caret). What the page was opened with stands beside each input, in the hidden one after it; only cells that
// differ from it are sent.
//
// What is typed is kept in this browser until the server has saved it: by cell, so that it fits whatever part of the class
// is shown. A form that is sent carries a key, and a save that was done leads to `#saved-KEY`.
import { Kept, offer, timeOf } from "./kept.js";

const NUMBER = /^[+-]?(\d{1,12}([.,]\d*)?|[.,]\d+)$/;
const say = (words) => document.dispatchEvent(new CustomEvent("chainrule:say", { detail: words }));

class Grid {
  constructor(form) {
    this.form = form;
    this.rows = [...form.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("[data-entry]")]);
    this.places = new Map(this.rows.flatMap((row, y) => row.map((input, x) => [input, { x, y }])));
    this.status = form.querySelector("[data-score-status]");
    this.undo = form.querySelector("[data-score-undo]");
    this.edited = null;
    this.before = "";
    this.leaving = false;
    form.querySelector("[data-score-keys]").hidden = false;
    form.addEventListener("focusin", (event) => this.places.has(event.target) && this.select(event.target));
    form.addEventListener("mousedown", (event) => this.places.has(event.target) && this.press(event));
    form.addEventListener("dblclick", (event) => this.places.has(event.target) && this.edit(event.target));
    form.addEventListener("keydown", (event) => this.places.has(event.target) && this.key(event));
    form.addEventListener("paste", (event) => this.places.has(event.target) && this.paste(event));
    form.addEventListener("input", (event) => this.places.has(event.target) && this.changed([event.target]));
    this.undo.addEventListener("click", () => this.restore());
    form.addEventListener("submit", (event) => this.submit(event));
    form.addEventListener("formdata", (event) => this.thin(event.formData));
    window.addEventListener("beforeunload", (event) => !this.leaving && this.touched().length && event.preventDefault());
    window.addEventListener("pageshow", () => (this.leaving = false));
    this.note = "";
    this.copy = new Copy(form.dataset.scoreForm, form.elements.namedItem("key").value);
    for (const input of this.places.keys()) input.toggleAttribute("data-touched", touched(input));
    this.tell();
    this.offerKept();
    this.keep();
  }

  /** An earlier visit ended before these cells were saved. */
  offerKept() {
    const byName = new Map([...this.places.keys()].map((input) => [input.name, input]));
    const { held, cells } = this.copy;
    const here = Object.keys(cells).filter((name) => byName.has(name) && !same(cells[name].value, byName.get(name).value));
    const elsewhere = Object.keys(cells).filter((name) => !byName.has(name)).length;
    this.copy.undecided = new Set(here);
    if (!here.length && !elsewhere) return;
    const put = () => {
      const taken = here.map((name) => [byName.get(name), cells[name]]);
      for (const [input, { value }] of taken) input.value = value;
      this.changed(taken.map(([input]) => input));
      for (const [input, { was }] of taken) this.warn(input, was);
    };
    const discard = () => {
      this.copy.discard();
      this.keep();
    };
    const absent = elsewhere ? ` ${here.length ? `${elsewhere} of them` : "They"} stand beside students who are not on this page.` : "";
    offer(
      this.form,
      `This browser keeps ${count(here.length + elsewhere, "cell")}, typed until ${timeOf(held)}, not saved yet.${absent}`,
      { ...(here.length ? { "Put into the table": put } : {}), "Discard what is kept": discard },
    );
  }

  /** Somebody has saved another score since this one was typed. */
  warn(input, was) {
    const now = input.nextElementSibling.value;
    const told = document.getElementById(input.getAttribute("aria-describedby"));
    if (told && now !== was && !told.textContent) told.textContent = `Somebody has set it to ${now || "nothing"} meanwhile.`;
  }

  keep() {
    this.copy.keep([...this.places.keys()]);
  }

  select(input) {
    this.edited = null;
    this.before = input.value;
    input.select();
  }

  // The first press selects the cell; the browser would put the caret into it, and typing would not replace.
  press(event) {
    if (document.activeElement === event.target) {
      this.edited = event.target;
    } else if (event.button === 0) {
      event.preventDefault();
      event.target.focus();
    }
  }

  edit(input) {
    this.edited = input;
    input.setSelectionRange(input.value.length, input.value.length);
  }

  move(input, right, down) {
    const { x, y } = this.places.get(input);
    this.rows[y + down]?.[x + right]?.focus();
  }

  key(event) {
    const input = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const still = this.edited === input;
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], Enter: [0, event.shiftKey ? -1 : 1] };
    if (!still && !event.shiftKey) Object.assign(moves, { ArrowLeft: [-1, 0], ArrowRight: [1, 0] });
    if (moves[event.key]) {
      event.preventDefault();
      this.move(input, ...moves[event.key]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      input.value = this.before;
      this.changed([input]);
      this.select(input);
    } else if (event.key === "F2") {
      event.preventDefault();
      this.edit(input);
    } else if (event.key === "Delete" && !still) {
      event.preventDefault();
      input.value = "";
      this.changed([input]);
    }
  }

  // One value goes the browser's own way, which Ctrl-Z undoes; a block is spread over the cells from here on.
  paste(event) {
    const block = parse(event.clipboardData.getData("text/plain"));
    if (block.length === 1 && block[0].length === 1) return;
    event.preventDefault();
    const start = this.places.get(event.target);
    const filled = [];
    let beyond = 0;
    block.forEach((line, down) =>
      line.forEach((text, right) => {
        const input = this.rows[start.y + down]?.[start.x + right];
        if (!input) beyond += 1;
        else {
          input.value = text.trim();
          filled.push(input);
        }
      }),
    );
    this.changed(filled);
    this.note = `${count(filled.length, "cell")} pasted${beyond ? `; ${count(beyond, "value")} beyond the table left out` : ""}. `;
    this.tell();
    say(this.status.textContent);
  }

  changed(inputs) {
    this.note = "";
    for (const input of inputs) {
      if (input.dataset.entry === "score") this.check(input);
      input.toggleAttribute("data-touched", touched(input));
      this.copy.undecided.delete(input.name);
    }
    this.tell();
    this.keep();
  }

  restore() {
    const inputs = this.touched();
    for (const input of inputs) input.value = input.nextElementSibling.value;
    this.changed(inputs);
  }

  check(input) {
    const error = touched(input) ? wrong(input.value.trim(), Number(input.dataset.most)) : "";
    document.getElementById(input.getAttribute("aria-describedby")).textContent = error;
    if (error) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  tell() {
    const changes = this.touched().length;
    const bad = this.form.querySelectorAll("[aria-invalid]").length;
    this.undo.hidden = !changes;
    const told = changes ? `${count(changes, "change")}, not saved yet` : "";
    this.status.textContent = this.note + (bad ? `${told}${told ? "; " : ""}${bad} not right` : told);
  }

  touched() {
    return [...this.places.keys()].filter(touched);
  }

  submit(event) {
    const bad = [...this.form.querySelectorAll("[aria-invalid]")].filter((input) => wrong(input.value.trim(), Number(input.dataset.most)));
    if (bad.length) {
      event.preventDefault();
      bad[0].focus();
      say(`Not saved: ${count(bad.length, "score")} not right`);
    } else {
      this.leaving = true;
      this.copy.sent(this.touched());
    }
  }

  // A row is sent whole, the others not at all: a class of hundreds stays a small request.
  thin(data) {
    for (const row of this.rows) {
      if (row.some(touched)) continue;
      for (const input of row) for (const each of [input, input.nextElementSibling]) data.delete(each.name);
    }
  }
}

/** What is typed and not saved, by the names of cells: `value`, `was` (what it takes the place of), and `key` once sent. */
class Copy {
  undecided = new Set(); // cells that are offered, neither taken nor discarded

  constructor(place, key) {
    this.key = key;
    this.kept = new Kept("scores", place);
    this.held = this.kept.read();
    this.cells = { ...this.held?.cells };
    const [, saved] = location.hash.match(/^#saved-(\w+)$/) ?? [];
    if (!saved) return;
    for (const name of Object.keys(this.cells)) if (this.cells[name].key === saved) delete this.cells[name];
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  /** Keeps these inputs as they are now; what is not on this page stays as it is. */
  keep(inputs) {
    for (const input of inputs) {
      const { name, value } = input;
      if (touched(input)) this.cells[name] = { value, was: input.nextElementSibling.value };
      else if (!this.undecided.has(name)) delete this.cells[name];
    }
    this.write();
  }

  sent(inputs) {
    for (const { name } of inputs) this.cells[name] = { ...this.cells[name], key: this.key };
    this.write();
  }

  discard() {
    this.cells = {};
    this.undecided.clear();
  }

  write() {
    if (JSON.stringify(this.cells) === JSON.stringify(this.held?.cells ?? {})) return;
    if (Object.keys(this.cells).length) this.kept.write({ cells: this.cells });
    else this.kept.remove();
    this.held = this.kept.read();
  }
}

const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

function touched(input) {
  return input.value.trim() !== input.nextElementSibling.value;
}

/** Whether two texts say the same score, or are the same comment. */
function same(one, other) {
  const [a, b] = [one.trim(), other.trim()];
  return a === b || (NUMBER.test(a) && NUMBER.test(b) && Number(a.replace(",", ".")) === Number(b.replace(",", ".")));
}

// The same sentences as the server's, which has the last word.
function wrong(text, most) {
  if (!text) return "";
  if (!NUMBER.test(text)) return `“${text.slice(0, 20)}” is no number.`;
  const score = Number(text.replace(",", "."));
  if (score < 0) return `${text} is less than 0.`;
  if (score > most) return `${text} is more than ${most}.`;
  return /[.,]\d{3}\d*[1-9]/.test(text) ? `${text} has more than three decimals.` : "";
}

// What a spreadsheet puts on the clipboard: lines of cells between tabs; a cell with a line break or a quote is quoted.
export function parse(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const each = text[at];
    const row = rows.at(-1);
    if (quoted) {
      if (each !== '"') row[row.length - 1] += each;
      else if (text[at + 1] === '"') row[row.length - 1] += text[(at += 1)];
      else quoted = false;
    } else if (each === '"' && row.at(-1) === "") quoted = true;
    else if (each === "\t") row.push("");
    else if (each === "\n") rows.push([""]);
    else if (each !== "\r") row[row.length - 1] += each;
  }
  if (rows.length > 1 && rows.at(-1).length === 1 && rows.at(-1)[0] === "") rows.pop();
  return rows;
}

for (const form of document.querySelectorAll("[data-score-form]")) new Grid(form);
