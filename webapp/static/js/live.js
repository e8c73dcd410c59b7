// Says words in the page's live region: dispatch `chainrule:say` on document with the words as its detail.
const region = document.getElementById("live");
let timer = 0;

document.addEventListener("chainrule:say", (event) => {
  if (!region) return;
  // Emptied first: the same words twice in a row would not be read out a second time.
  region.textContent = "";
  clearTimeout(timer);
  timer = setTimeout(() => (region.textContent = event.detail), 50);
});
