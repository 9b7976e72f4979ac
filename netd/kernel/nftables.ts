/** nft.elements.add, nft.elements.delete, nft.transaction, and reading sets. */
import { NetlinkError } from '../netlink/error.ts'
import { commit, type BatchItem } from '../netlink/nfnetlink/batch.ts'
import type { NftCommand, NftElement, NftFamily } from '../netlink/nfnetlink/commands.ts'
import {
  elementsMessage,
  NFT_MSG_DELSETELEM,
  NFT_MSG_GETSETELEM,
  NFT_MSG_NEWSETELEM,
  readElements,
} from '../netlink/nfnetlink/element.ts'
import { elementItems, encodeCommand } from '../netlink/nfnetlink/encode.ts'
import { nftablesType } from '../netlink/nfnetlink/header.ts'
import { NFT_MSG_GETSET, setMessage, type SetMessage } from '../netlink/nfnetlink/set.ts'
import { NFT_MSG_GETTABLE, tableMessage } from '../netlink/nfnetlink/table.ts'
import { NLM_F_CREATE, NLM_F_EXCL, type RequestSocket } from '../netlink/socket.ts'
import type { Namespace } from './kernel.ts'
import type { Session } from './session.ts'
import type { StepOf, Verb } from './verb.ts'

interface SetName {
  family: NftFamily
  table: string
  set: string
}

/** ENOENT when there is no such set. */
function readSet(socket: RequestSocket, { family, table, set }: SetName): SetMessage {
  const [answer] = socket.request(nftablesType(NFT_MSG_GETSET), 0, (writer) =>
    setMessage.write(writer, { family, table, name: set }),
  )
  if (answer === undefined) throw new Error('NFT_MSG_GETSET was acknowledged without an answer')
  return setMessage.read(answer.body)
}

/** Only elements of a single field need it: an interval of those is written as two. */
function isIntervalSet(socket: RequestSocket, name: SetName, elements: NftElement[]): boolean {
  return (
    elements.some((element) => element.key.length === 1) && readSet(socket, name).flags?.includes('interval') === true
  )
}

function changeItems(
  socket: RequestSocket,
  step: StepOf<'nft.elements.add'>,
  message: typeof NFT_MSG_NEWSETELEM | typeof NFT_MSG_DELSETELEM,
  flags: number,
): BatchItem[] {
  const name = { family: step.family ?? 'inet', table: step.table, set: step.set } as const
  return elementItems(name, step.elements, { message, flags, isInterval: isIntervalSet(socket, name, step.elements) })
}

/** For one namespace, in one transaction. EEXIST when one is there already: taking it back would take it from whoever put it there. */
export function addElements(session: Session, steps: StepOf<'nft.elements.add'>[]): void {
  const socket = session.in(steps[0]!.namespace).netfilter
  commit(
    socket,
    steps.flatMap((step) => changeItems(socket, step, NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL)),
  )
}

export const addElementsOf: Verb<'nft.elements.add'> = (session, step) => {
  addElements(session, [step])
  return {}
}

/** ENOENT when one is not there; then none is deleted. */
export const deleteElements: Verb<'nft.elements.delete'> = (session, step) => {
  const socket = session.in(step.namespace).netfilter
  commit(socket, changeItems(socket, step, NFT_MSG_DELSETELEM, 0))
  return {}
}

export const runTransaction: Verb<'nft.transaction'> = (session, { namespace, commands }) => {
  const socket = session.in(namespace).netfilter
  const made = new Map<string, boolean>()
  const key = (command: { family: NftFamily; table: string; set: string }): string =>
    `${command.family} ${command.table} ${command.set}`
  const isInterval = (command: NftCommand & { object: 'element' }): boolean =>
    made.get(key(command)) ?? isIntervalSet(socket, command, command.elements)
  const items = commands.flatMap((command, index) => {
    if (command.object === 'set' && command.do === 'add') made.set(key(command), command.isInterval === true)
    return encodeCommand(command, index + 1, isInterval)
  })
  commit(socket, items)
  return {}
}

/** Keys and data of every element. */
export function readSetElements(
  session: Session,
  namespace: Namespace,
  table: string,
  set: string,
  family: NftFamily = 'inet',
): NftElement[] {
  const socket = session.in(namespace).netfilter
  const name = { family, table, set }
  const description = readSet(socket, name)
  const messages = socket.dump(nftablesType(NFT_MSG_GETSETELEM), (writer) => elementsMessage.write(writer, name))
  return readElements(
    description,
    messages.flatMap(({ body }) => elementsMessage.read(body).elements ?? []),
  )
}

export function hasTable(session: Session, namespace: Namespace, table: string, family: NftFamily = 'inet'): boolean {
  try {
    session
      .in(namespace)
      .netfilter.request(nftablesType(NFT_MSG_GETTABLE), 0, (writer) =>
        tableMessage.write(writer, { family, name: table }),
      )
    return true
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === 'ENOENT') return false
    throw error
  }
}
