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
export function resolveUser(
  text: string,
  further: readonly string[],
  readFile: (path: string) => string | undefined,
): User {
  const accounts = parseAccounts(readFile('/etc/passwd') ?? '')
  const groups = parseGroups(readFile('/etc/group') ?? '')
  const furtherGids = further.map((group) => gidOf(group, groups) ?? unknownGroup('Unable to find group', group))
  // The group of the process is one of them, or it could leave it to gain what that group is denied (CVE-2022-36109).
  const withFurther = (user: User): User => ({
    ...user,
    additionalGids: [...new Set([user.gid, ...user.additionalGids, ...furtherGids])],
  })
  const colon = text.indexOf(':')
  const userPart = colon < 0 ? text : text.slice(0, colon)
  const groupPart = colon < 0 ? '' : text.slice(colon + 1)

  const account =
    userPart === ''
      ? accounts.find(({ uid }) => uid === 0)
      : (accounts.find(({ name }) => name === userPart) ?? accounts.find(({ uid }) => uid === number(userPart)))
  const uid = account?.uid ?? (userPart === '' ? 0 : number(userPart))
  if (uid === undefined)
    throw errors.invalidParameter(`unable to find user ${userPart}: no matching entries in passwd file`)

  if (groupPart !== '') {
    const gid = gidOf(groupPart, groups) ?? unknownGroup('unable to find group', groupPart)
    return withFurther({ uid, gid, additionalGids: [] })
  }
  const additionalGids =
    account === undefined ? [] : groups.filter(({ members }) => members.includes(account.name)).map(({ gid }) => gid)
  return withFurther({ uid, gid: account?.gid ?? 0, additionalGids })
}

function gidOf(text: string, groups: Group[]): number | undefined {
  return groups.find(({ name }) => name === text)?.gid ?? number(text)
}

function unknownGroup(what: string, name: string): never {
  throw errors.invalidParameter(`${what} ${name}: no matching entries in group file`)
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
