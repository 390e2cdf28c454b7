import { LitElement, css, html, nothing, svg } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { NetworkLink, NetworkReach, PersonSummary } from '../../src/index.ts'
import { initials, personColour } from '../theme/person-colour.ts'
import { neighbourName, reachName } from './network-text.ts'
import { pictureLayout, type Spot } from './picture-layout.ts'

const NODE_RADIUS = 20
const FAR_RADIUS = 13
/** Longer names are cut: they stand in full in the table. */
const NAME_LENGTH_MAX = 14
const NAME_LENGTH_NARROW = 9
const NARROW = 520

const cut = (text: string, length: number): string => {
  const letters = Array.from(text)
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : text
}

interface NodeLooks {
  readonly name: string
  readonly radius: number
  readonly about: string
}

const ROLE_MARKS = { super: 'super peer', edge: 'edge', normal: '' } as const

/** What the mesh around me looks like. All that it shows stands in the table under it too. */
@customElement('parley-network-picture')
export class NetworkPicture extends LitElement {
  static override readonly styles = css`
    :host {
      display: block;
      min-inline-size: 0;
      border: 1px solid var(--line);
      border-radius: var(--radius-large);
      background: var(--surface-sunken);
      overflow: hidden;
    }
    svg {
      display: block;
      inline-size: 100%;
    }
    .wire {
      stroke: var(--line-strong);
      stroke-width: 1.5;
    }
    .wire.direct {
      stroke: var(--good);
      stroke-width: 2;
    }
    .wire.relayed,
    .wire.unknown {
      stroke-dasharray: 6 5;
    }
    .wire.tab {
      stroke-dasharray: 1 5;
      stroke-linecap: round;
    }
    .wire.far {
      stroke: var(--line);
    }
    .wire.suspect {
      opacity: 0.45;
    }
    .disc {
      stroke: var(--surface-sunken);
      stroke-width: 3;
    }
    .me {
      fill: var(--accent-solid);
    }
    .role {
      fill: none;
      stroke: var(--accent);
      stroke-width: 2;
    }
    .role.edge {
      stroke: var(--text-muted);
      stroke-dasharray: 3 4;
    }
    .pill {
      fill: var(--surface-raised);
      stroke: var(--line);
    }
    text {
      fill: var(--text);
      font: 550 12px var(--font);
      text-anchor: middle;
      paint-order: stroke;
      stroke: var(--surface-sunken);
      stroke-width: 3px;
      stroke-linejoin: round;
      unicode-bidi: plaintext;
    }
    text.inside {
      fill: #fff;
      stroke: none;
      font-weight: 650;
      dominant-baseline: central;
    }
    text.on-accent {
      fill: var(--on-accent);
    }
    text.inside.count {
      fill: var(--text-muted);
    }
    text.about {
      fill: var(--text-muted);
      font-weight: 450;
      font-size: 11px;
    }
  `

  @property({ attribute: false }) links: readonly NetworkLink[] = []
  @property({ attribute: false }) reach: readonly NetworkReach[] = []
  @state() private width = 0
  readonly #watch = new ResizeObserver(([entry]) => {
    // In the next frame: the picture's height follows its width, and an observer must not change what it observes.
    if (entry) requestAnimationFrame(() => (this.width = entry.contentRect.width))
  })

  override connectedCallback(): void {
    super.connectedCallback()
    this.#watch.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#watch.disconnect()
  }

  protected override render() {
    if (this.width === 0) return nothing
    const { width, height, me, links, reach, more } = pictureLayout(this.links, this.reach, this.width)
    return html`<svg
      viewBox="0 0 ${width} ${height}"
      width=${width}
      height=${height}
      role="img"
      aria-label=${this.#description()}
    >
      ${reach.map((node) => node.from.map((from) => this.#wire(from, node, 'far')))}
      ${more.map((node) => this.#wire(node.from, node, 'far'))}
      ${links.map(({ link, ...spot }) =>
        this.#wire(me, spot, `${link.path} ${link.isSuspect === true ? 'suspect' : ''}`),
      )}
      ${more.map(
        ({ x, y, count }) =>
          svg`<circle class="pill" cx=${x} cy=${y} r=${FAR_RADIUS}></circle><text class="inside count" x=${x} y=${y}>+${count}</text>`,
      )}
      ${reach.map((node) =>
        this.#node(node, node.person, { name: reachName(node.person), radius: FAR_RADIUS, about: '' }),
      )}
      ${links.map((node) => this.#link(node, node.link))} ${this.#me(me)}
    </svg>`
  }

  #description(): string {
    const linked = this.links.length === 1 ? '1 link' : `${this.links.length} links`
    const behind = this.reach.length === 1 ? '1 more behind them' : `${this.reach.length} more behind them`
    return `The network around you: ${linked}, ${behind}. The table below says the same.`
  }

  #wire(from: Spot, to: Spot, kind: string) {
    return svg`<line class="wire ${kind}" x1=${from.x} y1=${from.y} x2=${to.x} y2=${to.y}></line>`
  }

  #me({ x, y }: Spot) {
    return svg`<circle class="disc me" cx=${x} cy=${y} r=${NODE_RADIUS + 4}></circle>
      <text class="inside on-accent" x=${x} y=${y}>You</text>`
  }

  #link(spot: Spot, link: NetworkLink) {
    const roundTrip = link.roundTripMs === undefined ? '' : `${Math.round(link.roundTripMs)} ms`
    // On a phone there is no room for the word: the ring says it, and the table.
    const mark = this.width < NARROW ? '' : ROLE_MARKS[link.role ?? 'normal']
    const about = [roundTrip, mark].filter(Boolean).join(' · ')
    const hasRing = link.role === 'super' || link.role === 'edge'
    const ring = hasRing
      ? svg`<circle class="role ${link.role}" cx=${spot.x} cy=${spot.y} r=${NODE_RADIUS + 3}></circle>`
      : nothing
    return svg`${ring}${this.#node(spot, link.person, { name: neighbourName(link), radius: NODE_RADIUS, about })}`
  }

  #node({ x, y }: Spot, person: PersonSummary, { name, radius, about }: NodeLooks) {
    const length = this.width < NARROW ? NAME_LENGTH_NARROW : NAME_LENGTH_MAX
    const below = y + radius + 14
    return svg`<circle class="disc" cx=${x} cy=${y} r=${radius} fill=${personColour(person.id).solid}></circle>
      <text class="inside" x=${x} y=${y}>${initials(person.name) || '?'}</text>
      <text x=${x} y=${below}>${cut(name, length)}</text>
      ${about === '' ? nothing : svg`<text class="about" x=${x} y=${below + 14}>${about}</text>`}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-network-picture': NetworkPicture
  }
}
