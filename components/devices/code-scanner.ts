import { LitElement, css, html } from 'lit'
import { customElement, query, state } from 'lit/decorators.js'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'

/** What browsers that can read QR codes offer; TypeScript's list of the web does not have it. */
interface CodeDetector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>
}
type CodeDetectorMaker = new (options: { readonly formats: readonly string[] }) => CodeDetector

const detectorMaker = (): CodeDetectorMaker | undefined =>
  (globalThis as { readonly BarcodeDetector?: CodeDetectorMaker }).BarcodeDetector

/** Whether this browser can read a code by its camera; where it can't, the code is typed. */
export const canScan = (): boolean => detectorMaker() !== undefined && 'mediaDevices' in navigator

/** A code was read. */
export class ScanEvent extends Event {
  readonly text: string
  constructor(text: string) {
    super('parley-scan', { bubbles: true, composed: true })
    this.text = text
  }
}

/** Often enough that nobody has to hold the phone still for long, seldom enough for an old one. */
const SCAN_INTERVAL_MS = 200

/** The camera's picture, searched for a QR code for as long as it is on the page. */
@customElement('parley-code-scanner')
export class CodeScanner extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      video {
        display: block;
        inline-size: 100%;
        aspect-ratio: 1;
        border-radius: var(--radius);
        background: var(--surface-sunken);
        object-fit: cover;
      }
    `,
  ]

  @state() private problem = ''
  @query('video') private readonly video: HTMLVideoElement | undefined
  #stream: MediaStream | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#start()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
    for (const track of this.#stream?.getTracks() ?? []) track.stop()
    this.#stream = undefined
  }

  protected override render() {
    return this.problem
      ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>`
      : html`<video muted playsinline autoplay aria-label="What the camera sees"></video>`
  }

  async #start(): Promise<void> {
    const make = detectorMaker()
    const stream = make && (await openCamera())
    if (!make || !stream) {
      this.problem = 'The camera could not be used. Type or paste the code instead.'
      return
    }
    await this.updateComplete
    if (!this.isConnected || !this.video) {
      for (const track of stream.getTracks()) track.stop()
      return
    }
    this.#stream = stream
    this.video.srcObject = stream
    this.#look(new make({ formats: ['qr_code'] }))
  }

  #look(detector: CodeDetector): void {
    this.#timer = setTimeout(() => {
      void this.#search(detector)
    }, SCAN_INTERVAL_MS)
  }

  async #search(detector: CodeDetector): Promise<void> {
    const { video } = this
    if (!video || !this.#stream) return
    // A frame that cannot be searched, as the first ones before the camera has begun, is followed by another.
    const codes = await detector.detect(video).catch(() => [])
    const [code] = codes
    if (code) this.dispatchEvent(new ScanEvent(code.rawValue))
    else if (this.isConnected) this.#look(detector)
  }
}

async function openCamera(): Promise<MediaStream | undefined> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  } catch {
    return undefined // refused, busy or none: the user is told in one sentence either way
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-code-scanner': CodeScanner
  }
  interface HTMLElementEventMap {
    'parley-scan': ScanEvent
  }
}
