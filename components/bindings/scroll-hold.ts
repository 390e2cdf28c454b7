/**
 * Keeps what one looks at in its place while something above it changes. Some browsers do this by themselves, for the
 * elements that they chose; here the place is known, so theirs is switched off for as long as this takes.
 */
export class ScrollHold {
  readonly #scroller: HTMLElement | undefined
  readonly #topPx: number | undefined
  /** How far below the upper edge of what scrolls the place stays at least, so that nothing covers it afterwards. */
  readonly #clearancePx: number

  /** `topPx` is where the place that is to stay was, from the top of the window; undefined if there is none. */
  constructor(inside: Element, topPx: number | undefined) {
    this.#scroller = topPx === undefined ? undefined : scrollerOf(inside)
    this.#topPx = topPx
    this.#clearancePx =
      this.#scroller && topPx !== undefined
        ? Math.min(topPx - upperEdgeOf(this.#scroller), scrollPaddingOf(this.#scroller))
        : 0
    this.#scroller?.style.setProperty('overflow-anchor', 'none')
  }

  /** Scrolls by as much as the place has moved: now, and when the page around it has rendered what changed as well. */
  release(topPx: () => number | undefined): void {
    this.#follow(topPx())
    requestAnimationFrame(() => {
      this.#follow(topPx())
      this.#scroller?.style.removeProperty('overflow-anchor')
    })
  }

  #follow(topPx: number | undefined): void {
    if (!this.#scroller || this.#topPx === undefined || topPx === undefined) return
    // A notice that appears above makes what scrolls smaller: where the place was, the notice may be now.
    const wantedPx = Math.max(this.#topPx, upperEdgeOf(this.#scroller) + this.#clearancePx)
    this.#scroller.scrollTop += topPx - wantedPx
  }
}

/** The page itself begins where the window does, however far it is scrolled. */
const upperEdgeOf = (scroller: HTMLElement): number =>
  scroller === document.documentElement ? 0 : scroller.getBoundingClientRect().top

/** What is kept free at the upper edge for that which stays there while the rest scrolls. */
const scrollPaddingOf = (scroller: HTMLElement): number =>
  Number.parseFloat(getComputedStyle(scroller).scrollPaddingBlockStart) || 0

/** The nearest element around that scrolls, through shadow roots. */
function scrollerOf(inside: Element): HTMLElement | undefined {
  for (let node: Node | null = inside; node !== null; node = parentOf(node)) {
    if (!(node instanceof HTMLElement)) continue
    const { overflowY } = getComputedStyle(node)
    if ((overflowY === 'auto' || overflowY === 'scroll') && node.scrollHeight > node.clientHeight) return node
  }
  return document.documentElement
}

function parentOf(node: Node): Node | null {
  if (node instanceof Element && node.assignedSlot) return node.assignedSlot
  return node instanceof ShadowRoot ? node.host : node.parentNode
}
