import type { ChatMessage } from '../../src/index.ts'
import { copyIcon, pencilIcon, replyIcon, trash2Icon } from '../later-icons.ts'
import type { MenuItem } from '../menu/menu.ts'

/** What can be done with a message: the twin, for every pointer and keyboard, of the buttons that appear over it. */
export function messageMenu(message: ChatMessage | undefined, canWrite: boolean): readonly MenuItem[] {
  if (!message || message.redacted) return []
  const own: readonly MenuItem[] = [
    { id: 'edit', label: 'Edit', icon: pencilIcon },
    { id: 'redact', label: 'Delete for everyone', icon: trash2Icon, isDanger: true },
  ]
  return [
    ...(canWrite ? [{ id: 'reply', label: 'Reply', icon: replyIcon }] : []),
    { id: 'copy', label: 'Copy text', icon: copyIcon },
    ...(message.mine && canWrite ? own : []),
  ]
}
