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
    rule: { color: muted },
    text: { color: muted },
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

/** Series that mean something on every page: the token of their colour, and how thick a line is. */
const MEANINGS = {
  yours: ["accent", 3],
  expected: ["right", 1.5],
  "have started": ["accent", 2],
  "have full marks": ["right", 2],
  "with full marks, on average": ["right", 2],
  "due by then": ["ink-muted", 2],
  "certain already": ["right", 2],
  "still possible": ["ink-muted", 2],
};

const LETTER_PX = 6.5;
const AXIS_PX = 50;

const valuesOf = (rows, field) => [...new Set(rows.map((row) => row[field]))];

/** The colours of known series, whatever their order in the spec; a legend of known names needs no title. */
function withMeaning(encoding, rows, isLine) {
  const names = encoding.color?.field ? valuesOf(rows, encoding.color.field) : [];
  if (!names.length || !names.every((name) => name in MEANINGS)) return encoding;
  const { field } = encoding.color;
  const range = names.map((name) => colour(MEANINGS[name][0]));
  const color = { ...encoding.color, title: null, scale: { domain: names, range } };
  // Conditions, not a scale: that would have a legend of its own.
  const condition = names.map((name) => ({ test: { field, equal: name }, value: MEANINGS[name][1] }));
  return { ...encoding, color, ...(isLine ? { size: { condition, value: 2 } } : {}) };
}

/** Labels below bars that would not fit beside each other are turned, never left out. */
function withRoom(encoding, rows, width) {
  const { x } = encoding;
  if (x?.axis?.labelAngle !== 0) return encoding;
  const names = valuesOf(rows, x.field);
  const longest = Math.max(...names.map((name) => String(name).length)) * LETTER_PX;
  if (longest + LETTER_PX <= width / names.length) return encoding;
  return { ...encoding, x: { ...x, axis: { ...x.axis, labelAngle: -40, labelAlign: "right" } } };
}

/** The spec as this page draws it; `rows` are those of what is around it. */
function dressed(spec, width, datasets = spec.datasets ?? {}, rows = []) {
  const own = { ...spec };
  const mine = spec.data?.values ?? datasets[spec.data?.name] ?? rows;
  if (spec.layer) own.layer = spec.layer.map((each) => dressed(each, width, datasets, mine));
  const isLine = (spec.mark?.type ?? spec.mark) === "line";
  if (spec.encoding) own.encoding = withRoom(withMeaning(spec.encoding, mine, isLine), mine, width);
  if (spec.mark?.point && own.encoding?.size) own.mark = { ...spec.mark, point: false }; // which would take the size
  return own;
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
        ...dressed(spec, plot.clientWidth - AXIS_PX),
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
