// Shows moments in the reader's time zone, relative where they are near; the course's zone is in the title. Where a page is
// about the course's own clock it is the other way round.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const REFRESH_MS = 30_000;
const LOCALE = "en-GB";
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const clock = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(LOCALE, { weekday: "short", day: "numeric", month: "short" });
const dateAndYear = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric" });

/** "today", "Tue 24 Nov" or, far away, "24 Nov 2027": the day of a moment, seen from now, in the reader's zone. */
function dayOf(moment, now) {
  const midnight = (when) => new Date(when.getFullYear(), when.getMonth(), when.getDate());
  const days = Math.round((midnight(moment) - midnight(now)) / DAY);
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
  if (near) return near;
  return Math.abs(days) < 300 ? date.format(moment) : dateAndYear.format(moment);
}

/** "3 h 20 min", "6 days": a length in at most two units. */
function span(ms) {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 36) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(ms / DAY)} days`;
}

/** "just now", "25 min ago", "3 h ago": one unit is enough for what is over. */
function ago(ms) {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 1) return "just now";
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
}

function relative(moment, now) {
  const ms = moment - now;
  const at = `${dayOf(moment, now)} ${clock.format(moment)}`;
  if (ms >= 0 && ms < 21 * DAY) return `${at}, in ${span(ms)}`;
  if (ms < 0 && ms > -MINUTE) return ago(-ms);
  if (ms < 0 && ms > -DAY) return `${at}, ${ago(-ms)}`;
  return at;
}

function show(element, now) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  const zone = element.dataset.courseZone ?? HERE;
  if (element.dataset.kind === "course") {
    element.title = told(moment, HERE);
    return;
  }
  const absolute = `${dateAndYear.format(moment)}, ${clock.format(moment)}`;
  const words = element.dataset.kind === "absolute" ? absolute : relative(moment, now);
  if (element.textContent !== words) element.textContent = words;
  element.title = told(moment, zone);
}

/** A moment in full by the clock of a zone, which is named. */
function told(moment, zone) {
  const there = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, dateStyle: "full", timeStyle: "short" });
  return `${there.format(moment)} (${zone})`;
}

function refresh() {
  const now = new Date();
  for (const element of document.querySelectorAll("time[datetime][data-course-zone]")) show(element, now);
}

refresh();
document.addEventListener("htmx:load", refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => document.hidden || refresh(), REFRESH_MS);
