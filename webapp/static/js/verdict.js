// Waits for a verdict: an element with data-poll-url and data-poll-after-ms is fetched anew and replaced, until it has none.
//
// A hidden tab waits until it is seen again; a request that failed is made again after a pause that grows.
const MAX_PAUSE_MS = 15_000;
const waiting = new WeakSet();

const say = (words) => document.dispatchEvent(new CustomEvent("chainrule:say", { detail: words }));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function seen() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true })).then(seen);
}

class Refused extends Error {}

/** The fragment's element as the server has it now. Raises Refused where asking again is of no use. */
async function fetchFragment(element) {
  const response = await fetch(element.dataset.pollUrl, { headers: { "HX-Request": "true" } });
  if (!response.ok) {
    const passing = response.status === 429 || response.status >= 500;
    throw new (passing ? Error : Refused)(`the server answered ${response.status}`);
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(element.id);
  if (!fresh) throw new Refused("the server's answer is not this page (have you signed out?)");
  return document.importNode(fresh, true);
}

/** Puts the fresh element in place; what was open stays open, what had the focus has it again. */
function replace(element, fresh) {
  for (const details of element.querySelectorAll("details[id]")) {
    const successor = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (successor?.dataset.state === details.dataset.state && successor instanceof HTMLDetailsElement) {
      successor.open = details.open;
    }
  }
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  window.htmx?.process(fresh);
  fresh.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: fresh } }));
}

function tell(element, words) {
  const place = element.querySelector("[data-poll-status]");
  if (place && place.textContent !== words) {
    place.textContent = words;
    if (words) say(words);
  }
}

async function watch(element) {
  let failures = 0;
  let before = "";
  while (element.isConnected && element.dataset.pollUrl) {
    const after = Number(element.dataset.pollAfterMs);
    await pause(failures ? Math.min(1000 * 2 ** (failures - 1), MAX_PAUSE_MS) : after);
    await seen();
    if (!element.isConnected) return;
    let fresh;
    try {
      fresh = await fetchFragment(element);
    } catch (error) {
      if (error instanceof Refused) {
        tell(element, `This page cannot follow any more: ${error.message}. Reload it; nothing is lost.`);
        return;
      }
      failures += 1;
      tell(element, "No connection. Nothing is lost; this page tries again by itself.");
      continue;
    }
    failures = 0;
    // Nothing new: what is there stays, so that a press on it is not lost between two copies.
    if (fresh.outerHTML === before) {
      tell(element, "");
      continue;
    }
    before = fresh.outerHTML;
    waiting.add(fresh);
    replace(element, fresh);
    element = fresh;
  }
}

function setUp() {
  for (const element of document.querySelectorAll("[data-poll-url][data-poll-after-ms]")) {
    if (waiting.has(element)) continue;
    waiting.add(element);
    watch(element);
  }
}

let announced = "";

/** What arrives may have words to be read out; the same words again say nothing new. */
function announce(arrived) {
  const { dataset } = (arrived.id === "content" && arrived.querySelector("[data-announce]")) || arrived;
  if (!dataset.announce || dataset.announce === announced) return;
  announced = dataset.announce;
  say(announced);
}

setUp();
document.addEventListener("htmx:load", (event) => {
  setUp();
  announce(event.detail.elt);
});
