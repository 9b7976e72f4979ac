/** Every kind of check there is: to add one, write its file and a line here. */
import { exec } from './exec.ts'
import { link } from './link.ts'
import { neighbour } from './neighbour.ts'
import { ping } from './ping.ts'
import { route } from './route.ts'
import { sysctl } from './sysctl.ts'
import { tcp } from './tcp.ts'

export const kinds = { link, route, neighbour, ping, tcp, sysctl, exec }
export type KindName = keyof typeof kinds
