import { css } from 'lit'

export const accessLogStyles = css`
  :host {
    container-type: inline-size;
  }
  h2:focus {
    outline: none;
  }
  .filters {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: var(--space-3);
  }
  section {
    display: grid;
    gap: var(--space-3);
    padding: var(--space-3);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  section label {
    max-inline-size: 260px;
  }
  .answer ul {
    margin: var(--space-1) 0 0;
    padding-inline-start: var(--space-5);
  }
  ol {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    overflow-wrap: anywhere;
  }
  ol > li:not(.day) {
    display: grid;
    grid-template-columns: 4.5em minmax(0, 1fr);
    gap: var(--space-2);
    padding-block: var(--space-2);
    border-block-end: 1px solid var(--line);
  }
  .day {
    padding-block: var(--space-4) var(--space-1);
    color: var(--text-muted);
    font-size: var(--size-small);
    font-weight: 600;
  }
  time {
    color: var(--text-muted);
    font-size: var(--size-small);
    line-height: 1.6;
    font-variant-numeric: tabular-nums;
  }
  summary {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    justify-content: space-between;
    gap: 2px var(--space-3);
    min-block-size: 24px;
    border-radius: var(--radius-small);
    cursor: pointer;
    list-style: none;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  summary:hover {
    background: var(--surface-hover);
  }
  summary:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .who {
    font-weight: 600;
  }
  .idle summary > span:first-child {
    color: var(--text-muted);
    text-decoration: line-through;
  }
  .badge {
    padding: 0 8px;
    border-radius: 10px;
    background: var(--warning-surface);
    color: var(--warning-text);
    font-size: 0.75rem;
    line-height: 20px;
  }
  details p {
    padding-block-start: var(--space-1);
    color: var(--text-muted);
    font-size: var(--size-small);
  }
  details li {
    margin-block-start: var(--space-2);
    padding-inline-start: var(--space-3);
    border-inline-start: 2px solid var(--line);
    font-size: var(--size-small);
  }
  .hash code {
    font-family: var(--font-mono);
    font-size: 0.75rem;
  }
  @media (pointer: coarse) {
    summary {
      min-block-size: 44px;
      align-items: center;
    }
  }
  @container (max-width: 560px) {
    .filters {
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    .filters label:last-child {
      grid-column: 1 / -1;
    }
    ol > li:not(.day) {
      grid-template-columns: minmax(0, 1fr);
      gap: 0;
    }
  }
`
