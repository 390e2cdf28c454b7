import { css, html, nothing, type TemplateResult } from 'lit'
import type { ChangePreview, PersonSummary, Role } from '../../src/index.ts'
import { personName } from './person-name.ts'
import { ROLE_NAMES } from './role-names.ts'

export const changeEffectsStyles = css`
  .effects {
    display: grid;
    gap: var(--space-2);
    margin: 0;
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius);
    background: var(--surface-sunken);
    font-size: var(--size-small);
    list-style: none;
    overflow-wrap: anywhere;
  }
  .effects ul {
    margin: 2px 0 0;
    padding-inline-start: var(--space-4);
  }
  .effects q {
    color: var(--text-muted);
  }
  .effects .goes {
    color: var(--danger);
    font-weight: 550;
  }
`

const EXCERPT_LENGTH_MAX = 80

const shortened = (text: string): string =>
  text.length > EXCERPT_LENGTH_MAX ? `${text.slice(0, EXCERPT_LENGTH_MAX).trimEnd()}…` : text

const separated = (parts: readonly TemplateResult[]) =>
  parts.map((part, index) => (index === 0 ? part : html`, ${part}`))

const roleText = (role: Role | undefined): string => (role === undefined ? 'not in the room' : ROLE_NAMES[role])

function writes({ kept, dropped }: ChangePreview) {
  if (kept.length === 0 && dropped.length === 0) return nothing
  return html`${
    kept.length > 0
      ? html`<li>
          These writes stay: ${separated(kept.map(({ place, count }) => html`${count} in <bdi>${place}</bdi>`))}.
        </li>`
      : nothing
  }
  ${
    dropped.length > 0
      ? html`<li>
          <span class="goes">These writes go:</span>
          <ul>
            ${dropped.map(
              ({ place, count, excerpt }) =>
                html`<li>
                  ${count} in <bdi>${place}</bdi>${excerpt ? html`: <q dir="auto">${shortened(excerpt)}</q>` : nothing}
                </li>`,
            )}
          </ul>
        </li>`
      : html`<li>Nothing is taken back.</li>`
  }`
}

/** What a change would do, from its dry run, sentence by sentence. `start` comes first: it says what is being done. */
export function changeEffects(options: {
  readonly preview: ChangePreview
  readonly person: PersonSummary
  readonly start: TemplateResult
  /** Whether the change is about what the person wrote; a new role alone leaves it be. */
  readonly isAboutWrites: boolean
}): TemplateResult {
  const { preview, person, start, isAboutWrites } = options
  const name = html`<bdi>${personName(person)}</bdi>`
  return html`<ul class="effects">
    <li>${start}</li>
    ${
      isAboutWrites || preview.dropped.length > 0 ? writes(preview) : html`<li>What ${name} wrote until now stays.</li>`
    }
    ${
      preview.alsoAffected.length > 0
        ? html`<li>
            This also changes:
            <ul>
              ${preview.alsoAffected.map(
                ({ person: other, from, to }) =>
                  html`<li><bdi>${personName(other)}</bdi>: ${roleText(from)} → ${roleText(to)}</li>`,
              )}
            </ul>
          </li>`
        : nothing
    }
    ${
      preview.lapsed.length > 0
        ? html`<li>
            This would no longer count; removals among it are made again in your name:
            <ul>
              ${preview.lapsed.map((sentence) => html`<li dir="auto">${sentence}</li>`)}
            </ul>
          </li>`
        : nothing
    }
    ${
      preview.needsNewKey
        ? html`<li>The room gets a new key, so that what is written from now on stays closed to ${name}.</li>`
        : nothing
    }
  </ul>`
}
