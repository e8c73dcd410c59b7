// KaTeX, for webapp/static/js/math.js.
export { render } from "katex";
