import { css } from 'lit'

export const shareStyles = css`
  .choices {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: var(--space-3);
  }
  summary {
    min-block-size: 24px;
    border-radius: var(--radius-small);
    font-size: var(--size-small);
    font-weight: 550;
    cursor: pointer;
  }
  summary:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  /* What is in the details inherits from a box of the browser's own, which sizes by content. */
  .more,
  .more * {
    box-sizing: border-box;
  }
  .more {
    display: grid;
    gap: var(--space-3);
    padding-block-start: var(--space-3);
  }
  .check {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: start;
    gap: var(--space-3);
    cursor: pointer;
  }
  .check input {
    inline-size: 18px;
    block-size: 18px;
    margin: 2px 0 0;
    accent-color: var(--accent-solid);
  }
  .hint {
    display: block;
    color: var(--text-muted);
    font-size: var(--size-small);
  }
  .link {
    display: flex;
    align-items: flex-end;
    gap: var(--space-2);
  }
  .link label {
    flex: 1;
    min-inline-size: 0;
  }
  .link input {
    font-family: var(--font-mono);
    font-size: var(--size-small);
    text-overflow: ellipsis;
  }
  .link button {
    min-block-size: calc(var(--target) + 6px);
  }
  .by-hand {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-2);
  }
  .by-hand p {
    flex: 1 1 200px;
  }
  parley-qr-code {
    inline-size: min(220px, 100%);
    margin: 0 auto;
  }
`
