import { css } from 'lit'

export const ownershipStyles = css`
  :host {
    display: block;
  }
  section:focus {
    outline: none;
  }
  section {
    display: grid;
    gap: var(--space-3);
  }
  .line {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 2px var(--space-3);
    font-size: var(--size-small);
  }
  .line p {
    flex: 1 1 180px;
    overflow-wrap: anywhere;
  }
  .line button {
    font-size: var(--size-small);
  }
  .nudge,
  .offer {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2) var(--space-3);
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius);
    background: var(--surface-active);
    font-size: var(--size-small);
  }
  .nudge {
    background: var(--warning-surface);
    color: var(--warning-text);
  }
  .nudge p,
  .offer p {
    flex: 1 1 220px;
    overflow-wrap: anywhere;
  }
  .nudge button,
  .offer button {
    font-size: var(--size-small);
  }
  .nudge button {
    color: var(--text);
  }
  .manage {
    display: grid;
    gap: var(--space-3);
    padding: var(--space-3) var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
  }
  ul {
    display: grid;
    gap: var(--space-2);
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
    --avatar-size: 28px;
  }
  li p {
    flex: 1;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  li button {
    font-size: var(--size-small);
  }
  form {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: var(--space-2);
  }
  form label {
    flex: 1 1 180px;
    min-inline-size: 0;
  }
  form button {
    min-block-size: calc(var(--target) + 6px);
  }
`
