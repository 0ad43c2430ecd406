// Makes the Parquet files of this folder with writers that are not DuckDB. All hold the same forty rows (see row below) beside columns that
// nobody asks for. In an empty folder:
//   npm i parquet-wasm@0.8.0 apache-arrow@21.2.0 hyparquet-writer@0.17.0 @dsnp/parquetjs@1.8.8 && node make.mjs TARGET
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { join, resolve } from 'node:path';

const target = resolve(process.argv[2] ?? '.');
const require = createRequire(resolve('package.json'));
const arrow = require('apache-arrow');
const wasm = require('parquet-wasm');
const js = require('@dsnp/parquetjs');
const { parquetWriteBuffer } = await import(require.resolve('hyparquet-writer'));

const row = i => ({
  text: i % 10 === 7 ? null : `Document ${i}: ${'ab 水 π 😀 '.repeat(i % 5)}`,
  label: i % 4 === 3 ? null : ['en', 'zh', 'math'][i % 3],
  source: `s${i % 2}`,
  id: i,
  tags: Array.from({ length: i % 3 }, (_, t) => `tag ${t}`),
  meta: { url: `u/${i}`, score: i / 8 },
});
const rows = Array.from({ length: 40 }, (_, i) => row(i));
const column = name => rows.map(r => r[name]);
const save = (name, bytes) => { writeFileSync(join(target, name + '.parquet'), bytes); console.log(name, bytes.byteLength); };

// Rust's arrow and parquet crates.
const texts = type => values => arrow.vectorFromArray(values, type);
function rust(name, type, set) {
  const text = texts(type);
  const list = new arrow.List(new arrow.Field('item', new arrow.Utf8(), true));
  const struct = new arrow.Struct([new arrow.Field('url', new arrow.Utf8(), true), new arrow.Field('score', new arrow.Float64(), true)]);
  const values = type instanceof arrow.Binary ? column('text').map(t => t === null ? null : new TextEncoder().encode(t)) : column('text');
  const table = new arrow.Table({
    id: arrow.vectorFromArray(column('id'), new arrow.Int32()),
    tags: arrow.vectorFromArray(column('tags'), list),
    text: text(values),
    meta: arrow.vectorFromArray(column('meta'), struct),
    label: arrow.vectorFromArray(column('label'), new arrow.Utf8()),
    source: arrow.vectorFromArray(column('source'), new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
  });
  const properties = set(new wasm.WriterPropertiesBuilder().setMaxRowGroupSize(16)).build();
  save(name, wasm.writeParquet(wasm.Table.fromIPCStream(arrow.tableToIPC(table, 'stream')), properties));
}

const { Compression: C, Encoding: E, WriterVersion: V } = wasm;
const utf8 = new arrow.Utf8();
rust('rust-snappy-dictionary-v1', utf8, p => p.setCompression(C.SNAPPY).setWriterVersion(V.V1));
rust('rust-gzip-plain-v2', utf8, p => p.setCompression(C.GZIP).setWriterVersion(V.V2).setDictionaryEnabled(false).setEncoding(E.PLAIN));
rust('rust-brotli-delta-byte-array-v2', utf8, p => p.setCompression(C.BROTLI).setWriterVersion(V.V2).setColumnDictionaryEnabled('text', false).setColumnEncoding('text', E.DELTA_BYTE_ARRAY));
rust('rust-lz4raw-delta-length-v2', utf8, p => p.setCompression(C.LZ4_RAW).setWriterVersion(V.V2).setColumnDictionaryEnabled('text', false).setColumnEncoding('text', E.DELTA_LENGTH_BYTE_ARRAY));
rust('rust-zstd-largeutf8-small-pages', new arrow.LargeUtf8(), p => p.setCompression(C.ZSTD).setDataPageSizeLimit(64).setWriteBatchSize(4));
rust('rust-uncompressed-binary', new arrow.Binary(), p => p.setCompression(C.UNCOMPRESSED));
rust('rust-lz4-dictionary-v1', utf8, p => p.setCompression(C.LZ4).setWriterVersion(V.V1));

// hyparquet-writer, JavaScript.
const compressors = { GZIP: gzipSync, BROTLI: brotliCompressSync };
for (const [name, codec, encoding] of [['hyparquet-snappy', 'SNAPPY'], ['hyparquet-gzip-plain', 'GZIP', 'PLAIN'], ['hyparquet-brotli', 'BROTLI'],
  ['hyparquet-snappy-delta', 'SNAPPY', 'DELTA_LENGTH_BYTE_ARRAY'], ['hyparquet-uncompressed', 'UNCOMPRESSED']]) {
  save(name, new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: 'meta', data: column('meta'), type: 'JSON' },
      { name: 'text', data: column('text'), type: 'STRING', encoding },
      { name: 'label', data: column('label'), type: 'STRING' },
      { name: 'source', data: column('source'), type: 'STRING' },
      { name: 'id', data: column('id'), type: 'INT32' },
    ],
    codec, compressors, rowGroupSize: 16, pageSize: 256,
  })));
}

// parquetjs, JavaScript.
for (const [name, compression, useDataPageV2] of [['parquetjs-gzip-v1', 'GZIP', false], ['parquetjs-snappy-v2', 'SNAPPY', true], ['parquetjs-brotli-v2', 'BROTLI', true]]) {
  const text = { type: 'UTF8', optional: true, compression };
  const schema = new js.ParquetSchema({
    tags: { type: 'UTF8', repeated: true, compression }, label: text, source: text, text,
    meta: { optional: true, fields: { url: text, score: { type: 'DOUBLE', optional: true, compression } } }, id: { type: 'INT64', compression },
  });
  const writer = await js.ParquetWriter.openFile(schema, join(target, name + '.parquet'), { rowGroupSize: 16, useDataPageV2 });
  for (const r of rows)
    await writer.appendRow(Object.fromEntries(Object.entries(r).filter(([, v]) => v !== null)));
  await writer.close();
}
