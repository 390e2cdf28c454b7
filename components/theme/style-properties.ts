import { noChange } from 'lit'
import { Directive, directive, type ElementPart, PartType, type PartInfo } from 'lit/directive.js'

/**
 * Sets style properties of an element through its object model: `<div ${styleProperties({ height: '4px' })}>`.
 * Lit's own styleMap writes a style attribute at first render, which the content policy (`style-src 'self'`) refuses.
 */
class StyleProperties extends Directive {
  constructor(part: PartInfo) {
    super(part)
    if (part.type !== PartType.ELEMENT) throw new Error('styleProperties belongs in an element tag')
  }

  override update(part: ElementPart, [properties]: [Readonly<Record<string, string>>]): typeof noChange {
    const { style } = part.element as HTMLElement
    for (const [name, value] of Object.entries(properties)) style.setProperty(name, value)
    return noChange
  }

  override render(_properties: Readonly<Record<string, string>>): typeof noChange {
    return noChange
  }
}

export const styleProperties = directive(StyleProperties)
