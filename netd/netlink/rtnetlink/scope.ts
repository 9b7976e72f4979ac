/** enum rt_scope_t, linux/rtnetlink.h: how far an address or a route's destination is. */
import { enumeration, u8 } from '../codec/format.ts'

export const scope = enumeration(u8, { global: 0, site: 200, link: 253, host: 254, nowhere: 255 })
