/** Who a process runs as: `user[:group]`, resolved with the container's own /etc/passwd and /etc/group, passwd(5) and group(5). */
import { errors } from '../../../api/errors.ts'

export interface User {
  uid: number
  gid: number
  additionalGids: number[]
}

interface Account {
  name: string
  uid: number
  gid: number
}

interface Group {
  name: string
  gid: number
  members: string[]
}

/** Throws 400 in Docker's words for a name that the container does not know. */
export function resolveUser(text: string, readFile: (path: string) => string | undefined): User {
  const accounts = parseAccounts(readFile('/etc/passwd') ?? '')
  const groups = parseGroups(readFile('/etc/group') ?? '')
  const colon = text.indexOf(':')
  const userPart = colon < 0 ? text : text.slice(0, colon)
  const groupPart = colon < 0 ? '' : text.slice(colon + 1)

  const account = userPart === '' ? accounts.find(({ uid }) => uid === 0) : accounts.find(({ name }) => name === userPart) ?? accounts.find(({ uid }) => uid === number(userPart))
  const uid = account?.uid ?? (userPart === '' ? 0 : number(userPart))
  if (uid === undefined) throw errors.invalidParameter(`unable to find user ${userPart}: no matching entries in passwd file`)

  if (groupPart !== '') {
    const gid = groups.find(({ name }) => name === groupPart)?.gid ?? number(groupPart)
    if (gid === undefined) throw errors.invalidParameter(`unable to find group ${groupPart}: no matching entries in group file`)
    return { uid, gid, additionalGids: [] }
  }
  const additionalGids = account === undefined ? [] : groups.filter(({ members }) => members.includes(account.name)).map(({ gid }) => gid)
  return { uid, gid: account?.gid ?? 0, additionalGids }
}

function parseAccounts(text: string): Account[] {
  return rows(text).flatMap(([name = '', , uid = '', gid = '']) => {
    const [uidNumber, gidNumber] = [number(uid), number(gid)]
    return uidNumber === undefined || gidNumber === undefined ? [] : [{ name, uid: uidNumber, gid: gidNumber }]
  })
}

function parseGroups(text: string): Group[] {
  return rows(text).flatMap(([name = '', , gid = '', members = '']) => {
    const gidNumber = number(gid)
    return gidNumber === undefined ? [] : [{ name, gid: gidNumber, members: members.split(',') }]
  })
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(':'))
}

/** Ids go up to 2^31 - 1, as runc takes them. */
function number(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : undefined
}
