import { css } from 'lit'

export const peopleListStyles = css`
  :host {
    position: relative;
    container-type: inline-size;
  }
  h2:focus {
    outline: none;
  }
  h3 {
    margin-block-start: var(--space-4);
    color: var(--text-muted);
    font-size: var(--size-small);
    font-weight: 600;
  }
  .waiting {
    padding: var(--space-1) var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-active);
  }
  .waiting h3 {
    margin-block: var(--space-2) 0;
    color: inherit;
  }
  .super-peers {
    display: grid;
    gap: var(--space-2);
    margin-block-start: var(--space-4);
    --heading-colour: var(--text-muted);
  }
  .order {
    max-inline-size: 60ch;
  }
  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  p:empty {
    display: none;
  }
  .removed li {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: var(--space-3);
    padding: var(--space-2) 0;
    border-block-end: 1px solid var(--line);
    --avatar-size: 28px;
  }
  .removed parley-avatar {
    filter: grayscale(1);
  }
  .by {
    display: block;
  }
  .notice {
    position: sticky;
    inset-block-end: var(--space-4);
  }
  .undo {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    inline-size: fit-content;
    max-inline-size: calc(100% - 2 * var(--space-4));
    margin: 0 auto;
    padding: var(--space-1) var(--space-1) var(--space-1) var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-raised);
    box-shadow: var(--shadow);
  }
  .undo p {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
`
