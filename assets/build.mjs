// Writes webapp/static/vendor from the packages of package-lock.json: `make assets`. The same input gives the same bytes.
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vendor = join(here, "..", "webapp", "static", "vendor");

// What each file of vendor/ is made of: file name -> folders of packages in node_modules.
const contents = new Map();

await rm(vendor, { recursive: true, force: true });
await mkdir(join(vendor, "fonts"), { recursive: true });
await mkdir(join(vendor, "licences"));

for (const name of ["codemirror", "katex", "vega"]) {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: [`src/${name}.js`],
    outfile: join(vendor, `${name}.js`),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    banner: { js: "/*! Versions and licences: LICENCES.md */" },
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  contents.set(`${name}.js`, packagesOf(used.map(([path]) => path)));
}

const htmx = await readFile(join(modules, "htmx.org", "dist", "htmx.min.js"), "utf8");
await writeFile(join(vendor, "htmx.js"), `/*! Versions and licences: LICENCES.md */\n${htmx.trimEnd()}\n`);
contents.set("htmx.js", ["htmx.org"]);

// KaTeX's style sheet names each font in three formats; every browser that we support reads the first.
const css = await readFile(join(modules, "katex", "dist", "katex.min.css"), "utf8");
const woff2 = css.replaceAll(/,url\(fonts\/[\w-]+\.(?:woff|ttf)\) format\("\w+"\)/g, "");
if (/\.(woff|ttf)\)/.test(woff2)) throw new Error("katex.min.css names fonts in a way that build.mjs does not know");
await writeFile(join(vendor, "katex.css"), `/*! Versions and licences: LICENCES.md */\n${woff2.trimEnd()}\n`);
contents.set("katex.css", ["katex"]);
for (const font of woff2.matchAll(/fonts\/([\w-]+\.woff2)/g)) {
  await cp(join(modules, "katex", "dist", "fonts", font[1]), join(vendor, "fonts", font[1]));
  contents.set(`fonts/${font[1]}`, ["katex"]);
}

for (const subset of ["latin", "greek"]) {
  for (const weight of ["400", "700"]) {
    const name = `fonts/jetbrains-mono-${subset}-${weight}.woff2`;
    const source = `files/jetbrains-mono-${subset}-${weight}-normal.woff2`;
    await cp(join(modules, "@fontsource", "jetbrains-mono", source), join(vendor, name));
    contents.set(name, ["@fontsource/jetbrains-mono"]);
  }
}

await writeLicences();

function packagesOf(paths) {
  const folders = paths.map((path) => path.match(/^node_modules\/(.*node_modules\/)?(@[^/]+\/)?[^/]+/)?.[0]);
  return [...new Set(folders.filter(Boolean))].map((folder) => folder.slice("node_modules/".length)).sort();
}

async function licenceFileOf(folder, name) {
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry));
  if (!file) throw new Error(`${name} has no licence file; find its text and record it by hand`);
  return join(folder, file);
}

/** What a package says about itself, and where its licence goes: two versions of one may be bundled side by side. */
async function describe(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(modules, folder, "package.json"), "utf8"));
  const text = `licences/${name.replace("@", "").replace("/", "-")}-${version}.txt`;
  return { name, version, license, text };
}

async function writeLicences() {
  const rows = new Set();
  for (const folder of new Set([...contents.values()].flat())) {
    const { name, version, license, text } = await describe(folder);
    const licence = await readFile(await licenceFileOf(join(modules, folder), name), "utf8");
    await writeFile(join(vendor, text), licence.replaceAll("\r\n", "\n").trimEnd() + "\n");
    rows.add(`| ${name} | ${version} | ${license} | [text](${text}) |`);
  }
  const files = [];
  for (const [file, folders] of contents) {
    const packages = await Promise.all(folders.map(describe));
    files.push(`| ${file} | ${packages.map(({ name, version }) => `${name} ${version}`).sort().join(", ")} |`);
  }
  const lines = [
    "# What is bundled here",
    "",
    "Written by `make assets` from `assets/package-lock.json`; not edited by hand.",
    "",
    "| package | version | licence | |",
    "| --- | --- | --- | --- |",
    ...[...rows].sort(),
    "",
    "## Files",
    "",
    "| file | made of |",
    "| --- | --- |",
    ...files.sort(),
    "",
  ];
  await writeFile(join(vendor, "LICENCES.md"), lines.join("\n"));
}
