import { css } from 'lit'

export const roomStyles = css`
  :host {
    display: grid;
    block-size: 100%;
    background: var(--surface);
  }
  header {
    display: contents;
  }
  :host {
    grid-template:
      'back title tabs faces share menu' 56px
      'line line line line line line' auto
      'notices notices notices notices notices notices' auto
      'panel panel panel panel panel panel' minmax(0, 1fr) / auto minmax(0, 1fr) auto auto auto auto;
    align-items: center;
  }
  .back {
    grid-area: back;
    display: none;
    place-items: center;
    inline-size: 44px;
    block-size: 44px;
    border-radius: var(--radius);
    color: var(--text);
  }
  h1 {
    grid-area: title;
    padding-inline-start: var(--space-4);
    font-size: 1.0625rem;
    font-weight: 650;
    letter-spacing: -0.012em;
  }
  .faces {
    grid-area: faces;
    display: flex;
    align-items: center;
    min-block-size: 44px;
    padding-inline: var(--space-2);
    border-radius: var(--radius);
    color: var(--text-muted);
    text-decoration: none;
    --avatar-size: 26px;
  }
  .faces parley-avatar:not(:first-child) {
    margin-inline-start: -4px;
  }
  .faces parley-avatar {
    box-shadow: 0 0 0 2px var(--surface);
  }
  .count {
    margin-inline-start: var(--space-2);
    font-size: var(--size-small);
    font-weight: 500;
  }
  .share {
    grid-area: share;
    margin-inline: var(--space-1) var(--space-1);
    font-size: var(--size-small);
  }
  header .square {
    grid-area: menu;
    margin-inline-end: var(--space-2);
  }
  .tabs {
    grid-area: tabs;
    display: flex;
    gap: 2px;
    margin-inline: var(--space-3);
    padding: 3px;
    border-radius: 12px;
    background: var(--surface-sunken);
  }
  .tabs button {
    min-block-size: calc(var(--target) - 4px);
    padding: 0 var(--space-3);
    border: 0;
    border-radius: 9px;
    background: transparent;
    color: var(--text-muted);
    font-size: var(--size-small);
  }
  .tabs button:hover {
    color: var(--text);
  }
  .tabs button[aria-selected='true'] {
    background: var(--surface-raised);
    color: var(--text);
    box-shadow: 0 1px 2px light-dark(#1b1d1c1f, #0006);
  }
  .tabs .icon {
    inline-size: 16px;
    block-size: 16px;
  }
  parley-connection-line {
    grid-area: line;
    border-block: 1px solid var(--line);
    background: var(--surface);
  }
  .requests {
    min-inline-size: 18px;
    padding: 0 5px;
    border-radius: 9px;
    background: var(--accent-solid);
    color: var(--on-accent);
    font-size: 0.75rem;
    line-height: 18px;
    text-align: center;
  }
  parley-room-notices {
    grid-area: notices;
    max-block-size: 55dvh;
    overflow: auto;
  }
  section {
    grid-area: panel;
    block-size: 100%;
    min-block-size: 0;
    min-inline-size: 0;
    overflow: hidden;
  }
  @media (max-width: 719px) {
    parley-room-notices {
      max-block-size: 45dvh;
    }
    :host {
      grid-template:
        'back title faces share menu' 56px
        'line line line line line' auto
        'notices notices notices notices notices' auto
        'panel panel panel panel panel' minmax(0, 1fr)
        'tabs tabs tabs tabs tabs' auto
        / auto minmax(0, 1fr) auto auto auto;
    }
    .back {
      display: grid;
      margin-inline-start: 2px;
    }
    h1 {
      padding-inline-start: 0;
    }
    .faces {
      display: none;
    }
    .share {
      inline-size: var(--target);
      margin: 0;
      padding: 0;
      border-color: transparent;
      background: transparent;
    }
    .share span {
      position: absolute;
      inline-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .tabs {
      justify-content: space-around;
      gap: 0;
      margin: 0;
      padding: 4px 8px calc(4px + env(safe-area-inset-bottom));
      border-block-start: 1px solid var(--line);
      border-radius: 0;
      background: var(--surface-sunken);
    }
    .tabs button {
      position: relative;
      flex: 1;
      flex-direction: column;
      gap: 1px;
      min-block-size: 48px;
      font-size: 0.75rem;
    }
    .tabs .requests {
      position: absolute;
      inset-block-start: 2px;
      inset-inline-start: calc(50% + 6px);
    }
    .tabs button[aria-selected='true'] {
      background: transparent;
      box-shadow: none;
      color: var(--accent);
    }
    .tabs .icon {
      inline-size: 21px;
      block-size: 21px;
    }
  }
`
