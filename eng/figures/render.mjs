// Renders Vega-Lite specifications to SVG without a browser.
//
//   node eng/figures/render.mjs SPEC.json OUT.svg [SPEC.json OUT.svg …]
//
// All pairs share one process, because loading Vega costs more than drawing a chart.
import { readFile, writeFile } from "node:fs/promises";
import * as vega from "vega";
import { compile } from "vega-lite";

const paths = process.argv.slice(2);
if (paths.length === 0 || paths.length % 2 !== 0) {
  console.error("usage: render.mjs SPEC.json OUT.svg [SPEC.json OUT.svg …]");
  process.exit(2);
}

for (let i = 0; i < paths.length; i += 2) {
  const specification = JSON.parse(await readFile(paths[i], "utf8"));
  const warnings = [];
  const logger = Object.fromEntries(["level", "error", "warn", "info", "debug"].map((name) => [name, () => logger]));
  logger.warn = logger.error = (...words) => (warnings.push(words.join(" ")), logger);
  const view = new vega.View(vega.parse(compile(specification, { logger }).spec), { renderer: "none", logger });
  await writeFile(paths[i + 1], (await view.toSVG()) + "\n");
  view.finalize();
  for (const warning of new Set(warnings)) console.error(`${paths[i]}: ${warning}`);
}
