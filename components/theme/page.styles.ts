import { css } from 'lit'

/** A tab's page: one column with a heading and what can be done there, scrolling by itself. */
export const page = css`
  :host {
    display: block;
    block-size: 100%;
    overflow: auto;
  }
  .column {
    display: grid;
    gap: var(--space-4);
    max-inline-size: 720px;
    margin: 0 auto;
    padding: var(--space-5) var(--space-4);
  }
  .header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-3);
  }
  h2 {
    font-size: 1.375rem;
    font-weight: 680;
    letter-spacing: -0.02em;
  }
`
