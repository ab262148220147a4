/**
 * Frames between the engine and a worker, both ways over one socket pair. Invariants:
 * - a frame is its length (4 bytes, of what follows), its kind (1 byte) and its content; messages are serialized by v8
 *   (integers of any size and bytes survive), batches are raw Arrow with their row count before them;
 * - frames arrive in the order in which they were sent, so a batch always comes before the answer that ends its read;
 * - `sendBatch` waits until the other side reads: a slow consumer holds back the query, not the memory;
 * - when the socket ends, the other process is gone; a worker then ends itself.
 */
import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'

const headBytes = 5
const travellingBytes = 4 << 20
const kinds = { message: 0, batch: 1 } as const

export interface ChannelEvents<In> {
  readonly message: (message: In) => void
  readonly batch: (rows: number, arrow: Uint8Array) => void
  readonly end: () => void
}

export class Channel<Out, In> {
  private readonly socket: Socket
  private readonly events: ChannelEvents<In>
  private pieces: Buffer[] = []
  private buffered = 0

  constructor(socket: Socket, events: ChannelEvents<In>) {
    this.socket = socket
    this.events = events
    socket.on('data', (piece: Buffer) => this.receive(piece))
    socket.on('close', () => events.end())
    // A write to a process that died meanwhile; `close` follows and says so.
    socket.on('error', () => undefined)
  }

  private frame(kind: number, content: Uint8Array, prefix: Uint8Array = new Uint8Array(0)): void {
    const head = Buffer.alloc(headBytes + prefix.length)
    head.writeUInt32LE(1 + prefix.length + content.length, 0)
    head[4] = kind
    head.set(prefix, headBytes)
    this.socket.write(head)
    this.socket.write(content)
  }

  send(message: Out): void {
    this.frame(kinds.message, serialize(message))
  }

  async sendBatch(rows: number, arrow: Uint8Array): Promise<void> {
    const prefix = Buffer.alloc(4)
    prefix.writeUInt32LE(rows, 0)
    this.frame(kinds.batch, arrow, prefix)
    // The next batch is made while this one travels; only a reader that falls behind is waited for.
    if (this.socket.writableLength < travellingBytes) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done)
        this.socket.off('close', done)
        resolve()
      }
      this.socket.on('drain', done)
      this.socket.on('close', done)
    })
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Whether the socket keeps this process alive: only while a statement runs. */
  hold(held: boolean): void {
    if (held) this.socket.ref()
    else this.socket.unref()
  }

  private receive(piece: Buffer): void {
    this.pieces.push(piece)
    this.buffered += piece.length
    // Joined only when a whole frame is there: joining at each piece would copy a large batch many times over.
    while (this.buffered >= headBytes) {
      if ((this.pieces[0]?.length ?? 0) < headBytes) this.join()
      const length = this.pieces[0]?.readUInt32LE(0) ?? 0
      if (this.buffered < 4 + length) return
      this.join()
      const all = this.pieces[0] ?? Buffer.alloc(0)
      const rest = all.subarray(4 + length)
      this.pieces = rest.length === 0 ? [] : [rest]
      this.buffered = rest.length
      this.dispatch(all[4] ?? 0, all.subarray(headBytes, 4 + length))
    }
  }

  private join(): void {
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)]
  }

  private dispatch(kind: number, content: Buffer): void {
    if (kind === kinds.message) this.events.message(deserialize(content) as In)
    // Copied to a start of its own: the piece it lies in may be a large pool, and typed arrays want alignment.
    else this.events.batch(content.readUInt32LE(0), new Uint8Array(content.subarray(4)))
  }
}
