// keep-report.mjs RECIPE [graph options]: copies the finished report of a recipe, and the manifests of every stage behind it,
// to reports/RECIPE. Nothing else of a run is kept: no corpus text, no tokenizer, no weights.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, existsSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [recipe, ...options] = process.argv.slice(2);
const tasks = JSON.parse(execFileSync(join(root, 'edl'), ['explain', recipe, ...options, '--json'], { encoding: 'utf8', maxBuffer: 1 << 26 }));
const unfinished = tasks.filter(t => !t.done).map(t => t.task);
if (unfinished.length > 0) {
  console.error(`not finished: ${unfinished.join(', ')}; run the recipe first`);
  process.exit(1);
}

const report = tasks.at(-1);
const target = join(root, 'reports', report.parameters.recipe);
rmSync(target, { recursive: true, force: true });
for (const part of ['report.md', 'report.html', 'figures', 'tables'])
  cpSync(join(report.folder, part), join(target, part), { recursive: true });
mkdirSync(join(target, 'manifests'));
for (const task of tasks)
  cpSync(join(task.folder, 'manifest.json'), join(target, 'manifests', `${task.task}.json`));
console.log(`${target}: report and ${tasks.length} manifests`);
