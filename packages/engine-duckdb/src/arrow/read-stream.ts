import type { Columns } from '@millrace/core'
import { BodyReader } from './body-reader.ts'
import { FlatTable } from './flatbuffer-reader.ts'
import type { RecordBatch } from './write-stream.ts'
import { columnsOf, readSchema, type StreamField } from './read-schema.ts'
import { broken, StreamError } from './stream-error.ts'

export interface ArrowStream {
  readonly columns: Columns
  readonly batches: readonly RecordBatch[]
}

const kindOf = { schema: 1, dictionary: 2, batch: 3 } as const
const ofFiles = 'ARROW1'

interface Message {
  readonly kind: number
  readonly header: FlatTable
  readonly body: Uint8Array
}

/** Reads a whole stream; the columns are views into its bytes. Whatever is wrong with it is a `StreamError`.
 *
 * ```ts
 * import { batchOf, readStream } from '@millrace/engine-duckdb'
 * readStream(batchOf({ id: { type: 'int64' } }, [{ id: 7n }]).arrow).columns //=> { id: { type: 'int64' } }
 * ```
 */
export function readStream(given: Uint8Array): ArrowStream {
  // A Buffer's slices are views of it, those of a plain array are copies: cells must not change with the buffer.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  try {
    return readMessages(bytes)
  } catch (error) {
    if (error instanceof RangeError) throw broken('its schema or one of its batches is damaged')
    throw error
  }
}

function readMessages(bytes: Uint8Array): ArrowStream {
  let fields: readonly StreamField[] | null = null
  const batches: RecordBatch[] = []
  for (const { kind, header, body } of messagesIn(bytes)) {
    if (fields === null) {
      if (kind !== kindOf.schema) throw broken('it does not begin with a schema')
      fields = readSchema(header)
    } else if (kind === kindOf.batch) batches.push(readBatch(fields, header, body))
    else throw broken(`it holds a message of kind ${kind} where a batch of rows belongs`)
  }
  if (fields === null) throw broken('it is empty')
  return { columns: columnsOf(fields, 'it has a column'), batches }
}

/**
 * A stream ends with an end mark, or where its bytes end behind a whole message. Bytes that end anywhere else were cut, and
 * ones that go on behind the mark would be lost.
 */
function* messagesIn(bytes: Uint8Array): Generator<Message> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cut = (): StreamError => broken(`it is cut off: its ${bytes.byteLength} bytes end in the middle of a message`)
  let at = 0
  while (at < bytes.byteLength) {
    if (at === 0) refuseOthers(bytes, view)
    if (at + 8 > bytes.byteLength) throw cut()
    if (view.getUint32(at, true) !== 0xffffffff) throw broken(`no message begins at byte ${at}`)
    const metadataLength = view.getInt32(at + 4, true)
    at += 8
    if (metadataLength === 0) {
      if (at < bytes.byteLength) throw broken(`${bytes.byteLength - at} bytes follow its end`)
      return
    }
    if (metadataLength < 0) throw broken(`the message before byte ${at} has no length`)
    if (at + metadataLength > bytes.byteLength) throw cut()
    const message = FlatTable.root(bytes.subarray(at, at + metadataLength))
    at += metadataLength
    const bodyLength = message.int64(3)
    const header = message.table(2)
    if (header === null || bodyLength < 0) throw broken(`the message before byte ${at} is damaged`)
    if (at + bodyLength > bytes.byteLength) throw cut()
    yield { kind: message.int8(1), header, body: bytes.subarray(at, at + bodyLength) }
    at += bodyLength
  }
}

/** Bytes that are something else are told by name. */
function refuseOthers(bytes: Uint8Array, view: DataView): void {
  if (Buffer.from(bytes.subarray(0, ofFiles.length)).toString('latin1') === ofFiles)
    throw new StreamError([
      {
        problem: 'it is an Arrow file',
        fix: 'Write it as a stream: `pa.ipc.new_stream` in pyarrow, `write_ipc_stream` in Polars, `tableToIPC(table, "stream")` in JavaScript.',
      },
    ])
  if (bytes.byteLength < 4 || view.getUint32(0, true) !== 0xffffffff)
    throw new StreamError([
      {
        problem: 'it does not begin as an Arrow stream does',
        fix: 'Give the bytes of an Arrow IPC stream, or yield `{ row }`.',
      },
    ])
}

function readBatch(fields: readonly StreamField[], header: FlatTable, body: Uint8Array): RecordBatch {
  if (header.table(3) !== null)
    throw new StreamError([{ problem: 'it is compressed', fix: 'Write the stream without compression.' }])
  const rows = header.int64(0)
  if (!(rows >= 0 && rows <= 0x7fffffff)) throw broken(`a batch has ${rows} rows`)
  const reader = new BodyReader(header, body)
  const columns = fields.map((field) => {
    const column = reader.column(field, rows)
    if (column.length !== rows) throw broken(`column ${field.name} has ${column.length} rows in a batch of ${rows}`)
    return column
  })
  reader.end()
  return { rows, columns }
}
