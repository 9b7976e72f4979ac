/** The drawing: keeps cytoscape in step with the model, and tells what was clicked. */
import cytoscape, { type Core, type ElementDefinition } from 'cytoscape'
import { elementsOf, titleId } from './elements.ts'
import { layOut, padding, pieces, placeNew, type Positions } from './layout.ts'
import { measureBox, type MeasuredBox, type TextWidth } from './measure.ts'
import type { PictureModel } from './model.ts'
import { stylesheet } from './style.ts'

const isStill = matchMedia('(prefers-reduced-motion: reduce)')
const isDark = matchMedia('(prefers-color-scheme: dark)')

function canvasTextWidth(): TextWidth {
  const context = document.createElement('canvas').getContext('2d')!
  return (text, font) => {
    context.font = font
    return context.measureText(text).width
  }
}

export class PictureView {
  readonly #core: Core
  readonly #textWidth = canvasTextWidth()
  #model: PictureModel = { boxes: [], lines: [] }
  #selected: string | undefined
  #found: Set<string> | undefined

  /** `onSelect` gets the id of a namespace or an interface, or undefined for the background. */
  constructor(container: HTMLElement, onSelect: (id: string | undefined) => void) {
    this.#core = cytoscape({ container, elements: [], style: stylesheet(document.documentElement), minZoom: 0.15, maxZoom: 3, boxSelectionEnabled: false, selectionType: 'single' })
    this.#core.autounselectify(true)
    this.#core.on('tap', (event) => onSelect(event.target === this.#core ? undefined : (event.target.data('selects') as string | undefined)))
    isDark.addEventListener('change', () => this.#core.style(stylesheet(document.documentElement)))
    new ResizeObserver(() => this.#core.resize()).observe(container)
  }

  update(model: PictureModel): void {
    this.#model = model
    const boxes = model.boxes.map((box) => measureBox(box, this.#textWidth))
    const isFirst = this.#core.elements().empty()
    this.#draw(boxes, isFirst ? layOut(boxes, model.lines) : placeNew(boxes, model.lines, this.#positions(boxes)))
    if (isFirst) this.fit()
  }

  /** Lays everything out anew. */
  tidy(): void {
    const boxes = this.#model.boxes.map((box) => measureBox(box, this.#textWidth))
    this.#draw(boxes, layOut(boxes, this.#model.lines))
    this.fit()
  }

  fit(): void {
    const eles = this.#core.elements()
    if (eles.empty()) return
    if (isStill.matches) this.#core.fit(eles, 28)
    else this.#core.animate({ fit: { eles, padding: 28 }, duration: 180 })
    this.#core.maxZoom(1.35)
    this.#core.maxZoom(3)
  }

  select(id: string | undefined): void {
    this.#selected = id
    this.#mark()
  }

  /** Dims all but these namespaces and interfaces; undefined ends it. */
  show(found: Set<string> | undefined): void {
    this.#found = found
    this.#mark()
  }

  /** Where things are now: the user may have moved them. */
  #positions(boxes: MeasuredBox[]): Positions {
    const known: Positions = new Map()
    for (const { id, isHub } of pieces(boxes)) {
      const anchor = this.#core.getElementById(isHub ? id : titleId(id))
      if (anchor.empty()) continue
      const { x, y } = anchor.position()
      const [left, top] = [x - anchor.data('width') / 2, y - anchor.data('height') / 2]
      known.set(id, isHub ? { x: left, y: top } : { x: left - padding, y: top - padding })
    }
    return known
  }

  #draw(boxes: MeasuredBox[], positions: Positions): void {
    const wanted = elementsOf(this.#model, boxes, positions)
    const ids = new Set(wanted.map(({ data }) => data.id))
    this.#core.batch(() => {
      this.#core.elements().filter((element) => !ids.has(element.id())).remove()
      for (const definition of wanted) this.#put(definition)
    })
    this.#mark()
  }

  #put(definition: ElementDefinition): void {
    const { data, classes, position } = definition
    const element = this.#core.getElementById(data.id!)
    // An edge whose ends changed (a port moved to another bridge) is another edge.
    const isMoved = element.nonempty() && element.isEdge() && (element.data('source') !== data.source || element.data('target') !== data.target)
    if (isMoved) element.remove()
    if (element.empty() || isMoved) {
      this.#core.add(definition)
      return
    }
    element.data(data)
    element.classes(classes as string)
    if (position !== undefined && !element.isParent()) element.position(position)
  }

  #mark(): void {
    const all = this.#core.elements()
    this.#core.batch(() => {
      all.removeClass('selected dimmed found')
      const belongs = (id: string) => all.filter((element) => element.id() === id || (element.isEdge() && (element.data('interfaces') as string[]).includes(id)))
      if (this.#selected !== undefined) belongs(this.#selected).addClass('selected')
      if (this.#found === undefined) return
      for (const element of all) {
        const ids = element.isEdge() ? (element.data('interfaces') as string[]) : [element.data('selects') as string]
        const isFound = ids.some((id) => this.#found!.has(id))
        if (isFound && element.isNode() && !element.isParent() && !element.hasClass('title') && !element.hasClass('subtitle')) element.addClass('found')
        else if (!isFound && !element.isParent()) element.addClass('dimmed')
      }
    })
  }
}
