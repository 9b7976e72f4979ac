/**
 * A transaction of nf_tables: messages between NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END, all committed or none. The
 * generation that it was written against stands in its beginning; when the ruleset has moved on, the kernel answers ERESTART
 * and the batch is written again.
 */
import { attributes } from '../codec/attributes.ts'
import { be32, string } from '../codec/format.ts'
import { Message } from '../codec/message.ts'
import { Writer } from '../codec/writer.ts'
import { NetlinkError } from '../error.ts'
import { NLM_F_ACK, NLM_F_REQUEST, type RequestSocket } from '../socket.ts'
import { nfgenmsg, nftablesSubsystem, nftablesType } from './header.ts'

const NFNL_MSG_BATCH_BEGIN = 16
const NFNL_MSG_BATCH_END = 17
const NFT_MSG_GETGEN = 16
const maxAttempts = 20

const batchMessage = new Message(nfgenmsg, attributes({ generation: [1, be32] }))
const generationMessage = new Message(
  nfgenmsg,
  attributes({ id: [1, be32, 'required'], processId: [2, be32], processName: [3, string] }),
)

export interface BatchItem {
  /** NFT_MSG_*. */
  message: number
  /** NLM_F_*. */
  flags: number
  write: (writer: Writer) => void
}

function readGeneration(socket: RequestSocket): number {
  const [answer] = socket.request(nftablesType(NFT_MSG_GETGEN), 0, (writer) => batchMessage.write(writer, {}))
  if (answer === undefined) throw new Error('NFT_MSG_GETGEN was acknowledged without an answer')
  return generationMessage.read(answer.body).id
}

/** Throws the first NetlinkError that the kernel tells. */
export function commit(socket: RequestSocket, items: BatchItem[]): void {
  if (items.length === 0) return
  for (let attempt = 1; ; attempt++) {
    const failure = tryCommit(socket, items, readGeneration(socket))
    if (failure === undefined) return
    if (failure.errno !== 'ERESTART') throw failure
    if (attempt === maxAttempts) {
      throw new NetlinkError({
        errno: 'ERESTART',
        description: `another program changed the ruleset during each of ${maxAttempts} attempts`,
      })
    }
  }
}

function tryCommit(socket: RequestSocket, items: BatchItem[], generation: number): NetlinkError | undefined {
  const writer = new Writer(4096)
  const mark = (type: number, attributes: { generation?: number }): number => {
    const sequence = socket.nextSequence()
    writer.message({ type, flags: NLM_F_REQUEST, sequence }, () =>
      batchMessage.write(writer, { resourceId: nftablesSubsystem, ...attributes }),
    )
    return sequence
  }
  const first = mark(NFNL_MSG_BATCH_BEGIN, { generation })
  let last = first
  for (const [index, { message, flags, write }] of items.entries()) {
    last = socket.nextSequence()
    // Errors are always told; of the acks one is enough, or a large batch would overrun the receive buffer.
    const ack = index === items.length - 1 ? NLM_F_ACK : 0
    writer.message({ type: nftablesType(message), flags: NLM_F_REQUEST | ack | flags, sequence: last }, () =>
      write(writer),
    )
  }
  mark(NFNL_MSG_BATCH_END, {})
  return socket.exchangeBatch(writer.bytes(), first, last)
}
