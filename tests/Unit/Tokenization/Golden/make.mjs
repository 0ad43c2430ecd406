// Writes ids.json and nfc.json: what the reference encoders make of texts that are easy to get wrong. Run by hand:
//   npm install tiktoken@1.0.22 tokenizers@0.23.2   (in a folder of its own)
//   node make.mjs THAT_FOLDER
// small.tiktoken is a vocabulary of 1,200 tokens trained on this repository's own documents.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(resolve(process.argv[2], 'package.json'));
const { Tiktoken } = require('tiktoken');
const { nfcNormalizer } = require('tokenizers');
const here = name => new URL(name, import.meta.url);
const ranks = '! 0 ' + readFileSync(here('small.tiktoken'), 'utf8').trim().split('\n').map(l => l.split(' ')[0]).join(' ');

const word = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`;
const rest = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const contraction = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const patterns = {
  gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  cl100k: contraction + '|' + word + String.raw`|\p{N}{1,3}` + rest,
  qwen2: contraction + '|' + word + String.raw`|\p{N}` + rest,
  o200k: String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` + contraction + '?|'
    + String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*` + contraction + '?|'
    + String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
};

// A text is a list of [part, times].
const texts = [
  ["The experts' routers didn't diverge; we've 12345 tokens, they'll SAY 'S 'LL 'Re.", 1],
  ['专家发散学习使不同领域的文本走向不同的专家。数学：x² + y² = 1，零下4℃。', 1],
  ['def f(x):\n\treturn {"a": x[1:], \'b\': 0x1F}  # ok\n\n\n    y += 1\r\n\r\n  ', 1],
  ['👩‍👩‍👧‍👦 🇫🇷 ❤️ 😀😀 1️⃣ \u{1F9D1}\u{1F3FD}\u200D\u{1F4BB}', 1],
  ['e\u0301 a\u0300\u0327 \u0301\u0301x \u0915\u094D\u0937 \u0E01\u0E33 \u05D0\u05B7 Z\u0351\u036B\u0343A\u030A\u0316', 1],
  ['\u0378\u0379 a\u{2FFFE}b \u{E0100} \u{10FFFF} \uFFFE\uFFFF \u{1FAFF} \u{50000}9', 1],
  ['\u00A0\u3000\u2028\u2029\u0085\u200B\uFEFF\t \v\f x \u1680y\u202F', 1],
  ['\u0000\u0001\u001F\u007F\u0080\u009F\u00AD', 1],
  ['ǅungla ʰa ªº ß ſ \'ſ Ⅷ ½ ٣٤٥ １２３４ ㊿ 𝟙𝟚𝟛𝟜 𝐀𝐛 𐐀𐐨 𠀀𪛖 한국어 \u1100\u1161\u11A8', 1],
  ['https://example.org/a//b?c=d&e=%20#f <|endoftext|> <a href="x">y</a>', 1],
  [' ', 20000], ['a', 20000], ['A', 3001], ['\n', 5000], ['\r\n', 2000], [' \n', 2000], ['7', 4000], ['水', 8000], ['!', 9999], ['\u0301', 3000], ['😀', 2000], ['ab ', 3000], ["'", 3000], ['/', 3000], ['\u0378', 3000],
];
// Random bytes read as UTF-8, with U+FFFD for what is none; and random characters of all planes.
let state = 12345;
const random = n => (state = (Math.imul(state, 1103515245) + 12345) >>> 0, Math.floor(state / 4294967296 * n));
for (let i = 0; i < 12; i++) texts.push([Buffer.from(Array.from({ length: 300 }, () => random(256))).toString('utf8'), 1]);
for (let i = 0; i < 12; i++) {
  const blocks = [0x20, 0xA0, 0x300, 0x600, 0x900, 0xE00, 0x1100, 0x2000, 0x3000, 0x4E00, 0xAC00, 0x1D400, 0x1F300, 0x20000, 0x16FF0];
  texts.push([Array.from({ length: 80 }, () => String.fromCodePoint(blocks[random(blocks.length)] + random(128))).join(''), 1]);
}

// Of long texts only the number of ids and the SHA-256 of them as 32-bit little-endian numbers.
const golden = [];
for (const [pattern, regex] of Object.entries(patterns)) {
  const encoder = new Tiktoken(ranks, {}, regex);
  for (const [text, times] of texts) {
    const ids = encoder.encode(text.repeat(times), [], []);
    golden.push({ pattern, text, times, count: ids.length, sha256: createHash('sha256').update(Uint32Array.from(ids)).digest('hex'), ...(times === 1 && { ids: Array.from(ids) }) });
  }
}
writeFileSync(here('ids.json'), '[\n' + golden.map(g => JSON.stringify(g)).join(',\n') + '\n]\n');

// NFC: of texts by Hugging Face's normalizer; and a digest over every character beside marks that may join it or move past it by
// Node.js, whose Unicode is newer: Hugging Face's leaves marks that it does not know where they are.
const normalizer = nfcNormalizer();
const composed = texts.filter(t => t[0].normalize('NFC') !== t[0]).map(([text]) => ({ text, composed: normalizer.normalizeString(text) }));
const unknown = [];
const digest = createHash('sha256');
for (let c = 0x20; c < 0x30000; c++) {
  if (c >= 0xD800 && c <= 0xDFFF) continue;
  const text = `a\u0323${String.fromCodePoint(c)}\u0301\u0327x\u0301${String.fromCodePoint(c)}`;
  const reference = text.normalize('NFC');
  if (/\P{Cn}/u.test(String.fromCodePoint(c)) && normalizer.normalizeString(text) !== reference) unknown.push(c.toString(16));
  digest.update(reference);
}
writeFileSync(here('nfc.json'), JSON.stringify({ texts: composed, sha256: digest.digest('hex') }, null, 1) + '\n');
console.log(`${unknown.length} characters are newer than Hugging Face's Unicode: ${unknown.join(' ')}`);
