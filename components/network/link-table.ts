import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { NetworkLink, NetworkReach } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import { fullTimeText } from '../theme/time-text.ts'
import '../avatar/avatar.ts'
import { PATH_WORDS, bytesText, durationText, neighbourName, reachName } from './network-text.ts'

const ROLE_WORDS = { super: 'Super peer', edge: 'Edge only', normal: '' } as const

/** Rows of people behind others that are shown unasked: a large room has dozens. */
const REACH_ROWS = 8

/** Everybody in the picture, in words: for screen readers, for phones, and for numbers. */
@customElement('parley-link-table')
export class LinkTable extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      table {
        inline-size: 100%;
        border-collapse: collapse;
        font-size: var(--size-small);
      }
      th,
      td {
        padding: var(--space-2);
        border-block-end: 1px solid var(--line);
        text-align: start;
        vertical-align: middle;
      }
      th:first-child {
        padding-inline-start: 0;
      }
      td:last-child,
      thead th:last-child {
        padding-inline-end: 0;
      }
      thead th {
        color: var(--text-muted);
        font-weight: 550;
        vertical-align: bottom;
        white-space: normal;
      }
      tbody th {
        font-weight: 600;
      }
      .number {
        text-align: end;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .who {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-block-size: 32px;
        --avatar-size: 28px;
      }
      .name {
        display: block;
        min-inline-size: 84px;
        overflow: visible;
        overflow-wrap: anywhere;
        white-space: normal;
      }
      .data {
        display: block;
      }
      .about {
        display: block;
        color: var(--text-muted);
        font-weight: 400;
      }
      .role {
        color: var(--accent);
      }
      @container (max-width: 460px) {
        th,
        td {
          padding-inline: 4px;
        }
        parley-avatar {
          display: none;
        }
      }
    `,
  ]

  @property({ attribute: false }) links: readonly NetworkLink[] = []
  @property({ attribute: false }) reach: readonly NetworkReach[] = []
  @state() private isWhole = false

  protected override render() {
    const { links, reach } = this
    if (links.length === 0) return nothing
    const rows = this.isWhole ? reach : reach.slice(0, REACH_ROWS)
    return html`<table tabindex="-1">
        <caption class="visually-hidden">
          Who is linked to this device, and who is behind them
        </caption>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">How</th>
            <th scope="col" class="number">Round trip</th>
            <th scope="col" class="number">Data</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            links,
            ({ id }) => id,
            (link) => this.#linkRow(link),
          )}
          ${rows.map((each) => this.#reachRow(each))}
        </tbody>
      </table>
      ${
        rows.length < reach.length
          ? html`<button class="quiet" @click=${this.#onShowAll}>Show ${reach.length - rows.length} more</button>`
          : nothing
      }`
  }

  #linkRow(link: NetworkLink) {
    const { person, path, roundTripMs, bytesSent, bytesReceived, role = 'normal', isSuspect, foundBy, sinceMs } = link
    const how = isSuspect === true ? 'Silent for a while' : foundBy === 'mesh' ? 'Found through the mesh' : ''
    return html`<tr>
      <th scope="row">
        <div class="who">
          <parley-avatar .personId=${person.id} .name=${person.name}></parley-avatar>
          <span class="name"
            ><bdi>${neighbourName(link)}</bdi>${
              ROLE_WORDS[role] === '' ? nothing : html`<span class="about role">${ROLE_WORDS[role]}</span>`
            }</span
          >
        </div>
      </th>
      <td>
        ${PATH_WORDS[path]}${how === '' ? nothing : html`<span class="about">${how}</span>`}${
          sinceMs === undefined
            ? nothing
            : html`<span class="about" title=${fullTimeText(sinceMs)}>${durationText(sinceMs, Date.now())}</span>`
        }
      </td>
      <td class="number">${roundTripMs === undefined ? '–' : `${Math.round(roundTripMs)} ms`}</td>
      <td class="number">
        <span class="data">${bytesText(bytesSent)} <span class="muted">out</span></span>
        <span class="data">${bytesText(bytesReceived)} <span class="muted">in</span></span>
      </td>
    </tr>`
  }

  #reachRow({ person, via }: NetworkReach) {
    const names = via.flatMap((id) => this.links.filter((link) => link.id === id).map(neighbourName))
    return html`<tr>
      <th scope="row">
        <div class="who">
          <parley-avatar .personId=${person.id} .name=${person.name}></parley-avatar>
          <bdi class="name">${reachName(person)}</bdi>
        </div>
      </th>
      <td colspan="3">
        Through ${names.map((name, index) => html`${index === 0 ? nothing : ', '}<bdi>${name}</bdi>`)}
      </td>
    </tr>`
  }

  readonly #onShowAll = (): void => {
    this.isWhole = true
    // The button goes: who uses the keyboard goes on where the rows are.
    this.renderRoot.querySelector('table')?.focus()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-link-table': LinkTable
  }
}
