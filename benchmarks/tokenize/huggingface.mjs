// Measures Hugging Face's native tokenizer on the documents that `edl bench tokenize` measured: one document after another on one thread.
//   node huggingface.mjs TOKENIZER.json DOCUMENTS.jsonl ROUNDS
process.env.TOKENIZERS_PARALLELISM = 'false';
process.env.RAYON_NUM_THREADS = '1';
process.env.UV_THREADPOOL_SIZE = '1';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [, , file, documents, rounds] = process.argv;
const name = ['tokenizers', '@anush008/tokenizers'].find(n => { try { require(n); return true; } catch { return false; } });
if (!name) process.exit(1);
const tokenizer = require(name).Tokenizer.fromFile(file);
const texts = readFileSync(documents, 'utf8').split('\n').filter(l => l).map(l => JSON.parse(l));
const mib = texts.reduce((sum, t) => sum + Buffer.byteLength(t), 0) / (1 << 20);

const hash = createHash('sha256');
for (const text of texts) hash.update(Uint32Array.from((await encode(text)).getIds()));
let wall = 0, cpu = 0;
for (let round = 0; round < Number(rounds); round++) {
  const before = process.cpuUsage(), clock = process.hrtime.bigint();
  for (const text of texts) await encode(text);
  wall = Math.max(wall, mib / (Number(process.hrtime.bigint() - clock) / 1e9));
  cpu = Math.max(cpu, mib / (process.cpuUsage(before).user / 1e6));
}
const version = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
console.log(JSON.stringify({ package: `${name} ${version}`, mib_per_second: wall, mib_per_cpu_second: cpu, ids_sha256: hash.digest('hex') }));

function encode(text) {
  return tokenizer.encode(text, null, { addSpecialTokens: false });
}
