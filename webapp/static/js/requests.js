// What comes back from htmx's requests: answers that say why not are shown, those of strangers are not.
//
// Our errors come as notices for #notices (HX-Retarget), or, with a status of 4xx, as the fragment that was asked for. An
// answer of 5xx without that header is not ours but that of a proxy in between.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 500 && !xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = false;
});

// Whoever has pressed a button sees why not, wherever the page is scrolled to; whoever only types goes on.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const pressed = detail.requestConfig.triggeringEvent?.type === "click";
  if (pressed && detail.target.id === "notices") detail.target.scrollIntoView({ block: "center" });
});

// The next answer that is well makes what went wrong before it old.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) document.getElementById("notices")?.replaceChildren();
});
