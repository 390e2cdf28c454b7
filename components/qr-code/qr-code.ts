import { LitElement, css, html, svg } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { encode } from 'uqr'

/** A text as a QR code, drawn as one SVG path from the matrix. Dark on light in both schemes: scanners expect it. */
@customElement('parley-qr-code')
export class QrCode extends LitElement {
  static override readonly styles = css`
    :host {
      display: block;
      padding: 12px;
      border-radius: var(--radius);
      background: #fff;
      forced-color-adjust: none;
    }
    svg {
      display: block;
      inline-size: 100%;
      aspect-ratio: 1;
      fill: #101211;
      shape-rendering: crispEdges;
    }
  `

  @property() text = ''
  @property() label = 'QR code'

  protected override render() {
    const { data, size } = encode(this.text, { ecc: 'L', border: 0 })
    let path = ''
    for (const [y, row] of data.entries())
      for (const [x, isDark] of row.entries()) if (isDark) path += `M${x} ${y}h1v1h-1z`
    return html`<svg viewBox="0 0 ${size} ${size}" role="img" aria-label=${this.label}>${svg`<path d=${path} />`}</svg>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-qr-code': QrCode
  }
}
