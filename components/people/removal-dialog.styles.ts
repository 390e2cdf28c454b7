import { css } from 'lit'
import { form } from '../theme/form.styles.ts'

export const removalStyles = [
  form,
  css`
    .choice input {
      scroll-margin-block-end: 96px;
    }
    .writes {
      margin-block-start: var(--space-1);
      padding-inline-start: calc(18px + var(--space-3) + var(--space-2));
    }
    .writes legend {
      font-weight: 450;
    }
    .scroll {
      max-block-size: 240px;
      border: 1px solid var(--line);
      border-radius: var(--radius);
      padding: var(--space-1);
      overflow: auto;
      overscroll-behavior: contain;
    }
    .excerpt {
      display: block;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .goes .excerpt {
      color: var(--danger);
      text-decoration: line-through;
    }
    /* In sight however long the list is: the dialog scrolls behind it. */
    .buttons {
      position: sticky;
      inset-block-end: 0;
      margin: 0 calc(-1 * var(--space-5)) calc(-1 * var(--space-5));
      padding: var(--space-3) var(--space-5) var(--space-4);
      border-block-start: 1px solid var(--line);
      background: var(--surface-raised);
      align-items: center;
      display: flex;
      flex-wrap: wrap;
      justify-content: flex-end;
      gap: var(--space-2);
    }
    .summary {
      flex: 1;
      color: var(--text-muted);
      font-size: var(--size-small);
    }
    @media (max-width: 719px) {
      .writes {
        padding-inline-start: 0;
      }
    }
  `,
]
