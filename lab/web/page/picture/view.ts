/** The drawing: keeps cytoscape in step with the model, and tells what was clicked. */
import cytoscape, { type Core, type ElementDefinition, type SingularElementArgument } from 'cytoscape'
import { courseData, elementsOf, itemRectangles, titleId } from './elements.ts'
import { layOut, placeNew, type Positions } from './layout.ts'
import { countLines, measureBox, padding, type MeasuredBox, type TextWidth } from './measure.ts'
import type { PictureModel } from './model.ts'
import { courses } from './routes.ts'
import { stylesheet } from './style.ts'

const isStill = matchMedia('(prefers-reduced-motion: reduce)')
const isDark = matchMedia('(prefers-color-scheme: dark)')

/** Around everything, in pixels of the screen. */
const margin = 28
/** A few boxes alone would otherwise fill the screen. */
const largestFit = 1.35

function canvasTextWidth(): TextWidth {
  const context = document.createElement('canvas').getContext('2d')!
  return (text, { size, weight, family }) => {
    context.font = `${weight} ${size}px ${family}`
    return context.measureText(text).width
  }
}

/** Of a line: the interfaces it belongs to. */
const linked = (element: SingularElementArgument): string[] =>
  (element.data('interfaces') as string[] | undefined) ?? []

export class PictureView {
  readonly #core: Core
  readonly #textWidth = canvasTextWidth()
  #model: PictureModel = { boxes: [], lines: [] }
  #selected: string | undefined
  #found: Set<string> | undefined

  /** `onSelect` gets the id of a namespace or an interface, or undefined for the background. */
  constructor(container: HTMLElement, onSelect: (id: string | undefined) => void) {
    this.#core = cytoscape({
      container,
      elements: [],
      style: stylesheet(document.documentElement),
      minZoom: 0.15,
      maxZoom: 3,
      boxSelectionEnabled: false,
      selectionType: 'single',
    })
    this.#core.autounselectify(true)
    this.#core.on('tap', (event) =>
      onSelect(event.target === this.#core ? undefined : (event.target.data('selects') as string | undefined)),
    )
    this.#core.on('drag', () => this.#reroute())
    isDark.addEventListener('change', () => this.#core.style(stylesheet(document.documentElement)))
    new ResizeObserver(() => this.#core.resize()).observe(container)
  }

  update(model: PictureModel): void {
    this.#model = model
    const boxes = this.#measure()
    const isFirst = this.#core.elements().empty()
    this.#draw(boxes, isFirst ? layOut(boxes, model.lines) : placeNew(boxes, model.lines, this.#positions()))
    if (isFirst) this.fit()
  }

  /** Lays everything out anew. */
  tidy(): void {
    const boxes = this.#measure()
    this.#draw(boxes, layOut(boxes, this.#model.lines))
    this.fit()
  }

  fit(): void {
    const { x1, y1, w, h } = this.#core.elements().boundingBox({})
    if (w === 0 || h === 0) return
    const [width, height] = [this.#core.width(), this.#core.height()]
    const zoom = Math.min((width - 2 * margin) / w, (height - 2 * margin) / h, largestFit)
    const pan = { x: width / 2 - zoom * (x1 + w / 2), y: height / 2 - zoom * (y1 + h / 2) }
    if (isStill.matches) this.#core.viewport({ zoom, pan })
    else this.#core.animate({ zoom, pan, duration: 180 })
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

  #measure(): MeasuredBox[] {
    const lineCounts = countLines(this.#model.lines)
    return this.#model.boxes.map((box) => measureBox(box, lineCounts, this.#textWidth))
  }

  /** Where boxes are now: the user may have moved them. */
  #positions(): Positions {
    const known: Positions = new Map()
    for (const { id } of this.#model.boxes) {
      const title = this.#core.getElementById(titleId(id))
      if (title.empty()) continue
      const { x, y } = title.position()
      known.set(id, { x: x - title.data('width') / 2 - padding, y: y - title.data('height') / 2 - padding })
    }
    return known
  }

  /** While a box is dragged, its lines may change sides. */
  #reroute(): void {
    const found = courses(this.#model.lines, itemRectangles(this.#measure(), this.#positions()))
    this.#core.batch(() => {
      for (const [id, course] of found) this.#core.getElementById(id).data(courseData(course))
    })
  }

  #draw(boxes: MeasuredBox[], positions: Positions): void {
    const wanted = elementsOf(boxes, this.#model.lines, positions)
    const ids = new Set(wanted.map(({ data }) => data.id))
    this.#core.batch(() => {
      this.#core
        .elements()
        .filter((element) => !ids.has(element.id()))
        .remove()
      for (const definition of wanted) this.#put(definition)
    })
    this.#mark()
  }

  #put(definition: ElementDefinition): void {
    const { data, classes, position } = definition
    const element = this.#core.getElementById(data.id!)
    // An edge whose ends changed (a port moved to another bridge) is another edge.
    const isMoved =
      element.nonempty() &&
      element.isEdge() &&
      (element.data('source') !== data.source || element.data('target') !== data.target)
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
      const belongs = (id: string) => all.filter((element) => element.id() === id || linked(element).includes(id))
      if (this.#selected !== undefined) belongs(this.#selected).addClass('selected')
      if (this.#found === undefined) return
      for (const element of all) {
        const ids = element.isNode() ? [element.data('selects') as string] : linked(element)
        const isFound = ids.some((id) => this.#found!.has(id))
        const isWithin = element.isNode() && this.#found.has(element.parent().first().id())
        if (isFound && !element.hasClass('title') && !element.hasClass('subtitle')) element.addClass('found')
        else if (!isFound && !isWithin && !(element.isNode() && element.isParent())) element.addClass('dimmed')
      }
    })
  }
}
