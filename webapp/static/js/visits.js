// Pages whose content alone is fetched (HX-Location): the frame around it and its scripts stay.
const isVisit = ({ detail }) => detail.target?.id === "content";

// The keyboard goes on where the page begins, as after a load.
document.addEventListener("htmx:pushedIntoHistory", () => {
  document.getElementById("content").focus({ preventScroll: true });
});

// htmx takes leave of every old element by two events; a statement's formulas are thousands, and nobody listens there.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isVisit(event) || !event.detail.shouldSwap) return;
  for (const prose of event.detail.target.querySelectorAll(".prose")) prose.remove();
});

// Where that fails the browser goes there itself: it tells why not, and tries again on a press.
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    if (isVisit(event)) location.assign(event.detail.pathInfo.requestPath);
  });
}
