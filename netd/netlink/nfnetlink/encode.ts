/** Commands as messages of a batch. */
import { NLM_F_APPEND, NLM_F_CREATE } from '../socket.ts'
import type { BatchItem } from './batch.ts'
import { chainHook, chainMessage, NFT_MSG_NEWCHAIN } from './chain.ts'
import type { NftCommand, NftElement, NftFamily } from './commands.ts'
import { elementsMessage, NFT_MSG_DELSETELEM, NFT_MSG_NEWSETELEM, wireElements } from './element.ts'
import { NFT_MSG_DELRULE, NFT_MSG_NEWRULE, ruleMessage } from './rule.ts'
import { describeSet, NFT_MSG_NEWSET, setMessage } from './set.ts'
import { NFT_MSG_DELTABLE, NFT_MSG_NEWTABLE, tableMessage } from './table.ts'
import { ruleComment } from './userdata.ts'

/** A list of elements is one attribute, 64 KiB at most; the largest element of ours takes about 150 bytes. */
const elementsPerMessage = 256

export function elementItems(
  where: { family: NftFamily; table: string; set: string },
  elements: NftElement[],
  change: { message: typeof NFT_MSG_NEWSETELEM | typeof NFT_MSG_DELSETELEM; flags: number; isInterval: boolean },
): BatchItem[] {
  const items: BatchItem[] = []
  for (let start = 0; start < elements.length; start += elementsPerMessage) {
    const part = elements.slice(start, start + elementsPerMessage)
    items.push({
      message: change.message,
      flags: change.flags,
      write: (writer) =>
        elementsMessage.write(writer, {
          ...where,
          elements: part.flatMap((element) => wireElements(element, change.isInterval)),
        }),
    })
  }
  return items
}

/** `isInterval` tells of a set that exists or is made earlier in the batch whether it has the flag. */
export function encodeCommand(
  command: NftCommand,
  setId: number,
  isInterval: (command: NftCommand & { object: 'element' }) => boolean,
): BatchItem[] {
  const { family, table } = command
  switch (command.object) {
    case 'table':
      return [
        {
          message: command.do === 'add' ? NFT_MSG_NEWTABLE : NFT_MSG_DELTABLE,
          flags: command.do === 'add' ? NLM_F_CREATE : 0,
          write: (writer) => tableMessage.write(writer, { family, name: table }),
        },
      ]
    case 'chain': {
      const { chain } = command
      if (command.do === 'flush')
        return [
          {
            message: NFT_MSG_DELRULE,
            flags: 0,
            write: (writer) => ruleMessage.write(writer, { family, table, chain }),
          },
        ]
      const hook = command.hook === undefined ? {} : chainHook(family, command.hook)
      return [
        {
          message: NFT_MSG_NEWCHAIN,
          flags: NLM_F_CREATE,
          write: (writer) => chainMessage.write(writer, { family, table, name: chain, ...hook }),
        },
      ]
    }
    case 'set': {
      const { set } = command
      if (command.do === 'flush')
        return [
          {
            message: NFT_MSG_DELSETELEM,
            flags: 0,
            write: (writer) => elementsMessage.write(writer, { family, table, set }),
          },
        ]
      const description = describeSet(command)
      return [
        {
          message: NFT_MSG_NEWSET,
          flags: NLM_F_CREATE,
          write: (writer) => setMessage.write(writer, { family, table, name: set, ...description, id: setId }),
        },
      ]
    }
    case 'rule': {
      const { chain, expressions, comment } = command
      const userdata = comment === undefined ? {} : { userdata: ruleComment(comment) }
      return [
        {
          message: NFT_MSG_NEWRULE,
          flags: NLM_F_CREATE | NLM_F_APPEND,
          write: (writer) => ruleMessage.write(writer, { family, table, chain, expressions, ...userdata }),
        },
      ]
    }
    default:
      return elementItems(
        { family, table, set: command.set },
        command.elements,
        command.do === 'add'
          ? { message: NFT_MSG_NEWSETELEM, flags: NLM_F_CREATE, isInterval: isInterval(command) }
          : { message: NFT_MSG_DELSETELEM, flags: 0, isInterval: isInterval(command) },
      )
  }
}
