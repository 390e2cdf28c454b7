import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { CommandName, NoteStatus } from '../bindings/note-commands.ts'
import {
  boldIcon,
  codeIcon,
  heading1Icon,
  heading2Icon,
  heading3Icon,
  italicIcon,
  listIcon,
  listOrderedIcon,
  listTodoIcon,
  minusIcon,
  quoteIcon,
  redo2Icon,
  squareCodeIcon,
  strikethroughIcon,
  tableIcon,
  underlineIcon,
  undo2Icon,
} from '../editor-icons.ts'
import { linkIcon } from '../later-icons.ts'
import { controls } from '../theme/controls.styles.ts'

export class NoteCommandEvent extends Event {
  readonly command: CommandName | 'link'
  constructor(command: CommandName | 'link') {
    super('parley-note-command', { bubbles: true, composed: true })
    this.command = command
  }
}

interface Tool {
  readonly command: CommandName | 'link'
  readonly label: string
  readonly keys?: string
  readonly icon: TemplateResult
}

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)
const shortcut = (keys: string): string =>
  isMac ? keys.replace('Ctrl', '⌘').replace('Alt', '⌥').replace('Shift', '⇧').replaceAll('+', '') : keys

const GROUPS: readonly (readonly Tool[])[] = [
  [
    { command: 'strong', label: 'Bold', keys: 'Ctrl+B', icon: boldIcon },
    { command: 'em', label: 'Italic', keys: 'Ctrl+I', icon: italicIcon },
    { command: 'underline', label: 'Underline', keys: 'Ctrl+U', icon: underlineIcon },
    { command: 'strike', label: 'Strikethrough', keys: 'Ctrl+Shift+X', icon: strikethroughIcon },
    { command: 'code', label: 'Code', keys: 'Ctrl+E', icon: codeIcon },
    { command: 'link', label: 'Link', keys: 'Ctrl+K', icon: linkIcon },
  ],
  [
    { command: 'heading1', label: 'Heading 1', keys: 'Ctrl+Alt+1', icon: heading1Icon },
    { command: 'heading2', label: 'Heading 2', keys: 'Ctrl+Alt+2', icon: heading2Icon },
    { command: 'heading3', label: 'Heading 3', keys: 'Ctrl+Alt+3', icon: heading3Icon },
  ],
  [
    { command: 'bullet-list', label: 'Bulleted list', keys: 'Ctrl+Shift+8', icon: listIcon },
    { command: 'ordered-list', label: 'Numbered list', keys: 'Ctrl+Shift+7', icon: listOrderedIcon },
    { command: 'task-list', label: 'Task list', keys: 'Ctrl+Shift+9', icon: listTodoIcon },
    { command: 'blockquote', label: 'Quote', keys: 'Ctrl+Shift+.', icon: quoteIcon },
    { command: 'code-block', label: 'Code block', icon: squareCodeIcon },
    { command: 'table', label: 'Insert table', icon: tableIcon },
    { command: 'rule', label: 'Horizontal rule', icon: minusIcon },
  ],
  [
    { command: 'undo', label: 'Undo', keys: 'Ctrl+Z', icon: undo2Icon },
    { command: 'redo', label: 'Redo', keys: 'Ctrl+Shift+Z', icon: redo2Icon },
  ],
]

const TABLE_TOOLS = [
  { command: 'add-row', label: 'Add row' },
  { command: 'add-column', label: 'Add column' },
  { command: 'delete-row', label: 'Delete row' },
  { command: 'delete-column', label: 'Delete column' },
  { command: 'delete-table', label: 'Delete table' },
] as const

/** Buttons that show a state, as against those that do something once. */
const ONE_SHOT: ReadonlySet<string> = new Set(['table', 'rule', 'undo', 'redo'])

/** The editor's tools. One stop in the tab order; arrow keys move among them, as toolbars do. */
@customElement('parley-note-toolbar')
export class NoteToolbar extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      [role='toolbar'] {
        padding-block: 4px;
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: 1px;
        /* The signs, not the edges of their buttons, stand in line with the text. */
        margin-inline: -8px;
      }
      .group {
        display: flex;
        gap: 1px;
      }
      .group + .group {
        margin-inline-start: var(--space-2);
      }
      button {
        min-block-size: calc(var(--target) - 2px);
      }
      button.square {
        inline-size: calc(var(--target) - 2px);
        border-radius: 8px;
      }
      button[aria-pressed='true'] {
        background: var(--surface-active);
        color: var(--accent);
      }
      .cells button {
        padding: 0 var(--space-2);
        font-size: var(--size-small);
        font-weight: 500;
      }
      @media (max-width: 719px) {
        .tools {
          flex-wrap: nowrap;
          margin-inline: calc(-1 * var(--space-4));
          padding-inline: calc(var(--space-4) - 8px);
          overflow-x: auto;
          scrollbar-width: none;
        }
      }
    `,
  ]

  @property({ attribute: false }) status: NoteStatus | undefined

  /** To the tool that was used last by keyboard, or the first. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('button[tabindex="0"]')?.focus()
  }

  protected override render() {
    return html`<div
      role="toolbar"
      aria-label="Formatting"
      @keydown=${this.#onKeydown}
      @mousedown=${keepFocus}
      @click=${this.#onClick}
    >
      <div class="tools">
        ${GROUPS.map((tools, group) => html`<div class="group">${tools.map((tool, index) => this.#tool(tool, group + index === 0))}</div>`)}
      </div>
      ${
        this.status?.isInTable
          ? html`<div class="tools cells">
              ${TABLE_TOOLS.map(({ command, label }) => html`<button class="quiet" tabindex="-1" data-command=${command}>${label}</button>`)}
            </div>`
          : nothing
      }
    </div>`
  }

  #tool({ command, label, keys, icon }: Tool, isFirst: boolean) {
    const isOff = (command === 'undo' && !this.status?.canUndo) || (command === 'redo' && !this.status?.canRedo)
    return html`<button
      class="quiet square"
      data-command=${command}
      tabindex=${isFirst ? 0 : -1}
      aria-label=${label}
      title=${keys ? `${label} (${shortcut(keys)})` : label}
      aria-pressed=${ONE_SHOT.has(command) ? nothing : String(this.status?.active.has(command) ?? false)}
      aria-disabled=${isOff ? 'true' : nothing}
    >
      ${icon}
    </button>`
  }

  readonly #onClick = (event: Event): void => {
    const button = (event.target as Element).closest<HTMLElement>('[data-command]')
    const command = button?.dataset['command'] as CommandName | undefined
    if (command && button?.getAttribute('aria-disabled') !== 'true') this.dispatchEvent(new NoteCommandEvent(command))
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    const buttons = [...this.renderRoot.querySelectorAll('button')]
    const current = buttons.findIndex((button) => button.matches(':focus'))
    const moves: Readonly<Record<string, number>> = {
      ArrowRight: current + 1,
      ArrowLeft: current - 1,
      Home: 0,
      End: -1,
    }
    const move = moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    const next = buttons.at(move % buttons.length)
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1
    next?.focus()
  }
}

/** A press with the pointer must not take the focus, and with it the selection, out of the note. */
function keepFocus(event: Event): void {
  event.preventDefault()
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-note-toolbar': NoteToolbar
  }
  interface HTMLElementEventMap {
    'parley-note-command': NoteCommandEvent
  }
}
