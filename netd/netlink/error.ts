/** A request that the kernel refused, with what its extended ack says (linux/netlink.h, enum nlmsgerr_attrs). */
import { errnoName } from '../native/errno.ts'
import { strerror } from '../native/libc.ts'
import { attributes } from './codec/attributes.ts'
import { bytes, string, u32 } from './codec/format.ts'

const extendedAck = attributes({
  message: [1, string],
  offset: [2, u32],
  cookie: [3, bytes],
  policy: [4, bytes],
  missingType: [5, u32],
  missingNest: [6, u32],
})

export class NetlinkError extends Error {
  override readonly name = 'NetlinkError'
  readonly errno: string
  /** strerror(3). */
  readonly description: string
  /** NLMSGERR_ATTR_MSG, or a sentence made of the other attributes; undefined when the kernel gave none. */
  readonly detail: string | undefined
  /** NLMSGERR_ATTR_OFFS: byte of the request that is at fault, from its nlmsghdr on. */
  readonly offset: number | undefined

  constructor(fields: {
    errno: string
    description: string
    detail?: string | undefined
    offset?: number | undefined
  }) {
    super(`${fields.detail ?? fields.description} (${fields.errno})`)
    this.errno = fields.errno
    this.description = fields.description
    this.detail = fields.detail
    this.offset = fields.offset
  }

  /** `number` is positive; `tlvs` are the attributes behind nlmsgerr. */
  static fromAck(number: number, tlvs: Buffer): NetlinkError {
    const ack = extendedAck.read(tlvs, {})
    const missing = ack.missingType === undefined ? undefined : `required attribute ${ack.missingType} is missing`
    return new NetlinkError({
      errno: errnoName(number),
      description: strerror(number),
      detail: ack.message ?? missing,
      offset: ack.offset,
    })
  }
}
