/** The look of what is drawn. Colours are the custom properties of ../style.css, so that the page has one palette. */
import type { StylesheetJson } from 'cytoscape'
import { fonts, padding, type Font } from './measure.ts'

const typeface = ({ size, weight, family }: Font) => ({
  'font-size': size,
  'font-weight': weight,
  'font-family': family,
})

export function stylesheet(root: Element): StylesheetJson {
  const properties = getComputedStyle(root)
  const color = (name: string): string => properties.getPropertyValue(`--${name}`).trim()
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        'corner-radius': '6',
        width: 'data(width)',
        height: 'data(height)',
        label: 'data(label)',
        color: color('text'),
        ...typeface(fonts.interface),
        'line-height': 1.28,
        'text-wrap': 'wrap',
        'text-max-width': '2000px',
        'text-valign': 'center',
        'text-halign': 'center',
        'background-color': color('surface'),
        'border-width': 1.25,
        'border-color': color('line-strong'),
        'overlay-opacity': 0,
      },
    },
    {
      selector: ':parent',
      style: {
        'corner-radius': '12',
        padding: `${padding}px`,
        'compound-sizing-wrt-labels': 'exclude',
        label: '',
        'border-width': 1.25,
      },
    },
    {
      selector: '.machine',
      style: {
        'corner-radius': '18',
        padding: '26px',
        'background-color': color('machine'),
        'border-color': color('line'),
        'border-style': 'dashed',
        'border-width': 1,
      },
    },
    { selector: '.box.host', style: { 'background-color': color('host'), 'border-color': color('host-line') } },
    {
      selector: '.box.container',
      style: { 'background-color': color('container'), 'border-color': color('container-line') },
    },
    {
      selector: '.box.namespace',
      style: {
        'background-color': color('namespace'),
        'border-color': color('namespace-line'),
        'border-style': 'double',
        'border-width': 3,
      },
    },
    {
      selector: '.title, .subtitle',
      style: { 'background-opacity': 0, 'border-width': 0 },
    },
    { selector: '.title', style: typeface(fonts.title) },
    { selector: '.subtitle', style: { ...typeface(fonts.subtitle), color: color('text-soft'), 'line-height': 1.2 } },
    {
      selector: '.bridge',
      style: {
        'background-color': color('bridge'),
        'border-color': color('bridge-line'),
        'border-width': 2,
        'corner-radius': '10',
        ...typeface(fonts.bridge),
        'line-height': 1.35,
      },
    },
    {
      selector: 'node.port',
      style: {
        'corner-radius': '11',
        'background-color': color('port'),
        'border-color': color('port-line'),
        color: color('port-text'),
      },
    },
    { selector: 'node.no-carrier', style: { 'border-style': 'dotted', 'border-width': 2, color: color('text-soft') } },
    {
      selector: 'node.down',
      style: {
        'border-style': 'dashed',
        'border-color': color('down'),
        'border-width': 2,
        color: color('down'),
        'background-color': color('down-surface'),
      },
    },
    {
      selector: 'edge',
      style: {
        'curve-style': 'unbundled-bezier',
        'edge-distances': 'endpoints',
        'control-point-weights': 'data(weights)',
        'control-point-distances': 'data(distances)',
        'source-endpoint': 'data(fromPoint)',
        'target-endpoint': 'data(toPoint)',
        width: 2,
        'line-color': color('edge'),
        'line-cap': 'round',
        label: 'data(label)',
        'source-label': 'data(fromLabel)',
        'target-label': 'data(toLabel)',
        'source-text-offset': 'data(fromOffset)',
        'target-text-offset': 'data(toOffset)',
        'font-family': fonts.interface.family,
        'font-size': 10,
        color: color('text-soft'),
        // Names stand on their line; the state, in its middle, interrupts it.
        'text-outline-color': color('machine'),
        'text-outline-width': 2,
        'source-text-margin-y': -7,
        'target-text-margin-y': -7,
        'overlay-opacity': 0,
      },
    },
    { selector: 'edge.rides, edge.port', style: { 'line-style': 'dotted', width: 1.5 } },
    {
      selector: 'edge.no-carrier, edge.down',
      style: {
        'line-style': 'dashed',
        'line-dash-pattern': [6, 5],
        'line-color': color('down'),
        color: color('down'),
        'text-background-color': color('machine'),
        'text-background-opacity': 1,
        'text-background-padding': '2px',
      },
    },
    { selector: '.dimmed', style: { opacity: 0.22 } },
    { selector: '.found', style: { 'border-color': color('accent'), 'border-width': 3 } },
    {
      selector: 'node.selected',
      style: { 'border-color': color('accent'), 'border-width': 3, 'border-style': 'solid' },
    },
    { selector: 'edge.selected', style: { 'line-color': color('accent'), width: 3.5 } },
    {
      selector: 'node:active, edge:active',
      style: { 'overlay-color': color('accent'), 'overlay-opacity': 0.08, 'overlay-padding': 4 },
    },
  ] as unknown as StylesheetJson
}
