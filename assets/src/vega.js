// Vega-Lite charts without eval, for webapp/static/js/charts.js: expressions are interpreted, never compiled.
import embed from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

export { embed, expressionInterpreter };
