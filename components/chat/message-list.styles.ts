import { css } from 'lit'
import { messageTextStyles } from './message-text.styles.ts'

export const messageListStyles = [
  messageTextStyles,
  css`
    :host {
      display: block;
      position: relative;
      min-block-size: 0;
    }
    .scroller {
      display: flex;
      flex-direction: column;
      block-size: 100%;
      overflow: auto;
      overflow-anchor: none;
      overscroll-behavior: contain;
      scrollbar-gutter: stable both-edges;
    }
    @media (pointer: coarse) {
      /* There the bar lies over the content. */
      .scroller {
        scrollbar-gutter: auto;
      }
    }
    .rows {
      position: relative;
      flex: none;
      inline-size: 100%;
      margin-block-start: auto;
    }
    .row {
      position: absolute;
      inset: 0 0 auto;
      scroll-margin-block: 8px;
    }
    .row:focus-visible {
      outline-offset: -2px;
    }
    .flashed .message {
      animation: flash 1.6s ease-out;
    }
    @keyframes flash {
      from {
        background: var(--surface-active);
      }
    }
    .day,
    .unread {
      display: flex;
      align-items: center;
      gap: var(--space-3);
      max-inline-size: 860px;
      margin: 0 auto;
      padding: var(--space-4) var(--space-4) var(--space-1);
      color: var(--text-muted);
      font-size: 0.75rem;
      font-weight: 550;
    }
    .day::before,
    .day::after,
    .unread::after {
      content: '';
      flex: 1;
      border-block-start: 1px solid var(--line);
    }
    .unread {
      color: var(--accent);
    }
    .unread::after {
      border-color: var(--accent);
    }
    .message {
      position: relative;
      display: grid;
      grid-template-columns: 36px minmax(0, 1fr) auto;
      column-gap: var(--space-3);
      max-inline-size: 860px;
      margin: 0 auto;
      padding: 3px var(--space-4);
      border-radius: var(--radius);
    }
    .message.first {
      padding-block-start: var(--space-3);
    }
    .message > * {
      grid-column: 2;
    }
    .message > parley-avatar {
      grid-column: 1;
      grid-row: 1 / span 2;
      margin-block-start: 3px;
    }
    @media (hover: hover) {
      .row:hover .message {
        background: var(--surface-hover);
      }
    }
    .head {
      display: flex;
      align-items: baseline;
      gap: 6px;
      min-inline-size: 0;
    }
    .author {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      font-weight: 650;
    }
    .foot {
      grid-column: 3 !important;
      grid-row: 1;
      display: flex;
      align-items: center;
      gap: 5px;
      block-size: 1.5rem;
      color: var(--text-muted);
      font-size: 0.75rem;
      font-variant-numeric: tabular-nums;
    }
    .message.first > :not(parley-avatar, .head, .foot, .actions) {
      grid-column: 2 / -1;
    }
    @media (hover: hover) {
      /* Within a group the times are there for whoever looks for them. */
      .row:not(:hover, :focus-within) .message:not(.first) time {
        opacity: 0;
      }
    }
    .tick {
      display: grid;
    }
    .tick .icon {
      inline-size: 13px;
      block-size: 13px;
    }
    .redacted {
      color: var(--text-muted);
      font-style: italic;
    }
    .quote {
      display: flex;
      align-items: baseline;
      justify-content: flex-start;
      gap: 6px;
      inline-size: fit-content;
      max-inline-size: 100%;
      min-block-size: 24px;
      margin: 2px 0 3px;
      padding: 1px 0 1px var(--space-2);
      border: 0;
      border-inline-start: 3px solid var(--line-strong);
      border-radius: 0;
      background: transparent;
      color: var(--text-muted);
      font-size: var(--size-small);
      font-weight: 400;
    }
    .quote .author {
      flex: none;
      max-inline-size: 40%;
      font-weight: 600;
    }
    .quote span {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .reactions {
      display: flex;
      flex-wrap: wrap;
      gap: var(--space-1);
      padding-block: 4px 2px;
    }
    .reactions button {
      gap: 5px;
      min-block-size: 28px;
      padding: 0 9px;
      border-radius: 14px;
      background: var(--surface-sunken);
      color: var(--text-muted);
      font-size: 0.75rem;
      font-variant-numeric: tabular-nums;
    }
    .reactions button[aria-pressed='true'] {
      border-color: var(--accent);
      background: var(--surface-active);
      color: var(--text);
    }
    .reactions button:disabled {
      opacity: 1;
    }
    .glyph {
      font-size: 0.9375rem;
    }
    .actions {
      position: absolute;
      inset-block-start: -18px;
      inset-inline-end: var(--space-4);
      z-index: 1;
      display: flex;
      padding: 2px;
      border: 1px solid var(--line);
      border-radius: var(--radius);
      background: var(--surface-raised);
      box-shadow: 0 2px 8px light-dark(#1b1d1c14, #0006);
    }
    .actions button {
      min-block-size: calc(var(--target) - 4px);
      inline-size: calc(var(--target) - 4px);
      border-radius: 7px;
    }
    .newest {
      position: absolute;
      inset-block-end: var(--space-3);
      inset-inline-start: 50%;
      translate: -50% 0;
      border-radius: 22px;
      padding: 0 var(--space-3);
      box-shadow: var(--shadow);
      font-size: var(--size-small);
    }
    @media (max-width: 719px) {
      .row:not(:focus-within) .message:not(.first) time {
        display: none;
      }
      .message {
        padding-inline: var(--space-3);
      }
      .actions {
        inset-inline-end: var(--space-3);
      }
    }
  `,
]
