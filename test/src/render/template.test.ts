import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileTemplate } from '../../../src/render/template/template.ts'

const web = {
  Name: 'web',
  Up: true,
  Ports: [80, 443],
  Nothing: [],
  Missing: null,
  Networks: { lan: { IP: '10.0.0.2' }, dmz: { IP: '10.1.0.2' } },
  Label: (key: string) => (key === 'role' ? 'front' : ''),
}

describe('a template', () => {
  // Each line was checked against Go's text/template (docker inspect --format), whose rules these are.
  test.each([
    ['{{.Name}} is {{.Networks.lan.IP}}', 'web is 10.0.0.2'],
    ['{{ .Name }}{{/* said */}}!', 'web!'],
    ['{{.Up}} {{.Ports}} {{.Networks.lan}} {{.Missing}}', 'true [80 443] map[IP:10.0.0.2] <nil>'],
    ['{{json .Networks}}', '{"lan":{"IP":"10.0.0.2"},"dmz":{"IP":"10.1.0.2"}}'],
    ['{{.Name | upper | printf_ }}', undefined],
    ['{{.Name | upper}} {{upper .Name}} {{title "one two"}}', 'WEB WEB One Two'],
    ['{{range .Ports}}<{{.}}>{{end}}', '<80><443>'],
    ['{{range $at, $port := .Ports}}{{$at}}={{$port}} {{end}}', '0=80 1=443 '],
    ['{{range $name, $end := .Networks}}{{$name}}:{{$end.IP}} {{end}}', 'dmz:10.1.0.2 lan:10.0.0.2 '],
    ['{{range .Nothing}}x{{else}}none{{end}}', 'none'],
    ['{{if .Up}}up{{else}}down{{end}} {{if not .Up}}a{{else if .Nothing}}b{{else}}c{{end}}', 'up c'],
    ['{{with .Networks.lan}}{{.IP}} of {{$.Name}}{{end}}', '10.0.0.2 of web'],
    ['{{$n := .Name}}{{$n}}{{$n}}', 'webweb'],
    [
      '{{index .Ports 1}} {{index .Networks "dmz" "IP"}} {{(index .Networks "lan").IP}} {{len .Ports}}',
      '443 10.1.0.2 10.0.0.2 2',
    ],
    ['{{join (split "a,b" ",") "-"}} {{.Label "role"}} {{eq .Name "web"}}', 'a-b front true'],
    ['a {{- .Name -}} b', 'awebb'],
  ])('%s', (source, text) => {
    if (text === undefined) expect(() => compileTemplate(source)(web)).toThrow('function "printf_" not defined')
    else expect(compileTemplate(source)(web)).toBe(text)
  })

  test.each([
    ['{{.Nope}}', 'map has no entry for key "Nope"'],
    ['{{.Missing.Deeper}}', 'nil data; no entry for key "Deeper"'],
    ['{{$x}}', 'undefined variable "$x"'],
    ['{{.Name', 'unclosed action'],
    ['{{if .Up}}', '{{if}} has no {{end}}'],
    ['{{end}}', 'unexpected {{end}}'],
    ['{{index .Ports 9}}', 'error calling index: index out of range: 9'],
    ['{{.Name !}}', 'unexpected "!" in an action'],
    ['{{}}', 'missing value for command'],
  ])('%s is refused in one sentence', (source, sentence) => {
    expect(() => compileTemplate(source)(web)).toThrow(`template parsing error: ${sentence}`)
  })

  test('text without actions is itself', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('{{')),
        (text) => {
          expect(compileTemplate(text)({})).toBe(text)
        },
      ),
    )
  })

  test('any value comes out of json as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(compileTemplate('{{json .}}')(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
