// Writes src/Tokenization/Normalization/nfc.txt: what Unicode's canonical composition (NFC) needs, derived from the Unicode data inside
// Node.js by asking String.prototype.normalize. Run by hand when Unicode grows:
//   node eng/unicode/nfc.mjs > src/Tokenization/Normalization/nfc.txt
// Lines: "= c a b" c is composed of a and b; "> c a b …" c always becomes a b …; "n c-d …" characters of the n-th lowest combining class.
const last = 0x2FFFF;
const char = c => String.fromCodePoint(c);
const points = s => Array.from(s, x => x.codePointAt(0));
const hex = c => c.toString(16).toUpperCase().padStart(4, '0');
const isSyllable = c => c >= 0xAC00 && c <= 0xD7A3; // composed by rule
const out = [`# Unicode ${process.versions.unicode}, canonical decompositions, compositions and combining classes. Made by eng/unicode/nfc.mjs; do not edit.`];

const marks = [];
for (let c = 0xA0; c <= last; c++) {
  if (c >= 0xD800 && c <= 0xDFFF || isSyllable(c)) continue;
  const decomposed = points(char(c).normalize('NFD'));
  if (decomposed.length > 1 || decomposed[0] !== c) {
    if (char(c).normalize('NFC') === char(c)) {
      const second = decomposed.pop();
      const first = points(String.fromCodePoint(...decomposed).normalize('NFC'));
      if (first.length !== 1 || (char(first[0]) + char(second)).normalize('NFC') !== char(c)) throw new Error(`cannot cut U+${hex(c)}`);
      out.push(`= ${hex(c)} ${hex(first[0])} ${hex(second)}`);
    } else {
      out.push(`> ${[c, ...decomposed].map(hex).join(' ')}`);
    }
  } else if (reordered(c, 0x0334) || reordered(0x0315, c)) {
    marks.push(c); // its class is not 0: it moves past a mark of class 1, or a mark of class 232 moves past it
  }
}

// Two marks change places exactly where the left one's class is higher.
function reordered(left, right) {
  return (char(left) + char(right)).normalize('NFD') === char(right) + char(left) && left !== right;
}

marks.sort((a, b) => reordered(a, b) ? 1 : reordered(b, a) ? -1 : 0);
let from = 0;
for (let rank = 1; from < marks.length; rank++) {
  let to = from + 1;
  while (to < marks.length && !reordered(marks[to], marks[from])) to++;
  const same = marks.slice(from, to).sort((a, b) => a - b);
  const ranges = [];
  for (const c of same) {
    const range = ranges.at(-1);
    if (range && range[1] === c - 1) range[1] = c; else ranges.push([c, c]);
  }
  out.push(`${rank} ${ranges.map(([a, b]) => a === b ? hex(a) : `${hex(a)}-${hex(b)}`).join(' ')}`);
  from = to;
}

console.log(out.join('\n'));
