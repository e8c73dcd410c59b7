// Turns <textarea data-editor> into CodeMirror. The textarea stays the form's field, in step with every key, and works alone.
//
// The way of a draft: a key -> `input` on the textarea -> 400 ms of quiet -> `chainrule:pause` -> htmx sends the form
// (draft and run) -> the answer fills the strip of checks and the gutter. While the server cannot be reached, the source
// is kept in localStorage and offered at the next visit.
import { Kept, offer, timeOf } from "./kept.js";
import { NAMES_OF_NUMPY } from "./numpy.js";

const PAUSE_MS = 400;
const RETRY_MS = [2_000, 5_000, 15_000, 60_000];
const NARROW = matchMedia("(max-width: 799.98px)");
const MAX_DROPPED_BYTES = 1024 * 1024;
const LEAVE = "Press Escape, then Tab, to leave the editor.";

const say = (words) => document.dispatchEvent(new CustomEvent("chainrule:say", { detail: words }));
const clock = () => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(new Date());

// ---------------------------------------------------------------------------------------------------------------------
// The draft: what is saved, what is kept in this browser

/** Pages of an exercise under whose own addresses its copies were kept at first. */
const FORMER_PAGES = ["/start-over", "/run"];

/** The copy of a draft that has not reached the server, whichever page shows the exercise of that address. */
function copyOf(address) {
  const kept = new Kept("draft", address);
  for (const page of FORMER_PAGES) kept.adopt(new Kept("draft", address + page)); // of more than one, one at each visit
  return kept;
}

/** Watches a textarea and the requests of its form; tells when one pauses, what is saved and what is not. */
class Draft {
  #timer = 0;
  #retries = 0;
  #sent = "";
  #kept;

  constructor(textarea) {
    this.textarea = textarea;
    this.#kept = copyOf(textarea.dataset.address ?? location.pathname);
    this.form = textarea.form;
    this.status = this.form?.querySelector("[data-editor-status]");
    this.saved = textarea.value;
    textarea.addEventListener("input", () => this.#schedule(PAUSE_MS));
    this.form?.addEventListener("htmx:beforeRequest", () => {
      this.#sent = this.textarea.value;
      clearTimeout(this.#timer);
    });
    // A request that a newer one has replaced ends in neither of these.
    this.form?.addEventListener("htmx:afterRequest", (event) => event.detail.successful && this.#succeeded());
    this.form?.addEventListener("htmx:responseError", ({ detail }) => this.#failed(detail.elt, detail.xhr.status));
    for (const name of ["htmx:sendError", "htmx:timeout"]) {
      this.form?.addEventListener(name, ({ detail }) => this.#failed(detail.elt, 0));
    }
    addEventListener("online", () => this.dirty && this.#pause());
    addEventListener("pagehide", () => this.dirty && this.#kept.write({ source: this.textarea.value }));
    this.#offerKept();
  }

  get dirty() {
    return this.textarea.value !== this.saved;
  }

  #schedule(ms) {
    clearTimeout(this.#timer);
    if (this.dirty) this.#timer = setTimeout(() => this.#pause(), ms);
  }

  #pause() {
    this.textarea.dispatchEvent(new CustomEvent("chainrule:pause", { bubbles: true }));
  }

  #succeeded() {
    this.saved = this.#sent;
    this.#retries = 0;
    this.#kept.remove();
    this.#takeOverRevision();
    this.#tell(`Saved ${clock()}`);
    this.#schedule(PAUSE_MS);
  }

  /** `asked` is the button that sent it; status 0: nobody answered. */
  #failed(asked, status) {
    const kept = this.#kept.write({ source: this.textarea.value });
    // What the server could not keep it has told in the strip or above the page.
    const why = status ? (status < 500 ? "the reason is on this page" : "the server is broken") : "no connection";
    const what = asked.dataset.key === "submit" ? "Not handed in" : "Not saved";
    this.#tell(`${what}: ${why}. ${kept ? "A copy is kept in this browser." : "Do not close this page."}`, "waiting");
    // Trying again helps where nobody answered, or too many asked; not where the answer is a no.
    if (status && status !== 429 && status < 500) return;
    const wait = RETRY_MS[Math.min(this.#retries++, RETRY_MS.length - 1)];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pause(), wait);
  }

  #takeOverRevision() {
    const told = [...document.querySelectorAll("[data-draft-revision]")].filter((each) => each !== this.textarea).at(-1);
    if (!told) return;
    this.textarea.dataset.draftRevision = told.dataset.draftRevision;
    const field = this.form.elements.namedItem("revision");
    if (field) field.value = told.dataset.draftRevision;
  }

  #tell(words, kind = "") {
    if (!this.status) return;
    if (kind && this.status.textContent !== words) say(words);
    this.status.textContent = words;
    this.status.dataset.kind = kind;
  }

  /** An earlier visit ended before its last lines were known to be saved: they are offered, never put in unasked. */
  #offerKept() {
    const kept = this.#kept.read();
    if (!kept || kept.source === this.textarea.value) {
      this.#kept.remove();
      return;
    }
    const use = () => this.textarea.dispatchEvent(new CustomEvent("chainrule:source", { detail: kept.source }));
    offer(
      this.textarea.closest(".editor") ?? this.textarea,
      `This browser keeps a copy of your work from ${timeOf(kept)} which differs from what is here.`,
      { "Use the copy": use, "Discard it": () => this.#kept.remove() },
    );
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// CodeMirror

/** A place for the editor with styles of its own: there CodeMirror uses constructable style sheets, as our policy wants. */
customElements.define(
  "chainrule-editor",
  class extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" });
    }
  },
);

function look({ EditorView, HighlightStyle, syntaxHighlighting, tags }) {
  const theme = EditorView.theme({
    "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--raised)", fontSize: "var(--text-code)" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "1.6", fontVariantLigatures: "none" },
    ".cm-content": { caretColor: "var(--ink)", padding: "8px 0" },
    ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      backgroundColor: "var(--code-selection)",
    },
    ".cm-content ::selection": { backgroundColor: "var(--code-selection)" },
    ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--ink-muted)", border: "none" },
    ".cm-lineNumbers .cm-gutterElement": { minWidth: "32px" },
    ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-line)" },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
    "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--wrong-soft)", color: "var(--wrong)" },
    ".cm-selectionMatch": { backgroundColor: "var(--accent-soft)" },
    ".cm-searchMatch": { backgroundColor: "var(--waiting-soft)", outline: "1px solid var(--waiting)" },
    ".cm-searchMatch-selected": { backgroundColor: "var(--code-selection)" },
    ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)", fontFamily: "var(--font-text)" },
    ".cm-panels-bottom": { borderTop: "1px solid var(--line)" },
    ".cm-panel.cm-search": { padding: "8px", fontSize: "var(--text-s)" },
    ".cm-panel.cm-search label": { fontSize: "inherit" },
    ".cm-textfield, .cm-button": {
      backgroundColor: "var(--raised)",
      border: "1px solid var(--line-strong)",
      borderRadius: "var(--radius)",
      color: "var(--ink)",
      fontFamily: "inherit",
      fontSize: "var(--text-s)",
      padding: "4px 8px",
    },
    ".cm-button": { backgroundImage: "none" },
    ".cm-textfield:focus-visible, .cm-button:focus-visible": { outline: "2px solid var(--accent)" },
    ".cm-panel.cm-search [name=close]": { color: "var(--ink)" },
    ".cm-tooltip": {
      backgroundColor: "var(--raised)",
      color: "var(--ink)",
      border: "1px solid var(--line)",
      borderRadius: "var(--radius)",
      boxShadow: "var(--shadow)",
    },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-code)" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
      backgroundColor: "var(--accent)",
      color: "var(--on-accent)",
    },
    ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
    ".cm-diagnostic": { fontFamily: "var(--font-text)", padding: "4px 8px" },
    ".cm-diagnostic-error": { borderLeftColor: "var(--wrong)" },
    ".cm-lintRange-error": {
      backgroundImage: "none",
      textDecoration: "underline wavy var(--wrong)",
      textDecorationSkipInk: "none",
    },
    ".cm-lint-marker-error": { content: '""', backgroundColor: "var(--wrong)", borderRadius: "50%", scale: "0.6" },
  });
  const style = HighlightStyle.define([
    { tag: [tags.keyword, tags.self, tags.bool, tags.null], color: "var(--code-keyword)" },
    { tag: [tags.definition(tags.function(tags.variableName)), tags.className], color: "var(--code-name)" },
    { tag: tags.function(tags.variableName), color: "var(--code-name)" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
    { tag: tags.number, color: "var(--code-number)" },
    { tag: [tags.comment, tags.docString], color: "var(--code-comment)" },
    { tag: tags.invalid, color: "var(--wrong)" },
  ]);
  return [theme, syntaxHighlighting(style)];
}

function completions({ pythonLanguage }, names) {
  const own = names.map((name) => ({ label: name, type: "variable", boost: 1 }));
  const source = (context) => {
    const numpy = context.matchBefore(/\b(?:np|numpy)\.(?:linalg\.|random\.)?\w*/);
    if (numpy) {
      const [, module = ""] = numpy.text.match(/\.(linalg|random)\./) ?? [];
      const from = numpy.from + numpy.text.lastIndexOf(".") + 1;
      return { from, options: NAMES_OF_NUMPY[module].map((label) => ({ label, type: "function" })), validFor: /^\w*$/ };
    }
    const word = context.matchBefore(/(?<![.\w])[A-Za-z_]\w*/);
    return word || context.explicit ? { from: word?.from ?? context.pos, options: own, validFor: /^\w*$/ } : null;
  };
  return pythonLanguage.data.of({ autocomplete: source });
}

function keys(cm) {
  // Tab indents; after Escape it leaves, until one types again or has left.
  const leave = (view) => {
    if (cm.completionStatus(view.state)) return false;
    view.setTabFocusMode(true);
    say("Tab now leaves the editor.");
    return false;
  };
  return [
    cm.Prec.high(
      cm.keymap.of([
        { key: "Tab", run: (view) => cm.acceptCompletion(view) || cm.indentMore(view), shift: cm.indentLess },
        { key: "Escape", run: leave },
      ]),
    ),
    cm.keymap.of([
      ...cm.closeBracketsKeymap,
      ...cm.defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
      ...cm.searchKeymap,
      ...cm.historyKeymap,
      ...cm.completionKeymap,
      ...cm.lintKeymap,
    ]),
    cm.EditorView.domEventHandlers({ blur: (_, view) => view.setTabFocusMode(false) }),
  ];
}

/**
 * Types over a selection of several lines. Left to itself Chromium deletes it first and puts style attributes on what it
 * joins; our policy forbids these, and the console tells so.
 */
function typeOver({ EditorView }) {
  const beforeinput = (event, view) => {
    const { from, to } = view.state.selection.main;
    const { data: text, inputType } = event;
    if (inputType !== "insertText" || !text || view.state.doc.lineAt(from).to >= to) return false;
    const typed = { userEvent: "input.type", scrollIntoView: true };
    const insert = () => view.state.update(view.state.replaceSelection(text), typed);
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handler) => handler(view, from, to, text, insert))) view.dispatch(insert());
    return true;
  };
  return EditorView.domEventHandlers({ beforeinput });
}

function create(cm, textarea) {
  const host = document.createElement("chainrule-editor");
  textarea.after(host);
  const label = textarea.labels?.[0];
  const name = textarea.getAttribute("aria-label") ?? label?.textContent.trim() ?? "Your code";
  const names = JSON.parse(textarea.dataset.names ?? "[]");
  const inStep = cm.EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    update.view.setTabFocusMode(false);
    textarea.value = update.state.doc.toString();
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const view = new cm.EditorView({
    doc: textarea.value,
    root: host.shadowRoot,
    parent: host.shadowRoot,
    extensions: [
      cm.lineNumbers(),
      cm.lintGutter(),
      cm.highlightActiveLineGutter(),
      cm.highlightSpecialChars(),
      cm.highlightActiveLine(),
      cm.highlightSelectionMatches(),
      cm.history(),
      cm.drawSelection(),
      cm.indentOnInput(),
      cm.indentUnit.of("    "),
      cm.EditorState.tabSize.of(4),
      cm.bracketMatching(),
      cm.closeBrackets(),
      cm.autocompletion({ icons: false }),
      cm.python(),
      completions(cm, names),
      keys(cm),
      typeOver(cm),
      look(cm),
      NARROW.matches ? cm.EditorView.lineWrapping : [],
      cm.EditorState.readOnly.of(textarea.readOnly),
      cm.EditorView.contentAttributes.of({ "aria-label": `${name}. ${LEAVE}`, spellcheck: "false", tabindex: "0" }),
      inStep,
    ],
  });
  textarea.hidden = true;
  label?.addEventListener("click", () => view.focus());
  return { host, view };
}

function replaceAll(view, text) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
}

/** What the last run said about lines: elements with data-line and data-message anywhere in the form. */
function showDiagnostics(cm, view, form) {
  const { doc } = view.state;
  const diagnostics = [...form.querySelectorAll("[data-line][data-message]")]
    .map((element) => ({ line: Number(element.dataset.line), message: element.dataset.message }))
    .filter(({ line }) => line >= 1 && line <= doc.lines)
    .map(({ line, message }) => {
      const { from, to, text } = doc.line(line);
      return { from: from + text.search(/\S|$/), to, severity: "error", message };
    })
    .sort((a, b) => a.from - b.from);
  view.dispatch(cm.setDiagnostics(view.state, diagnostics));
}

/** A .py file dropped onto the editor takes the place of its text; one step back undoes it. */
function acceptDrops(host, view) {
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  host.addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    host.dataset.dropping = "";
  });
  host.addEventListener("dragleave", () => delete host.dataset.dropping);
  host.addEventListener(
    "drop",
    async (event) => {
      delete host.dataset.dropping;
      if (!isFile(event)) return;
      event.preventDefault();
      event.stopPropagation();
      const [file] = event.dataTransfer.files;
      if (!file.name.endsWith(".py")) say(`${file.name} is no .py file. Upload a notebook with the button below.`);
      else if (file.size > MAX_DROPPED_BYTES) say(`${file.name} is too large: at most 1 MiB.`);
      else {
        replaceAll(view, (await file.text()).replaceAll("\r\n", "\n"));
        say(`${file.name} is in the editor. Ctrl-Z brings back what was there.`);
      }
    },
    { capture: true },
  );
}

async function enhance(textarea) {
  textarea.dataset.editor = "ready";
  const plain = (event) => {
    textarea.value = event.detail;
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  };
  textarea.addEventListener("chainrule:source", plain);
  const draft = new Draft(textarea);
  const cm = await import(document.querySelector('meta[name="asset-codemirror"]').content);
  const { host, view } = create(cm, textarea);
  textarea.removeEventListener("chainrule:source", plain);
  textarea.addEventListener("chainrule:source", (event) => replaceAll(view, event.detail));
  acceptDrops(host, view);
  // Of a run that is still under way the marks of the one before stay: they move with the text.
  draft.form?.addEventListener("htmx:load", () => {
    if (!draft.form.querySelector("[data-poll-url]")) showDiagnostics(cm, view, draft.form);
  });
  if (textarea.autofocus) view.focus();
}

function setUp() {
  for (const textarea of document.querySelectorAll('textarea[data-editor]:not([data-editor="ready"])')) enhance(textarea);
}

setUp();
document.addEventListener("htmx:load", setUp);
