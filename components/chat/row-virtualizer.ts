import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
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
  }

  hostConnected(): void {
    this.#unmount = this.virtualizer._didMount()
  }

  hostUpdated(): void {
    this.virtualizer._willUpdate()
    // After the whole render, so that a scroll correction finds the rows and the height that it was made for.
    for (const row of this.#host.renderRoot.querySelectorAll<HTMLElement>('[data-index]'))
      this.virtualizer.measureElement(row)
    this.virtualizer.measureElement(null)
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
