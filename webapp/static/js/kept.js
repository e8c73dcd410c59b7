// What somebody has typed and the server has not: kept in this browser, and offered at the next visit, never put in unasked.

/** A copy in this browser, one for each person, kind and place. What it holds is an object; `at` says when it was made. */
export class Kept {
  #key;

  constructor(kind, place) {
    this.#key = `chainrule:${kind}:${document.body.dataset.user ?? ""}:${place}`;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "null");
    } catch {
      return null; // storage is switched off, or holds what is no copy of ours
    }
  }

  write(held) {
    try {
      localStorage.setItem(this.#key, JSON.stringify({ ...held, at: new Date().toISOString() }));
      return true;
    } catch {
      return false; // storage is switched off or full: whoever asks says that nothing is kept
    }
  }

  remove() {
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // Storage is switched off: there is nothing to remove.
    }
  }

  /** Takes the place of a copy under another key, where there is none under this. */
  adopt(former) {
    try {
      const held = localStorage.getItem(former.#key);
      if (held === null || localStorage.getItem(this.#key) !== null) return;
      localStorage.setItem(this.#key, held);
      localStorage.removeItem(former.#key);
    } catch {
      // Storage is switched off or full: the former copy stays where it is.
    }
  }
}

/** When a copy was made, for people. */
export const timeOf = (held) => new Date(held.at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** A notice before an element, with a button for each choice; any of them ends it. */
export function offer(element, sentence, choices) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.kind = "waiting";
  notice.setAttribute("role", "status");
  const body = document.createElement("div");
  body.className = "notice-body";
  const words = document.createElement("p");
  words.textContent = sentence;
  const buttons = document.createElement("p");
  buttons.className = "cluster";
  for (const [label, act] of Object.entries(choices)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = label;
    button.addEventListener("click", () => {
      act();
      notice.remove();
    });
    buttons.append(button);
  }
  body.append(words, buttons);
  notice.append(body);
  element.before(notice);
}
