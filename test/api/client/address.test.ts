import { describe, expect, test } from 'vitest'
import { hostFrom, parseAddress } from '../../../api/client/address.ts'

test('the address comes from the flag, then from TRESTLE_HOST, then it is the default', () => {
  expect(hostFrom('tcp://a:1', { TRESTLE_HOST: 'tcp://b:2' })).toBe('tcp://a:1')
  expect(hostFrom(undefined, { TRESTLE_HOST: 'tcp://b:2' })).toBe('tcp://b:2')
  expect(hostFrom('', { TRESTLE_HOST: '' })).toBe('unix:///run/trestle/netd.sock')
})

describe('an address', () => {
  test.each([
    ['unix:///run/a b.sock', { kind: 'unix', path: '/run/a b.sock' }],
    ['tcp://10.0.0.1:2375', { kind: 'tcp', host: '10.0.0.1', port: 2375, isTls: false }],
    ['tcp://[fd00::1]:99', { kind: 'tcp', host: 'fd00::1', port: 99, isTls: false }],
    ['http://netd.example', { kind: 'tcp', host: 'netd.example', port: 2375, isTls: false }],
    ['https://netd.example', { kind: 'tcp', host: 'netd.example', port: 2376, isTls: true }],
  ])('%s', (host, address) => {
    expect(parseAddress(host)).toEqual(address)
  })

  test.each(['netd.sock', '/run/netd.sock', 'unix://netd.sock', 'unix://', 'ftp://a', 'tcp://a/path', 'tcp://'])(
    '%s is refused by name',
    (host) => {
      expect(() => parseAddress(host)).toThrow(`invalid host "${host}"`)
    },
  )
})
