// Icons of the devices, apart from those of the first screen so that they load with their dialogs.
// Shapes: Lucide 1.62.0, ISC licence, copyright Lucide Icons and contributors.
import { svg } from 'lit'
import { icon } from '../icons.ts'

export const scanIcon = icon(
  svg`<path d="M3 7V5a2 2 0 0 1 2-2h2"/><path d="M17 3h2a2 2 0 0 1 2 2v2"/><path d="M21 17v2a2 2 0 0 1-2 2h-2"/><path d="M7 21H5a2 2 0 0 1-2-2v-2"/><path d="M7 12h10"/>`,
)
