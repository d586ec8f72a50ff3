/**
 * Styles computed at run time, set through the element's style object. Lit's own `styleMap` writes an attribute at
 * first, which the studio's content security policy forbids.
 */

import { noChange } from 'lit'
import { Directive, directive, type ElementPart, type PartInfo, PartType } from 'lit/directive.js'

type Styles = Readonly<Record<string, string>>

class Placed extends Directive {
  constructor(part: PartInfo) {
    super(part)
    if (part.type !== PartType.ELEMENT)
      throw new Error('placed() stands in the tag of an element, not in an attribute.')
  }

  override render(_styles: Styles): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [styles]: [Styles]): typeof noChange {
    const { style } = part.element as HTMLElement
    for (const [name, value] of Object.entries(styles)) {
      if (style.getPropertyValue(name) !== value) style.setProperty(name, value)
    }
    return noChange
  }
}

/** `html\`<i ${placed({ top: '4px' })}>\``. A style once set stays until it is given another value. */
export const placed = directive(Placed)
