import { describe, expect, test } from 'vitest'
import { formatPorts } from '../../../src/render/containers.ts'
import { labelFields, renderList, type Listing, type Row } from '../../../src/render/list.ts'
import { humanBytes, humanDuration, humanSize } from '../../../src/render/units.ts'

const listing: Listing = {
  headings: { ID: 'NETWORK ID', Name: 'NAME', Labels: 'LABELS' },
  columns: ['ID', 'Name'],
  key: 'ID',
}
const rows: Row[] = [
  { ID: 'a1', Name: 'a-rather-long-name', ...labelFields({ role: 'front', zone: 'z' }) },
  { ID: 'b2', Name: 'é', ...labelFields(null) },
]
const answers = [{ Id: 'a1' }, { Id: 'b2' }]

describe('a list', () => {
  test.each([
    [
      'as a table: columns ten wide at least, three blanks between',
      {},
      'NETWORK ID   NAME\na1           a-rather-long-name\nb2           é\n',
    ],
    ['as ids', { quiet: true }, 'a1\nb2\n'],
    [
      'by template, with the tabs and line ends of a shell',
      { format: '{{.Name}}\\t{{.Label "role"}}' },
      'a-rather-long-name\tfront\né\t\n',
    ],
    [
      'as a table by template',
      { format: 'table {{.Name}}\\t{{.Labels}}\\t{{.Label "zone"}}' },
      'NAME                 LABELS              zone\na-rather-long-name   role=front,zone=z   z\né                                        \n',
    ],
    [
      'as a line of JSON for each row',
      { format: 'json' },
      '{"ID":"a1","Name":"a-rather-long-name","Labels":"role=front,zone=z"}\n{"ID":"b2","Name":"é","Labels":""}\n',
    ],
    ["as the daemon's own answer", { json: true }, '[\n  {\n    "Id": "a1"\n  },\n  {\n    "Id": "b2"\n  }\n]\n'],
  ])('%s', (_, flags, text) => {
    expect(renderList(listing, rows, answers, flags)).toBe(text)
  })

  test('that is empty still has its headings, but no ids', () => {
    expect(renderList(listing, [], [], {})).toBe('NETWORK ID   NAME\n')
    expect(renderList(listing, [], [], { quiet: true })).toBe('')
    expect(renderList(listing, [], [], { json: true })).toBe('[]\n')
  })
})

test('ports that keep their number run together', () => {
  const tcp = (IP: string | undefined, PrivatePort: number, PublicPort?: number) => ({
    Type: 'tcp',
    PrivatePort,
    ...(IP && { IP }),
    ...(PublicPort && { PublicPort }),
  })
  expect(
    formatPorts([
      tcp(undefined, 81),
      tcp(undefined, 80),
      tcp('0.0.0.0', 90, 90),
      tcp('0.0.0.0', 91, 91),
      tcp('::', 90, 90),
      tcp('0.0.0.0', 100, 8000),
      tcp(undefined, 99),
    ]),
  ).toBe('80-81/tcp, 99/tcp, 0.0.0.0:90-91->90-91/tcp, [::]:90->90/tcp, 0.0.0.0:8000->100/tcp')
  expect(formatPorts(null)).toBe('')
})

test.each([
  [0, 'Less than a second'],
  [1500, '1 second'],
  [59_000, '59 seconds'],
  [61_000, 'About a minute'],
  [3_599_000, '59 minutes'],
  [3_600_000, 'About an hour'],
  [47 * 3_600_000, '47 hours'],
  [48 * 3_600_000, '2 days'],
  [15 * 86_400_000, '2 weeks'],
  [61 * 86_400_000, '2 months'],
  [800 * 86_400_000, '2 years'],
])('%i ms are "%s"', (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text)
})

test('sizes have three digits, or four in powers of 1024', () => {
  expect([0, 999, 1000, 4_261_550, 29_279_232].map(humanSize)).toEqual(['0B', '999B', '1kB', '4.26MB', '29.3MB'])
  expect([512, 16_776_000_000].map(humanBytes)).toEqual(['512B', '15.62GiB'])
})
