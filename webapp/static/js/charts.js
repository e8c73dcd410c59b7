// Draws <figure data-chart> from the Vega-Lite spec in it, without eval, in the colours of the page; never holds it up.
const figures = new Set();
const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 50));
let vega;

/** The colour that a token has right now, as something that Vega can read. */
function colour(token) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function config() {
  const [ink, muted, line] = ["ink", "ink-muted", "line"].map(colour);
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    mark: { color: colour("accent") },
    line: { strokeWidth: 2 },
    axis: {
      domainColor: line,
      gridColor: line,
      tickColor: line,
      labelColor: muted,
      titleColor: ink,
      titleFontWeight: 500,
      labelFontSize: 12,
      titleFontSize: 12,
    },
    legend: { labelColor: ink, titleColor: muted, labelFontSize: 12, titleFontSize: 12, orient: "top" },
    header: { labelColor: ink, titleColor: ink },
    title: { color: ink },
    range: { category: ["accent", "waiting", "right", "ours", "wrong"].map(colour) },
  };
}

async function draw(figure) {
  const plot = figure.querySelector("[data-chart-plot]");
  const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  plot.hidden = false;
  try {
    vega ??= import(document.querySelector('meta[name="asset-vega"]').content);
    const { embed, expressionInterpreter } = await vega;
    const single = spec.mark !== undefined || spec.layer !== undefined;
    await embed(
      plot,
      {
        ...(single ? { width: "container", autosize: { type: "fit-x", contains: "padding" } } : {}),
        description: figure.querySelector("figcaption")?.textContent ?? "Chart",
        ...spec,
      },
      {
        actions: false,
        ast: true,
        config: config(),
        defaultStyle: false,
        expr: expressionInterpreter,
        mode: "vega-lite",
        renderer: "svg",
        tooltip: { disableDefaultStyle: true },
      },
    );
  } catch (error) {
    // The numbers are in the page; they step in for the picture.
    console.warn("A chart cannot be drawn.", error);
    figure.dataset.failed = "";
    figure.querySelector("details")?.setAttribute("open", "");
  }
}

function setUp(root) {
  for (const figure of root.querySelectorAll("figure[data-chart]")) {
    if (figures.has(figure)) continue;
    figures.add(figure);
    figure.querySelector("[data-chart-plot]").hidden = false;
    idle(() => draw(figure));
  }
}

function redraw() {
  for (const figure of figures) {
    if (figure.isConnected) draw(figure);
    else figures.delete(figure);
  }
}

setUp(document);
document.addEventListener("htmx:load", () => setUp(document));
document.addEventListener("chainrule:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
