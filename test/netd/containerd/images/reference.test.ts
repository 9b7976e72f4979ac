import { expect, test } from 'vitest'
import { canonical, familiar } from '../../../../netd/containerd/images/reference.ts'

const digest = `sha256:${'a'.repeat(64)}`

test.for([
  ['web', 'docker.io/library/web:latest', 'web:latest'],
  ['web:1.0', 'docker.io/library/web:1.0', 'web:1.0'],
  ['team/web', 'docker.io/team/web:latest', 'team/web:latest'],
  ['docker.io/web', 'docker.io/library/web:latest', 'web:latest'],
  ['index.docker.io/team/web:2', 'docker.io/team/web:2', 'team/web:2'],
  ['localhost/web', 'localhost/web:latest', 'localhost/web:latest'],
  ['host:5000/a/b/c:x', 'host:5000/a/b/c:x', 'host:5000/a/b/c:x'],
  [`web@${digest}`, `docker.io/library/web@${digest}`, `web@${digest}`],
  [`web:1@${digest}`, `docker.io/library/web@${digest}`, `web@${digest}`],
  ['x/a--b__c.d/e', 'docker.io/x/a--b__c.d/e:latest', 'x/a--b__c.d/e:latest'],
])('%s is %s', ([text, name, shown]) => {
  expect(canonical(text as string)).toBe(name)
  expect(familiar(canonical(text as string))).toBe(shown)
})

test.for([
  '',
  ' ',
  'a b',
  'web:',
  'web:-x',
  ':1',
  '/web',
  'web/',
  'a//b',
  '-web',
  'web@sha256:abc',
  'a___b',
  `web:${'x'.repeat(129)}`,
])('%j is invalid', (text) => {
  expect(() => canonical(text)).toThrow(expect.objectContaining({ status: 400, message: 'invalid reference format' }))
})

test('Docker says more about capitals and bare ids', () => {
  expect(() => canonical('Web:1')).toThrow('invalid reference format: repository name (library/Web) must be lowercase')
  expect(() => canonical('library/Web')).toThrow(
    'invalid reference format: repository name (library/Web) must be lowercase',
  )
  expect(() => canonical('a'.repeat(64))).toThrow(
    `invalid repository name (${'a'.repeat(64)}), cannot specify 64-byte hexadecimal strings`,
  )
})
