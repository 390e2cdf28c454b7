// Icons that only the tab of the people needs, apart from those of the first screen so that they load with the tab.
// Shapes: Lucide 1.62.0, ISC licence, copyright Lucide Icons and contributors.
import { svg } from 'lit'
import { icon } from '../icons.ts'

export const userCheckIcon = icon(
  svg`<path d="m16 11 2 2 4-4"/><path d="M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2"/><circle cx="9" cy="7" r="4"/>`,
)
export const undoIcon = icon(
  svg`<path d="M9 14 4 9l5-5"/><path d="M4 9h10.5a5.5 5.5 0 0 1 5.5 5.5a5.5 5.5 0 0 1-5.5 5.5H11"/>`,
)
