// Reads a Parquet file with hyparquet, which shares no code with DuckDB, and prints one JSON line a row, then the footer's pairs.
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
const plain = (key, value) => typeof value === 'bigint' ? Number(value) : value
for (const row of await parquetReadObjects({ file, compressors })) console.log(JSON.stringify(row, plain))
const { key_value_metadata = [] } = await parquetMetadataAsync(file)
console.log(JSON.stringify(Object.fromEntries(key_value_metadata.map(({ key, value }) => [key, value]))))
