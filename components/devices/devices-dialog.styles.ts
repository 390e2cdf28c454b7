import { css } from 'lit'

export const devicesStyles = css`
  form,
  .page {
    display: grid;
    gap: var(--space-4);
  }
  fieldset {
    display: grid;
    gap: 2px;
    min-inline-size: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0 0 var(--space-1);
    font-size: var(--size-small);
    font-weight: 600;
    color: var(--text-muted);
  }
  .list {
    display: grid;
    gap: var(--space-1);
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .list li {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 2px var(--space-3);
    padding-block: var(--space-2);
    border-block-end: 1px solid var(--line);
  }
  .list li:last-child {
    border-block-end: 0;
  }
  .list li > .icon {
    margin-block-start: 2px;
    color: var(--text-muted);
  }
  .list p {
    overflow-wrap: anywhere;
  }
  .device {
    font-weight: 600;
  }
  .ended .device {
    color: var(--text-muted);
    text-decoration: line-through;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    grid-column: 2;
    gap: var(--space-1);
    margin-inline-start: calc(-1 * var(--space-3));
  }
  .actions button {
    padding: 0 var(--space-3);
    font-size: var(--size-small);
  }
  .actions .end {
    color: var(--danger);
  }
  .choice {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: start;
    gap: var(--space-3);
    min-block-size: var(--target);
    padding: 6px var(--space-2);
    border-radius: var(--radius-small);
    cursor: pointer;
  }
  .choice:hover {
    background: var(--surface-hover);
  }
  .choice input {
    inline-size: 18px;
    block-size: 18px;
    margin: 2px 0 0;
    accent-color: var(--accent-solid);
  }
  .hint {
    display: block;
    color: var(--text-muted);
    font-size: var(--size-small);
    font-weight: 400;
  }
  .warning {
    display: flex;
    gap: var(--space-2);
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius);
    background: var(--warning-surface);
    color: var(--warning-text);
    font-size: var(--size-small);
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--space-2);
  }
`
