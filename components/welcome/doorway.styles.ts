import { css } from 'lit'

/** The column that the welcome and the join screen share. */
export const doorway = css`
  :host {
    display: grid;
    block-size: 100%;
    overflow: auto;
    padding: var(--space-5) var(--space-4) calc(var(--space-5) + env(safe-area-inset-bottom));
  }
  .doorway {
    display: grid;
    gap: var(--space-5);
    align-content: center;
    inline-size: min(400px, 100%);
    margin: auto;
  }
  header {
    display: grid;
    gap: var(--space-2);
  }
  h1 {
    font-size: clamp(1.75rem, 6vw, 2.25rem);
    font-weight: 700;
    line-height: 1.15;
    letter-spacing: -0.025em;
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  h2 {
    font-size: var(--size-small);
    font-weight: 600;
    color: var(--text-muted);
  }
  .lead {
    color: var(--text-muted);
    font-size: 1.0625rem;
    text-wrap: pretty;
  }
  .card {
    display: grid;
    gap: var(--space-4);
  }
  button.large {
    min-block-size: 48px;
    font-size: 1rem;
  }
`
