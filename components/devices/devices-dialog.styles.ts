import { css } from 'lit'
import { form } from '../theme/form.styles.ts'

export const devicesStyles = [
  form,
  css`
    .page {
      display: grid;
      gap: var(--space-4);
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
  `,
]
