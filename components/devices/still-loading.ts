import { html, type TemplateResult } from 'lit'
import { infoIcon } from '../icons.ts'

/** In place of what needs code that is being fetched, or could not be. */
export const stillLoading = (isMissing: boolean): TemplateResult =>
  isMissing
    ? html`<p class="problem" role="alert">${infoIcon}This could not be loaded. Reload the page to try again.</p>`
    : html`<p class="muted" role="status">Loading…</p>`
