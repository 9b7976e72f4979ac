/** `eth0.10`: a parent that is not there and is made, VLAN 10 of eth0. dockerd's sentences. */
import { errors } from '../../api/errors.ts'

/** 12 bits, of which all zeros and all ones are reserved (IEEE 802.1Q, 9.6). */
const [lowestId, highestId] = [1, 4094]

export function parseVlan(parent: string): { trunk: string; id: number } {
  if (parent.indexOf('.') < 1)
    throw errors.invalidParameter(
      `invalid subinterface vlan name ${parent}, example formatting is eth0.10: the host has no interface ${parent}`,
    )
  const [trunk = '', text = '', ...rest] = parent.split('.')
  if (rest.length > 0)
    throw errors.invalidParameter(
      `required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received ${parent}`,
    )
  if (!/^\d+$/.test(text))
    throw errors.invalidParameter(`unable to parse a valid vlan id from: ${text} (ex. eth0.10 for vlan 10)`)
  const id = Number(text)
  if (id < lowestId || id > highestId)
    throw errors.invalidParameter(`vlan id must be between ${lowestId}-${highestId}, received: ${id}`)
  return { trunk, id }
}
