import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
  type VirtualizerOptions,
} from '@tanstack/lit-virtual'
import type { LitElement, ReactiveController } from 'lit'

/** Renders caused by measuring, within one frame, before the rest waits for the next one. */
const PASSES_PER_FRAME_MAX = 6

type Options = Omit<
  VirtualizerOptions<HTMLElement, HTMLElement>,
  'observeElementRect' | 'observeElementOffset' | 'scrollToFn' | 'onChange'
>

/**
 * Runs TanStack's virtualizer for a Lit element. The library's own controller renders again in a microtask whenever a
 * measurement changes something; with thousands of rows and a scroll position that the browser reports only after the
 * frame, that never ends. Here it ends with the frame.
 */
export class RowVirtualizer implements ReactiveController {
  readonly virtualizer: Virtualizer<HTMLElement, HTMLElement>
  readonly #host: LitElement
  /** The rows that the last render had. */
  #shown: ReadonlySet<VirtualItem['key']> = new Set()
  #isComingIn = false
  #unmount = () => {}
  #passes = 0
  #isFrameAwaited = false

  constructor(host: LitElement, options: Options) {
    this.#host = host
    host.addController(this)
    this.virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      ...options,
      onChange: () => this.#onChange(),
    })
    this.virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (row) => this.#isAboveWhatIsRead(row)
  }

  hostConnected(): void {
    this.#unmount = this.virtualizer._didMount()
  }

  hostUpdated(): void {
    this.virtualizer._willUpdate()
    // After the whole render, so that a scroll correction finds the rows and the height that it was made for.
    const shown = new Set<VirtualItem['key']>()
    for (const row of this.#host.renderRoot.querySelectorAll<HTMLElement>('[data-index]')) shown.add(this.#measure(row))
    this.#shown = shown
    this.virtualizer.measureElement(null)
  }

  /**
   * The library leaves rows that come in with a scroll to its observer, which finds them after they were painted where
   * they were guessed to be, or where they belonged before they were changed out of sight.
   */
  #measure(row: HTMLElement): VirtualItem['key'] {
    const { virtualizer } = this
    const index = virtualizer.indexFromElement(row)
    const key = virtualizer.options.getItemKey(index)
    this.#isComingIn = !this.#shown.has(key)
    virtualizer.measureElement(row)
    // By itself, the library would take the height that the row had when it was last in the page.
    if (this.#isComingIn) virtualizer.resizeItem(index, row.offsetHeight)
    this.#isComingIn = false
    return key
  }

  /**
   * What was read stays in its place. Scrolling up, rows come in from above, several in one frame when the device is
   * slow: what was read is below all of them, down to the lower edge.
   */
  #isAboveWhatIsRead({ start, end }: VirtualItem): boolean {
    const { scrollOffset, scrollDirection, scrollRect } = this.virtualizer
    const upperEdge = scrollOffset ?? 0
    const isBackward = scrollDirection === 'backward'
    if (this.#isComingIn) return start < upperEdge + (isBackward ? (scrollRect?.height ?? 0) : 0)
    return end <= upperEdge && !isBackward
  }

  hostDisconnected(): void {
    this.#unmount()
  }

  #onChange(): void {
    this.#awaitFrame()
    if (++this.#passes > PASSES_PER_FRAME_MAX) return
    this.#host.requestUpdate()
  }

  /** Starts counting again with the next frame, and renders what the count has put off. */
  #awaitFrame(): void {
    if (this.#isFrameAwaited) return
    this.#isFrameAwaited = true
    requestAnimationFrame(() => {
      this.#isFrameAwaited = false
      const isPutOff = this.#passes > PASSES_PER_FRAME_MAX
      this.#passes = 0
      if (isPutOff) this.#host.requestUpdate()
    })
  }
}
