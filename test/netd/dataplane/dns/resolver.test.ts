import { decode, encode, type DecodedPacket, type RecordType } from 'dns-packet'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Forwarder } from '../../../../netd/dataplane/dns/forwarder.ts'
import { fitDatagram, readQuery } from '../../../../netd/dataplane/dns/message.ts'
import { NameTable } from '../../../../netd/dataplane/dns/names.ts'
import { Resolver } from '../../../../netd/dataplane/dns/resolver.ts'

const internal = { upstreams: [] }
const forwarder = new Forwarder({ openSocket: () => expect.unreachable() })
/** Takes the last of what is left each time: Fisher and Yates then reverses nothing, so that order is predictable. */
const unshuffled = (): number => 0.999_999

function query(name: string, type: RecordType = 'A', ednsSize?: number): Buffer {
  return encode({
    type: 'query',
    id: 0x1234,
    flags: 0x0100,
    questions: [{ name, type }],
    additionals:
      ednsSize === undefined
        ? []
        : [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: ednsSize,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
  })
}

async function ask(names: NameTable, name: string, type?: RecordType): Promise<DecodedPacket> {
  const reply = await new Resolver(names, forwarder, unshuffled).resolve('client', internal, query(name, type), false)
  return decode(reply!.message)
}

function twoNetworks(): NameTable {
  const names = new NameTable()
  names.join('front', 'client', { names: ['client'], ipv4: '10.1.0.2' })
  names.join('front', 'web', { names: ['web', 'www', '0123456789ab'], ipv4: '10.1.0.3', ipv6: 'fd00:1::3' })
  names.join('front', 'other-web', { names: ['web2', 'www'], ipv4: '10.1.0.4' })
  names.join('back', 'database', { names: ['database'], ipv4: '10.2.0.3' })
  return names
}

const data = (packet: DecodedPacket): string[] => packet.answers!.map((record) => (record as { data: string }).data)

describe('names', () => {
  it('answers a name, an alias and a short id, in any case, with TTL 0', async () => {
    const names = twoNetworks()
    for (const name of ['web', 'WEB', '0123456789ab']) expect(data(await ask(names, name))).toEqual(['10.1.0.3'])
    expect((await ask(names, 'web')).answers![0]).toMatchObject({ ttl: 0, class: 'IN', name: 'web' })
    expect(await ask(names, 'WeB')).toMatchObject({
      questions: [{ name: 'WeB' }],
      flag_aa: true,
      flag_ra: true,
      flag_rd: true,
      rcode: 'NOERROR',
    })
  })

  it('answers an alias of two containers with both', async () => {
    expect(data(await ask(twoNetworks(), 'www')).toSorted()).toEqual(['10.1.0.3', '10.1.0.4'])
  })

  it('answers AAAA; a name without that family is NOERROR and empty', async () => {
    expect(data(await ask(twoNetworks(), 'web', 'AAAA'))).toEqual(['fd00:1::3'])
    expect(await ask(twoNetworks(), 'web2', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [] })
    expect(await ask(twoNetworks(), 'web', 'MX')).toMatchObject({ rcode: 'NOERROR', answers: [] })
  })

  it('gives as much of a name as fits in one', async () => {
    const names = new NameTable()
    names.join('lan', 'client', { names: ['client'], ipv4: '10.1.0.2' })
    names.join('lan', 'web', { names: ['ab.'.repeat(30_000)], ipv4: '10.1.0.3' })
    expect(data(await ask(names, '3.0.1.10.in-addr.arpa', 'PTR'))).toEqual(['ab.'.repeat(84).slice(0, -1)])
  })

  it('gives the name of an address', async () => {
    expect(data(await ask(twoNetworks(), '3.0.1.10.in-addr.arpa', 'PTR'))).toEqual(['web'])
    const nibbles = '3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa'
    expect(data(await ask(twoNetworks(), nibbles, 'PTR'))).toEqual(['web'])
  })

  it('knows only the networks the asking container has joined, at once', async () => {
    const names = twoNetworks()
    expect(await ask(names, 'database')).toMatchObject({ rcode: 'SERVFAIL' })
    names.join('back', 'client', { names: ['client'], ipv4: '10.2.0.2' })
    expect(data(await ask(names, 'database'))).toEqual(['10.2.0.3'])
    names.leave('back', 'database')
    expect(await ask(names, 'database')).toMatchObject({ rcode: 'SERVFAIL' })
    expect(await ask(names, '3.0.2.10.in-addr.arpa', 'PTR')).toMatchObject({ rcode: 'SERVFAIL' })
  })

  it('forgets the former addresses of a container that joins again', async () => {
    const names = twoNetworks()
    names.join('front', 'web', { names: ['web'], ipv4: '10.1.0.9' })
    expect(data(await ask(names, 'web'))).toEqual(['10.1.0.9'])
    expect(data(await ask(names, 'www'))).toEqual(['10.1.0.4'])
    expect(await ask(names, '3.0.1.10.in-addr.arpa', 'PTR')).toMatchObject({ rcode: 'SERVFAIL' })
  })

  it('shuffles, so that every address comes first at times', async () => {
    let drawn = 0
    const resolver = new Resolver(twoNetworks(), forwarder, () => (drawn++ % 2) / 2)
    const first = new Set<unknown>()
    for (let round = 0; round < 64; round++)
      first.add(data(decode((await resolver.resolve('client', internal, query('www'), false))!.message))[0])
    expect(first.size).toBe(2)
  })
})

describe('datagrams', () => {
  it('fit 512 bytes, or what EDNS says; what does not comes back empty with TC', async () => {
    const names = twoNetworks()
    for (let host = 10; host < 60; host++) names.join('front', `c${host}`, { names: ['many'], ipv4: `10.1.0.${host}` })
    const resolver = new Resolver(names, forwarder, () => 0)
    const reply = async (size?: number): Promise<DecodedPacket> => {
      const { query: asked, message } = (await resolver.resolve('client', internal, query('many', 'A', size), false))!
      const fitted = fitDatagram(asked!, message)
      expect(fitted.length).toBeLessThanOrEqual(size ?? 512)
      return decode(fitted)
    }
    expect(await reply()).toMatchObject({ flag_tc: true, answers: [], questions: [{ name: 'many' }] })
    const whole = await reply(4096)
    expect(whole).toMatchObject({ flag_tc: false })
    expect(whole.answers).toHaveLength(50)
    expect(whole.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 4096 }])
  })
})

describe('malformed queries', () => {
  const resolver = new Resolver(twoNetworks(), forwarder, unshuffled)
  const resolve = async (message: Buffer): Promise<DecodedPacket | undefined> => {
    const reply = await resolver.resolve('client', internal, message, false)
    return reply === undefined ? undefined : decode(reply.message)
  }

  it('are FORMERR when they have an id to answer to, NOTIMP for another opcode, and never answered when they are answers', async () => {
    const good = query('web')
    expect(await resolve(good.subarray(0, 11))).toBeUndefined()
    expect(await resolve(good.subarray(0, 14))).toMatchObject({ id: 0x1234, rcode: 'FORMERR' })
    const twoQuestions = Buffer.from(good)
    twoQuestions.writeUInt16BE(2, 4)
    expect(await resolve(twoQuestions)).toMatchObject({ rcode: 'FORMERR' })
    const update = Buffer.from(good)
    update.writeUInt16BE(0x2800, 2)
    expect(await resolve(update)).toMatchObject({ rcode: 'NOTIMP' })
    const answer = Buffer.from(good)
    answer.writeUInt16BE(0x8180, 2)
    expect(await resolve(answer)).toBeUndefined()
  })

  it('never throw, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), fc.boolean(), async (bytes, hasHeader) => {
        const message = hasHeader ? Buffer.concat([query('web').subarray(0, 12), bytes]) : Buffer.from(bytes)
        const reply = await resolver.resolve('client', internal, message, false)
        if (reply !== undefined) expect(reply.message.readUInt16BE(0)).toBe(message.readUInt16BE(0))
      }),
    )
  })

  it('read back what a query says', () => {
    expect(readQuery(query('web', 'AAAA', 1232))).toMatchObject({
      name: 'web',
      type: 28,
      udpBytes: 1232,
      hasEdns: true,
    })
  })
})
