import { css } from 'lit'

/** Looks of the native controls, shared by every component: buttons, fields, icons, focus rings. */
export const controls = css`
  :host {
    box-sizing: border-box;
  }
  :host([hidden]) {
    display: none;
  }
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  h1,
  h2,
  h3,
  p {
    margin: 0;
  }
  .icon {
    inline-size: 18px;
    block-size: 18px;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.75;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  button,
  input,
  textarea,
  select {
    font: inherit;
    color: inherit;
    letter-spacing: inherit;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    min-block-size: var(--target);
    padding: 0 var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-raised);
    font-weight: 550;
    white-space: nowrap;
    cursor: pointer;
    touch-action: manipulation;
    transition:
      background var(--quick),
      border-color var(--quick),
      color var(--quick),
      opacity var(--quick);
  }
  button:hover:where(:enabled) {
    background: var(--surface-hover);
  }
  button.primary {
    border-color: transparent;
    background: var(--accent-solid);
    color: var(--on-accent);
  }
  button.primary:hover:where(:enabled) {
    background: var(--accent-solid-hover);
  }
  button.danger {
    border-color: transparent;
    background: var(--danger-solid);
    color: var(--on-danger);
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--text-muted);
  }
  button.quiet:hover,
  button.quiet[aria-expanded='true'] {
    background: var(--surface-hover);
    color: var(--text);
  }
  button.square {
    inline-size: var(--target);
    padding: 0;
  }
  button:disabled,
  button[aria-disabled='true'] {
    opacity: 0.5;
    cursor: default;
  }
  a {
    color: var(--accent);
    text-underline-offset: 2px;
  }
  label.field {
    display: grid;
    gap: 6px;
    font-weight: 550;
    font-size: var(--size-small);
  }
  input:not([type='checkbox'], [type='radio']),
  textarea,
  select {
    inline-size: 100%;
    min-block-size: calc(var(--target) + 6px);
    padding: var(--space-2) var(--space-3);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--surface-raised);
    font-size: max(var(--size-body), 1rem);
    font-weight: 400;
    transition: border-color var(--quick);
  }
  select {
    text-overflow: ellipsis;
  }
  ::placeholder {
    color: var(--text-muted);
    opacity: 1;
  }
  :is(button, input, textarea, select, a, [tabindex]):focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  /* A field has an edge already: the ring takes its place instead of standing around it. */
  :is(input:not([type='checkbox'], [type='radio']), textarea, select):focus-visible {
    outline-offset: -2px;
  }
  [aria-invalid='true'] {
    border-color: var(--danger) !important;
  }
  .muted {
    color: var(--text-muted);
  }
  .small {
    font-size: var(--size-small);
  }
  .problem {
    display: flex;
    gap: var(--space-2);
    align-items: flex-start;
    color: var(--danger);
    font-size: var(--size-small);
    font-weight: 500;
  }
  .problem .icon {
    margin-block-start: 1px;
  }
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .key-tag {
    font-family: var(--font-mono);
    font-size: 0.75em;
    font-weight: 400;
    color: var(--text-muted);
    letter-spacing: 0.02em;
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  @media (forced-colors: active) {
    button {
      border-color: ButtonText;
    }
    [aria-pressed='true'],
    [aria-selected='true'],
    [aria-current='page'] {
      outline: 2px solid Highlight;
    }
  }
`
